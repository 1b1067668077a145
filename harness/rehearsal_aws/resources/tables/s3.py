"""``aws:s3``: what belongs to a bucket, besides the bucket itself."""

from __future__ import annotations

from typing import Any, Final

from rehearsal_aws.assets import content_of
from rehearsal_aws.resources.table import Call, Table, Update, same_json

__all__ = ["TABLES"]

_BUCKET: Final = {"Bucket": "{bucket}"}
_OF_THE_BUCKET: Final = {"Bucket": "{id}"}
_ABSENT: Final = ("NoSuchBucket", "NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration", "NoSuchKey", "404")
_FLAGS: Final = {
    "blockPublicAcls": "BlockPublicAcls",
    "blockPublicPolicy": "BlockPublicPolicy",
    "ignorePublicAcls": "IgnorePublicAcls",
    "restrictPublicBuckets": "RestrictPublicBuckets",
}
_OBJECT: Final = {"Bucket": "{bucket}", "Key": "{key}"}
_HEADERS: Final = {
    "cacheControl": "CacheControl",
    "contentDisposition": "ContentDisposition",
    "contentEncoding": "ContentEncoding",
    "contentLanguage": "ContentLanguage",
    "contentType": "ContentType",
    "metadata": "Metadata",
    "websiteRedirect": "WebsiteRedirectLocation",
}
_OBJECT_ARGUMENTS: Final = ("bucket", "key", *_HEADERS)
_PUT_POLICY: Final = Call("put_bucket_policy", {**_BUCKET, "Policy": "{policy}"})
_PUT_BLOCK: Final = Call(
    "put_public_access_block",
    {
        **_BUCKET,
        **{f"PublicAccessBlockConfiguration.{name}": f"{{{argument}}}" for argument, name in _FLAGS.items()},
    },
)


def _versioning(properties: Any) -> dict[str, str]:
    given = properties.get("versioningConfiguration") or {}
    return {"Status": given.get("status") or "Enabled"}


_PUT_VERSIONING: Final = Call("put_bucket_versioning", {**_BUCKET, "VersioningConfiguration": _versioning})


def _object(token: str) -> Table:
    put = Call(
        "put_object",
        {**_OBJECT, "Body": content_of, **{name: f"{{{argument}}}" for argument, name in _HEADERS.items()}},
    )
    return Table(
        type=token,
        title="S3 Object",
        service="s3",
        arguments=_OBJECT_ARGUMENTS,
        required=("bucket",),
        identity=("bucket", "key"),
        auto_named="key",
        kept=("contentType", "metadata"),
        local=("acl", "content", "contentBase64", "source", "sourceHash", "forceDestroy", "etag"),
        create=(put,),
        id="{bucket}/{key}",
        import_id=lambda id_: dict(zip(("bucket", "key"), id_.removeprefix("s3://").split("/", 1), strict=True)),
        read=Call("head_object", _OBJECT),
        found="",
        outputs={
            "arn": "arn:aws:s3:::{bucket}/{key}",
            "bucket": "{bucket}",
            "key": "{key}",
            **_HEADERS,
        },
        updates=(Update(tuple(_HEADERS), (put,)),),
        delete=(Call("delete_object", _OBJECT),),
        absent=_ABSENT,
        always_updates=(("content", "contentBase64", "source", "sourceHash", "etag"), (put,)),
    )


TABLES: Final = (
    _object("aws:s3/bucketObject:BucketObject"),
    _object("aws:s3/bucketObjectv2:BucketObjectv2"),
    Table(
        type="aws:s3/bucketPolicy:BucketPolicy",
        title="S3 Bucket Policy",
        service="s3",
        arguments=("bucket", "policy"),
        required=("bucket", "policy"),
        identity=("bucket",),
        create=(_PUT_POLICY,),
        id="{bucket}",
        read=Call("get_bucket_policy", _OF_THE_BUCKET),
        found="",
        outputs={"bucket": "{id}", "policy": "Policy"},
        same={"policy": same_json},
        updates=(Update(("policy",), (_PUT_POLICY,)),),
        delete=(Call("delete_bucket_policy", _OF_THE_BUCKET),),
        absent=_ABSENT,
    ),
    Table(
        type="aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        title="S3 Bucket Public Access Block",
        service="s3",
        arguments=("bucket", *_FLAGS),
        required=("bucket",),
        identity=("bucket",),
        defaults=dict.fromkeys(_FLAGS, False),
        create=(_PUT_BLOCK,),
        id="{bucket}",
        read=Call("get_public_access_block", _OF_THE_BUCKET),
        found="PublicAccessBlockConfiguration",
        outputs={"bucket": "{id}", **_FLAGS},
        updates=(Update(tuple(_FLAGS), (_PUT_BLOCK,)),),
        delete=(Call("delete_public_access_block", _OF_THE_BUCKET),),
        absent=_ABSENT,
    ),
    *(
        Table(
            type=token,
            title="S3 Bucket Versioning",
            service="s3",
            arguments=("bucket", "versioningConfiguration"),
            required=("bucket", "versioningConfiguration"),
            identity=("bucket",),
            local=("expectedBucketOwner", "mfa"),
            create=(_PUT_VERSIONING,),
            id="{bucket}",
            read=Call("get_bucket_versioning", _OF_THE_BUCKET),
            found="",
            outputs={
                "bucket": "{id}",
                "versioningConfiguration": lambda answer, p: {
                    **((p.get("versioningConfiguration") or {}) if isinstance(p, dict) else {}),
                    "status": answer.get("Status") or "Disabled",
                },
            },
            updates=(Update(("versioningConfiguration",), (_PUT_VERSIONING,)),),
            delete=(
                Call("put_bucket_versioning", {**_OF_THE_BUCKET, "VersioningConfiguration": {"Status": "Suspended"}}),
            ),
            absent=_ABSENT,
        )
        for token in ("aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2")
    ),
)
