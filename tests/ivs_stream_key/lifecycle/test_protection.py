"""The operations that deletion_protection allows. Each has its own provider, as under the engine."""

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.output import Unknown

from ivs_stream_key import errors
from ivs_stream_key.provider import StreamKeyProvider

URN = "urn:pulumi:prod::shop::pulumi-python:dynamic/ivs:StreamKey::live"


def inputs(channel, **given):
    """Return the result of check for a program's inputs."""
    owner = {"organization": "organization", "urn": URN}
    return {"channel_arn": channel, "existing_key": "replace", "when_live": "keep", "owner": owner, **given}


class Protected:
    """A channel with a key that the program protects."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.channel = cloud.channel()
        self.declared = inputs(self.channel, deletion_protection=True)
        made = StreamKeyProvider().create(self.declared)
        self.id, self.outs = made.id, made.outs
        cloud.clear_calls()

    def assert_delete_is_refused(self, provider):
        with pytest.raises(errors.DeletionProtected) as refusal:
            provider.delete(self.id, self.outs)
        assert "DeleteStreamKey" not in self.cloud.calls
        assert self.cloud.key(self.channel)["arn"] == self.id
        return refusal.value


@pytest.fixture
def key(cloud):
    return Protected(cloud)


def test_a_destroy_is_refused_and_the_error_names_both_ways_out(key):
    error = key.assert_delete_is_refused(StreamKeyProvider())
    assert key.id in error.summary
    assert error.resource == key.id
    assert "run `pulumi up`" in error.remedy
    assert f"`aws ivs delete-stream-key --arn {key.id}`, and then `pulumi destroy --refresh`" in error.remedy


def test_a_destroy_that_refreshes_first_is_refused_as_well(key):
    provider = StreamKeyProvider()
    read = provider.read(key.id, key.outs)
    assert read.outs["deletion_protection"] is read.inputs["deletion_protection"] is True
    provider.diff(key.id, read.outs, read.inputs)
    key.assert_delete_is_refused(provider)


def test_an_up_without_the_key_does_not_delete_it(key):
    provider = StreamKeyProvider()
    provider.check({}, inputs(key.channel + "2"))
    key.assert_delete_is_refused(provider)


@pytest.mark.parametrize("change", [{"rotation_triggers": {"season": 2.0}}, {"rotation_days": 1.0}])
def test_a_rotation_succeeds_and_the_new_key_is_protected(key, change):
    provider, news = StreamKeyProvider(), {**key.declared, **change}
    provider.check(key.declared, news)
    assert provider.diff(key.id, {**key.outs, "created_at": "2020-01-01T00:00:00Z"}, news).replaces
    provider.check({}, news)
    provider.delete(key.id, key.outs)
    made = provider.create(news)
    assert made.outs["deletion_protection"] is True
    assert key.cloud.key(key.channel)["arn"] == made.id != key.id


def test_a_rotation_without_a_diff_succeeds(key):
    provider = StreamKeyProvider()
    provider.check(key.declared, key.declared)
    provider.check({}, key.declared)
    provider.delete(key.id, key.outs)
    assert key.cloud.keys(key.channel) == []


def test_a_key_is_deleted_with_a_channel_that_is_replaced_delete_first(key):
    # The engine deletes the dependents of such a channel first. It diffs them before, without a check.
    provider = StreamKeyProvider()
    assert provider.diff(key.id, key.outs, {**key.declared, "channel_arn": Unknown()}).replaces == ["channel_arn"]
    provider.delete(key.id, key.outs)


def test_a_rotation_succeeds_with_two_pickles_of_the_provider(key):
    # Another version of Python wrote the state, so the pickles differ: the engine deletes with the old one.
    config = {"aws:region": "us-west-2"}
    old, new = StreamKeyProvider(), StreamKeyProvider()
    for provider in (old, new):
        provider.configure(ConfigureRequest(Config(config, "shop")))
    new.check(key.declared, {**key.declared, "rotation_triggers": {"season": 2.0}})
    old.delete(key.id, key.outs)
    assert key.cloud.keys(key.channel) == []


def test_operations_with_equal_configs_share_no_memory(key):
    up, destroy = StreamKeyProvider(), StreamKeyProvider()
    for provider in (up, destroy):
        provider.configure(ConfigureRequest(Config({"aws:region": "us-west-2"}, "shop")))
    up.check(key.declared, key.declared)
    key.assert_delete_is_refused(destroy)


def test_a_destroy_deletes_after_the_program_removed_the_protection(key):
    provider, news = StreamKeyProvider(), inputs(key.channel)
    assert provider.diff(key.id, key.outs, news).changes
    outs = provider.update(key.id, key.outs, news).outs
    assert "deletion_protection" not in outs
    assert key.cloud.calls == []
    StreamKeyProvider().delete(key.id, outs)
    assert key.cloud.keys(key.channel) == []


def test_changing_deletion_protection_is_an_update_and_false_equals_none(key):
    provider = StreamKeyProvider()
    made = {name: value for name, value in key.outs.items() if name != "deletion_protection"}
    assert provider.diff(key.id, made, inputs(key.channel)).changes is False
    assert provider.diff(key.id, made, inputs(key.channel, deletion_protection=False)).changes is False
    result = provider.diff(key.id, made, key.declared)
    assert (result.changes, result.replaces) == (True, [])


@pytest.mark.parametrize("value", ["true", 1.0, {}, []])
def test_a_value_that_is_not_a_boolean_is_refused(key, value):
    (failure,) = StreamKeyProvider().check({}, inputs(key.channel, deletion_protection=value)).failures
    named = f"{failure.property}: {failure.reason}".removeprefix(": ")
    assert named.startswith("deletion_protection: expected True or False, got ")


@pytest.mark.parametrize("value", [True, False, None, Unknown()])
def test_a_boolean_or_an_unknown_value_passes(key, value):
    assert StreamKeyProvider().check({}, inputs(key.channel, deletion_protection=value)).failures == []


class TestProtectOfPulumi:
    """The engine enforces the option `protect`. The provider only names the commands that rotate the key."""

    def plan(self, key, **change):
        """Check and diff, as a preview does; return the checked inputs and the diff."""
        provider = StreamKeyProvider()
        checked = provider.check(key.declared, {**key.declared, **change}).inputs
        return checked, provider.diff(key.id, key.outs, checked)

    def test_rotating_a_key_with_protect_names_the_commands(self, key, capfd):
        self.plan(key, protect=True, rotation_triggers={"season": 2.0})
        printed = capfd.readouterr().err
        assert key.channel in printed
        assert f"`pulumi state unprotect {URN!r}`" in printed
        assert "`pulumi up`" in printed
        assert "deletion_protection=True" in printed

    @pytest.mark.parametrize("change", [{"protect": True}, {"rotation_triggers": {"season": 2.0}}])
    def test_without_a_rotation_or_without_protect_there_is_no_message(self, key, capfd, change):
        self.plan(key, **change)
        assert "unprotect" not in capfd.readouterr().err

    def test_protect_is_not_in_the_outputs_and_not_compared(self, key):
        checked, result = self.plan(key, protect=True)
        assert checked == key.declared
        assert (result.changes, result.replaces) == (False, [])
        assert "protect" not in StreamKeyProvider().check({}, {**key.declared, "protect": True}).inputs
