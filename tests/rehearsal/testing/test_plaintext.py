"""Redaction of secrets in text, including shortened text."""

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
def test_a_secret_is_redacted_even_if_shortened_in_the_middle(text):
    shown = redacted(text, [KEY])
    assert "[secret]" in shown
    assert not any(part in shown for part in ("sk_us", "AbC", "789"))


@pytest.mark.parametrize("text", ["waits...", "...", "to be continued ...", "a...b...c", "task...9", "", "sk_...9"])
def test_unrelated_ellipses_stay(text):
    assert redacted(text, [KEY, "hunter2"]) == text
