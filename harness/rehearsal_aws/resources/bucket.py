"""``aws:s3/bucket:Bucket``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from rehearsal.provider import PropertyMap, ProviderError
from rehearsal_aws.argument_rules import Rule, of_length
from rehearsal_aws.resources.names import from_prefix, prefix_of
from rehearsal_aws.resources.resource import AwsResource

__all__ = ["Bucket"]

_HOME: Final = "us-east-1"


class Bucket(AwsResource):
    """A bucket, with the behaviour of Terraform's ``aws_s3_bucket``; its id is the name.

    Arguments for which Terraform has separate resources (versioning, policy, lifecycle, …) are not modelled.
    """

    title = "S3 Bucket"
    service = "s3"
    arguments = ("bucket", "bucketPrefix", "forceDestroy", "objectLockEnabled")
    unmodelled = frozenset(
        {
            "accelerationStatus",
            "acl",
            "bucketNamespace",
            "corsRules",
            "grants",
            "lifecycleRules",
            "logging",
            "loggings",
            "objectLockConfiguration",
            "policy",
            "replicationConfiguration",
            "replicationConfigurations",
            "requestPayer",
            "serverSideEncryptionConfiguration",
            "serverSideEncryptionConfigurations",
            "versioning",
            "versionings",
            "website",
            "websites",
        }
    )
    kept = frozenset({"bucket", "bucketPrefix", "objectLockEnabled"})
    identity = kept
    local = frozenset({"forceDestroy"})
    conflicts = (frozenset({"bucket", "bucketPrefix"}),)
    defaults: ClassVar[Mapping[str, Any]] = {"forceDestroy": False}
    rules: ClassVar[Mapping[str, Rule]] = {"bucket": of_length(3, 63), "bucketPrefix": of_length(0, 37)}
    computed = ("arn", "bucketDomainName", "bucketRegion", "bucketRegionalDomainName")
    auto_named = "bucket"
    prefix = "bucketPrefix"
    longest_name = 63
    absent = frozenset({"404", "NoSuchBucket"})

    def full_name(self, name: str, inputs: PropertyMap) -> str:
        del inputs
        return name.lower()

    def make(self, client: Any, inputs: PropertyMap, tags: Mapping[str, str]) -> str:
        name: str = inputs.get("bucket") or from_prefix(inputs["bucketPrefix"])
        given: dict[str, Any] = {}
        if client.meta.region_name != _HOME:
            given["CreateBucketConfiguration"] = {"LocationConstraint": client.meta.region_name}
        if inputs.get("objectLockEnabled"):
            given["ObjectLockEnabledForBucket"] = True
        client.create_bucket(Bucket=name, **given)
        if tags:
            _put_tags(client, name, tags)
        return name

    def find(self, client: Any, id: str, known: PropertyMap) -> PropertyMap:
        del known
        region = client.get_bucket_location(Bucket=id)["LocationConstraint"] or _HOME
        return {
            "arn": f"arn:{client.meta.partition}:s3:::{id}",
            "bucket": id,
            "bucketDomainName": f"{id}.s3.amazonaws.com",
            "bucketPrefix": prefix_of(id),
            "bucketRegion": region,
            "bucketRegionalDomainName": f"{id}.s3.{region}.amazonaws.com",
            "objectLockEnabled": _locks(client, id),
            "tags": _tags(client, id),
        }

    def retag(self, client: Any, outputs: PropertyMap, gone: list[str], new: Mapping[str, str]) -> None:
        # S3 has no calls to add or remove single tags: write all tags again.
        tags = {key: value for key, value in _tags(client, outputs["id"]).items() if key not in gone} | dict(new)
        if tags:
            _put_tags(client, outputs["id"], tags)
        else:
            client.delete_bucket_tagging(Bucket=outputs["id"])

    def remove(self, client: Any, id: str, known: PropertyMap) -> None:
        if known.get("forceDestroy"):
            _empty(client, id)
        try:
            client.delete_bucket(Bucket=id)
        except ClientError as error:
            if error.response["Error"].get("Code") != "BucketNotEmpty":
                raise
            raise ProviderError(
                f"deleting {self.title} ({id}): there are objects in it; delete them, or set forceDestroy and run an up"
            ) from None


def _put_tags(client: Any, bucket: str, tags: Mapping[str, str]) -> None:
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": listed})


def _tags(client: Any, bucket: str) -> dict[str, str]:
    try:
        tags = client.get_bucket_tagging(Bucket=bucket)["TagSet"]
    except ClientError as error:
        if error.response["Error"].get("Code") == "NoSuchTagSet":
            return {}
        raise
    return {tag["Key"]: tag["Value"] for tag in tags}


def _locks(client: Any, bucket: str) -> bool:
    try:
        configuration = client.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    except ClientError as error:
        if error.response["Error"].get("Code") == "ObjectLockConfigurationNotFoundError":
            return False
        raise
    return bool(configuration.get("ObjectLockEnabled") == "Enabled")


def _empty(client: Any, bucket: str) -> None:
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for kind in ("Versions", "DeleteMarkers"):
            for version in page.get(kind, ()):
                client.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
