"""Errors of modelled types do not contain secrets of their inputs."""

import pytest

from rehearsal.provider import CheckFailure, CheckResult, InvokeResult, NotFound, Provider
from rehearsal.providers.dynamic_process import DynamicProvider
from rehearsal.providers.secret_guard import GuardedProvider
from rehearsal.state.property_values import Secret
from rehearsal.state.resource import ResourceState

URN = "urn:pulumi:dev::p::a:b:C::d"
GIVEN = {"name": "live", "tags": {"a": Secret("hunter'2")}, "all": Secret({"hunter-name": [1, "hunter3"], "b": "four"})}


class Refusing(Provider):
    """Fails each call with a message that quotes the inputs."""

    def check(self, urn, olds, news):
        return CheckResult(news, (CheckFailure("tags", f"expected no {news} nor {news['tags']['a']}"),))

    def _refuse(self, *given):
        raise NotFound(f"live and {given} are not there: {given[-1]['tags']['a']}")

    create = preview_create = read = adopt = update = preview_update = delete = diff = _refuse

    def invoke(self, token, args):
        return InvokeResult({}, (CheckFailure("", f"{args}"),))


class ProviderUnderTest(Refusing):
    is_tested = True


STATE = ResourceState(URN, "a:b:C", custom=True, id="i", inputs=GIVEN, outputs=GIVEN)
CALLS = [
    lambda guarded: guarded.diff(URN, "i", GIVEN, GIVEN, GIVEN),
    lambda guarded: guarded.create(URN, GIVEN, preview=False),
    lambda guarded: guarded.create(URN, GIVEN, preview=True),
    lambda guarded: guarded.read(URN, "i", GIVEN, GIVEN),
    lambda guarded: guarded.adopt(URN, "i", GIVEN),
    lambda guarded: guarded.update(STATE, GIVEN, preview=False),
    lambda guarded: guarded.update(STATE, GIVEN, preview=True),
    lambda guarded: guarded.delete(STATE),
]


@pytest.mark.parametrize("call", CALLS)
def test_an_error_is_redacted_and_keeps_its_type(call):
    with pytest.raises(NotFound, match=r"^live and .*\[secret\].* are not there: \[secret\]$") as error:
        call(GuardedProvider(Refusing()))
    assert "hunter" not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__
    with pytest.raises(NotFound, match="hunter"):
        call(GuardedProvider(ProviderUnderTest()))


def test_failures_are_redacted():
    guarded = GuardedProvider(Refusing())
    _, (failure,) = guarded.check(URN, {}, GIVEN)
    (failed,) = guarded.invoke("a:b:c", GIVEN).failures
    assert failure.property == "tags"
    for reason in (failure.reason, failed.reason):
        assert "[secret]" in reason
        assert "hunter" not in reason
    assert "hunter" in GuardedProvider(ProviderUnderTest()).check(URN, {}, GIVEN)[1][0].reason


def test_a_dynamic_provider_is_code_under_test():
    assert DynamicProvider.is_tested
