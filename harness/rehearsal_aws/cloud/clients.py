"""Clients of the embedded AWS for tests."""

from __future__ import annotations

import functools
from typing import Any

import boto3
from botocore.config import Config

from rehearsal_aws.cloud.calls import BY_TEST
from rehearsal_aws.environment import ACCESS_KEY

__all__ = ["client"]


def client(service: str, region: str, url: str) -> Any:
    """Return a boto3 client without retries, whose requests are marked as the test's own."""
    config = Config(
        user_agent_extra=BY_TEST,
        s3={"addressing_style": "path"},
        retries={"total_max_attempts": 1},
        proxies={},
    )
    return _session().client(service, region_name=region, endpoint_url=url, config=config)  # type: ignore[call-overload]


@functools.cache
def _session() -> boto3.Session:
    # Not boto3's default session, which belongs to the program. The session caches service models.
    return boto3.Session(aws_access_key_id=ACCESS_KEY, aws_secret_access_key="embedded")  # noqa: S106 - opens nothing
