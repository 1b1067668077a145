import inspect

import pytest

from ivs_stream_key import StreamKeyError, errors

VALUE = "sk_us-west-2_abcdABCDefgh_567890abcdef"
CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"


def test_an_error_is_a_summary_and_one_line_per_detail():
    error = errors.AccessDenied(
        "AWS does not allow it.",
        resource=CHANNEL,
        aws=errors.AwsAnswer("CreateStreamKey", "AccessDeniedException", "no", "1-2-3"),
        expected="this",
        got="that",
        aftermath="the channel has no key",
        remedy="allow it.",
    )
    assert str(error).splitlines() == [
        "AWS does not allow it.",
        "  AWS said: AccessDeniedException: no (CreateStreamKey, request 1-2-3)",
        "  expected: this",
        "  got: that",
        "  now: the channel has no key",
        "  remedy: allow it.",
    ]


def test_missing_details_are_left_out():
    assert str(StreamKeyError("It failed.", remedy="fix it.")).splitlines() == ["It failed.", "  remedy: fix it."]


def test_a_response_without_message_or_request_id_gives_code_and_operation():
    assert str(errors.AwsAnswer("GetStreamKey", "PendingVerification", "", "")) == "PendingVerification (GetStreamKey)"


def test_key_values_in_awss_message_are_redacted():
    aws_answer = errors.AwsAnswer("GetStreamKey", "ValidationException", f"bad: {VALUE}", "")
    assert "abcdABCDefgh" not in str(aws_answer)


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name not in {"AwsAnswer", "StreamKeyError"}])
def test_every_error_is_a_stream_key_error_and_documented(name):
    kind = getattr(errors, name)
    assert issubclass(kind, StreamKeyError)
    assert inspect.getdoc(kind) != inspect.getdoc(StreamKeyError)
