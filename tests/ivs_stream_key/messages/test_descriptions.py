import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivs_stream_key.aws_config.settings import NAMES, Settings
from ivs_stream_key.messages.descriptions import (
    closest,
    control_characters,
    kind_of,
    names_of_fields,
    printable,
    quotable_name,
    slip_of,
)

KNOWN_NAMES = ("access_key", "assume_roles", "max_retries", "profile", "secret_key")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", "an empty string"),
        ("s", "a string of 1 character"),
        ("hunter2", "a string of 7 characters"),
        (True, "a boolean"),
        (0.5, "a number"),
        (None, "nothing"),
        ({"a": 1}, "a mapping"),
        ([1], "a list"),
        (b"x", "a value of type bytes"),
    ],
)
def test_a_value_is_described_by_type_and_length(value, kind):
    assert kind_of(value) == kind


@pytest.mark.parametrize(
    ("text", "choice"),
    [("Kep", "keep"), ("STOP ", "stop"), ("failed", "fail"), ("hunter2", None), (1.0, None), ("k" * 10**7, None)],
)
def test_choices_are_suggested_case_insensitively(text, choice):
    assert closest(text, ("keep", "fail", "stop")) == choice


@pytest.mark.parametrize("name", ["acess_key", "accessKey", "max_retrys", "profil"])
def test_a_misspelling_is_quoted(name):
    assert slip_of(name, KNOWN_NAMES) is not None
    assert quotable_name(name, KNOWN_NAMES) == repr(name)


@pytest.mark.parametrize(
    "name", ["hunter2", "wJalrXUtnFEMI", "access_key=AKIA", "access_key_AKIA", 1.0, "s" * 10**7, "secret key", ""]
)
def test_a_long_name_that_may_be_a_secret_is_not_quoted(name):
    assert slip_of(name, KNOWN_NAMES) is None
    assert quotable_name(name, KNOWN_NAMES) == kind_of(name)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(min_size=8), st.sampled_from(NAMES))
def test_text_added_to_a_valid_name_is_never_quoted(secret, name):
    for text in (f"{name}{secret}", f"{secret}{name}", f"{name}_{secret}"):
        assert slip_of(text, NAMES) in {None, *(one for one in NAMES if secret.lower() in one.lower())}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("plain", ""),
        ("line\n", "a control character (U+000A) at its end"),
        ("\x1b[31m", "a control character (U+001B) as its character 1"),
        ("a\x9bb", "a control character (U+009B) as its character 2"),
    ],
)
def test_only_the_position_of_control_characters_is_reported(text, where):
    assert control_characters(text) == where


def test_terminal_control_sequences_are_escaped_and_line_breaks_stay():
    text = "a\tb\n\x1b[31mred\x9b2J\x07\r\x7f \u202eabc \u2028 \udcff é ☃ 🎥"
    lines, escaped = "a\tb\n", r"\x1b[31mred\x9b2J\x07\r\x7f \u202eabc \u2028 \udcff"
    assert printable(text) == f"{lines}{escaped} é ☃ 🎥"


def test_a_repr_names_the_fields_that_are_set():
    assert names_of_fields(Settings(secret_key="s3cret", attempts=3)) == "<Settings with secret_key, attempts>"
    assert names_of_fields(Settings()) == "<Settings with nothing>"


def test_a_ten_million_character_name_is_not_compared():
    assert closest("a" * 10**7, NAMES) is slip_of("a" * 10**7, NAMES) is None
