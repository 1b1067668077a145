"""Recordings: a bucket, a recording configuration, a Lambda function that watches them, and a stream of metrics."""

import json

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel, LiveChannelArgs

config = pulumi.Config()
round_ = config.get("round") or "1"
account = aws.get_caller_identity().account_id
region = aws.get_region().region

bucket = aws.s3.Bucket("recordings", force_destroy=True, tags={"round": round_})
aws.s3.BucketVersioning("recordings", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
key = aws.kms.Key("recordings", description="Recordings", deletion_window_in_days=7)
aws.kms.Alias("recordings", name="alias/recordings", target_key_id=key.key_id)
configuration = aws.ivs.RecordingConfiguration(
    "recordings",
    destination_configuration={"s3": {"bucket_name": bucket.bucket}},
    thumbnail_configuration={"recording_mode": "INTERVAL", "target_interval_seconds": 30},
)
live = LiveChannel(
    "recorded",
    LiveChannelArgs(
        recording_configuration_arn=configuration.arn,
        latency_mode="NORMAL",
        rotation_triggers={"round": round_},
        when_live="fail",
    ),
)
metrics = aws.kinesis.Stream("metrics", shard_count=1, retention_period=24)
role = aws.iam.Role(
    "watcher",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
)
policy = aws.iam.Policy(
    "watcher",
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": ["kinesis:PutRecord"], "Resource": metrics.arn},
                {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": pulumi.Output.concat(bucket.arn, "/*")},
            ],
        }
    ),
)
aws.iam.RolePolicyAttachment("watcher", role=role.name, policy_arn=policy.arn)
watcher = aws.lambda_.Function(
    "watcher",
    role=role.arn,
    runtime="python3.12",
    handler="main.handler",
    code=pulumi.AssetArchive({"main.py": pulumi.StringAsset("def handler(event, context): ...")}),
    environment={"variables": {"METRICS": metrics.name, "ROUND": round_}},
)
rule = aws.cloudwatch.EventRule(
    "recorded",
    event_pattern=json.dumps({"source": ["aws.ivs"], "detail-type": ["IVS Recording State Change"]}),
)
aws.cloudwatch.EventTarget("recorded", rule=rule.name, arn=watcher.arn)
aws.lambda_.Permission(
    "recorded",
    action="lambda:InvokeFunction",
    function=watcher.name,
    principal="events.amazonaws.com",
    source_arn=rule.arn,
)
pulumi.export("prefix", f"ivs/v1/{account}/{region}")
pulumi.export("playback", live.playback_url)
pulumi.export("stream_key", live.stream_key)
