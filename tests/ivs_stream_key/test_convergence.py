"""After any fault at any call, the next `pulumi up` ends with one key, which is in the state.

The tests are exhaustive: each operation runs with each fault at its first call, at its second call and so on.
"""

import contextlib
import itertools
from dataclasses import dataclass, field
from typing import Any

import botocore.endpoint
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivs_stream_key import errors
from ivs_stream_key.errors import StreamKeyError
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.ivs.rate_limiter import RateLimiter
from ivs_stream_key.ivs.stream_keys import Ivs
from ivs_stream_key.provider import StreamKeyProvider
from owners import OWNER

ATTEMPTS = 3
POLICIES = ("replace", "adopt", "fail")


class Crash(BaseException):
    """The processes of the provider and the engine die."""


@dataclass
class Stack:
    """A stack with one StreamKey. It calls the provider and writes the state in the order of the real engine."""

    id: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    pending_replacement: bool = False
    writes_before_crash: int | None = None
    """Crash after this many more writes of the state. None: do not crash."""

    def _write(self, **news):
        if self.writes_before_crash is not None:
            self.writes_before_crash -= 1
            if self.writes_before_crash < 0:
                raise Crash
        vars(self).update(news)

    def up(self, program, *, replace=False):
        """Run an up; return its step: create, same, update or replace."""
        provider = StreamKeyProvider()
        if self.id is None or self.pending_replacement:
            self._create(provider, program)
            return "create"
        if not replace:
            inputs = _checked_inputs(provider, self.inputs, program)
            diff = provider.diff(self.id, self.outputs, inputs)
            if not diff.changes:
                self._write(inputs=inputs)
                return "same"
            if not diff.replaces:
                result = provider.update(self.id, self.outputs, inputs)
                self._write(inputs=inputs, outputs=result.outs)
                return "update"
            assert diff.delete_before_replace
        _checked_inputs(provider, {}, program)
        provider.delete(self.id, self.outputs)
        self._write(pending_replacement=True)
        self._create(provider, program)
        return "replace"

    def _create(self, provider, program):
        inputs = _checked_inputs(provider, {}, program)
        made = provider.create(inputs)
        self._write(id=made.id, inputs=inputs, outputs=made.outs, pending_replacement=False)

    def refresh(self):
        if self.id is None or self.pending_replacement:
            return
        provider = StreamKeyProvider()
        read = provider.read(self.id, self.outputs)
        if read.id:
            provider.diff(read.id, read.outs, self.inputs)
            self._write(id=read.id, inputs=read.inputs, outputs=read.outs)
        else:
            self._write(id=None, inputs={}, outputs={})

    def destroy(self):
        if self.id is not None and not self.pending_replacement:
            StreamKeyProvider().delete(self.id, self.outputs)
        self._write(id=None, inputs={}, outputs={}, pending_replacement=False)


def _checked_inputs(provider, olds, news):
    result = provider.check(olds, news)
    assert result.failures == []
    return result.inputs


class Faults:
    """Injects a fault into one HTTP attempt of a call to IVS. `arm` sets the attempt and the fault."""

    def __init__(self, monkeypatch):
        self._left = -1
        self._fault = None
        self.fired = False
        get_response = botocore.endpoint.Endpoint._do_get_response

        def attempt(endpoint, request, operation_model, context):
            def send():
                return get_response(endpoint, request, operation_model, context)

            self._left -= 1
            if self._left == 0 or (self._left < 0 and self.fired and self._fault is lost_connection):
                self.fired = True
                return self._fault(send)
            return send()

        monkeypatch.setattr(botocore.endpoint.Endpoint, "_do_get_response", attempt)
        monkeypatch.setattr(botocore.endpoint.time, "sleep", lambda _: None)

    def arm(self, call, fault):
        self._left, self._fault, self.fired = call, fault, False

    def disarm(self):
        """Stop causing the fault; `fired` keeps whether it occurred."""
        self._left, self._fault = -1, None


def _connection_closed():
    return None, ConnectionClosedError(endpoint_url="https://ivs.test")


def crash_before(send):
    raise Crash


def crash_after(send):
    send()
    raise Crash


def lost_request(send):
    return _connection_closed()


def lost_response(send):
    send()
    return _connection_closed()


def lost_connection(send):
    """Lose the response as `lost_response` does, and those of all later attempts."""
    send()
    return _connection_closed()


def error_response(status, code):
    def refuse(send):
        metadata = {"HTTPStatusCode": status, "RequestId": "1-2-3", "HTTPHeaders": {}, "RetryAttempts": 0}
        parsed = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": metadata}
        return (_Response(status), parsed), None

    refuse.__name__ = code
    return refuse


def failure_after(send):
    """Carry out the call, and respond as if the service had failed."""
    send()
    return error_response(500, "InternalServerException")(send)


@dataclass
class _Response:
    status_code: int
    content: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


TRANSIENT_FAULTS = (lost_request, lost_response, failure_after, error_response(429, "ThrottlingException"))
FAULTS = (
    *TRANSIENT_FAULTS,
    crash_before,
    crash_after,
    lost_connection,
    error_response(403, "AccessDeniedException"),
    error_response(403, "PendingVerification"),
)


@pytest.fixture
def faults(cloud, monkeypatch, new_client):
    # Creating a client takes most of the time of a provider, so all providers share one.
    client = new_client(config=Config(retries={"mode": "standard", "total_max_attempts": ATTEMPTS}))
    ivs = Ivs(client, RateLimiter(sleep=lambda _: None))
    monkeypatch.setattr(Clients, "ivs", lambda *_: ivs)
    return Faults(monkeypatch)


def program(channel, **given):
    return {"channel_arn": channel, "owner": OWNER, "tags": {"team": "live"}, **given}


def changed_by_user(goal):
    """Return the inputs of the program after the user changed it."""
    return {**goal, "tags": {"team": "vod", "commit": "2"}, "rotation_triggers": {"season": 3.0}}


@dataclass
class Case:
    """A stack on a channel, and the operations that faults are injected into."""

    cloud: Any
    existing_key: str
    when_live: str = "keep"

    def __post_init__(self):
        # With "fail", a create refuses the key that IVS creates with the channel.
        self.channel = self.cloud.channel(with_key=self.existing_key != "fail")
        self.stack = Stack()
        self.goal = program(self.channel, existing_key=self.existing_key, when_live=self.when_live)

    def with_key(self):
        self.stack.up({**self.goal, "rotation_triggers": {"season": 1.0}})
        return self

    def create(self):
        return lambda: self.stack.up(self.goal)

    def rotate(self):
        self.with_key()
        self.goal["rotation_triggers"] = {"season": 2.0}
        return lambda: self.stack.up(self.goal)

    def replace(self):
        self.with_key()
        self.goal["rotation_triggers"] = {"season": 1.0}
        return lambda: self.stack.up(self.goal, replace=True)

    def update(self):
        self.with_key()
        self.goal.update(rotation_triggers={"season": 1.0}, tags={"team": "live", "new": "1"})
        return lambda: self.stack.up(self.goal)

    def refresh(self):
        self.with_key()
        self.goal["rotation_triggers"] = {"season": 1.0}
        return self.stack.refresh

    def destroy(self):
        self.with_key()
        return self.stack.destroy

    def has_the_only_key_in_state(self):
        (key,) = self.cloud.keys(self.channel)
        return (self.stack.id, self.stack.outputs["value"]) == (key["arn"], key["value"])


OPERATIONS = ("create", "rotate", "replace", "update", "refresh")


def run_with_fault(faults, case, operation, call, fault):
    """Run the operation with the fault at this call; return whether the operation came to that call."""
    run = getattr(case, operation)()
    faults.arm(call, fault)
    try:
        run()
    except (StreamKeyError, Crash):
        assert faults.fired
    finally:
        faults.disarm()
    return faults.fired


def assert_converges(case, goal, **options):
    case.stack.up(goal, **options)
    assert case.has_the_only_key_in_state()
    assert case.stack.up(goal) == "same"
    assert case.stack.outputs["tags"] == goal["tags"]


@pytest.mark.slow("each fault at each call of each operation", quick="create-dict-adopt")
@pytest.mark.parametrize("existing_key", POLICIES)
@pytest.mark.parametrize(
    ("operation", "change"),
    [*((operation, dict) for operation in OPERATIONS), ("create", changed_by_user), ("rotate", changed_by_user)],
)
def test_the_next_up_after_any_fault_leaves_one_key_which_is_in_the_state(
    cloud, faults, operation, existing_key, change
):
    tried = 0
    for fault in FAULTS:
        for call in itertools.count(1):
            case = Case(cloud, existing_key)
            if not run_with_fault(faults, case, operation, call, fault):
                break
            tried += 1
            # The user repeats the command. Without --replace, an unchanged program causes no replacement.
            assert_converges(case, change(case.goal), replace=operation == "replace")
    assert tried >= len(FAULTS)


@pytest.mark.slow("each fault at each call of each operation")
@pytest.mark.parametrize("existing_key", POLICIES)
@pytest.mark.parametrize(
    ("operation", "when_live"), [*((operation, "keep") for operation in OPERATIONS), ("rotate", "stop")]
)
def test_a_transient_fault_is_no_error(cloud, faults, operation, existing_key, when_live):
    for fault in TRANSIENT_FAULTS:
        for call in itertools.count(1):
            case = Case(cloud, existing_key, when_live)
            run = getattr(case, operation)()
            faults.arm(call, fault)
            run()
            faults.disarm()
            assert case.has_the_only_key_in_state()
            if not faults.fired:
                break


@pytest.mark.slow("a crash of each operation")
@pytest.mark.parametrize("existing_key", POLICIES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_next_up_after_a_crash_before_saving_the_state_leaves_one_key(cloud, faults, operation, existing_key):
    for writes_before_crash in range(2):
        case = Case(cloud, existing_key)
        run = getattr(case, operation)()
        case.stack.writes_before_crash = writes_before_crash
        try:
            run()
        except Crash:
            case.stack.writes_before_crash = None
            assert_converges(case, case.goal, replace=operation == "replace")
        else:
            assert writes_before_crash > 0


@pytest.mark.slow("each fault at each call")
@pytest.mark.parametrize("existing_key", POLICIES)
def test_a_repeated_destroy_after_any_fault_leaves_nothing(cloud, faults, existing_key):
    for fault in FAULTS:
        for call in itertools.count(1):
            case = Case(cloud, existing_key)
            if not run_with_fault(faults, case, "destroy", call, fault):
                break
            case.stack.destroy()
            assert cloud.keys(case.channel) == []
            assert case.stack.id is None


@pytest.mark.slow("a rotation at each call")
@pytest.mark.parametrize("existing_key", POLICIES)
@pytest.mark.parametrize("operation", ["create", "rotate"])
def test_a_concurrent_rotation_ends_in_a_clear_error_or_one_key(cloud, faults, operation, existing_key):
    for call in itertools.count(1):
        case = Case(cloud, existing_key)
        other_keys = []

        def rotate_elsewhere(send, channel=case.channel, other_keys=other_keys):
            faults.disarm()
            for key in cloud.keys(channel):
                cloud.client.delete_stream_key(arn=key["arn"])
            other_keys.append(cloud.client.create_stream_key(channelArn=channel)["streamKey"]["arn"])
            return send()

        if not run_with_fault(faults, case, operation, call, rotate_elsewhere):
            break
        case.stack.refresh()
        if existing_key == "fail":
            with pytest.raises(errors.KeyExists) as caught:
                case.stack.up(case.goal)
            assert caught.value.got == other_keys[0]
            assert [key["arn"] for key in cloud.keys(case.channel)] == other_keys
        else:
            assert_converges(case, case.goal)
            assert existing_key == "replace" or case.stack.id == other_keys[0]


@pytest.mark.parametrize("existing_key", POLICIES)
def test_a_destroy_whose_state_was_not_saved_can_be_repeated(cloud, faults, existing_key):
    case = Case(cloud, existing_key).with_key()
    case.stack.writes_before_crash = 0
    with pytest.raises(Crash):
        case.stack.destroy()
    case.stack.writes_before_crash = None
    case.stack.destroy()
    assert (cloud.keys(case.channel), case.stack.id) == ([], None)


@pytest.mark.parametrize("existing_key", POLICIES)
def test_a_destroy_keeps_a_key_created_by_another_owner(cloud, faults, existing_key):
    case = Case(cloud, existing_key).with_key()
    cloud.client.delete_stream_key(arn=case.stack.id)
    other_key = cloud.client.create_stream_key(channelArn=case.channel)["streamKey"]["arn"]
    case.stack.destroy()
    assert cloud.key(case.channel)["arn"] == other_key


steps = st.tuples(
    st.sampled_from(["up", "rotate", "replace", "retag", "refresh"]),
    st.sampled_from([None, *FAULTS]),
    st.integers(1, 5),
    st.none() | st.integers(0, 1),
)


@pytest.mark.slow("25 random lifecycles")
@pytest.mark.parametrize("existing_key", POLICIES)
@settings(
    derandomize=True,
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(history=st.lists(steps, max_size=6))
def test_any_sequence_of_faults_and_crashes_leaves_one_key_which_is_in_the_state(cloud, faults, existing_key, history):
    case = Case(cloud, existing_key)
    stack, goal = case.stack, case.goal
    for number, (operation, fault, call, writes_before_crash) in enumerate(history):
        if operation == "rotate":
            goal["rotation_triggers"] = {"season": float(number)}
        if operation == "retag":
            goal["tags"] = {"number": str(number)}
        if fault is not None:
            faults.arm(call, fault)
        stack.writes_before_crash = writes_before_crash
        with contextlib.suppress(StreamKeyError, Crash):
            if operation == "refresh":
                stack.refresh()
            else:
                stack.up(goal, replace=operation == "replace" and stack.id is not None)
        faults.disarm()
        stack.writes_before_crash = None
        assert len(cloud.keys(case.channel)) <= 1
    # A --replace may have deleted the key and crashed before it wrote the state. The refresh finds that.
    stack.refresh()
    assert_converges(case, goal)
