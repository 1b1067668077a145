"""Sets tags on all taggable resources, and removes the protection of keys, by stack transforms."""

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel

config = pulumi.Config()
round_ = config.get("round") or "1"
TAGS = {"team": "video", "stack": pulumi.get_stack(), "round": round_}
TAGGED = (
    "aws:dynamodb/table:Table",
    "aws:ivs/channel:Channel",
    "aws:kms/key:Key",
    "aws:s3/bucket:Bucket",
    "aws:sns/topic:Topic",
    "aws:sqs/queue:Queue",
    "aws:ssm/parameter:Parameter",
)


def with_tags(args):
    """Add the stack's tags to a resource; the resource's own tags win."""
    if args.type_ not in TAGGED:
        return None
    return pulumi.ResourceTransformResult({**args.props, "tags": {**TAGS, **(args.props.get("tags") or {})}}, args.opts)


def without_protection(args):
    """Set `protect` of a KMS key to False."""
    if args.type_ != "aws:kms/key:Key":
        return None
    return pulumi.ResourceTransformResult(
        args.props, pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=False))
    )


pulumi.runtime.register_stack_transform(with_tags)
pulumi.runtime.register_stack_transform(without_protection)

live = LiveChannel("show", rotation_triggers={"round": round_})
bucket = aws.s3.Bucket("files", force_destroy=True)
topic = aws.sns.Topic("news", tags={"round": "always the first"})
queue = aws.sqs.Queue("jobs")
key = aws.kms.Key("key", deletion_window_in_days=7)
table = aws.dynamodb.Table(
    "viewers", attributes=[{"name": "id", "type": "S"}], hash_key="id", billing_mode="PAY_PER_REQUEST"
)
parameters = [aws.ssm.Parameter(f"part-{number}", type="String", value=f"part {number}") for number in range(3)]
pulumi.export("channel", live.channel.tags)
pulumi.export("topic", topic.tags)
pulumi.export("all", [one.tags_all for one in (bucket, queue, key, table, *parameters)])
