"""Throttling, service failures and refusals: transient ones cause no error, others are reported; no key is lost."""

import pytest

# Each operation of a lifecycle, with a call that it makes.
OPERATIONS = [
    ("create", "CreateStreamKey"),
    ("create", "ListStreamKeys"),
    ("update", "TagResource"),
    ("update", "UntagResource"),
    ("refresh", "GetStreamKey"),
    ("rotate", "DeleteStreamKey"),
    ("rotate", "CreateStreamKey"),
    ("destroy", "DeleteStreamKey"),
]


@pytest.fixture(params=OPERATIONS, ids="-".join)
def operation_and_call(request, lifecycle):
    """Return an operation, and the name of a call that it makes."""
    kind, call = request.param
    lifecycle.inputs = {"rotation_triggers": {"season": 1}, "tags": {"team": "live"}}
    if kind != "create":
        lifecycle.up()
    if kind == "update":
        lifecycle.inputs["tags"] = {"crew": "night"}
    if kind == "rotate":
        lifecycle.inputs["rotation_triggers"] = {"season": 2}
    operation = {"refresh": lifecycle.stack.refresh, "destroy": lifecycle.stack.destroy}.get(kind, lifecycle.up)
    return operation, call


def converges(lifecycle):
    """Run an up; return whether the channel then has the key and the tags that the program declares."""
    lifecycle.up()
    return lifecycle.key_in_state() and lifecycle.tags() == lifecycle.inputs["tags"]


@pytest.mark.slow("a lifecycle for each call")
def test_transient_throttling_causes_no_error(lifecycle, operation_and_call):
    operation, call = operation_and_call
    lifecycle.faults.throttle(call, times=2)
    operation()
    assert converges(lifecycle)


@pytest.mark.slow("a lifecycle for each call")
def test_transient_service_failures_cause_no_error(lifecycle, operation_and_call):
    operation, call = operation_and_call
    lifecycle.faults.error(call, "InternalServerException", "sorry", status=500)
    operation()
    assert converges(lifecycle)


@pytest.mark.slow("each fault at each call")
@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("InternalServerException", 500, "ServiceFailed"),
        ("AccessDeniedException", 403, "AccessDenied"),
    ],
)
def test_permanent_failures_are_reported_and_the_next_up_converges(lifecycle, operation_and_call, code, status, kind):
    operation, call = operation_and_call
    lifecycle.faults.error(call, code, "no", status=status, times=None)
    error = lifecycle.assert_refused(operation, kind)
    assert f"\n  AWS said: {code}: no ({call}, request embedded)\n" in error
    assert "\n  remedy: " in error
    lifecycle.faults.clear()
    assert converges(lifecycle)


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("an error of the provider in a refresh")
def test_faults_during_a_refresh_keep_the_state(lifecycle):
    lifecycle.up()
    before = lifecycle.stack.resource("key")
    lifecycle.faults.error("GetStreamKey", "AccessDeniedException", "no")
    error = lifecycle.assert_refused(lifecycle.stack.refresh, "AccessDenied")
    assert "Refresh and destroy use the settings of the last `pulumi up`" in error
    after = lifecycle.stack.resource("key")
    assert (after.id, after.inputs, after.outputs) == (before.id, before.inputs, before.outputs)
