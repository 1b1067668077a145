import dataclasses
import json
from datetime import UTC, datetime

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.dynamic.dynamic import serialize_provider

from ivs_stream_key import clock, errors
from ivs_stream_key.aws import arns
from ivs_stream_key.importing.resources import CannotImport, Importer, Named, assign_names
from ivs_stream_key.ivs.channels import Channel
from ivs_stream_key.ivs.stream_keys import Ivs
from ivs_stream_key.provider import StreamKeyProvider

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock_at_noon():
    with clock.clock_set_to(lambda: NOON):
        yield


def in_plaintext(props):
    """Replace secrets by their plaintext, as the engine does for a dynamic provider."""
    if isinstance(props, dict):
        return (
            json.loads(props["plaintext"]) if "plaintext" in props else {k: in_plaintext(v) for k, v in props.items()}
        )
    return props


def configured_provider(config):
    made = StreamKeyProvider()
    made.configure(ConfigureRequest(Config(config, "shop")))
    return made


def program_inputs(channel, **given):
    """Return the inputs that a program which declares the key sends to the provider."""
    blob = serialize_provider(StreamKeyProvider())
    return {"channel_arn": channel, "when_live": "keep", "__provider": blob, **given}


def import_entry(channel, config=None, **given):
    importer = Importer(config or {}, given)
    key = importer.key_of(importer.channel(channel))
    return importer.entry(key.arn, "live", "live", None)


def test_an_entry_is_a_stream_key_with_the_provider_in_inputs_and_outputs(cloud):
    channel = cloud.channel()
    key = cloud.key(channel)
    entry = import_entry(channel)
    assert (entry.type, entry.id) == ("pulumi-python:dynamic/ivs:StreamKey", key["arn"])
    assert entry.inputs == program_inputs(channel)
    assert entry.outputs == {
        **entry.inputs,
        "owner_tag": "",
        "existing_key": "replace",
        "arn": key["arn"],
        "value": {**SECRET, "plaintext": json.dumps(key["value"])},
        "created_at": "2026-01-31T12:00:00Z",
        "tags": {},
        "tags_all": {},
    }


@pytest.mark.parametrize(
    ("given", "config", "tags"),
    [
        ({}, {}, {}),
        ({}, {}, {"team": "live"}),
        ({"rotation_triggers": {"season": 1, "all": [True, {"a": "b"}]}}, {}, {}),
        ({"rotation_days": 30.0, "existing_key": "adopt", "when_live": "fail"}, {}, {}),
        ({"deletion_protection": True}, {}, {}),
        ({"connection": {"access_key": "AKIA", "secret_key": "s3cret", "max_retries": 3}}, {}, {"a": "b"}),
        ({}, {"aws:defaultTags": '{"tags": {"team": "live"}}'}, {"team": "live", "a": "b"}),
        ({}, {"aws:ignoreTags": '{"keys": ["cost"]}'}, {"cost": "1", "a": "b"}),
    ],
)
def test_the_next_up_of_an_equal_program_has_no_changes(cloud, given, config, tags):
    channel = cloud.channel()
    key = cloud.key(channel)
    if tags:
        cloud.client.tag_resource(resourceArn=key["arn"], tags=tags)
    entry = import_entry(channel, config, **given)

    own = {name: value for name, value in tags.items() if name not in ("team", "cost") or not config}
    program = program_inputs(channel, **given, **({"tags": own} if own else {}))
    provider, outputs = configured_provider(config), in_plaintext(entry.outputs)
    checked = provider.check(in_plaintext(entry.inputs), program)
    assert checked.failures == []
    assert checked.inputs == in_plaintext(entry.inputs)
    found = provider.diff(entry.id, outputs, checked.inputs)
    assert (found.changes, found.replaces) == (False, [])
    refreshed = provider.read(entry.id, outputs)
    assert refreshed.outs == {name: value for name, value in outputs.items() if name != "__provider"}


@pytest.mark.parametrize("config", [{"aws:profil": "vod"}, {"aws:profile": "nobody"}], ids=["misspelt", "missing"])
def test_invalid_config_is_refused_before_any_call(cloud, config):
    with pytest.raises(errors.BadSettings, match="aws:profil"):
        Importer(config, {})
    assert cloud.calls == []


def test_nothing_is_changed_in_aws(cloud):
    channel = cloud.channel()
    before = cloud.key(channel)
    cloud.clear_calls()
    import_entry(channel)
    assert cloud.calls == ["GetChannel", "ListStreamKeys", "GetStreamKey"]
    assert cloud.key(channel) == before


def test_the_age_of_a_key_counts_from_the_import(cloud):
    outputs = import_entry(cloud.channel(), rotation_days=30.0).outputs
    assert (outputs["created_at"], outputs["rotation_due_at"]) == ("2026-01-31T12:00:00Z", "2026-03-02T12:00:00Z")


def test_the_file_has_secrets_only_in_pulumis_secret_format(cloud):
    entry = import_entry(
        cloud.channel(), connection={"access_key": "AKIA", "secret_key": "s3cret", "https_proxy": "http://u:p4ss@proxy"}
    )
    for props in (entry.inputs, entry.outputs):
        assert props["connection"] == {
            "access_key": {**SECRET, "plaintext": '"AKIA"'},
            "secret_key": {**SECRET, "plaintext": '"s3cret"'},
            "https_proxy": {**SECRET, "plaintext": '"http://u:p4ss@proxy"'},
        }


def test_importing_from_a_channel_without_a_key_is_an_error(cloud):
    importer = Importer({}, {})
    assert importer.key_of(importer.channel(cloud.channel(with_key=False))) is None


def test_a_channel_with_several_keys_is_refused_with_their_arns(cloud, monkeypatch):
    importer = Importer({}, {})
    channel = importer.channel(cloud.channel())
    (one,) = Ivs(cloud.client).keys_of(channel.arn.text)
    monkeypatch.setattr(Ivs, "keys_of", lambda *_: [one, one])
    with pytest.raises(CannotImport, match="several stream keys"):
        importer.key_of(channel)


def test_arguments_that_cannot_be_declared_are_refused_by_name(cloud):
    with pytest.raises(CannotImport) as caught:
        import_entry(cloud.channel(), rotation_days=0.5)
    assert caught.value.got.startswith("rotation_days: expected a whole number")


def test_a_key_deleted_during_the_import_is_an_error(cloud):
    importer = Importer({}, {})
    key = cloud.key(cloud.channel())["arn"]
    cloud.client.delete_stream_key(arn=key)
    with pytest.raises(CannotImport, match="just been deleted"):
        importer.entry(key, "live", "live", None)


@pytest.mark.slow("a channel in moto, and clients of the importer")
def test_a_live_channel_is_the_parent_of_its_channel_and_key(cloud):
    channel = cloud.channel()
    importer = Importer({}, {})
    (one,) = assign_names([(importer.channel(channel), "studio")], "{name}")
    key = cloud.key(channel)["arn"]
    component, child, stream_key = importer.entries([(one, key)], "parent", live_channels=True)
    assert component.json() == {
        "type": "ivs:index:LiveChannel",
        "name": "studio",
        "parent": "parent",
        "component": True,
    }
    assert (child.type, child.id, child.parent, child.logical_name) == (
        "aws:ivs/channel:Channel",
        channel,
        "studio",
        "studio",
    )
    assert child.version
    assert (stream_key.id, stream_key.parent, stream_key.logical_name) == (key, "studio", "studio")
    assert len({component.name, child.name, stream_key.name}) == 3


def update_messages(cloud, tags, key_tags, config=None, *, live_channels=True):
    """Return the messages about the first up of a key with `key_tags` on a channel with `tags`."""
    channel = cloud.client.create_channel(name="studio", tags=tags)
    cloud.client.tag_resource(resourceArn=channel["streamKey"]["arn"], tags=key_tags)
    importer = Importer(config or {}, {})
    found = [
        (one, channel["streamKey"]["arn"])
        for one in assign_names([(importer.channel(channel["channel"]["arn"]), None)], "{name}")
    ]
    entries = importer.entries(found, None, live_channels=live_channels)
    return list(importer.describe_updates(found, entries, live_channels=live_channels))


@pytest.mark.parametrize(
    ("tags", "key_tags", "differences"),
    [
        ({"b": "1", "a": "2"}, {}, "gets the tags a, b"),
        ({"a": "2"}, {"a": "1", "x": "y"}, "gets other values of the tags a, loses the tags x"),
    ],
)
def test_a_key_without_its_live_channels_tags_is_updated_and_not_rotated(cloud, tags, key_tags, differences):
    (message,) = update_messages(cloud, tags, key_tags)
    assert message == (
        f"The first `pulumi up` updates the stream key studio in place, and does not rotate it: it {differences}."
    )


def test_aws_tags_of_a_channel_are_not_copied_to_the_key(cloud):
    channel, importer = cloud.channel(), Importer({}, {})
    tagged_by_aws = dataclasses.replace(importer.channel(channel), tags={"aws:cloudformation:stack-name": "live"})
    found = [(Named(tagged_by_aws, "studio"), cloud.key(channel)["arn"])]
    assert (
        list(importer.describe_updates(found, importer.entries(found, None, live_channels=True), live_channels=True))
        == []
    )


@pytest.mark.parametrize("config", [{}, {"aws:defaultTags": '{"tags": {"a": "1"}}'}])
def test_a_key_with_the_tags_causes_no_message(cloud, config):
    assert update_messages(cloud, {"a": "1"}, {"a": "1"}, config) == []


def test_a_stream_key_without_live_channel_ignores_the_channels_tags(cloud):
    assert update_messages(cloud, {"a": "1"}, {"b": "2"}, live_channels=False) == []


def test_a_key_without_the_default_tags_is_announced_as_updated(cloud):
    config = {"aws:defaultTags": '{"tags": {"team": "live"}}'}
    (message,) = update_messages(cloud, {}, {"b": "2"}, config, live_channels=False)
    assert message.endswith("it gets the tags team.")


def channel_of(name, id="abc", region="us-west-2"):
    return Channel(arns.parse(f"arn:aws:ivs:{region}:123456789012:channel/{id}", arns.CHANNEL), name, {})


def names(pattern, *channels):
    return [one.name for one in assign_names([(channel, None) for channel in channels], pattern)]


def test_names_are_generated_by_a_pattern():
    assert names("{name}", channel_of("studio")) == ["studio"]
    assert names("{name}", channel_of("")) == ["abc"]
    assert names("key-{name}-{id}-{account}-{region}", channel_of("a")) == ["key-a-abc-123456789012-us-west-2"]
    assert names("{{{name}}}", channel_of("a")) == ["{a}"]


def test_the_default_name_is_that_of_the_owner_tag_or_of_the_channel():
    channels = [(channel_of("a-5e9b998", "a"), None), (channel_of("b-b405a89", "b"), None)]
    known = {channels[0][0].arn.text: "a", channels[1][0].arn.text: None}
    assert [one.name for one in assign_names(channels, "{resource}", known)] == ["a", "b-b405a89"]


def test_an_explicit_name_takes_precedence_over_the_pattern():
    assert [one.name for one in assign_names([(channel_of("a"), "given"), (channel_of("b"), None)], "{name}")] == [
        "given",
        "b",
    ]


def test_a_channel_name_is_not_interpreted_as_a_pattern():
    evil = "{id.__class__.__init__.__globals__}{0}%s$(id)"
    assert names("{name}-key", channel_of(evil)) == [f"{evil}-key"]


@pytest.mark.parametrize(
    "pattern",
    [
        "{name.__class__.__mro__}",
        "{id.__class__.__init__.__globals__[sys]}",
        "{name[0]}",
        "{name:{id}}",
        "{name:>1000000000}",
        "{0.__class__}",
    ],
)
def test_a_pattern_cannot_access_attributes(pattern):
    with pytest.raises(CannotImport, match="pattern for names"):
        names(pattern, channel_of("a"))


@pytest.mark.parametrize("pattern", ["{stage}", "{}", "{name.upper}", "{name!r}", "{name:>9}", "{name", "name}", ""])
def test_a_pattern_that_gives_no_name_is_refused(pattern):
    with pytest.raises(CannotImport, match="pattern for names"):
        names(pattern, channel_of("a"))


def test_two_keys_with_one_name_are_refused_with_both_channels():
    with pytest.raises(CannotImport, match="2 stream keys would have the name 'studio'") as caught:
        names("{name}", channel_of("studio", "a"), channel_of("other", "b"), channel_of("studio", "c"))
    assert caught.value.got.endswith("channel/c")
    assert "channel/b" not in caught.value.got
