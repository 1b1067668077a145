"""A stack whose outputs other stacks read: the addresses of a topic, a KMS key and a queue, and a secret."""

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
round_ = config.get("round") or "1"

topic = aws.sns.Topic("alarms", display_name=f"round {round_}")
key = aws.kms.Key("shared", description="Shared", deletion_window_in_days=7)
queue = aws.sqs.Queue("shared")
pulumi.export("alarms", topic.arn)
pulumi.export("key", key.arn)
pulumi.export("queue", queue.url)
pulumi.export("token", pulumi.Output.secret(f"token-of-round-{round_}"))
