import pytest

from ivs_stream_key.messages.formatting import format_value

VALUE = "sk_us-west-2_abcdABCDefgh_567890abcdef"


def test_a_string_is_shown_redacted():
    assert format_value(VALUE) == "'[secret]'"


def test_an_arn_is_shown_unchanged():
    arn = "arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh"
    assert format_value(arn) == repr(arn)


def test_a_long_string_is_shortened_after_redaction():
    text = "x" * 150 + VALUE + "y" * 100
    assert len(format_value(text)) < 170
    assert "abcd" not in format_value(text)


@pytest.mark.parametrize(
    ("value", "formatted"),
    [
        (True, "a boolean"),
        (1, "a number"),
        (1.5, "a number"),
        (None, "nothing"),
        ({"a": VALUE}, "a mapping"),
        ([VALUE], "a list"),
        (object(), "a value of type object"),
    ],
)
def test_a_value_that_is_not_a_string_is_shown_as_its_type(value, formatted):
    assert format_value(value) == formatted
