import asyncio

import pulumi
import pytest
from pulumi.runtime.mocks import MockMonitor

from ivs_stream_key.reusable_inputs import reusable
from mocked_engine import resolve_outputs


class Unused:
    def new_resource(self, args):
        raise AssertionError(args)

    def call(self, args):
        raise AssertionError(args)


def resolved_outputs(program, *, preview=False):
    """Return the resolved outputs of a program: (value, is it known, is it secret)."""
    return resolve_outputs(program, MockMonitor(Unused()), preview=preview)


async def coroutine_of(value):
    await asyncio.sleep(0)
    return value


def future_of(value):
    future = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future


def read_twice(value):
    """Return two outputs of the value, each created as the SDK does for an input."""
    return {"first": pulumi.Output.from_input(value), "second": pulumi.Output.from_input(value)}


@pytest.mark.parametrize(
    "given",
    [
        lambda: coroutine_of({"team": "live"}),
        lambda: {"team": coroutine_of("live")},
        lambda: coroutine_of({"team": coroutine_of("live")}),
        lambda: coroutine_of(pulumi.Output.from_input({"team": "live"})),
        lambda: pulumi.Output.from_input(1).apply(lambda _: {"team": coroutine_of("live")}),
        lambda: future_of({"team": future_of("live")}),
        lambda: asyncio.ensure_future(coroutine_of({"team": "live"})),
    ],
    ids=["whole", "inside", "both", "of-an-output", "in-an-output", "futures", "task"],
)
def test_a_coroutine_can_be_read_twice(given):
    outputs = resolved_outputs(lambda: read_twice(reusable(given())))
    assert outputs == dict.fromkeys(("first", "second"), ({"team": "live"}, True, False))


def test_a_coroutine_in_a_list_can_be_read_twice():
    outputs = resolved_outputs(lambda: read_twice(reusable({"who": [coroutine_of("a"), ("b", coroutine_of("c"))]})))
    assert outputs == dict.fromkeys(("first", "second"), ({"who": ["a", ["b", "c"]]}, True, False))


def test_one_coroutine_given_in_two_places_is_one_output():
    def program():
        tags = coroutine_of({"team": "live"})
        assert reusable(tags) is reusable(tags)
        return {"first": reusable(tags), "second": reusable({"nested": tags})["nested"]}

    assert resolved_outputs(program) == dict.fromkeys(("first", "second"), ({"team": "live"}, True, False))


@pytest.mark.parametrize("value", [None, True, 3, "text", {"a": 1}, [1, "b"], {}])
def test_values_that_are_not_awaitable_are_unchanged(value):
    assert reusable(value) == value


def test_an_unknown_value_keeps_the_others_known():
    def program():
        unknown = pulumi.Output(set(), future_of(None), future_of(False))
        given = reusable({"known": coroutine_of("live"), "unknown": unknown})
        whole = reusable(coroutine_of({"known": "live", "unknown": unknown}))
        return {**given, "inside": whole.apply(lambda tags: tags["known"])}

    outputs = resolved_outputs(program, preview=True)
    assert outputs["known"] == outputs["inside"] == ("live", True, False)
    assert outputs["unknown"][1] is False


def test_a_secret_stays_secret_and_makes_no_other_value_secret():
    outputs = resolved_outputs(lambda: reusable({"open": coroutine_of("a"), "secret": pulumi.Output.secret("b")}))
    assert outputs == {"open": ("a", True, False), "secret": ("b", True, True)}


def test_an_exception_of_a_coroutine_is_raised_where_it_is_read():
    async def broken():
        raise LookupError("no such team")

    with pytest.raises(LookupError, match="no such team"):
        resolved_outputs(lambda: {"tags": reusable(broken())})


@pytest.mark.parametrize(
    "wrap", [lambda value: value, coroutine_of, pulumi.Output.from_input, lambda value: {"a": coroutine_of(value)}]
)
def test_too_deeply_nested_values_are_one_short_error(wrap):
    deep = "x"
    # Not 900 or more: the SDK itself fails for an output that is nested so deep.
    for _ in range(200):
        deep = [deep]
    with pytest.raises(
        ValueError, match=r"^StreamKey 'live': tags: expected lists and mappings nested at most 100 deep"
    ):
        resolved_outputs(lambda: {"tags": reusable(wrap(deep), "StreamKey 'live': tags")})


@pytest.mark.parametrize(
    ("given", "kind"),
    [({1: "a"}, "a number"), ({"a": [{None: 1}]}, "nothing"), ({b"hunter2": 1}, "a value of type bytes")],
)
def test_a_mapping_key_that_is_not_a_string_is_refused_with_the_property(given, kind):
    with pytest.raises(TypeError, match=rf"^StreamKey 'live': tags: expected names that are text, got {kind}\. Put"):
        reusable(given, "StreamKey 'live': tags")
