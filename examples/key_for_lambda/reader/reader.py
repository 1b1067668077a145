"""A Lambda function that reads the encoder's settings at each call, so that it always has the current key."""

import json
import os
from typing import Any

import boto3


def handler(_event: dict[str, Any], _context: object) -> dict[str, str]:
    """Start the encoder, and return where it streams to. The key is not returned and not logged."""
    answer = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_ARN"])
    encoder = json.loads(answer["SecretString"])
    start_encoder(encoder["server"], encoder["stream_key"])
    return {"channel": encoder["channel_arn"], "watch": encoder["playback_url"]}


def start_encoder(server: str, stream_key: str) -> None:
    """Start an encoder, such as MediaLive or a device in the studio; this placeholder does nothing."""
