"""A fleet of live channels: arguments and files, spread and limited rotations, and the effect of a change."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pulumi
import pytest

from ivs_channel import LiveChannel, LiveChannelArgs, LiveChannels, Recording, ssm
from ivs_channel.fleet import _phase, phase_of
from ivs_channel.fleet_file import read
from ivs_channel.publishing import destinations
from ivs_stream_key import clock
from rehearsal.testing import OperationFailed

START = datetime(2026, 3, 1, 3, tzinfo=UTC)


class Lifecycle:
    """A stack of one fleet, and a clock that the test moves."""

    def __init__(self, rehearse, *, check_preview=True, **given):
        self.given = given
        self.time = START
        self.stack = rehearse(
            lambda: LiveChannels("studios", **self.given), provider_process=False, check_preview=check_preview
        )

    def up(self, **given):
        self.given = {**self.given, **given}
        with clock.clock_set_to(lambda: self.time):
            return self.stack.up()

    def preview(self):
        with clock.clock_set_to(lambda: self.time):
            return self.stack.preview()


def replaced(up):
    """Return the names of the keys that are replaced."""
    return {urn.rpartition("::")[2] for urn in up.plan if "StreamKey::" in urn and up.plan[urn] == "replace"}


@pytest.fixture
def lifecycle(rehearse):
    return Lifecycle(
        rehearse, channels={"north": {}, "south": {"latency_mode": "NORMAL"}}, defaults={"tags": {"a": "1"}}
    )


@pytest.mark.slow("lifecycles of several channels")
def test_each_channel_has_defaults_and_own_arguments_and_adding_one_changes_no_other(lifecycle):
    lifecycle.up()
    channels = {name: lifecycle.stack.resource(f"Channel::{name}").outputs for name in ("north", "south")}
    assert [one["latencyMode"] for one in channels.values()] == ["LOW", "NORMAL"]
    up = lifecycle.up(channels={**lifecycle.given["channels"], "west": LiveChannelArgs(tags={"b": "2"})})
    assert set(up.plan.values()) == {"create", "same"}
    assert all("west" in urn or up.plan[urn] == "same" for urn in up.plan)
    assert lifecycle.stack.resource("Channel::west").outputs["tags"] == {"a": "1", "b": "2"}
    up = lifecycle.up(channels={"south": {"latency_mode": "NORMAL"}, "west": {"tags": {"b": "2"}}})
    assert set(up.plan.values()) == {"delete", "same"}
    assert all("north" in urn or up.plan[urn] == "same" for urn in up.plan)


def test_outputs_are_mappings_by_name_and_the_keys_are_secrets(rehearse):
    def program():
        fleet = LiveChannels("studios", {"north": {"publish_to": ssm("/live/{name}/key")}, "south": {}})
        pulumi.export("arns", fleet.channel_arns)
        pulumi.export("keys", fleet.stream_keys)
        pulumi.export("urls", fleet.ingest_urls)
        pulumi.export("published", fleet.published)

    stack = rehearse(program, provider_process=False)
    up = stack.up()
    assert set(up.outputs["arns"].value) == set(up.outputs["keys"].value) == {"north", "south"}
    assert all(value.endswith for value in up.outputs["keys"].value.values())
    assert up.outputs["urls"].value["north"].startswith("rtmps://")
    assert set(up.outputs["published"].value["north"]) == {"/live/north/key"}


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_channel_without_rotation_days_has_no_schedule(lifecycle):
    lifecycle.up()
    assert "rotation_schedule" not in lifecycle.stack.resource("StreamKey::north").outputs


@pytest.mark.slow("an up for each day of a fleet")
def test_a_fleet_spreads_the_rotations_over_the_rotation_days(rehearse):
    names = [f"studio-{number}" for number in range(12)]
    lifecycle = Lifecycle(rehearse, channels={name: {} for name in names}, defaults={"rotation_days": 6})
    lifecycle.up()
    first, second = Counter(), Counter()
    for day in range(1, 13):
        lifecycle.time = START + timedelta(days=day)
        up = lifecycle.up()
        (first if day <= 6 else second).update(dict.fromkeys(replaced(up), day))
    assert set(first) == set(second) == set(names)
    assert {name: day + 6 for name, day in first.items()} == second
    assert len(set(first.values())) > 3
    assert {(first[name] + (START - datetime(1970, 1, 1, tzinfo=UTC)).days) % 6 for name in names} == {
        phase_of(name, 6) for name in names
    }


@pytest.mark.slow("lifecycles of several channels")
def test_a_single_channel_moves_into_the_fleet_and_keeps_its_key(rehearse):
    declare = [lambda: LiveChannel("north", name="north", container_format="FRAGMENTED_MP4")]
    stack = rehearse(lambda: declare[0]() and None, provider_process=False)
    stack.up()
    ids = {kind: stack.resource(f"{kind}::north").id for kind in ("Channel", "StreamKey", "ChannelSettings")}
    given = {"north": {"name": "north", "container_format": "FRAGMENTED_MP4"}, "south": {}}
    declare[0] = lambda: LiveChannels("studios", given)
    assert stack.up().has_no_replacements()
    assert {kind: stack.resource(f"{kind}::north").id for kind in ids} == ids


@pytest.mark.slow("lifecycles of several channels")
def test_an_up_rotates_no_more_than_the_limit_and_reports_the_postponed_rotations(rehearse, capfd):
    names = ["a", "b", "c", "d", "e"]
    limited = {"defaults": {"rotation_days": 4}, "max_rotations_per_up": 2}
    # After an up that rotates the maximum, the next preview rotates more keys. The fixture would report that.
    lifecycle = Lifecycle(rehearse, channels={name: {} for name in names}, check_preview=False, **limited)
    lifecycle.up()
    # All keys are due.
    lifecycle.time = START + timedelta(days=4)
    capfd.readouterr()
    lifecycle.preview()
    assert capfd.readouterr().err.count("waits for the next run: this one rotates 2 of studios") == 3
    rotated = []
    for _ in range(3):
        up = lifecycle.up()
        rotated.append(replaced(up))
    assert [len(step) for step in rotated] == [2, 2, 1]
    assert set.union(*rotated) == set(names)


@pytest.mark.slow("lifecycles of several channels")
def test_a_key_of_twice_its_maximum_age_is_rotated_despite_the_limit(rehearse):
    names = ["a", "b", "c"]
    lifecycle = Lifecycle(
        rehearse, channels={name: {} for name in names}, defaults={"rotation_days": 4}, max_rotations_per_up=1
    )
    lifecycle.up()
    lifecycle.time = START + timedelta(days=8, hours=1)
    assert [*lifecycle.up().plan.values()].count("replace") == 3


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_trigger_rotates_all_keys_despite_the_limit(rehearse):
    given = {"rotation_days": 30, "rotation_triggers": {"leak": 1}}
    lifecycle = Lifecycle(rehearse, channels={"a": {}, "b": {}}, defaults=given, max_rotations_per_up=1)
    lifecycle.up()
    up = lifecycle.up(defaults={**given, "rotation_triggers": {"leak": 2}})
    assert [*up.plan.values()].count("replace") == 2


@pytest.mark.slow("lifecycles of several channels")
def test_a_file_in_yaml_or_json_is_equivalent_to_arguments(rehearse, tmp_path):
    file = tmp_path / "fleet.yaml"
    file.write_text("defaults:\n  latency_mode: NORMAL\nchannels:\n  north:\n  south: {insecure_ingest: true}\n")
    lifecycle = Lifecycle(rehearse, channels=str(file), defaults={"tags": {"a": "1"}})
    lifecycle.up()
    assert lifecycle.stack.resource("Channel::north").outputs["latencyMode"] == "NORMAL"
    assert lifecycle.stack.resource("Channel::south").outputs["tags"] == {"a": "1"}
    fleet = {"channels": {"north": {}, "south": {"insecure_ingest": True}}, "defaults": {"latency_mode": "NORMAL"}}
    file.write_text(json.dumps(fleet, indent=1))
    lifecycle.stack.up().has_no_changes()


def test_a_file_sets_where_the_keys_are_published(tmp_path):
    file = tmp_path / "channels.yaml"
    file.write_text("channels: {north: }\ndefaults:\n  publish_to:\n    ssm: /live/{name}/key\n", encoding="utf-8")
    given = read(file, ["publish_to"]).defaults["publish_to"]
    assert destinations("LiveChannel 'north'", "north", given) == [
        ("live-key", "/live/north/key", ssm("/live/{name}/key"))
    ]


ARGUMENTS = ("latency_mode", "name", "tags", "rotation_days")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "FILE:1: channels: expected a mapping by name, got an empty file."),
        ("channels: []", "FILE:1: channels: expected a mapping, got a list."),
        ("defaults: {}", "FILE:1: channels: expected a mapping by name, got nothing."),
        ("chanels: {}", "FILE:1: chanels: there is no such field: did you mean channels?."),
        ("channels:\n  a:\n    latencymode: LOW", "FILE:3: channels.a.latencymode: there is no such argument: did you"),
        (
            "channels:\n  a: {}\ndefaults:\n  tag: {}",
            "FILE:4: defaults.tag: there is no such argument: did you mean tags",
        ),
        ("channels:\n  a: 12", "FILE:2: channels.a: expected a mapping, got a number."),
        ("channels:\n  1: {}", "FILE:2: channels: expected names that are text, got a number: put it in quotes."),
        (
            "channels:\n  a: {}\n  b: {}\n  a: {}",
            "FILE:4: channels.a: it occurs twice, first in line 2: remove one.",
        ),
        ("channels:\n  a: {", "FILE:"),
        ("channels:\n  a:\n    tags: {day: 2026-01-01}", "FILE:3: channels.a.tags.day: expected text, .*, got a date"),
        ("channels:\n  a:\n    tags: [x, 1970-01-01]", "FILE:3: channels.a.tags[1]: expected text, .*, got a date"),
        ("channels:\n  a:\n    tags: {1: x}", "FILE:3: channels.a.tags: expected names that are text, got a number"),
        ("channels:\n  a: &a {tags: *a}", "FILE:2: channels.a.tags: expected lists and mappings nested at most 100"),
        ("channels:\n  a: &a {<<: *a}", "FILE: expected lists and mappings nested at most 100"),
        ("channels:\n  a: {<<: [1]}", "FILE:2: channels.a.<<: expected a mapping, got a number."),
        ("channels: " + "[" * 600, "FILE: expected lists and mappings nested at most 100"),
        ("channels:\n  a: {sk_us-west-2_abc: 1}", "FILE:2: channels.a.(a string of 16 characters): there is no such"),
        ('{"channels": {"a": {"name": !!python/object:x y}}}', "FILE:1: the value: it is no value that YAML's safe"),
    ],
)
def test_an_invalid_file_is_reported_with_file_line_and_field(tmp_path, text, message):
    file = tmp_path / "fleet.yaml"
    file.write_text(text)
    with pytest.raises(ValueError) as error:
        read(file, ARGUMENTS)
    for part in message.replace("FILE", str(file)).split(".*"):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (
            "channels:\n  a:\n    publish_to:\n      ssm: live/{name}\n",
            ValueError,
            "FILE:3: channels.a.publish_to: expected a / at the beginning",
        ),
        (
            "channels:\n  a:\n    publish_to:\n      secrets_manager: x\n      ssm: {paht: /live}\n",
            TypeError,
            "FILE:5: channels.a.publish_to.ssm: expected path, .* Did you mean path?",
        ),
        (
            "channels:\n  a:\n    publish_to:\n    - ssm: {key_id: x}\n",
            TypeError,
            "FILE:4: channels.a.publish_to.ssm: path: expected a path, got nothing",
        ),
        (
            "channels:\n  a:\n  b:\ndefaults:\n  publish_to: {ssm: /live}\n",
            ValueError,
            "FILE:5: defaults.publish_to, in channels.b: expected a place of its own, got that of 'a'",
        ),
        (
            '{"channels": {\n"a": {\n"publish_to": 12}}}',
            TypeError,
            "FILE:3: channels.a.publish_to: expected ssm(…), secrets_manager(…) or a mapping",
        ),
        ("channels:\n  a: {recording: 1}\n", TypeError, "FILE:2: channels.a.recording: expected the ARN"),
        (
            "channels:\n  a:\n    recording:\n      bucket: x\n      thumbs: {}\n",
            TypeError,
            "FILE:3: channels.a.recording: there is no field thumbs",
        ),
        ("channels: {}\ndefaults:\n  srt: maybe\n", TypeError, "FILE:3: defaults.srt: expected True or False"),
        (
            "defaults: &x {publish_to: {ssm: live/x}}\nchannels:\n  a: {<<: *x}\n",
            ValueError,
            "FILE:1: channels.a.publish_to: expected a / at the beginning",
        ),
        (
            "channels:\n  a:\n    authorized: true\n    playback_authorization: true\n",
            ValueError,
            "FILE:4: channels.a.playback_authorization: expected playback_authorization or authorized, got both",
        ),
        (
            "channels:\n  a:\n    recording_configuration_arn: x\ndefaults:\n  recording: {bucket: live}\n",
            ValueError,
            "FILE:5: defaults.recording, in channels.a: expected recording or recording_configuration_arn, got both",
        ),
        (
            "channels:\n  a:\n    channel_options: {protect: true}\n",
            ValueError,
            "FILE:3: channels.a.channel_options: there is no such argument",
        ),
    ],
)
def test_an_invalid_argument_in_a_file_is_reported_with_file_line_and_field(tmp_path, text, error, message):
    file = tmp_path / "fleet.yaml"
    file.write_text(text)
    with pytest.raises(error) as raised:
        LiveChannels("studios", file)
    for part in message.replace("FILE", str(file)).split(".*"):
        assert part in str(raised.value)


def test_an_invalid_default_of_the_program_is_not_attributed_to_the_file(tmp_path):
    file = tmp_path / "fleet.yaml"
    file.write_text("channels:\n  a:\n")
    with pytest.raises(TypeError, match=r"^LiveChannels 'studios': channels\['a'\]: publish_to: expected ssm"):
        LiveChannels("studios", file, defaults={"publish_to": 12})


def test_aliases_of_aliases_are_not_written_out(tmp_path):
    aliases = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    aliases += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    file = tmp_path / "fleet.yaml"
    file.write_text("channels: {north: {tags: {" + ", ".join(aliases) + "}}}\n")
    with pytest.raises(ValueError, match="expected at most 1000000 values with its aliases written out, got more"):
        read(file, ARGUMENTS)


def test_an_alias_within_itself_is_an_error(tmp_path):
    file = tmp_path / "fleet.yaml"
    file.write_text("channels: {north: {tags: &a {x: [*a]}}}\n")
    with pytest.raises(ValueError, match="nested at most 100 deep"):
        read(file, ARGUMENTS)


def test_yaml_anchors_and_merges_share_arguments_that_own_ones_override(tmp_path):
    file = tmp_path / "fleet.yaml"
    file.write_text(
        "channels:\n  a: &a {latency_mode: LOW, name: a}\n  b: *a\n  c: {<<: *a, name: c}\n"
        "  d: {<<: [{name: d}, *a], latency_mode: NORMAL}\n"
    )
    low = {"latency_mode": "LOW"}
    assert read(file, ARGUMENTS).channels == {
        "a": {**low, "name": "a"},
        "b": {**low, "name": "a"},
        "c": {**low, "name": "c"},
        "d": {"latency_mode": "NORMAL", "name": "d"},
    }


@pytest.mark.parametrize(
    "text",
    [
        "*hunter2",
        "!hunter2!x y",
        "!hunter2 x",
        "!<hunter2> x",
        "!!int hunter2",
        "!!bool hunter2",
        "!!timestamp hunter2",
        "[&hunter2 a, &hunter2 b, *hunter2'\"",
        "%hunter2",
        "{? [hunter2] : 1}",
        "{<<: hunter2}",
    ],
)
def test_a_password_parsed_as_a_yaml_alias_tag_or_other_type_is_not_quoted(tmp_path, text):
    file = tmp_path / "fleet.yaml"
    file.write_text(f"channels:\n  a:\n    tags: {text}\n")
    with pytest.raises(ValueError) as error:
        read(file, ARGUMENTS)
    assert "hunter2" not in str(error.value)


def test_a_duplicate_tag_handle_is_not_quoted(tmp_path):
    file = tmp_path / "fleet.yaml"
    file.write_text("%TAG !hunter2! a\n%TAG !hunter2! b\n---\nchannels: {}\n")
    with pytest.raises(ValueError, match="duplicate tag handle; text that begins") as error:
        read(file, ARGUMENTS)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "{connection:SECRET}",
        "{connection: {secret_key: *SECRET}}",
        "{connection: {secret_key: !SECRET! x}}",
        "{connection: {secret_key: &SECRET x, token: &SECRET y}}",
        "{connection: {secret_key:SECRET: 1970-01-01}}",
        "{connection: {SECRET: {1: x}}}",
        "{SECRET: x, SECRET: y}",
        "{publish_to: {SECRET: x}}",
        "{publish_to: {ssm: '/{SECRET}'}}",
        "{publish_to: {ssm: {SECRET: x}}}",
        "{recording: {bucket: x, SECRET: y}}",
        "{playback_restriction: {SECRET: x}}",
    ],
)
@pytest.mark.parametrize("where", ["channels: {a: %s}", "defaults: %s\nchannels: {a: }"])
def test_no_name_in_a_file_is_quoted_that_may_be_a_secret(tmp_path, text, where):
    file = tmp_path / "fleet.yaml"
    file.write_text(where % text.replace("SECRET", "hunter2Secret"))
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(str(file))}:1: ") as error:
        LiveChannels("studios", file)
    assert "hunter2" not in str(error.value)


def test_the_repr_of_a_fleet_file_shows_no_arguments(tmp_path):
    file = tmp_path / "fleet.yaml"
    file.write_text("channels: {a: {connection: {secret_key: hunter2}}}\ndefaults: {connection: {token: hunter2}}")
    assert repr(read(file, ["connection"])) == f"<FleetFile {file} of 1 channels>"


def test_content_passed_as_a_path_is_not_quoted():
    with pytest.raises(ValueError, match=r"^channels: the file of channels cannot be read") as error:
        read('{"channels": {"a": "sk_us-west-2_hunter2"}}', ARGUMENTS)
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("days", ["30", True, float("nan"), float("inf"), 10**400, 0, None, {}])
def test_invalid_rotation_days_are_refused_by_the_key(days):
    assert _phase("studio", days) == 0


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        read(tmp_path / "none.yaml", ARGUMENTS)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"channels": {"a": {"latencymode": "LOW"}}}, TypeError, r"channels\['a'\]: there is no argument latencymode"),
        (
            {"channels": {}, "defaults": {"rotation_schedule": {}}},
            TypeError,
            "defaults: there is no argument rotation_s",
        ),
        ({"channels": {"a": "x"}}, TypeError, r"channels\['a'\]: expected a mapping of arguments or a LiveChannelArgs"),
        ({"channels": [1]}, TypeError, "channels: expected a mapping by name, or the path of a file, got a list"),
        ({"channels": {1: {}}}, TypeError, "channels: expected names that are text, got a number"),
        ({"channels": {"": {}}}, TypeError, "channels: expected names that are text, got an empty string"),
        ({"channels": {}, "max_rotations_per_up": "5"}, ValueError, "1 or more, got a string of 1 character"),
        ({"channels": {"a": {}}, "defaults": {"recording": "x"}}, TypeError, "defaults: recording: expected the ARN"),
        (
            {"channels": {"a": {}, "b": {}}, "defaults": {"publish_to": ssm("/live/key")}},
            ValueError,
            r"channels\['b'\]: publish_to: expected a place of its own, got that of 'a'. Write \{name\} in its path",
        ),
        ({"channels": {}, "max_rotations_per_up": 0}, ValueError, "expected a whole number, 1 or more"),
    ],
)
def test_invalid_arguments_are_reported_before_anything_is_declared(given, error, message):
    with pytest.raises(error, match=message):
        LiveChannels("studios", **given)


@pytest.mark.slow("lifecycles of several channels")
def test_channels_of_a_fleet_share_resources_with_low_quotas(rehearse):
    lifecycle = Lifecycle(
        rehearse,
        channels={"a": {}, "b": {}},
        defaults={"recording": Recording(bucket="no-such-bucket")},
    )
    with pytest.raises(OperationFailed, match="could not set the recording configuration"):
        lifecycle.up()
    lifecycle.stack.cloud.boto3("s3").create_bucket(Bucket="recordings")
    lifecycle.up(defaults={"recording": Recording(bucket="recordings")})
    ivs = lifecycle.stack.cloud.boto3("ivs")
    (one,) = ivs.list_recording_configurations()["recordingConfigurations"]
    channels = [ivs.get_channel(arn=c["arn"])["channel"] for c in ivs.list_channels()["channels"]]
    assert {channel["recordingConfigurationArn"] for channel in channels} == {one["arn"]}
    lifecycle.up(defaults={"recording": ""})
    assert ivs.list_recording_configurations()["recordingConfigurations"] == []
    lifecycle.stack.cloud.boto3("s3").delete_bucket(Bucket="recordings")
