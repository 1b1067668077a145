"""Secret inputs of a StreamKey are nowhere in plaintext, from the preview on.

The provider has a process of its own here, as under Pulumi.
"""

import json

import pytest
from typer.testing import CliRunner

from rehearsal.cli import app
from rehearsal.providers import preloaded
from rehearsal.testing.plaintext import exposed, without_envelopes

PROGRAM = """
import pulumi
import pulumi_aws as aws
from ivs_stream_key import StreamKey

pin = pulumi.Config().require_secret("pin")
external = pulumi.Output.secret("swordfish-external")
channel = aws.ivs.Channel("live")
key = StreamKey(
    "live",
    channel.arn,
    tags={"owner": pulumi.Output.secret("swordfish-tag")},
    rotation_triggers={"pin": pin},
    connection={
        "access_key": "AKIASWORDFISHTEST",
        "secret_key": "swordfish-key",
        "token": "swordfish-token",
        "assume_roles": [{"role_arn": "arn:aws:iam::123456789012:role/live", "external_id": external}],
    },
)
pulumi.export("stream_key", key.value)
pulumi.export("pin", pin)
"""
SECRETS = (
    "AKIASWORDFISHTEST",
    "swordfish-key",
    "swordfish-token",
    "swordfish-external",
    "swordfish-tag",
    "swordfish-pin",
)


@pytest.fixture
def provider_processes(monkeypatch):
    """Return the commands, folders and environments that providers' processes are started with."""
    started, start = [], preloaded.start

    def record_start(command, folder, environment):
        started.append((command, folder, environment))
        return start(command, folder, environment)

    monkeypatch.setattr(preloaded, "start", record_start)
    return started


def key_values_in(deployment):
    return [r["outputs"]["value"]["plaintext"].strip('"') for r in deployment["resources"] if "value" in r["outputs"]]


@pytest.mark.slow("starts processes of providers")
def test_a_secret_input_is_in_no_output_state_argument_or_environment(tmp_path, monkeypatch, provider_processes):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nconfig:\n  pin: {secret: true}\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    (tmp_path / "config.yaml").write_text("config:\n  shop:pin: swordfish-pin\n")
    monkeypatch.chdir(tmp_path)
    places = {}
    for arguments in (["preview", "--diff"], ["up", "--json"]):
        result = CliRunner().invoke(app, [*arguments, "--config-file", "config.yaml"])
        assert result.exit_code == 0, result.output
        places[" ".join(arguments)] = result.output
    state = json.loads(CliRunner().invoke(app, ["export", "--show-secrets"]).stdout)
    places["state"] = json.dumps(without_envelopes(state))
    (value,) = key_values_in(state["deployment"])
    assert len(provider_processes) == 2
    places["children"] = repr(provider_processes)
    assert exposed(dict.fromkeys((*SECRETS, value), "a secret"), places) == []
    # The state has them in secret envelopes.
    assert all(secret in json.dumps(state) for secret in (*SECRETS, value))
