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
def test_reprs_of_provider_results_show_no_properties(result):
    assert "hunter2" not in repr(result)
