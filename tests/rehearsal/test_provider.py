import pytest

from rehearsal.provider import CheckResult, CreateResult, InvokeResult, ReadResult

SECRETS = {"value": "hunter2"}


@pytest.mark.parametrize(
    "result",
    [
        CheckResult(SECRETS),
        CreateResult("id", SECRETS),
        ReadResult("id", SECRETS, SECRETS),
        InvokeResult(SECRETS),
    ],
    ids=lambda result: type(result).__name__,
)
def test_no_repr_of_what_a_provider_answers_shows_properties_which_are_in_plaintext_there(result):
    assert "hunter2" not in repr(result)
