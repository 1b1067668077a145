"""Imports existing resources: a channel with its stream key, a topic, a bucket and a parameter."""

import pulumi
import pulumi_aws as aws

from ivs_stream_key import StreamKey

config = pulumi.Config()
round_ = config.get("round") or "1"
existing = config.require_object("existing")
importing = config.get_bool("importing")


def import_options(id_, **more):
    """Return resource options that import the resource with this id."""
    return pulumi.ResourceOptions(import_=id_ if importing else None, **more)


channel = aws.ivs.Channel(
    "studio",
    name="studio",
    latency_mode="LOW",
    type="STANDARD",
    tags={"owner": "studio"},
    opts=import_options(existing["channel"], protect=False),
)
key = StreamKey(
    "studio",
    channel.arn,
    existing_key="adopt",
    rotation_triggers={"round": round_},
)
topic = aws.sns.Topic(
    "news",
    name="news",
    display_name="News",
    opts=import_options(existing["topic"]),
)
bucket = aws.s3.Bucket(
    "files",
    bucket="studio-files",
    opts=import_options("studio-files"),
)
parameter = aws.ssm.Parameter(
    "greeting",
    name="/studio/greeting",
    type="String",
    value="hello",
    opts=import_options("/studio/greeting"),
)
page = aws.s3.BucketObject(
    "page",
    bucket=bucket.id,
    key="round.txt",
    content=f"round {round_}",
)
subscription = aws.sns.TopicSubscription(
    "mail",
    topic=topic.arn,
    protocol="email",
    endpoint="studio@example.com",
)
pulumi.export("channel", channel.arn)
pulumi.export("key", key.arn)
pulumi.export("page", page.key)
pulumi.export("greeting", parameter.arn)
pulumi.export("subscription", subscription.arn)
