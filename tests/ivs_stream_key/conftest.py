import copy
import functools
import os
import socket
from pathlib import Path

import botocore.client
import pytest
from botocore.hooks import HierarchicalEmitter
from botocore.session import Session
from moto import mock_aws

import moto_ivs
from ivs_stream_key.messages.redaction import SECRETS

_NO_FILE = str(Path(__file__).with_name("no-such-file"))
# Registering event handlers takes most of the time of creating a client, so all clients copy these.
_HANDLERS = HierarchicalEmitter()
Session(event_hooks=_HANDLERS)


def _client(region="us-west-2", **options):
    session = Session(event_hooks=copy.copy(_HANDLERS), include_builtin_handlers=False)
    return session.create_client("ivs", region_name=region, **options)


@functools.cache
def _shared_client():
    return _client()


@pytest.fixture
def new_client():
    """Return a function that creates a plain botocore client for IVS."""
    return _client


@pytest.fixture(autouse=True)
def _clean_aws_environment(monkeypatch):
    """Hide the machine's AWS credentials and config, and forget the secrets that earlier tests learned."""
    SECRETS.forget()
    for name in [name for name in os.environ if name.startswith(("AWS_", "TF_AWS_")) or name == "REQUESTS_CA_BUNDLE"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_CONFIG_FILE", _NO_FILE)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", _NO_FILE)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


class Cloud:
    """IVS in moto: `client` changes it directly, `calls` lists the API calls since the last `clear_calls`."""

    def __init__(self):
        self.calls = []
        self.client = _shared_client()
        self.clear_calls()

    def clear_calls(self):
        self.calls.clear()

    def channel(self, *, with_key=True):
        response = self.client.create_channel(name="live")
        if not with_key:
            self.client.delete_stream_key(arn=response["streamKey"]["arn"])
        self.clear_calls()
        return response["channel"]["arn"]

    def keys(self, channel):
        arns = [key["arn"] for key in self.client.list_stream_keys(channelArn=channel)["streamKeys"]]
        return [self.client.get_stream_key(arn=arn)["streamKey"] for arn in arns]

    def key(self, channel):
        (key,) = self.keys(channel)
        return key


@pytest.fixture
def cloud(monkeypatch):
    make_call = botocore.client.BaseClient._make_api_call
    with mock_aws(), moto_ivs.stream_keys():
        cloud = Cloud()

        def record_call(self, operation, parameters):
            cloud.calls.append(operation)
            return make_call(self, operation, parameters)

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", record_call)
        yield cloud


@pytest.fixture
def unused_port():
    """A port that refuses connections: bound, but not listened on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]
