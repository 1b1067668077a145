"""What a text shows of secrets, and what is left of them in a text that was shortened."""

import reprlib

import pytest

from rehearsal.testing.plaintext import redacted

KEY = "sk_us-east-1_AbCdEfGhIjKl_MnOpQrStUvWxYz0123456789"


@pytest.mark.parametrize(
    "text",
    [
        f"assert {KEY!r} == 'x'",
        "assert 'sk_us-east-1...WxYz0123456789' == 'x'",
        "'sk_us-east-1_Ab...' and '...z0123456789'",
        "one...sk_us-east-1_AbCd...0123456789...two",
        f"KeyError: {reprlib.repr(KEY)}",
    ],
)
def test_a_secret_is_replaced_as_a_whole_and_where_its_middle_was_left_out(text):
    shown = redacted(text, [KEY])
    assert "[secret]" in shown
    assert not any(part in shown for part in ("sk_us", "AbC", "789"))


@pytest.mark.parametrize("text", ["waits...", "...", "to be continued ...", "a...b...c", "task...9", "", "sk_...9"])
def test_dots_beside_which_there_is_no_secret_stay(text):
    assert redacted(text, [KEY, "hunter2"]) == text
