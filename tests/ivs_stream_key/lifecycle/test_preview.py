"""The messages of check before a create and before a rotation, which a preview shows too."""

import pytest
from pulumi.output import Unknown

from ivs_stream_key import errors
from ivs_stream_key.ivs.ownership import Owner, owner_tag_for
from ivs_stream_key.provider import StreamKeyProvider
from moto_ivs import go_live
from owners import OWNER, owner

MADE = "2026-01-31T23:59:59Z"


def inputs(channel, **given):
    return {"channel_arn": channel, "when_live": "keep", "owner": OWNER, **given}


def created_key_and_rotation(cloud, **given):
    """Create a key; return the result, and the inputs of a rotation."""
    channel = cloud.channel()
    made = StreamKeyProvider().create(inputs(channel, **given))
    news = inputs(channel, rotation_triggers={"season": 2.0}, **given)
    return made, news


def preview_rotation(made, news):
    provider = StreamKeyProvider()
    provider.check(inputs(news["channel_arn"]), news)
    assert provider.diff(made.id, made.outs, news).replaces
    provider.check({}, news)
    return provider


def test_unknown_inputs_cause_no_call_and_an_unknown_connection_is_noted(cloud, capfd):
    channel = cloud.channel()
    StreamKeyProvider().check({}, inputs(Unknown()))
    assert capfd.readouterr().err == ""
    StreamKeyProvider().check({}, inputs(channel, connection=Unknown()))
    StreamKeyProvider().check({}, inputs(channel, connection={"profile": Unknown()}))
    printed = capfd.readouterr().err
    assert printed.count("its connection is not known yet") == 2
    assert cloud.calls == []


@pytest.mark.parametrize("choice", [None, "replace", "adopt", "fail"])
def test_other_inputs_may_be_unknown(cloud, choice, capfd):
    channel = cloud.channel()
    StreamKeyProvider().create(inputs(channel, owner=owner("other")))
    unknown = dict.fromkeys(("tags", "rotation_triggers", "rotation_days", "when_live"), Unknown())
    given = {**inputs(channel), **unknown, **({} if choice is None else {"existing_key": choice})}
    assert StreamKeyProvider().check({}, given).failures == []
    assert "'shop/prod/other'" in capfd.readouterr().err


def test_an_unknown_choice_causes_no_message(cloud, capfd):
    go_live(channel := cloud.channel())
    cloud.clear_calls()
    StreamKeyProvider().check({}, inputs(channel, existing_key=Unknown()))
    assert (cloud.calls, capfd.readouterr().err) == ([], "")


def test_invalid_inputs_are_reported_before_any_call(cloud):
    result = StreamKeyProvider().check({}, inputs(cloud.channel(), rotation_days=0.5))
    assert [failure.property for failure in result.failures] == ["rotation_days"]
    assert cloud.calls == []


def test_an_unreachable_service_is_called_once(cloud, monkeypatch, capfd):
    called = []

    def unreachable(self, channel):
        called.append(channel)
        raise errors.Unreachable("IVS could not be asked.", remedy="wait.")

    monkeypatch.setattr("ivs_stream_key.ivs.stream_keys.Ivs.keys_of", unreachable)
    provider = StreamKeyProvider()
    for name in ("one", "two", "three"):
        assert provider.check({}, inputs(cloud.channel(), owner=owner(name))).failures == []
    assert len(called) == 1
    assert capfd.readouterr().err.count("\n") == 1


def test_the_owner_within_the_same_stack_is_named(cloud, capfd):
    channel = cloud.channel()
    StreamKeyProvider().create(inputs(channel, owner=owner("other")))
    StreamKeyProvider().check({}, inputs(channel))
    assert "which was created for 'shop/prod/other' in this stack" in capfd.readouterr().err


def test_the_owner_of_a_taken_over_key_is_named(cloud, capfd):
    channel = cloud.channel()
    StreamKeyProvider().create(inputs(channel, owner=owner(stack="dev")))
    StreamKeyProvider().check({}, inputs(channel, existing_key="adopt"))
    assert "takes over" in (printed := capfd.readouterr().err)
    assert "'shop/dev/live' manages, in another stack" in printed


def test_its_own_key_causes_no_message(cloud, capfd):
    channel = cloud.channel()
    StreamKeyProvider().create(inputs(channel))
    capfd.readouterr()
    StreamKeyProvider().check({}, inputs(channel))
    assert capfd.readouterr().err == ""


def test_a_fleet_gets_a_short_line_per_channel_and_one_remedy(cloud, capfd):
    provider, channels = StreamKeyProvider(), [cloud.channel() for _ in range(3)]
    for number, channel in enumerate(channels):
        provider.check({}, inputs(channel, owner=owner(f"live-{number}")))
    first, *others = capfd.readouterr().err.splitlines()
    line = "StreamKey 'live-{}' replaces {}, which has no owner tag."
    keys = [cloud.key(channel)["arn"] for channel in channels]
    assert first.endswith(f"{line.format(0, keys[0])} To keep such a key with its value, set existing_key='adopt'.")
    assert [other.removeprefix("info: ") for other in others] == [line.format(n, keys[n]) for n in (1, 2)]


@pytest.mark.parametrize("choice", ["adopt", "fail"])
def test_reusing_its_own_key_is_announced_once(cloud, capfd, choice):
    channel = cloud.channel()
    StreamKeyProvider().create(inputs(channel))
    capfd.readouterr()
    provider, declared = StreamKeyProvider(), inputs(channel, existing_key=choice)
    provider.check({}, declared)
    printed = capfd.readouterr().err
    assert "warning: StreamKey 'live' keeps" in printed
    assert "change rotation_triggers" in printed
    provider.create(declared)
    assert capfd.readouterr().err == ""


def test_no_key_value_is_printed(cloud, capfd):
    channel = cloud.channel()
    value = cloud.key(channel)["value"]
    go_live(channel)
    StreamKeyProvider().check({}, inputs(channel))
    assert value not in capfd.readouterr().err


class TestRotation:
    def test_delete_and_create_reuse_the_list_of_the_check(self, cloud):
        made, news = created_key_and_rotation(cloud)
        cloud.clear_calls()
        provider = preview_rotation(made, news)
        provider.delete(made.id, made.outs)
        provider.create(news)
        # The delete calls GetStream again.
        assert cloud.calls == ["GetStream", "ListStreamKeys", "GetStream", "DeleteStreamKey", "CreateStreamKey"]

    @pytest.mark.parametrize("choice", [None, "replace", "adopt", "fail"])
    def test_a_key_that_another_stack_has_taken_over_is_not_rotated(self, cloud, choice):
        made, news = created_key_and_rotation(cloud)
        tags = owner_tag_for(Owner.of(owner(stack="dev")), {}, MADE)
        cloud.client.tag_resource(resourceArn=made.id, tags=tags)
        with pytest.raises(errors.KeyExists, match="taken over by another stack") as caught:
            preview_rotation(made, {**news, **({} if choice is None else {"existing_key": choice})})
        assert "'shop/dev/live'" in caught.value.got

    def test_a_failed_list_is_repeated_by_the_delete(self, cloud, monkeypatch):
        made, news = created_key_and_rotation(cloud)
        with monkeypatch.context() as patch:

            def refuse(*_):
                raise errors.AccessDenied("No.", remedy="none.")

            patch.setattr("ivs_stream_key.ivs.stream_keys.Ivs.keys_of", refuse)
            provider = preview_rotation(made, news)
        provider.delete(made.id, made.outs)
        assert provider.create(news).id == cloud.key(news["channel_arn"])["arn"]
