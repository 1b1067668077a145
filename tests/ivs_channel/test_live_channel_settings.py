"""Channel settings that pulumi-aws lacks: a LiveChannel sets them, finds drift, and restores defaults."""

import botocore.session
import pulumi
import pytest
from pulumi import ResourceOptions

import installed_botocore
import moto_ivs
from ivs_channel import LiveChannel, LiveChannelArgs, PlaybackRestriction
from ivs_channel.arguments import SETTINGS
from ivs_stream_key.aws import channel_model
from rehearsal.testing import OperationFailed

MULTITRACK = {"enabled": True, "policy": "ALLOW", "maximum_resolution": "FULL_HD"}


class Lifecycle:
    """A stack with one LiveChannel, "live", and its channel in IVS."""

    def __init__(self, rehearse, **given):
        self.given = given
        self.stack = rehearse(lambda: LiveChannel("live", **self.given), provider_process=False)

    def up(self, **given):
        self.given = given
        return self.stack.up()

    @property
    def ivs(self):
        return self.stack.cloud.boto3("ivs")

    @property
    def arn(self):
        return self.stack.resource("Channel::live").id

    @property
    def channel(self):
        return self.ivs.get_channel(arn=self.arn)["channel"]


@pytest.fixture
def lifecycle(rehearse):
    return Lifecycle(rehearse)


def members(operation):
    model = botocore.session.get_session().get_service_model("ivs")
    return set(model.operation_model(operation).input_shape.members)


@pytest.mark.parametrize("operation", ["CreateChannel", "UpdateChannel"])
def test_a_live_channel_has_every_channel_setting_of_botocore(operation):
    known = {*channel_model.FIELDS.values(), *channel_model.OF_PULUMI_AWS}
    missing = members(operation) - {"arn", "tags"} - known
    assert not missing, f"IVS has {missing} now: give them to channel_model.FIELDS, ChannelSettings and LiveChannelArgs"
    if "CreateFailoverSlateConfiguration" in installed_botocore.operations():
        assert known <= members("UpdateChannel")
    assert set(SETTINGS) == set(channel_model.FIELDS) <= set(vars(LiveChannelArgs()))


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_settings_are_declared_only_if_one_is_given(lifecycle):
    assert "ChannelSettings::live" not in lifecycle.up(latency_mode="LOW").plan
    assert lifecycle.up(container_format="FRAGMENTED_MP4").plan["ChannelSettings::live"] == "create"
    assert lifecycle.channel["containerFormat"] == "FRAGMENTED_MP4"


def test_every_given_setting_reaches_the_channel_and_no_other_is_sent(lifecycle):
    up = lifecycle.up(
        container_format="FRAGMENTED_MP4", insecure_ingest=True, multitrack_input_configuration=MULTITRACK
    )
    channel = lifecycle.channel
    assert channel["containerFormat"] == "FRAGMENTED_MP4"
    assert channel["insecureIngest"] is True
    assert channel["multitrackInputConfiguration"] == {
        "enabled": True,
        "policy": "ALLOW",
        "maximumResolution": "FULL_HD",
    }
    assert [call.operation for call in up.calls].count("UpdateChannel") == 1
    # Only the settings are updated: channel and key stay unchanged.
    up = lifecycle.up(
        container_format="FRAGMENTED_MP4", insecure_ingest=False, multitrack_input_configuration=MULTITRACK
    )
    assert up.plan == {"ChannelSettings::live": "update"}
    assert lifecycle.channel["insecureIngest"] is False


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_removed_setting_gets_ivs_default(lifecycle):
    lifecycle.up(container_format="FRAGMENTED_MP4", insecure_ingest=True)
    lifecycle.up(container_format="FRAGMENTED_MP4")
    assert lifecycle.channel["insecureIngest"] is False
    assert lifecycle.up().plan == {"ChannelSettings::live": "delete"}
    assert lifecycle.channel["containerFormat"] == "TS"


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_preset_needs_an_advanced_type_and_is_reset_to_its_default(lifecycle):
    lifecycle.up(type="ADVANCED_HD", preset="CONSTRAINED_BANDWIDTH_DELIVERY")
    assert lifecycle.channel["preset"] == "CONSTRAINED_BANDWIDTH_DELIVERY"
    lifecycle.up(type="ADVANCED_HD")
    assert lifecycle.channel["preset"] == "HIGHER_BANDWIDTH_DELIVERY"
    lifecycle.up(type="ADVANCED_HD", preset="CONSTRAINED_BANDWIDTH_DELIVERY")
    lifecycle.up(type="STANDARD")
    assert lifecycle.channel["preset"] == ""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"preset": "CONSTRAINED_BANDWIDTH_DELIVERY"}, "preset: expected a channel of the type ADVANCED_SD"),
        (
            {"preset": "constrained_bandwidth_delivery", "type": "ADVANCED_SD"},
            "that is close to 'CONSTRAINED_BANDWIDTH",
        ),
        ({"container_format": "MP4"}, "container_format: expected 'TS' or 'FRAGMENTED_MP4'"),
        ({"insecure_ingest": "yes"}, "insecure_ingest: expected True or False, got a string of 3"),
        ({"multitrack_input_configuration": MULTITRACK}, "expected container_format to be 'FRAGMENTED_MP4'"),
        (
            {"multitrack_input_configuration": {"enabled": True}},
            "multitrack_input_configuration.policy: expected 'ALLOW'",
        ),
        ({"multitrack_input_configuration": {"enabeld": True}}, "Did you mean enabled?"),
        ({"ad_configuration_arn": "arn:x"}, "ad_configuration_arn: expected arn:aws:ivs:REGION:ACCOUNT:ad-config"),
    ],
)
def test_conflicting_settings_are_refused_before_anything_changes(rehearse, given, message):
    lifecycle = Lifecycle(rehearse, **given)
    with pytest.raises(OperationFailed) as failed:
        lifecycle.stack.preview()
    assert message in str(failed.value)
    assert lifecycle.ivs.list_channels()["channels"] == []


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_drift_is_found_and_repaired_only_in_declared_settings(lifecycle):
    lifecycle.up(insecure_ingest=True)
    lifecycle.ivs.update_channel(arn=lifecycle.arn, insecureIngest=False, containerFormat="FRAGMENTED_MP4")
    lifecycle.stack.refresh()
    assert lifecycle.stack.up().plan == {"ChannelSettings::live": "update"}
    assert (lifecycle.channel["insecureIngest"], lifecycle.channel["containerFormat"]) == (True, "FRAGMENTED_MP4")


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_destroy_does_not_update_the_channel_before_its_delete(lifecycle):
    lifecycle.up(insecure_ingest=True, when_live="stop")
    moto_ivs.go_live(lifecycle.arn)
    up = lifecycle.stack.destroy()
    operations = [call.operation for call in up.calls]
    assert "UpdateChannel" not in operations
    assert operations.index("DeleteStreamKey") < operations.index("StopStream") < operations.index("DeleteChannel")


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_broadcasting_channel_is_updated_by_the_next_up(lifecycle):
    lifecycle.up(insecure_ingest=True)
    moto_ivs.go_live(lifecycle.arn)
    with pytest.raises(OperationFailed, match="forbids UpdateChannel for now"):
        lifecycle.up(insecure_ingest=False)
    moto_ivs.go_offline(lifecycle.arn)
    lifecycle.stack.up()
    assert lifecycle.channel["insecureIngest"] is False


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_the_srt_output_is_read_on_demand_and_its_passphrase_is_secret(rehearse):
    def program():
        live = LiveChannel("live", srt=True, insecure_ingest=pulumi.Output.from_input(False))
        pulumi.export("encoder", live.encoder_settings)
        pulumi.export("endpoint", live.srt_endpoint)
        pulumi.export("key", live.stream_key)

    stack = rehearse(program, provider_process=False)
    up = stack.up()
    srt = stack.cloud.boto3("ivs").get_channel(arn=stack.resource("Channel::live").id)["channel"]["srt"]
    assert up.outputs["endpoint"].value == srt["endpoint"]
    assert stack.is_secret("LiveChannel::live", "srt_passphrase")
    assert stack.is_secret("ChannelSettings::live", "srt_passphrase")
    key, encoder = up.outputs["key"].value, up.outputs["encoder"].value
    server = f"rtmps://{stack.resource('Channel::live').outputs['ingestEndpoint']}:443/app/"
    assert encoder["rtmps"] == {
        "server": server,
        "stream_key": key,
        "url": f"{server}{key}",
        "ffmpeg": f"ffmpeg -re -i INPUT -c copy -f flv '{server}{key}'",
    }
    url = f"srt://{srt['endpoint']}:9000?streamid={key}&passphrase={srt['passphrase']}"
    assert encoder["srt"]["url"] == encoder["srt"]["server"] == url
    assert encoder["srt"]["ffmpeg"] == f"ffmpeg -re -i INPUT -c copy -f mpegts '{url}'"
    assert set(encoder["rtmp"].values()) == {None}


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_insecure_ingest_has_rtmp_and_srt_without_a_passphrase(rehearse):
    def program():
        live = LiveChannel("live", srt=True, insecure_ingest=True)
        pulumi.export("encoder", live.encoder_settings)

    stack = rehearse(program, provider_process=False)
    encoder = stack.up().outputs["encoder"].value
    assert encoder["rtmp"]["server"].startswith("rtmp://")
    assert encoder["rtmp"]["server"].endswith(":1935/app/")
    assert "passphrase" not in encoder["srt"]["url"]


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_restriction_policy_is_deleted_after_its_channel(rehearse):
    lifecycle = Lifecycle(rehearse, playback_restriction=PlaybackRestriction(allowed_countries=["CH"]))
    lifecycle.stack.up()
    policy = lifecycle.channel["playbackRestrictionPolicyArn"]
    assert policy == lifecycle.stack.resource("PlaybackRestrictionPolicy::live").id
    up = lifecycle.up(
        playback_restriction=PlaybackRestriction(allowed_countries=["CH", "LI"], allowed_origins=["https://a.b"])
    )
    assert up.plan == {"PlaybackRestrictionPolicy::live": "update"}
    found = lifecycle.ivs.get_playback_restriction_policy(arn=policy)["playbackRestrictionPolicy"]
    assert (found["allowedCountries"], found["allowedOrigins"]) == (["CH", "LI"], ["https://a.b"])
    lifecycle.up()
    assert lifecycle.channel["playbackRestrictionPolicyArn"] == ""
    assert lifecycle.ivs.list_playback_restriction_policies()["playbackRestrictionPolicies"] == []
    lifecycle.up(playback_restriction=PlaybackRestriction())


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_protecting_the_channel_does_not_protect_its_settings(lifecycle):
    lifecycle.up(insecure_ingest=True, opts=ResourceOptions(protect=True))
    lifecycle.up(opts=ResourceOptions(protect=True))
    assert lifecycle.channel["insecureIngest"] is False
    lifecycle.up(opts=ResourceOptions(protect=False))
