"""S3 objects and bucket notifications."""

from __future__ import annotations

from typing import Any

import pulumi_aws as aws
import pytest

from changes import changed
from rehearsal_aws.cloud import inventory

pytestmark = pytest.mark.filterwarnings("ignore:.*has been deprecated in favor of:DeprecationWarning")


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_an_object_is_deleted_with_all_its_versions_and_then_its_bucket(stack_of: Any, client: Any) -> None:
    text = ["one"]

    def program() -> None:
        bucket = aws.s3.Bucket("files", bucket="files-of-video")
        kept = aws.s3.BucketVersioning("kept", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
        aws.s3.BucketObject("page", bucket=kept.bucket, key="index.html", content=text[0])
        aws.s3.BucketObject("other", bucket=kept.bucket, key="index.html.bak", content="kept")

    it = stack_of(program)
    assert changed(it.up()) == {"create": 5}
    text[0] = "two"
    assert changed(it.up()) == {"update": 1}
    s3 = client("s3")
    s3.delete_object(Bucket="files-of-video", Key="index.html")
    s3.put_object(Bucket="files-of-video", Key="index.html", Body=b"three")
    assert len(s3.list_object_versions(Bucket="files-of-video")["Versions"]) == 4
    assert changed(it.preview()) == {}
    assert changed(it.destroy()).keys() == {"delete"}
    assert inventory.remaining() == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_an_unversioned_object_is_deleted(stack_of: Any, client: Any) -> None:
    client("s3").create_bucket(Bucket="files-of-video")
    client("s3").put_object(Bucket="files-of-video", Key="index.html.bak", Body=b"unmanaged")
    it = stack_of(lambda: aws.s3.BucketObject("page", bucket="files-of-video", key="index.html", content="one"))
    assert changed(it.up()) == {"create": 2}
    assert changed(it.destroy()).keys() == {"delete"}
    assert [one["Key"] for one in client("s3").list_objects_v2(Bucket="files-of-video")["Contents"]] == [
        "index.html.bak"
    ]


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_notifications_complete_their_lifecycle(lifecycle: Any, client: Any) -> None:
    s3, sqs, sns = client("s3"), client("sqs"), client("sns")
    s3.create_bucket(Bucket="recordings")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="news")["TopicArn"]
    one = {"queue_arn": queue, "events": ["s3:ObjectRemoved:*", "s3:ObjectCreated:*"], "filter_suffix": ".m3u8"}
    it = lifecycle(lambda **given: aws.s3.BucketNotification("it", bucket="recordings", **given))
    assert it.up(queues=[one]) == ["create"]
    (made,) = it.outputs["queues"]
    assert made["id"].startswith("tf-s3-queue-")
    assert made["filterSuffix"] == ".m3u8"
    assert it.up(queues=[one], topics=[{"topic_arn": topic, "events": ["s3:ObjectCreated:*"]}]) == ["update"]
    assert it.outputs["queues"] == [made]
    assert it.up(queues=[one], eventbridge=True) == ["update"]
    assert it.outputs["eventbridge"] is True
    assert "TopicConfigurations" not in s3.get_bucket_notification_configuration(Bucket="recordings")
    s3.put_bucket_notification_configuration(Bucket="recordings", NotificationConfiguration={})
    assert it.drift() == ["update"]
    it.destroy()
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket="recordings")
