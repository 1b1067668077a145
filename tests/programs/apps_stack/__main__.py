"""A stack that reads another stack's outputs, secrets included, by a StackReference."""

import json

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel

config = pulumi.Config()
round_ = config.get("round") or "1"
base = pulumi.StackReference(config.get("base") or "organization/network/prod")
alarms = base.require_output("alarms")
token = base.require_output("token")

live = LiveChannel("app", rotation_triggers={"round": round_})
secret = aws.secretsmanager.Secret("app", recovery_window_in_days=0, kms_key_id=base.get_output("key"))
aws.secretsmanager.SecretVersion(
    "app",
    secret_id=secret.id,
    secret_string=pulumi.Output.json_dumps({"token": token, "stream_key": live.stream_key}),
)
parameter = aws.ssm.Parameter("playback", type="String", value=live.playback_url)


def alarm(name, metric, threshold):
    """Create an alarm that notifies the other stack's topic."""
    return aws.cloudwatch.MetricAlarm(
        name,
        comparison_operator="LessThanThreshold",
        evaluation_periods=3,
        metric_name=metric,
        namespace="AWS/IVS",
        period=60,
        statistic="Average",
        threshold=threshold,
        alarm_actions=[alarms],
        dimensions={"Channel": live.channel_arn.apply(lambda arn: arn.rpartition("/")[2])},
    )


metric_alarms = [alarm("starving", "IngestFramerate", 10), alarm("slow", "IngestVideoBitrate", 500_000 * int(round_))]
dashboard = aws.cloudwatch.Dashboard(
    "app",
    dashboard_name=f"app-{pulumi.get_stack()}",
    dashboard_body=pulumi.Output.all(*(one.arn for one in metric_alarms)).apply(
        lambda arns: json.dumps(
            {
                "widgets": [
                    {
                        "type": "alarm",
                        "width": 12,
                        "height": 6,
                        "properties": {"title": "The show", "alarms": arns},
                    }
                ]
            }
        )
    ),
)
pulumi.export("alarms", [one.name for one in metric_alarms])
pulumi.export("dashboard", dashboard.dashboard_arn)
pulumi.export("parameter", parameter.name)
pulumi.export("token", token)
