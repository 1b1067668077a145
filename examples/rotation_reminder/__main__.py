"""A live channel, and a schedule that sends an email on the day on which its key is due.

Nothing rotates unless `pulumi up` runs. Without a scheduled CI job, somebody needs a reminder. A rotation moves the
schedule to the next due date in the same run.
"""

import json

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel

config = pulumi.Config()
live = LiveChannel("live", rotation_days=config.require_int("rotation_days"), when_live="fail")

topic = aws.sns.Topic("reminders")
aws.sns.TopicSubscription("mail", topic=topic.arn, protocol="email", endpoint=config.require("mail"))

role = aws.iam.Role(
    "reminders",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "scheduler.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
)
permission = aws.iam.RolePolicy(
    "reminders",
    role=role.id,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sns:Publish", "Resource": topic.arn}],
        }
    ),
)
schedule = aws.scheduler.Schedule(
    "live-key-due",
    # EventBridge Scheduler takes times without a time zone; the zone is a separate argument.
    schedule_expression=live.key.rotation_due_at.apply(lambda due: f"at({due[:19]})"),
    schedule_expression_timezone="UTC",
    flexible_time_window={"mode": "OFF"},
    target={
        "arn": topic.arn,
        "role_arn": role.arn,
        "input": pulumi.Output.format("The stream key of {0} is due: run pulumi up.", live.channel_arn),
    },
    opts=pulumi.ResourceOptions(depends_on=[permission]),
)

pulumi.export("rotation_due_at", live.key.rotation_due_at)
pulumi.export("reminder", schedule.schedule_expression)
