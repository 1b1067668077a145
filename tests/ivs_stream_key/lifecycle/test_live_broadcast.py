"""Rotation and delete while the channel is live, for each choice of `when_live`."""

import botocore.client
import pytest
from botocore.exceptions import ClientError

from ivs_stream_key import errors
from ivs_stream_key.provider import StreamKeyProvider
from moto_ivs import go_live
from owners import OWNER


def inputs(channel, when_live="keep", **given):
    return {
        "channel_arn": channel,
        "existing_key": "replace",
        "when_live": when_live,
        "owner": OWNER,
        **given,
    }


class Live:
    """A channel that is live, with a key that a StreamKey created."""

    def __init__(self, cloud, when_live="keep"):
        self.cloud = cloud
        self.channel = cloud.channel()
        self.declared = inputs(self.channel, when_live)
        made = StreamKeyProvider().create(self.declared)
        self.id, self.outs = made.id, made.outs
        go_live(self.channel)
        self.stream = cloud.client.get_stream(channelArn=self.channel)["stream"]
        cloud.clear_calls()

    @property
    def rotation_inputs(self):
        return {**self.declared, "rotation_triggers": {"season": 2.0}}

    def rotate(self, news=None):
        """Rotate as an up does: one provider, from check to create."""
        news = news or self.rotation_inputs
        provider = StreamKeyProvider()
        provider.check(self.declared, news)
        diff = provider.diff(self.id, self.outs, news)
        assert diff.replaces
        provider.check({}, news)
        provider.delete(self.id, self.outs)
        return provider.create(news)

    def preview(self, news=None):
        provider = StreamKeyProvider()
        provider.check(self.declared, news or self.rotation_inputs)
        return provider.diff(self.id, self.outs, news or self.rotation_inputs)

    def is_live(self):
        try:
            self.cloud.client.get_stream(channelArn=self.channel)
        except self.cloud.client.exceptions.ChannelNotBroadcasting:
            return False
        return True


def deny(monkeypatch, operation):
    make_call = botocore.client.BaseClient._make_api_call

    def refuse(self, name, parameters):
        if name == operation:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, name)
        return make_call(self, name, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refuse)


class TestKeep:
    @pytest.mark.slow("a broadcast in moto, and the deletion of its key")
    def test_a_rotation_keeps_the_broadcast_and_warns_once_with_stream_and_start(self, cloud, capfd):
        live = Live(cloud)
        made = live.rotate()
        printed = capfd.readouterr().err
        assert cloud.key(live.channel)["arn"] == made.id
        assert live.is_live()
        since = live.stream["startTime"].strftime("%Y-%m-%dT%H:%M:%SZ")
        assert printed.count("warning: ") == 1
        assert f"{live.channel}, which is live (stream {live.stream['streamId']}, live since {since})" in printed
        assert "its encoder needs the new key to reconnect" in printed
        assert live.outs["value"] not in printed

    def test_the_preview_warns_and_changes_nothing(self, cloud, capfd):
        live = Live(cloud)
        assert live.preview().replaces == ["rotation_triggers"]
        assert "its encoder needs the new key" in capfd.readouterr().err
        assert cloud.calls == ["GetStream"]

    def test_a_rotation_calls_get_stream_once(self, cloud):
        live = Live(cloud)
        live.rotate()
        assert cloud.calls == ["GetStream", "ListStreamKeys", "DeleteStreamKey", "CreateStreamKey"]

    @pytest.mark.slow("a broadcast in moto, and the deletion of its key")
    def test_a_delete_keeps_the_broadcast_and_warns(self, cloud, capfd):
        live = Live(cloud)
        StreamKeyProvider().delete(live.id, live.outs)
        assert cloud.keys(live.channel) == []
        assert live.is_live()
        assert "its encoder cannot reconnect" in capfd.readouterr().err

    def test_a_channel_that_is_not_live_causes_no_warning(self, cloud, capfd):
        live = Live(cloud)
        cloud.client.stop_stream(channelArn=live.channel)
        live.rotate()
        assert capfd.readouterr().err == ""

    def test_without_getstream_permission_the_key_rotates_with_one_warning(self, cloud, monkeypatch, capfd):
        live = Live(cloud)
        deny(monkeypatch, "GetStream")
        made = live.rotate()
        assert cloud.key(live.channel)["arn"] == made.id
        printed = capfd.readouterr().err
        assert printed.count("\n") == 1
        assert "Allow ivs:GetStream" in printed


class TestFail:
    def test_a_rotation_is_refused_with_stream_and_start_before_anything_is_deleted(self, cloud):
        live = Live(cloud, "fail")
        with pytest.raises(errors.OnAir) as caught:
            live.rotate()
        assert cloud.calls == ["GetStream"]
        assert live.stream["streamId"] in caught.value.got
        assert live.stream["startTime"].strftime("%Y-%m-%dT%H:%M:%SZ") in caught.value.got
        assert caught.value.resource == live.channel

    def test_the_preview_is_refused_too(self, cloud):
        with pytest.raises(errors.OnAir):
            Live(cloud, "fail").preview()

    def test_a_delete_is_refused(self, cloud):
        live = Live(cloud, "fail")
        with pytest.raises(errors.OnAir):
            StreamKeyProvider().delete(live.id, live.outs)
        assert cloud.key(live.channel)["arn"] == live.id

    def test_a_channel_that_went_live_after_the_diff_keeps_its_key(self, cloud):
        live = Live(cloud, "fail")
        cloud.client.stop_stream(channelArn=live.channel)
        provider = StreamKeyProvider()
        provider.check(live.declared, live.rotation_inputs)
        provider.diff(live.id, live.outs, live.rotation_inputs)
        go_live(live.channel)
        with pytest.raises(errors.OnAir):
            provider.delete(live.id, live.outs)
        assert cloud.key(live.channel)["arn"] == live.id

    def test_a_create_does_not_delete_the_key_of_a_channel_that_is_live(self, cloud):
        channel = cloud.channel()
        first = cloud.key(channel)["arn"]
        go_live(channel)
        with pytest.raises(errors.OnAir):
            StreamKeyProvider().create(inputs(channel, "fail"))
        assert cloud.key(channel)["arn"] == first

    def test_a_channel_that_is_not_live_is_rotated(self, cloud):
        live = Live(cloud, "fail")
        cloud.client.stop_stream(channelArn=live.channel)
        assert live.rotate().id == cloud.key(live.channel)["arn"]

    def test_an_update_in_place_ignores_a_live_channel(self, cloud):
        live = Live(cloud, "fail")
        assert live.preview({**live.declared, "tags": {"a": "b"}}).replaces == []
        assert cloud.calls == []

    def test_without_getstream_permission_a_rotation_is_refused(self, cloud, monkeypatch):
        live = Live(cloud, "fail")
        deny(monkeypatch, "GetStream")
        with pytest.raises(errors.AccessDenied, match="ivs:GetStream"):
            live.rotate()

    def test_a_refresh_is_not_refused_even_if_a_rotation_would_be(self, cloud):
        live = Live(cloud, "fail")
        provider = StreamKeyProvider()
        read = provider.read(live.id, live.outs)
        provider.diff(live.id, {**read.outs, "rotation_triggers": {}}, live.rotation_inputs)
        assert cloud.calls == ["GetStreamKey"]


class TestStop:
    @pytest.mark.slow("a broadcast in moto, and the deletion of its key")
    def test_a_rotation_stops_the_broadcast_after_deleting_the_old_key(self, cloud, capfd):
        live = Live(cloud, "stop")
        made = live.rotate()
        assert cloud.calls == ["GetStream", "ListStreamKeys", "DeleteStreamKey", "StopStream", "CreateStreamKey"]
        assert cloud.key(live.channel)["arn"] == made.id
        assert not live.is_live()
        assert "when_live='stop' ends that broadcast" in capfd.readouterr().err

    def test_a_delete_stops_the_broadcast(self, cloud):
        live = Live(cloud, "stop")
        StreamKeyProvider().delete(live.id, live.outs)
        assert cloud.calls == ["ListStreamKeys", "DeleteStreamKey", "StopStream"]
        assert not live.is_live()

    def test_a_channel_that_is_not_live_is_rotated_without_a_message(self, cloud, capfd):
        live = Live(cloud, "stop")
        cloud.client.stop_stream(channelArn=live.channel)
        live.rotate()
        assert capfd.readouterr().err == ""

    def test_a_create_that_replaces_a_key_stops_the_broadcast(self, cloud):
        channel = cloud.channel()
        go_live(channel)
        cloud.clear_calls()
        StreamKeyProvider().create(inputs(channel, "stop"))
        assert cloud.calls == ["ListStreamKeys", "DeleteStreamKey", "CreateStreamKey", "StopStream"]

    def test_adopting_a_key_keeps_the_broadcast(self, cloud):
        live = Live(cloud, "stop")
        StreamKeyProvider().create(inputs(live.channel, "stop", existing_key="adopt"))
        assert live.is_live()

    @pytest.mark.slow("a broadcast in moto, and the deletion of its key")
    def test_without_stopstream_permission_the_error_says_what_was_done_and_the_next_run_stops_it(
        self, cloud, monkeypatch
    ):
        live = Live(cloud, "stop")
        with monkeypatch.context() as patch:
            deny(patch, "StopStream")
            with pytest.raises(errors.AccessDenied, match="ivs:StopStream") as caught:
                live.rotate()
        assert "the old key is deleted" in str(caught.value)
        # The state still has the old key.
        made = live.rotate()
        assert cloud.key(live.channel)["arn"] == made.id
        assert not live.is_live()


class TestChange:
    """The engine deletes with the old outputs, but `when_live` of the current program applies."""

    @pytest.mark.parametrize("old", ["keep", "fail"])
    def test_the_current_programs_choice_applies_to_a_rotation(self, cloud, old):
        live = Live(cloud, old)
        live.rotate({**live.rotation_inputs, "when_live": "stop"})
        assert not live.is_live()

    def test_fail_of_the_current_program_refuses_a_rotation(self, cloud):
        live = Live(cloud, "stop")
        with pytest.raises(errors.OnAir):
            live.rotate({**live.rotation_inputs, "when_live": "fail"})
        assert live.is_live()

    @pytest.mark.slow("a broadcast in moto, and the deletion of its key")
    def test_the_current_programs_choice_applies_without_a_diff(self, cloud):
        live = Live(cloud, "fail")
        provider = StreamKeyProvider()
        provider.check({}, {**live.declared, "when_live": "stop"})
        provider.delete(live.id, live.outs)
        assert not live.is_live()

    def test_changing_only_when_live_is_an_update_without_a_call(self, cloud):
        live = Live(cloud)
        news = {**live.declared, "when_live": "stop"}
        diff = live.preview(news)
        assert (diff.changes, diff.replaces) == (True, [])
        assert StreamKeyProvider().update(live.id, live.outs, news).outs == {**live.outs, "when_live": "stop"}
        assert cloud.calls == []
