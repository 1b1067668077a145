"""The function: reads what an encoder needs at each call, and so has the new key as soon as it is published."""

import json
import os
from typing import Any

import boto3


def handler(_event: dict[str, Any], _context: object) -> dict[str, str]:
    """Return where to stream to; the key is for the encoder alone, and in no log."""
    answer = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_ARN"])
    encoder = json.loads(answer["SecretString"])
    start_encoder(encoder["server"], encoder["stream_key"])
    return {"channel": encoder["channel_arn"], "watch": encoder["playback_url"]}


def start_encoder(server: str, stream_key: str) -> None:
    """Stand for what starts an encoder, such as a call to MediaLive or to a box in the studio."""
