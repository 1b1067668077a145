"""An API that returns the playback URL to viewers: HTTP API, Lambda, a table, logs and an alarm."""

import json

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel

config = pulumi.Config()
round_ = config.get("round") or "1"
live = LiveChannel("show", rotation_triggers={"round": round_})

table = aws.dynamodb.Table(
    "viewers",
    attributes=[{"name": "id", "type": "S"}],
    hash_key="id",
    billing_mode="PAY_PER_REQUEST",
)
assume = aws.iam.get_policy_document(
    statements=[
        {"actions": ["sts:AssumeRole"], "principals": [{"type": "Service", "identifiers": ["lambda.amazonaws.com"]}]}
    ]
)
role = aws.iam.Role("api", assume_role_policy=assume.json)
aws.iam.RolePolicyAttachment(
    "api", role=role.name, policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
)
aws.iam.RolePolicy(
    "table",
    role=role.name,
    policy=table.arn.apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": arn}],
            }
        )
    ),
)
CODE = """
import os

def handler(event, context):
    return {"statusCode": 200, "body": os.environ["PLAYBACK_URL"]}
"""
function = aws.lambda_.Function(
    "api",
    role=role.arn,
    runtime="python3.12",
    handler="main.handler",
    memory_size=256,
    code=pulumi.AssetArchive({"main.py": pulumi.StringAsset(CODE)}),
    environment={"variables": {"PLAYBACK_URL": live.playback_url, "TABLE": table.name, "ROUND": round_}},
)
logs = aws.cloudwatch.LogGroup("api", name=function.name.apply(lambda name: f"/aws/lambda/{name}"), retention_in_days=7)
api = aws.apigatewayv2.Api("api", protocol_type="HTTP")
integration = aws.apigatewayv2.Integration(
    "api",
    api_id=api.id,
    integration_type="AWS_PROXY",
    integration_uri=function.invoke_arn,
    payload_format_version="2.0",
)
route = aws.apigatewayv2.Route(
    "api", api_id=api.id, route_key="GET /", target=integration.id.apply(lambda id_: f"integrations/{id_}")
)
stage = aws.apigatewayv2.Stage(
    "api", api_id=api.id, name="$default", auto_deploy=True, opts=pulumi.ResourceOptions(depends_on=[route])
)
aws.lambda_.Permission(
    "api",
    action="lambda:InvokeFunction",
    function=function.name,
    principal="apigateway.amazonaws.com",
    source_arn=pulumi.Output.concat(api.execution_arn, "/*/*"),
)
aws.cloudwatch.MetricAlarm(
    "errors",
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    metric_name="Errors",
    namespace="AWS/Lambda",
    period=60,
    statistic="Sum",
    threshold=0,
    dimensions={"FunctionName": function.name},
)
pulumi.export("url", stage.invoke_url)
pulumi.export("logs", logs.name)
