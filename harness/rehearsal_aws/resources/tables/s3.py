"""``aws:s3``: objects, and settings of a bucket that are separate resources."""

from __future__ import annotations

import uuid
from typing import Any, Final

from rehearsal_aws.assets import content_of
from rehearsal_aws.resources.table import Call, Procedure, Table, Update, same_json

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
_OBJECT_ARGUMENTS: Final = ("bucket", "key", *_HEADERS, "etag")
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


def _version(id_: Any) -> str:
    return "" if id_ in {None, "null"} else str(id_)


def _delete_object(properties: Any) -> None:
    """Delete the object and all its versions, because a bucket with remaining versions can't be deleted."""
    client, bucket, key = properties["client"], properties["bucket"], properties["key"]
    if not _version(properties.get("versionId")):
        client.delete_object(Bucket=bucket, Key=key)
        return
    forced = {"BypassGovernanceRetention": True} if properties.get("forceDestroy") else {}
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key):
        for kind in ("Versions", "DeleteMarkers"):
            for version in page.get(kind, ()):
                if version["Key"] == key:
                    client.delete_object(Bucket=bucket, Key=key, VersionId=version["VersionId"], **forced)


_NOTIFIED: Final = {
    "lambdaFunctions": ("LambdaFunctionConfigurations", "lambdaFunctionArn", "LambdaFunctionArn", "lambda"),
    "queues": ("QueueConfigurations", "queueArn", "QueueArn", "queue"),
    "topics": ("TopicConfigurations", "topicArn", "TopicArn", "topic"),
}


def _notification(properties: Any) -> dict[str, Any]:
    """Return all notifications of a bucket for a request. Those without a given id keep their generated ids."""
    configuration: dict[str, Any] = {}
    for argument, (member, arn, there, kind) in _NOTIFIED.items():
        before = {_what(one): one["id"] for one in (properties.get("olds") or {}).get(argument) or ()}
        given = [
            {
                "Id": one.get("id") or before.get(_what(one)) or f"tf-s3-{kind}-{uuid.uuid4().hex}",
                there: one[arn],
                "Events": list(one["events"]),
                **_filter(one),
            }
            for one in properties.get(argument) or ()
        ]
        if given:
            configuration[member] = given
    if properties.get("eventbridge"):
        configuration["EventBridgeConfiguration"] = {}
    return configuration


def _filter(notification: Any) -> dict[str, Any]:
    rules = [
        {"Name": name, "Value": notification[argument]}
        for name, argument in (("prefix", "filterPrefix"), ("suffix", "filterSuffix"))
        if notification.get(argument)
    ]
    return {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}


def _notifications(argument: str) -> Any:
    member, arn, there, _ = _NOTIFIED[argument]

    def read(response: Any, properties: Any) -> list[dict[str, Any]]:
        del properties
        return [
            {
                "id": one["Id"],
                arn: one[there],
                "events": sorted(one["Events"]),
                **{
                    f"filter{rule['Name'].title()}": rule["Value"]
                    for rule in one.get("Filter", {}).get("Key", {}).get("FilterRules", ())
                },
            }
            for one in response.get(member, ())
        ]

    return read


def _what(notification: Any) -> str:
    plain = {name: value for name, value in notification.items() if name != "id" and value}
    return repr(sorted({**plain, "events": sorted(plain["events"])}.items()))


def _same_notifications(new: Any, old: Any) -> bool:
    ids = [{one["id"] for one in some if one.get("id")} for some in (new, old)]
    return sorted(map(_what, new)) == sorted(map(_what, old)) and ids[0] <= ids[1]


_PUT_NOTIFICATION: Final = Call(
    "put_bucket_notification_configuration", {**_BUCKET, "NotificationConfiguration": _notification}
)


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
        kept=("contentType", "etag", "metadata"),
        local=("acl", "content", "contentBase64", "source", "sourceHash", "forceDestroy"),
        volatile=("etag", "versionId"),
        create=(put,),
        id="{bucket}/{key}",
        import_id=lambda id_: dict(zip(("bucket", "key"), id_.removeprefix("s3://").split("/", 1), strict=True)),
        import_form="BUCKET/KEY",
        read=Call("head_object", _OBJECT),
        found="",
        outputs={
            "arn": "arn:aws:s3:::{bucket}/{key}",
            "bucket": "{bucket}",
            "key": "{key}",
            **_HEADERS,
            "etag": lambda response, _: response["ETag"].strip('"'),
            "versionId": lambda response, _: _version(response.get("VersionId")),
        },
        updates=(Update((*_HEADERS, "etag"), (put,)),),
        delete=(Procedure(_delete_object),),
        absent=_ABSENT,
        write_only_updates=(("content", "contentBase64", "source", "sourceHash"), (put,)),
    )


TABLES: Final = (
    Table(
        type="aws:s3/bucketNotification:BucketNotification",
        title="S3 Bucket Notification",
        service="s3",
        arguments=("bucket", "eventbridge", *_NOTIFIED),
        required=("bucket",),
        identity=("bucket",),
        defaults={"eventbridge": False},
        create=(_PUT_NOTIFICATION,),
        id="{bucket}",
        read=Call("get_bucket_notification_configuration", _OF_THE_BUCKET),
        found="",
        outputs={
            "bucket": "{id}",
            # moto accepts this argument, but does not return it.
            "eventbridge": lambda response, p: "EventBridgeConfiguration" in response or bool(p.get("eventbridge")),
            **{argument: _notifications(argument) for argument in _NOTIFIED},
        },
        same=dict.fromkeys(_NOTIFIED, _same_notifications),
        updates=(Update(("eventbridge", *_NOTIFIED), (_PUT_NOTIFICATION,)),),
        delete=(Call("put_bucket_notification_configuration", {**_OF_THE_BUCKET, "NotificationConfiguration": {}}),),
        absent=_ABSENT,
    ),
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
                "versioningConfiguration": lambda response, p: {
                    **((p.get("versioningConfiguration") or {}) if isinstance(p, dict) else {}),
                    "status": response.get("Status") or "Disabled",
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
