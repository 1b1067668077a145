"""A channel whose key is in Secrets Manager, and a Lambda function that reads it whenever it is asked."""

import json

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel, secrets_manager

rotation = pulumi.Config().require("rotation")
place = "live/{name}/encoder"
live = LiveChannel("studio", rotation_triggers={"rotation": rotation}, publish_to=secrets_manager(place))
secret_arn = live.published[place.format(name="studio")]

role = aws.iam.Role(
    "reader",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    ),
)
aws.iam.RolePolicy(
    "reader",
    role=role.id,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret_arn},
            ],
        }
    ),
)
reader = aws.lambda_.Function(
    "reader",
    role=role.arn,
    runtime="python3.13",
    handler="reader.handler",
    code=pulumi.AssetArchive({"reader.py": pulumi.FileAsset("reader/reader.py")}),
    # The ARN of the secret, not the key: many users can read a function's environment variables.
    environment={"variables": {"SECRET_ARN": secret_arn}},
)

pulumi.export("function", reader.name)
pulumi.export("secret", secret_arn)
