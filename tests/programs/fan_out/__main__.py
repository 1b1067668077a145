"""Events of the broadcast, from EventBridge through SNS to several queues, each with a dead-letter queue."""

import json

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel

config = pulumi.Config()
round_ = config.get("round") or "1"
readers = config.get_object("readers") or ["archive", "chat", "search"]

live = LiveChannel("show", rotation_triggers={"round": round_}, tags={"team": "video"})
topic = aws.sns.Topic("news", display_name=f"News of the show, round {round_}")
rule = aws.cloudwatch.EventRule(
    "news",
    description="The show goes on or off the air.",
    event_pattern=live.channel_arn.apply(
        lambda arn: json.dumps({"source": ["aws.ivs"], "detail-type": ["IVS Stream State Change"], "resources": [arn]})
    ),
)
aws.cloudwatch.EventTarget("news", rule=rule.name, arn=topic.arn)
aws.sns.TopicPolicy(
    "news",
    arn=topic.arn,
    policy=aws.iam.get_policy_document_output(
        statements=[
            {
                "actions": ["sns:Publish"],
                "resources": [topic.arn],
                "principals": [{"type": "Service", "identifiers": ["events.amazonaws.com"]}],
            }
        ]
    ).json,
)


def queue_for(reader):
    """Create the queue of a reader, its subscription, its dead-letter queue and an alarm; return the queue's URL."""
    failed = aws.sqs.Queue(f"{reader}-failed", message_retention_seconds=1209600)
    queue = aws.sqs.Queue(
        reader,
        visibility_timeout_seconds=60,
        redrive_policy=failed.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})),
    )
    policy = pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue.arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": topic.arn}},
                }
            ],
        }
    )
    aws.sqs.QueuePolicy(reader, queue_url=queue.url, policy=policy)
    aws.sns.TopicSubscription(reader, topic=topic.arn, protocol="sqs", endpoint=queue.arn, raw_message_delivery=True)
    aws.cloudwatch.MetricAlarm(
        reader,
        comparison_operator="GreaterThanThreshold",
        evaluation_periods=1,
        metric_name="ApproximateNumberOfMessagesVisible",
        namespace="AWS/SQS",
        period=300,
        statistic="Maximum",
        threshold=0,
        dimensions={"QueueName": failed.name},
        alarm_actions=[topic.arn],
    )
    return queue.url


pulumi.export("queues", {reader: queue_for(reader) for reader in readers})
pulumi.export("topic", topic.arn)
