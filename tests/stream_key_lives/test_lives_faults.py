"""Throttling, trouble at AWS and refusals: what passes is not noticed, what lasts is said, and nothing is lost."""

import pytest

# Each operation of a life, with a call that it makes.
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
def about_to(request, life):
    """Return an operation that is about to make a call, with the name of the call."""
    kind, call = request.param
    life.wish = {"rotation_triggers": {"season": 1}, "tags": {"team": "live"}}
    if kind != "create":
        life.up()
    if kind == "update":
        life.wish["tags"] = {"crew": "night"}
    if kind == "rotate":
        life.wish["rotation_triggers"] = {"season": 2}
    operation = {"refresh": life.stack.refresh, "destroy": life.stack.destroy}.get(kind, life.up)
    return operation, call


def as_it_should_be(life):
    """Whether the next up ends with the key that the program declares, whatever came before."""
    life.up()
    return life.held() and life.tags() == life.wish["tags"]


@pytest.mark.slow("a life for each call", quick="create-CreateStreamKey")
def test_transient_throttling_causes_no_error(life, about_to):
    operation, call = about_to
    life.faults.throttle(call, times=2)
    operation()
    assert as_it_should_be(life)


@pytest.mark.slow("a life for each call")
def test_transient_service_failures_cause_no_error(life, about_to):
    operation, call = about_to
    life.faults.error(call, "InternalServerException", "sorry", status=500)
    operation()
    assert as_it_should_be(life)


@pytest.mark.slow("each fault at each call")
@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("InternalServerException", 500, "ServiceFailed"),
        ("AccessDeniedException", 403, "AccessDenied"),
    ],
)
def test_permanent_failures_are_reported_and_the_next_up_converges(life, about_to, code, status, kind):
    operation, call = about_to
    life.faults.error(call, code, "no", status=status, times=None)
    error = life.refuses(operation, kind)
    assert f"\n  AWS said: {code}: no ({call}, request embedded)\n" in error
    assert "\n  remedy: " in error
    life.faults.clear()
    assert as_it_should_be(life)


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("an error of the provider's in refresh, in its own words")
def test_faults_during_a_refresh_keep_the_state(life):
    life.up()
    before = life.stack.resource("key")
    life.faults.error("GetStreamKey", "AccessDeniedException", "no")
    error = life.refuses(life.stack.refresh, "AccessDenied")
    assert "Refresh and destroy use the settings of the last `pulumi up`" in error
    after = life.stack.resource("key")
    assert (after.id, after.inputs, after.outputs) == (before.id, before.inputs, before.outputs)
