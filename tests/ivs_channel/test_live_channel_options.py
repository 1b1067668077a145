"""The resources that a LiveChannel declares for its channel, and the options of its children."""

import pulumi
import pulumi_aws as aws
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pulumi import CustomTimeouts, ResourceOptions

from ivs_channel import LiveChannel, Recording
from ivs_stream_key import RecordingConfiguration
from rehearsal.testing import OperationFailed

PEM = generate_private_key(SECP384R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class Lifecycle:
    """A stack with one LiveChannel, "live", and its channel in IVS."""

    def __init__(self, rehearse, program=None, **given):
        self.given = given
        self.stack = rehearse(program or (lambda: LiveChannel("live", **self.given)))

    def up(self, **given):
        self.given = given
        return self.stack.up()

    @property
    def ivs(self):
        return self.stack.cloud.boto3("ivs")

    @property
    def channel(self):
        return self.ivs.get_channel(arn=self.stack.resource("Channel::live").id)["channel"]


@pytest.fixture
def lifecycle(rehearse):
    return Lifecycle(rehearse)


@pytest.fixture
def bucket(lifecycle):
    s3 = lifecycle.stack.cloud.boto3("s3")
    s3.create_bucket(Bucket="recordings")
    yield "recordings"
    lifecycle.stack.destroy()
    s3.delete_bucket(Bucket="recordings")


@pytest.mark.slow("starts processes")
def test_a_recording_configuration_has_thumbnails_and_renditions_and_changes_replace_it(lifecycle, bucket):
    thumbnails = {"recording_mode": "INTERVAL", "target_interval_seconds": 5, "storage": ["LATEST"], "resolution": "HD"}
    renditions = {"rendition_selection": "CUSTOM", "renditions": ["HD"]}
    lifecycle.up(
        recording=Recording(bucket=bucket, thumbnails=thumbnails, renditions=renditions, reconnect_window_seconds=9)
    )
    arn = lifecycle.channel["recordingConfigurationArn"]
    found = lifecycle.ivs.get_recording_configuration(arn=arn)["recordingConfiguration"]
    assert found["destinationConfiguration"] == {"s3": {"bucketName": bucket}}
    assert found["thumbnailConfiguration"]["targetIntervalSeconds"] == 5
    assert found["thumbnailConfiguration"]["storage"] == ["LATEST"]
    assert found["renditionConfiguration"] == {"renditionSelection": "CUSTOM", "renditions": ["HD"]}
    assert found["recordingReconnectWindowSeconds"] == 9
    up = lifecycle.up(recording=Recording(bucket=bucket), tags={"a": "1"})
    assert up.plan["RecordingConfiguration::live"] == "replace"
    assert lifecycle.channel["recordingConfigurationArn"] != arn
    assert (
        lifecycle.up(recording=Recording(bucket=bucket), tags={"a": "2"}).plan["RecordingConfiguration::live"]
        == "update"
    )
    assert len(lifecycle.ivs.list_recording_configurations()["recordingConfigurations"]) == 1
    lifecycle.up(recording="")
    assert lifecycle.channel["recordingConfigurationArn"] == ""


@pytest.mark.slow("lifecycles of several channels")
def test_a_recording_configuration_may_be_shared_or_an_arn(rehearse):
    def program():
        bucket = aws.s3.Bucket("recordings")
        shared = RecordingConfiguration("shared", bucket.bucket)
        LiveChannel("one", recording=shared)
        LiveChannel("two", recording=shared.arn)
        LiveChannel("own", recording=Recording(bucket=bucket))

    stack = rehearse(program)
    stack.up()
    arns = [stack.resource(f"Channel::{n}").outputs["recordingConfigurationArn"] for n in ("one", "two", "own")]
    assert arns[0] == arns[1] == stack.resource("RecordingConfiguration::shared").id
    assert arns[2] == stack.resource("RecordingConfiguration::own").id


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_public_key_creates_a_key_pair_for_viewer_tokens(lifecycle):
    lifecycle.up(playback_authorization=True)
    assert lifecycle.channel["authorized"] is True
    assert lifecycle.ivs.list_playback_key_pairs()["keyPairs"] == []
    up = lifecycle.up(playback_authorization=PEM.decode())
    assert up.plan == {"PlaybackKeyPair::live": "create"}
    assert len(lifecycle.ivs.list_playback_key_pairs()["keyPairs"]) == 1
    lifecycle.up(playback_authorization=False)
    assert lifecycle.channel["authorized"] is False


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (
            {"recording": "x", "recording_configuration_arn": "y"},
            ValueError,
            "recording or recording_configuration_arn",
        ),
        ({"playback_authorization": True, "authorized": True}, ValueError, "playback_authorization or authorized, got"),
        (
            {"channel_options": {"protect": True}},
            TypeError,
            "channel_options: expected a ResourceOptions, or a function",
        ),
        ({"key_options": "x"}, TypeError, "key_options: expected a ResourceOptions"),
    ],
)
def test_conflicting_arguments_are_refused_before_anything_is_declared(given, error, message):
    with pytest.raises(error, match=message):
        LiveChannel("live", **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"bucket": "A_B"}, "bucket_name: expected the name of a bucket"),
        ({"bucket": "abc", "reconnect_window_seconds": 301}, "expected a whole number, 0 to 300"),
        (
            {"bucket": "abc", "thumbnails": {"recording_mode": "OFTEN"}},
            "thumbnails.recording_mode: expected 'DISABLED' or",
        ),
        (
            {"bucket": "abc", "renditions": {"rendition_selection": "CUSTOM"}},
            "renditions: expected renditions where rendition_selection is CUSTOM, got none",
        ),
    ],
)
def test_an_invalid_recording_configuration_is_refused_in_the_preview(rehearse, given, message):
    lifecycle = Lifecycle(rehearse, recording=Recording(**given))
    with pytest.raises(OperationFailed) as failed:
        lifecycle.stack.preview()
    assert message in str(failed.value)


FORMS = pytest.mark.parametrize(
    "form",
    [lambda options: options, lambda options: lambda opts: ResourceOptions.merge(opts, options)],
    ids=["options", "function"],
)


@pytest.mark.slow("a lifecycle for each form of the options", quick="function")
@pytest.mark.real("options of the children reach the engine")
@FORMS
def test_options_of_one_child_reach_that_child_alone(lifecycle, form):
    lifecycle.up(rotation_triggers={"season": 1}, tags={"a": "1"})
    key = lifecycle.stack.resource("StreamKey::live").id
    ignored = form(ResourceOptions(ignore_changes=["rotation_triggers"]))
    lifecycle.up(rotation_triggers={"season": 2}, tags={"a": "1"}, key_options=ignored).has_no_changes()
    up = lifecycle.up(
        rotation_triggers={"season": 1}, tags={"a": "2"}, channel_options=form(ResourceOptions(ignore_changes=["tags"]))
    )
    assert up.plan == {"StreamKey::live": "update"}
    assert lifecycle.stack.resource("StreamKey::live").id == key


@pytest.mark.real("options of the children reach the engine")
@pytest.mark.slow("two operations for each form of the options", quick="function")
@FORMS
def test_timeouts_of_one_child_are_in_its_state_and_none_are_in_the_components(lifecycle, form):
    def timeouts():
        resources = lifecycle.stack.export_stack().deployment["resources"]
        return {
            resource["urn"].split("::")[-2].split("$")[-1]: resource.get("customTimeouts") for resource in resources
        }

    channel = form(ResourceOptions(custom_timeouts=CustomTimeouts(create="5m", delete="90s")))
    key = form(ResourceOptions(custom_timeouts=CustomTimeouts(update="1h")))
    lifecycle.up(channel_options=channel, key_options=key)
    found = timeouts()
    assert found["aws:ivs/channel:Channel"] == {"create": 300, "delete": 90}
    assert found["pulumi-python:dynamic/ivs:StreamKey"] == {"update": 3600}
    assert not found["ivs:index:LiveChannel"]
    assert lifecycle.stack.resource("StreamKey::live").parent == lifecycle.stack.resource("LiveChannel::live").urn


def test_a_function_that_returns_no_options_is_refused(rehearse):
    lifecycle = Lifecycle(rehearse, key_options=lambda opts: None)
    with pytest.raises(OperationFailed, match="key_options: expected the function to return a ResourceOptions"):
        lifecycle.stack.preview()


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_retain_on_delete_reaches_published_places_and_settings_too(rehearse):
    stack = rehearse(
        lambda: LiveChannel("live", insecure_ingest=True, opts=ResourceOptions(retain_on_delete=True)),
        check_destroy=False,
    )
    stack.up()
    channel = stack.resource("Channel::live").id
    stack.destroy()
    assert stack.cloud.boto3("ivs").get_channel(arn=channel)["channel"]["insecureIngest"] is True


@pytest.mark.slow("a lifecycle with a transform")
def test_a_transform_sees_every_child(rehearse):
    seen = []

    def record_type(args):
        seen.append(args.type_)

    stack = rehearse(
        lambda: LiveChannel("live", insecure_ingest=True, opts=pulumi.ResourceOptions(transforms=[record_type])),
    )
    stack.up()
    assert {"pulumi-python:dynamic/ivs:ChannelSettings", "pulumi-python:dynamic/ivs:StreamKey"} <= set(seen)
