import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.dynamic import CheckFailure
from pulumi.output import Unknown

from ivs_stream_key.aws.service_model import limits
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY
from ivs_stream_key.lifecycle.check import failures, without_secret_values

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
VALUE = "sk_us-west-2_abcdABCDefgh_567890abcdef"

tag_text = st.text(
    st.characters(categories=["Lu", "Ll", "Lo", "Nd", "Nl"], include_characters="_.:/=+-@ "), min_size=1, max_size=128
)
tag_name = tag_text.filter(lambda name: not name.lower().startswith("aws:"))


def failure_reasons(**inputs):
    return {f.property: f.reason for f in failures({"channel_arn": CHANNEL, **inputs})}


def test_valid_inputs_pass():
    assert (
        failure_reasons(tags={"team": "live", "empty": ""}, rotation_triggers={"season": 1}, existing_key="adopt") == {}
    )


def test_a_channel_arn_alone_passes():
    assert failure_reasons() == {}


@pytest.mark.slow("many generated cases")
@settings(derandomize=True, max_examples=40, deadline=None)
@given(st.dictionaries(tag_name, tag_text | st.just(""), max_size=50))
def test_tags_within_the_limits_pass(tags):
    assert failure_reasons(tags=tags) == {}


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:s3:::bucket",
        "arn:aws:ivs:us-west-2:123456789012:stream-key/abcd",
        "arn:aws:ivs:us-west-2:123456789012:channel/",
        "arn:aws:ivschat:us-west-2:123456789012:room/abcd",
        CHANNEL + "\n",
    ],
)
def test_an_invalid_channel_arn_is_refused_with_expected_and_got(arn):
    reason = failure_reasons(channel_arn=arn)["channel_arn"]
    assert "expected the ARN of an IVS channel (arn:aws:ivs:REGION:ACCOUNT:channel/ID)" in reason
    assert f"got {arn!r}" in reason


@pytest.mark.parametrize(("arn", "kind"), [(None, "nothing"), (1.0, "a number"), ({"arn": CHANNEL}, "a mapping")])
def test_a_channel_arn_that_is_not_a_string_is_refused(arn, kind):
    assert f"got {kind}" in failure_reasons(channel_arn=arn)["channel_arn"]


@pytest.mark.parametrize(
    ("arn", "kind"), [("", "an empty string"), ("channel/abcd", "a string of 12"), ("hunter2" * 99, "a string of 693")]
)
def test_a_value_unlike_an_arn_is_not_quoted_because_it_may_be_a_secret(arn, kind):
    (failure,) = (without_secret_values(one, {"channel_arn": arn}) for one in failures({"channel_arn": arn}))
    assert f"got {kind}" in failure.reason
    assert failure.property == ""
    assert not arn or arn not in failure.reason


def test_a_missing_channel_arn_is_refused():
    assert [f.property for f in failures({})] == ["channel_arn"]


def test_a_channel_arn_that_is_too_long_is_refused_with_its_length():
    arn = CHANNEL + "x" * limits().channel_arn.longest
    reason = failure_reasons(channel_arn=arn)["channel_arn"]
    assert f"at most {limits().channel_arn.longest} characters" in reason
    assert f"which has {len(arn)}" in reason


def test_a_key_given_for_the_channels_arn_is_not_quoted():
    assert "abcdABCDefgh" not in failure_reasons(channel_arn=VALUE)["channel_arn"]


def test_a_hundred_thousand_tags_give_a_short_error():
    found = failure_reasons(tags={f"tag!-{n}": "x" * 300 for n in range(100_000)})
    assert "got 100000" in found["tags"]
    assert sum(map(len, found.values())) < 20_000


def test_the_maximum_number_of_tags_passes_and_one_more_is_refused():
    most = limits().most_tags
    tags = {f"tag-{n}": "" for n in range(most)}
    assert failure_reasons(tags=tags) == {}
    reason = failure_reasons(tags={**tags, "one-more": ""})["tags"]
    assert f"expected at most {most} tags, got {most + 1}" in reason


@pytest.mark.parametrize("key", ["aws:x", "AWS:x", "Aws:", "aws:ivs:channel"])
def test_the_reserved_prefix_is_refused_in_any_case(key):
    assert "without the prefix 'aws:'" in failure_reasons(tags={key: ""})[f'tags["{key}"]']


def test_the_reserved_prefix_is_accepted_inside_a_key():
    assert failure_reasons(tags={"by-aws:x": "aws:y"}) == {}


@pytest.mark.parametrize("length", [1, 128])
def test_tag_keys_of_minimum_and_maximum_length_pass(length):
    assert failure_reasons(tags={"k" * length: "v" * 256}) == {}


def test_tag_keys_and_values_outside_the_limits_are_refused_with_both_lengths():
    found = failure_reasons(tags={"": "", "k" * 129: "", "v": "v" * 257})
    assert "expected 1 to 128 characters, got 0" in found['tags[""]']
    assert "expected 1 to 128 characters, got 129" in found[f'tags["{"k" * 129}"]']
    assert "expected 0 to 256 characters, got 257" in found['tags["v"]']


def test_characters_that_the_service_forbids_are_named():
    found = failure_reasons(tags={"a!": "x", "b": "tab\there"})
    assert "'!' (U+0021)" in found['tags["a!"]']
    assert "(U+0009)" in found['tags["b"]']


@pytest.mark.parametrize(
    ("value", "kind"), [(1.0, "a number"), (True, "a boolean"), (None, "nothing"), ({}, "a mapping"), ([], "a list")]
)
def test_a_tag_value_that_is_not_a_string_is_refused_with_its_type(value, kind):
    assert f"expected a string, got {kind}" in failure_reasons(tags={"n": value})['tags["n"]']


@pytest.mark.parametrize("tags", ["team=live", ["team"], 1.0])
def test_tags_that_are_not_a_mapping_are_refused(tags):
    assert "expected a mapping of strings to strings" in failure_reasons(tags=tags)["tags"]


def test_an_invalid_key_and_value_are_one_failure():
    reason = failure_reasons(tags={"a!": 1.0})['tags["a!"]']
    assert "As its key" in reason
    assert "As its value" in reason


@pytest.mark.parametrize("choice", ["Replace", "", "delete", 1.0, True, ["adopt"]])
def test_an_unknown_choice_for_an_existing_key_is_refused(choice):
    assert "expected 'replace', 'adopt' or 'fail', got " in failure_reasons(existing_key=choice)["existing_key"]


@pytest.mark.parametrize("value", [1, 1.5, "x", True, None, [1, ["y"]], {"a": {"b": None}}])
def test_triggers_of_any_json_type_pass(value):
    assert failure_reasons(rotation_triggers={"t": value}) == {}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), [object()], {"a": float("nan")}, {1: "a"}])
def test_triggers_that_cannot_be_compared_are_refused(value):
    assert list(failure_reasons(rotation_triggers={"t": value})) == ['rotation_triggers["t"]']


@pytest.mark.parametrize("triggers", ["s3cret", ["s3cret"], {"t": {"s3cret"}}, {"t": [b"s3cret", object()]}])
def test_values_of_triggers_are_never_quoted(triggers):
    (reason,) = failure_reasons(rotation_triggers=triggers).values()
    assert "s3cret" not in reason


@pytest.mark.parametrize(
    "inputs",
    [
        {"channel_arn": Unknown()},
        {"tags": Unknown()},
        {"tags": {"a": Unknown()}},
        {"rotation_triggers": Unknown()},
        {"rotation_triggers": {"a": Unknown(), "b": [Unknown()]}},
        {"existing_key": Unknown()},
    ],
)
def test_unknown_values_pass(inputs):
    assert failure_reasons(**inputs) == {}


def test_failures_beside_unknown_values_are_found():
    assert list(failure_reasons(tags={"a": Unknown(), "aws:b": Unknown()})) == ['tags["aws:b"]']


def test_all_failures_are_reported_at_once_each_with_its_property():
    found = failure_reasons(channel_arn="x", tags={"aws:a": "", "b": 1}, rotation_triggers=1, existing_key="x")
    assert list(found) == ["channel_arn", 'tags["aws:a"]', 'tags["b"]', "rotation_triggers", "existing_key"]


def test_control_characters_in_a_name_are_escaped():
    (failure,) = failures({"channel_arn": CHANNEL, "tags": {"a\x9b\x1b[2J\x7f": ""}})
    assert not set(f"{failure.property}{failure.reason}") & set("\x9b\x1b\x7f")


def test_a_very_long_name_is_shortened():
    (failure,) = failures({"channel_arn": CHANNEL, "rotation_triggers": {"a" * 10**6: object()}})
    assert len(failure.property) < 200


def test_quotes_in_a_tags_key_do_not_break_its_path():
    assert list(failure_reasons(tags={'a"b': ""})) == [r'tags["a\"b"]']


def test_checking_opens_no_connection_and_needs_no_credentials(monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setattr(socket, "socket", None)
    assert failure_reasons(tags={"aws:a": ""}) != {}


any_value = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.just(Unknown()),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=6,
)


@pytest.mark.slow("many generated cases")
@settings(derandomize=True, max_examples=80, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["channel_arn", "tags", "rotation_triggers", "existing_key", "__provider"]), any_value
    )
)
def test_no_input_makes_the_check_raise(inputs):
    for failure in failures(inputs):
        assert failure.property.split("[")[0] in {"channel_arn", "tags", "rotation_triggers", "existing_key"}
        assert failure.reason


@pytest.mark.parametrize("days", [1, 1.0, 30, 30.0, 36_500, Unknown()])
def test_valid_rotation_days_pass(days):
    assert failure_reasons(rotation_days=days) == {}


@pytest.mark.parametrize(
    ("days", "got"),
    [
        (0, "got 0"),
        (-1, "got -1"),
        (0.5, "got 0.5"),
        (30.5, "got 30.5"),
        (36_501, "got 36501"),
        (float("nan"), "got nan"),
        (float("inf"), "got inf"),
        (10**400, "got a number"),
        (True, "got a boolean"),
        ("30", "got a string of 2 characters"),
        ([30], "got a list"),
    ],
)
def test_an_invalid_number_of_days_is_refused(days, got):
    reason = failure_reasons(rotation_days=days)["rotation_days"]
    assert "expected a whole number of days, 1 to 36500" in reason
    assert got in reason
    assert "rotation_days=30" in reason


@pytest.mark.parametrize("choice", ["keep", "fail", "stop", None, Unknown()])
def test_the_choices_of_when_live_pass(choice):
    assert failure_reasons(when_live=choice) == {}


@pytest.mark.parametrize("choice", ["Keep", "adopt", "", 1.0, True, []])
def test_an_unknown_choice_of_when_live_is_refused(choice):
    reason = failure_reasons(when_live=choice)["when_live"]
    assert "expected 'keep', 'fail' or 'stop'" in reason


def test_the_owner_tag_cannot_be_set_by_users():
    assert "uses that tag for the owner" in failure_reasons(tags={OWNER_TAG_KEY: "x"})[f'tags["{OWNER_TAG_KEY}"]']


@pytest.mark.parametrize(
    "given",
    [
        {"channel_arn": VALUE},
        {"existing_key": VALUE},
        {"tags": VALUE},
        {"when_live": "s3cret"},
        {"rotation_days": "s3cret"},
        {"deletion_protection": ["s3cret"]},
        {"rotation_triggers": "s3cret"},
        {"connection": {"secret_key": "s3cret"}},
    ],
    ids=lambda given: next(iter(given)),
)
def test_a_property_with_a_secret_is_named_in_the_reason_only(given):
    (name,) = given
    quoted = without_secret_values(CheckFailure(name, "expected another."), given)
    assert (quoted.property, quoted.reason) == ("", f"{name}: expected another.")


def test_other_properties_are_named_in_the_failures_property():
    for failure in (
        CheckFailure("channel_arn", "no ARN"),
        CheckFailure('tags["a"]', "too long"),
        CheckFailure("", "x"),
    ):
        assert without_secret_values(failure, {"channel_arn": "arn:aws:s3:::bucket", "tags": {"a": "b"}}) is failure
    assert (
        without_secret_values(CheckFailure("rotation_days", "too few"), {"rotation_days": 0}).property
        == "rotation_days"
    )
    assert (
        without_secret_values(
            CheckFailure("rotation_days", "too few"), {"rotation_days": 0}, ["rotation_days"]
        ).property
        == ""
    )


@pytest.mark.parametrize(
    "schedule",
    [None, Unknown(), {}, {"phase": 0.0}, {"phase": Unknown()}, {"phase": 3, "group": "live", "most": 2.0}],
)
def test_valid_schedules_pass(schedule):
    assert failure_reasons(rotation_schedule=schedule) == {}


@pytest.mark.parametrize(
    ("schedule", "name", "reason"),
    [
        (3.0, "", 'a mapping, got a number. Write for example rotation_schedule={"phase": 3}.'),
        ({"phse": 3.0}, "", "the names phase, group, most, got another: a string of 4 characters. Did you mean phase?"),
        ({"weekday": 3.0}, "", "the names phase, group, most, got another: a string of 7 characters. Leave it out."),
        (
            {"phase": -1.0},
            ".phase",
            "a whole number, 0 to 36500, got -1. It is the key's day in a cycle of rotation_days.",
        ),
        (
            {"phase": 1.5},
            ".phase",
            "a whole number, 0 to 36500, got 1.5. It is the key's day in a cycle of rotation_days.",
        ),
        (
            {"phase": float("nan")},
            ".phase",
            "a whole number, 0 to 36500, got a number. It is the key's day in a cycle of rotation_days.",
        ),
        (
            {"phase": True},
            ".phase",
            "a whole number, 0 to 36500, got a boolean. It is the key's day in a cycle of rotation_days.",
        ),
        (
            {"group": "live", "most": 0.0},
            ".most",
            "a whole number, 1 to 36500, got 0. It is how many keys of the group one run may rotate for their age.",
        ),
        ({"group": 1.0, "most": 2.0}, ".group", "a string, got a number. It is the name of the keys' group."),
        ({"most": 2.0}, "", "both group and most, or neither, got most alone. Give group too, or leave most out."),
        ({"group": "g"}, "", "both group and most, or neither, got group alone. Give most too, or leave group out."),
    ],
)
def test_an_invalid_schedule_is_refused(schedule, name, reason):
    assert failure_reasons(rotation_schedule=schedule) == {f"rotation_schedule{name}": f"expected {reason}"}


def test_the_numbers_of_a_secret_schedule_are_not_quoted():
    (failure,) = failures({"channel_arn": CHANNEL, "rotation_schedule": {"phase": 1.5}}, secret=["rotation_schedule"])
    assert "got a number" in failure.reason
    assert "1.5" not in failure.reason


def test_names_that_are_not_strings_are_refused_with_their_type():
    assert failure_reasons(tags={3: "a"}) == {
        'tags["3"]': "As its key, expected a string, got a number. Put it in quotes."
    }
    assert failure_reasons(rotation_triggers={3: "a"}) == {
        'rotation_triggers["3"]': "expected a string as its name, got a number. Put it in quotes."
    }


def test_triggers_that_are_not_a_mapping_are_refused():
    assert failure_reasons(rotation_triggers=["spring"]) == {
        "rotation_triggers": "expected a mapping whose every change rotates the key, got a list. "
        'Write rotation_triggers={"name": value}.'
    }
