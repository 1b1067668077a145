"""Fixtures for one stream key in rehearsal: its declaration, the cloud and the state."""

from datetime import UTC, datetime, timedelta

import pulumi
import pytest

import moto_ivs
import provider_startup
from ivs_stream_key import StreamKey
from ivs_stream_key.clock import clock_set_to
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY
from rehearsal.state.property_values import Secret
from rehearsal.testing import OperationFailed


class Lifecycle:
    """An existing channel, and a program that declares the StreamKey `key` on it.

    `inputs` are the arguments of the StreamKey, or functions that return them, for outputs. `opts` are its options.
    If `inputs` is None, the program does not declare the StreamKey.
    """

    def __init__(self, rehearse, *, with_key=False, **options):
        self.ivs = rehearse.cloud.boto3("ivs")
        made = self.ivs.create_channel(name="studio")
        self.channel = made["channel"]["arn"]
        self.default_key = made["streamKey"]
        if not with_key:
            self.ivs.delete_stream_key(arn=self.default_key["arn"])
        self.inputs, self.opts = {}, {}
        self.stack = rehearse(self._program, provider_startup=provider_startup.STARTUP, **options)
        self.faults = rehearse.faults

    def _program(self):
        if self.inputs is not None:
            inputs = {name: given() if callable(given) else given for name, given in self.inputs.items()}
            key = StreamKey("key", self.channel, **inputs, opts=pulumi.ResourceOptions(**self.opts))
            pulumi.export("stream_key", key.value)

    def up(self, **arguments):
        return self.stack.up(**arguments)

    def preview(self, **arguments):
        return self.stack.preview(**arguments)

    def assert_refused(self, operation, kind):
        """Check that the operation fails with one error of this kind; return its text."""
        with pytest.raises(OperationFailed) as failure:
            operation()
        (error,) = failure.value.result.report.errors
        # The engine puts the resource before an error of check or diff.
        error = error.removeprefix("pulumi-python:dynamic/ivs:StreamKey 'key': ")
        assert error.startswith(f"{kind}: "), error
        assert "Traceback" not in error
        return error

    def keys_on_channel(self):
        """Return the channel's keys in the cloud."""
        return [
            self.ivs.get_stream_key(arn=listed["arn"])["streamKey"]
            for listed in self.ivs.list_stream_keys(channelArn=self.channel)["streamKeys"]
        ]

    def key_in_state(self):
        """Return the key in the state, after checking that it is the channel's key."""
        state = self.stack.resource("StreamKey::key")
        (key,) = self.keys_on_channel()
        value = state.outputs["value"]
        assert isinstance(value, Secret)
        assert (state.id, state.outputs["arn"], value.value) == (key["arn"], key["arn"], key["value"])
        assert self.stack.outputs()["stream_key"].value == key["value"]
        return key

    def tags(self):
        """Return the tags of the channel's key without the owner tag."""
        (key,) = self.keys_on_channel()
        return {name: value for name, value in key["tags"].items() if name != OWNER_TAG_KEY}

    def go_live(self):
        moto_ivs.go_live(self.channel)

    def go_offline(self):
        moto_ivs.go_offline(self.channel)

    def is_live(self):
        return bool(self.ivs.list_streams()["streams"])

    def replace_key_externally(self):
        """Rotate the key outside Pulumi; return the new one."""
        for key in self.keys_on_channel():
            self.ivs.delete_stream_key(arn=key["arn"])
        return self.ivs.create_stream_key(channelArn=self.channel)["streamKey"]


@pytest.fixture
def lifecycle(rehearse):
    return Lifecycle(rehearse)


@pytest.fixture
def lifecycle_with_key(rehearse):
    """Return a Lifecycle whose channel has its default key."""
    return Lifecycle(rehearse, with_key=True)


@pytest.fixture
def new_lifecycle(rehearse):
    """Return a function that creates a Lifecycle with options for `rehearse`."""
    return lambda **options: Lifecycle(rehearse, **options)


@pytest.fixture
def messages(capfd):
    """Return a function for the provider's messages: the real engine reports them, rehearsal leaves them on stderr."""

    def messages(result):
        reported = [f"{diagnostic.text}\n" for diagnostic in result.diagnostics]
        return "".join([capfd.readouterr().err, *reported])

    return messages


@pytest.fixture(autouse=True)
def _retry_immediately(monkeypatch):
    """Let waits between retries advance a virtual clock only."""
    provider_startup.retry_immediately(monkeypatch.setattr)
    # The adaptive mode waits in real time.
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")


@pytest.fixture
def pass_days(tmp_path, monkeypatch):
    """Return a function that advances the clock by days, from 2026-01-01, in providers' processes too."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    clock = tmp_path / "clock"
    clock.write_text(moment.isoformat())
    monkeypatch.setenv(provider_startup.CLOCK, str(clock))

    def pass_days(days):
        nonlocal moment
        moment += timedelta(days=days)
        clock.write_text(moment.isoformat())

    with clock_set_to(lambda: moment):
        yield pass_days
