"""After any fault at any call, the next `pulumi up` ends with one key, which is in the state.

Not samples: each operation is run with each fault at each of its calls in turn, until the fault finds no call left.
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
    """The provider's process is gone, and the engine with it."""


@dataclass
class Stack:
    """One StreamKey as the engine deals with it: the order of the calls, and when it writes the state."""

    id: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    pending_replacement: bool = False
    unwritten: int | None = None
    """Die before so many more results reach the state; None: never."""

    def _write(self, **news):
        if self.unwritten is not None:
            self.unwritten -= 1
            if self.unwritten < 0:
                raise Crash
        vars(self).update(news)

    def up(self, program, *, replace=False):
        """Return what was done: create, same, update or replace."""
        provider = StreamKeyProvider()
        if self.id is None or self.pending_replacement:
            self._create(provider, program)
            return "create"
        if not replace:
            inputs = _checked(provider, self.inputs, program)
            diff = provider.diff(self.id, self.outputs, inputs)
            if not diff.changes:
                self._write(inputs=inputs)
                return "same"
            if not diff.replaces:
                result = provider.update(self.id, self.outputs, inputs)
                self._write(inputs=inputs, outputs=result.outs)
                return "update"
            assert diff.delete_before_replace
        _checked(provider, {}, program)
        provider.delete(self.id, self.outputs)
        self._write(pending_replacement=True)
        self._create(provider, program)
        return "replace"

    def _create(self, provider, program):
        inputs = _checked(provider, {}, program)
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


def _checked(provider, olds, news):
    result = provider.check(olds, news)
    assert result.failures == []
    return result.inputs


class Faults:
    """Lets one attempt to call IVS go wrong, or have something happen before it: `arm` says which and how."""

    def __init__(self, monkeypatch):
        self._left = -1
        self._fault = None
        self.fired = False
        answer = botocore.endpoint.Endpoint._do_get_response

        def attempt(endpoint, request, operation_model, context):
            def go_on():
                return answer(endpoint, request, operation_model, context)

            self._left -= 1
            if self._left == 0 or (self._left < 0 and self.fired and self._fault is lost_for_good):
                self.fired = True
                return self._fault(go_on)
            return go_on()

        monkeypatch.setattr(botocore.endpoint.Endpoint, "_do_get_response", attempt)
        monkeypatch.setattr(botocore.endpoint.time, "sleep", lambda _: None)

    def arm(self, call, fault):
        self._left, self._fault, self.fired = call, fault, False

    def disarm(self):
        """Stop causing the fault; `fired` keeps whether it occurred."""
        self._left, self._fault = -1, None


def _closed():
    return None, ConnectionClosedError(endpoint_url="https://ivs.test")


def crash_before(go_on):
    raise Crash


def crash_after(go_on):
    go_on()
    raise Crash


def lost_request(go_on):
    return _closed()


def lost_answer(go_on):
    go_on()
    return _closed()


def lost_for_good(go_on):
    """As `lost_answer`, and no later attempt is answered either."""
    go_on()
    return _closed()


def refusal(status, code):
    def refuse(go_on):
        metadata = {"HTTPStatusCode": status, "RequestId": "1-2-3", "HTTPHeaders": {}, "RetryAttempts": 0}
        parsed = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": metadata}
        return (_Response(status), parsed), None

    refuse.__name__ = code
    return refuse


def failure_after(go_on):
    """Be carried out, and answered as if the service had failed."""
    go_on()
    return refusal(500, "InternalServerException")(go_on)


@dataclass
class _Response:
    status_code: int
    content: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


PASSING = (lost_request, lost_answer, failure_after, refusal(429, "ThrottlingException"))
FAULTS = (
    *PASSING,
    crash_before,
    crash_after,
    lost_for_good,
    refusal(403, "AccessDeniedException"),
    refusal(403, "PendingVerification"),
)


@pytest.fixture
def faults(cloud, monkeypatch, new_client):
    # Making a client is most of what a provider costs.
    client = new_client(config=Config(retries={"mode": "standard", "total_max_attempts": ATTEMPTS}))
    ivs = Ivs(client, RateLimiter(sleep=lambda _: None))
    monkeypatch.setattr(Clients, "ivs", lambda *_: ivs)
    return Faults(monkeypatch)


def program(channel, **given):
    return {"channel_arn": channel, "owner": OWNER, "tags": {"team": "live"}, **given}


def edited(goal):
    """The program as its author changed it before running it again."""
    return {**goal, "tags": {"team": "vod", "commit": "2"}, "rotation_triggers": {"season": 3.0}}


@dataclass
class Case:
    """A stack on a channel, and an operation on it that is to be disturbed."""

    cloud: Any
    existing_key: str
    when_live: str = "keep"

    def __post_init__(self):
        # Under "fail" a key that came with the channel is somebody else's.
        self.channel = self.cloud.channel(with_key=self.existing_key != "fail")
        self.stack = Stack()
        self.goal = program(self.channel, existing_key=self.existing_key, when_live=self.when_live)

    def made(self):
        self.stack.up({**self.goal, "rotation_triggers": {"season": 1.0}})
        return self

    def create(self):
        return lambda: self.stack.up(self.goal)

    def rotate(self):
        self.made()
        self.goal["rotation_triggers"] = {"season": 2.0}
        return lambda: self.stack.up(self.goal)

    def replace(self):
        self.made()
        self.goal["rotation_triggers"] = {"season": 1.0}
        return lambda: self.stack.up(self.goal, replace=True)

    def update(self):
        self.made()
        self.goal.update(rotation_triggers={"season": 1.0}, tags={"team": "live", "new": "1"})
        return lambda: self.stack.up(self.goal)

    def refresh(self):
        self.made()
        self.goal["rotation_triggers"] = {"season": 1.0}
        return self.stack.refresh

    def destroy(self):
        self.made()
        return self.stack.destroy

    def holds_the_one_key(self):
        (key,) = self.cloud.keys(self.channel)
        return (self.stack.id, self.stack.outputs["value"]) == (key["arn"], key["value"])


OPERATIONS = ("create", "rotate", "replace", "update", "refresh")


def disturbed(faults, case, operation, call, fault):
    """Run the operation with the fault; return whether it came to it. It raises an expected error, or a crash."""
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
    assert case.holds_the_one_key()
    assert case.stack.up(goal) == "same"
    assert case.stack.outputs["tags"] == goal["tags"]


@pytest.mark.slow("each fault at each call of each operation", quick="create-dict-adopt")
@pytest.mark.parametrize("existing_key", POLICIES)
@pytest.mark.parametrize(
    ("operation", "change"),
    [*((operation, dict) for operation in OPERATIONS), ("create", edited), ("rotate", edited)],
)
def test_the_next_up_after_any_fault_leaves_one_key_which_is_in_the_state(
    cloud, faults, operation, existing_key, change
):
    tried = 0
    for fault in FAULTS:
        for call in itertools.count(1):
            case = Case(cloud, existing_key)
            if not disturbed(faults, case, operation, call, fault):
                break
            tried += 1
            # The command is run again: without --replace, nothing in a program that stayed asks for a replacement.
            assert_converges(case, change(case.goal), replace=operation == "replace")
    assert tried >= len(FAULTS)


@pytest.mark.slow("each fault at each call of each operation")
@pytest.mark.parametrize("existing_key", POLICIES)
@pytest.mark.parametrize(
    ("operation", "when_live"), [*((operation, "keep") for operation in OPERATIONS), ("rotate", "stop")]
)
def test_a_transient_fault_is_no_error(cloud, faults, operation, existing_key, when_live):
    for fault in PASSING:
        for call in itertools.count(1):
            case = Case(cloud, existing_key, when_live)
            run = getattr(case, operation)()
            faults.arm(call, fault)
            run()
            faults.disarm()
            assert case.holds_the_one_key()
            if not faults.fired:
                break


@pytest.mark.slow("a crash of each operation")
@pytest.mark.parametrize("existing_key", POLICIES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_next_up_after_a_crash_before_saving_the_state_leaves_one_key(cloud, faults, operation, existing_key):
    for unwritten in range(2):
        case = Case(cloud, existing_key)
        run = getattr(case, operation)()
        case.stack.unwritten = unwritten
        try:
            run()
        except Crash:
            case.stack.unwritten = None
            assert_converges(case, case.goal, replace=operation == "replace")
        else:
            assert unwritten > 0


@pytest.mark.slow("each fault at each call")
@pytest.mark.parametrize("existing_key", POLICIES)
def test_a_repeated_destroy_after_any_fault_leaves_nothing(cloud, faults, existing_key):
    for fault in FAULTS:
        for call in itertools.count(1):
            case = Case(cloud, existing_key)
            if not disturbed(faults, case, "destroy", call, fault):
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
        theirs = []

        def rotated_elsewhere(go_on, channel=case.channel, theirs=theirs):
            faults.disarm()
            for key in cloud.keys(channel):
                cloud.client.delete_stream_key(arn=key["arn"])
            theirs.append(cloud.client.create_stream_key(channelArn=channel)["streamKey"]["arn"])
            return go_on()

        if not disturbed(faults, case, operation, call, rotated_elsewhere):
            break
        case.stack.refresh()
        if existing_key == "fail":
            with pytest.raises(errors.KeyExists) as caught:
                case.stack.up(case.goal)
            assert caught.value.got == theirs[0]
            assert [key["arn"] for key in cloud.keys(case.channel)] == theirs
        else:
            assert_converges(case, case.goal)
            assert existing_key == "replace" or case.stack.id == theirs[0]


@pytest.mark.parametrize("existing_key", POLICIES)
def test_a_destroy_whose_state_was_not_saved_can_be_repeated(cloud, faults, existing_key):
    case = Case(cloud, existing_key).made()
    case.stack.unwritten = 0
    with pytest.raises(Crash):
        case.stack.destroy()
    case.stack.unwritten = None
    case.stack.destroy()
    assert (cloud.keys(case.channel), case.stack.id) == ([], None)


@pytest.mark.parametrize("existing_key", POLICIES)
def test_a_destroy_keeps_a_key_created_by_another_owner(cloud, faults, existing_key):
    case = Case(cloud, existing_key).made()
    cloud.client.delete_stream_key(arn=case.stack.id)
    theirs = cloud.client.create_stream_key(channelArn=case.channel)["streamKey"]["arn"]
    case.stack.destroy()
    assert cloud.key(case.channel)["arn"] == theirs


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
    for number, (operation, fault, call, unwritten) in enumerate(history):
        if operation == "rotate":
            goal["rotation_triggers"] = {"season": float(number)}
        if operation == "retag":
            goal["tags"] = {"number": str(number)}
        if fault is not None:
            faults.arm(call, fault)
        stack.unwritten = unwritten
        with contextlib.suppress(StreamKeyError, Crash):
            if operation == "refresh":
                stack.refresh()
            else:
                stack.up(goal, replace=operation == "replace" and stack.id is not None)
        faults.disarm()
        stack.unwritten = None
        assert len(cloud.keys(case.channel)) <= 1
    # What a --replace deleted and did not live to write down, a refresh finds.
    stack.refresh()
    assert_converges(case, goal)
