from __future__ import annotations

import re
from typing import Any

import pulumi_aws as aws
import pytest

# Importing pulumi_aws.s3 causes deprecation warnings about its older types.
pytestmark = pytest.mark.filterwarnings("ignore:.*has been deprecated in favor of:DeprecationWarning")

REPLACED = ["create-replacement", "replace", "delete-replaced"]


@pytest.fixture
def bucket(lifecycle: Any) -> Any:
    return lifecycle(lambda **given: aws.s3.Bucket("Recordings", **given))


@pytest.mark.slow("a lifecycle")
def test_a_bucket_completes_its_lifecycle(bucket: Any, client: Any) -> None:
    s3 = client("s3")
    assert bucket.up(bucket="recordings", tags={"team": "video"}) == ["create"]
    assert bucket.state["id"] == "recordings"
    assert bucket.outputs["arn"] == "arn:aws:s3:::recordings"
    assert bucket.outputs["bucketRegionalDomainName"] == "recordings.s3.us-east-1.amazonaws.com"
    assert bucket.up(bucket="recordings", tags={"shift": "night"}) == ["update"]
    assert s3.get_bucket_tagging(Bucket="recordings")["TagSet"] == [{"Key": "shift", "Value": "night"}]
    assert bucket.up(bucket="recordings") == ["update"]
    assert bucket.up(bucket="archive") == REPLACED
    bucket.destroy()
    assert s3.list_buckets()["Buckets"] == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_an_unnamed_bucket_gets_the_lowercase_resource_name_with_a_suffix(bucket: Any) -> None:
    bucket.up()
    assert re.fullmatch(r"recordings-[0-9a-f]{7}", bucket.state["id"])


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_name_prefix_gets_a_suffix(bucket: Any) -> None:
    bucket.up(bucket_prefix="rec-")
    assert re.fullmatch(r"rec-\d{18}[0-9a-f]{8}", bucket.state["id"])


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_bucket_is_in_its_region(bucket: Any, client: Any) -> None:
    bucket.up(bucket="recordings", region="eu-west-1")
    assert client("s3").get_bucket_location(Bucket="recordings")["LocationConstraint"] == "eu-west-1"
    assert (bucket.outputs["bucketRegion"], bucket.outputs["region"]) == ("eu-west-1", "eu-west-1")


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_object_lock_can_only_be_set_at_creation(bucket: Any) -> None:
    bucket.up(bucket="recordings", object_lock_enabled=True)
    assert bucket.outputs["objectLockEnabled"] is True
    bucket.given = {"bucket": "recordings", "object_lock_enabled": False}
    assert [s.keys for s in bucket.stack.preview().steps if s.op.value == "replace"] == [("objectLockEnabled",)]


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_bucket_with_objects_is_deleted_only_by_force(bucket: Any, client: Any) -> None:
    s3 = client("s3")
    bucket.up(bucket="recordings")
    s3.put_bucket_versioning(Bucket="recordings", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="recordings", Key="a", Body=b"1")
    s3.put_object(Bucket="recordings", Key="a", Body=b"2")
    s3.delete_object(Bucket="recordings", Key="a")
    refused = bucket.stack.destroy()
    assert "there are objects in it; delete them, or set forceDestroy" in refused.errors[0]
    assert bucket.up(bucket="recordings", force_destroy=True) == ["update"]
    bucket.destroy()
    assert s3.list_buckets()["Buckets"] == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_drift_is_found_and_repaired(bucket: Any, client: Any) -> None:
    bucket.up(bucket="recordings", tags={"team": "video"})
    client("s3").delete_bucket_tagging(Bucket="recordings")
    assert bucket.drift() == ["update"]
    client("s3").delete_bucket(Bucket="recordings")
    assert bucket.drift() == ["create"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"bucket": "ab"}, "expected text of 3 to 63 characters"),
        ({"bucket": "abc", "bucket_prefix": "d"}, "expected at most one of bucket, bucketPrefix"),
        ({"acl": "private"}, "property acl value {private} has a problem: rehearsal does not model this argument"),
        ({"versioning": {"enabled": True}}, "rehearsal does not model this argument of S3 Bucket"),
    ],
)
def test_unmodelled_arguments_are_refused_by_name(bucket: Any, given: dict[str, Any], reason: str) -> None:
    assert reason in bucket.errors_of(**given)


@pytest.mark.slow("a lifecycle")
def test_the_older_type_token_is_the_same_bucket(lifecycle: Any, client: Any) -> None:
    bucket = lifecycle(lambda **given: aws.s3.BucketV2("recordings", **given))
    assert bucket.up(bucket="recordings") == ["create"]
    assert bucket.state["type"] == "aws:s3/bucketV2:BucketV2"
    bucket.destroy()
