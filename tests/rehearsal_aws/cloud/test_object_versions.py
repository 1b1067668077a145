"""Object versions in a bucket with suspended versioning."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def s3(client: Any) -> Any:
    """An S3 client; its bucket has two versions of an object, a delete marker, and suspended versioning."""
    s3 = client("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        s3.put_object(Bucket="kept", Key="page", Body=body)
    s3.delete_object(Bucket="kept", Key="page")
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Suspended"})
    return s3


def test_deleting_a_version_deletes_only_that_version(s3: Any) -> None:
    kept, deleted = s3.list_object_versions(Bucket="kept")["Versions"]
    s3.delete_object(Bucket="kept", Key="page", VersionId=deleted["VersionId"])
    found = s3.list_object_versions(Bucket="kept")
    assert [version["VersionId"] for version in found["Versions"]] == [kept["VersionId"]]
    assert len(found["DeleteMarkers"]) == 1


def test_deleting_without_a_version_keeps_the_versions(s3: Any) -> None:
    s3.delete_object(Bucket="kept", Key="page")
    assert len(s3.list_object_versions(Bucket="kept")["Versions"]) == 2
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(Bucket="kept")


def test_a_bucket_can_be_emptied_and_deleted(s3: Any) -> None:
    found = s3.list_object_versions(Bucket="kept")
    for version in [*found["DeleteMarkers"], *found["Versions"]]:
        s3.delete_object(Bucket="kept", Key="page", VersionId=version["VersionId"])
    s3.delete_bucket(Bucket="kept")
    assert s3.list_buckets()["Buckets"] == []


def test_versioning_stays_suspended(s3: Any) -> None:
    s3.delete_object(Bucket="kept", Key="page")
    assert s3.get_bucket_versioning(Bucket="kept")["Status"] == "Suspended"
