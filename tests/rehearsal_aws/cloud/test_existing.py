"""Resources of an imported state are created in the cloud with their own names and ARNs."""

import subprocess
import sys

import pytest

from rehearsal.provider import ExistingResource, ImportingCloud
from rehearsal_aws import EmbeddedAws

ACCOUNT = "999988887777"
CHANNEL = f"arn:aws:ivs:eu-west-1:{ACCOUNT}:channel/abcdefABCDEF"
KEY = f"arn:aws:ivs:eu-west-1:{ACCOUNT}:stream-key/abcdefABCDEF"
RECORDING = f"arn:aws:ivs:eu-west-1:{ACCOUNT}:recording-configuration/abcdefABCDEF"
OWN_RECORDING = f"arn:aws:ivs:eu-west-1:{ACCOUNT}:recording-configuration/ABCDEFabcdef"
POLICY = f"arn:aws:ivs:eu-west-1:{ACCOUNT}:playback-restriction-policy/abcdefABCDEF"
PAIR = f"arn:aws:ivs:eu-west-1:{ACCOUNT}:playback-key/abcdefABCDEF"
SECRET = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:key-abcdef"
VERSION = "5a1058bc-0d1f-4386-9ec2-211adab78fd7"


def resource(token, id, /, **outputs):
    return ExistingResource(f"urn:pulumi:prod::p::{token}::{id[-6:]}", token, id, outputs)


RESOURCES = [
    resource(
        "aws:s3/bucket:Bucket", "recordings", region="eu-west-1", tagsAll={"a": "1"}, arn="arn:aws:s3:::recordings"
    ),
    resource(
        "aws:ivs/recordingConfiguration:RecordingConfiguration",
        RECORDING,
        arn=RECORDING,
        name="rc",
        state="ACTIVE",
        destinationConfiguration={"s3": {"bucketName": "recordings"}},
        thumbnailConfiguration={"recordingMode": "DISABLED"},
    ),
    resource(
        "aws:ivs/channel:Channel",
        CHANNEL,
        arn=CHANNEL,
        name="live",
        latencyMode="NORMAL",
        type="BASIC",
        authorized=True,
        recordingConfigurationArn=RECORDING,
        ingestEndpoint="a1b2.global-contribute.live-video.net",
        playbackUrl="https://a1b2.playback.live-video.net/x.m3u8",
        tags={"own": "x"},
        tagsAll={"own": "x", "default": "y"},
    ),
    resource(
        "pulumi-python:dynamic/ivs:StreamKey",
        KEY,
        arn=KEY,
        channel_arn=CHANNEL,
        value="sk_eu-west-1_real",
        tags_all={"k": "v"},
        owner_tag="v1 stack=… name=p/prod/live",
    ),
    resource(
        "pulumi-python:dynamic/ivs:RecordingConfiguration",
        OWN_RECORDING,
        arn=OWN_RECORDING,
        bucket_name="recordings",
        reconnect_window_seconds=9.0,
        renditions={"rendition_selection": "CUSTOM", "renditions": ["HD"]},
        thumbnails={"recording_mode": "INTERVAL", "target_interval_seconds": 30.0},
        tags_all={"r": "1"},
    ),
    resource(
        "pulumi-python:dynamic/ivs:PlaybackRestrictionPolicy",
        POLICY,
        arn=POLICY,
        allowed_countries=["DE"],
        enable_strict_origin_enforcement=True,
        tags_all={"p": "1"},
    ),
    resource(
        "pulumi-python:dynamic/ivs:ChannelSettings",
        CHANNEL,
        channel_arn=CHANNEL,
        container_format="FRAGMENTED_MP4",
        multitrack_input_configuration={"enabled": False, "maximum_resolution": "HD"},
        playback_restriction_policy_arn=POLICY,
        srt_endpoint="a1b2.srt.live-video.net",
        srt_passphrase="a passphrase",
    ),
    resource("aws:ivs/playbackKeyPair:PlaybackKeyPair", PAIR, arn=PAIR, name="pair", fingerprint="aa:bb", tagsAll={}),
    resource(
        "aws:ssm/parameter:Parameter",
        "/live/key",
        arn=f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/live/key",
        name="/live/key",
        type="SecureString",
        value="sk_eu-west-1_real",
        version=7,
        tier="Standard",
        dataType="text",
        tagsAll={"t": "u"},
    ),
    resource("aws:secretsmanager/secret:Secret", SECRET, arn=SECRET, name="key", description="d", tagsAll={"s": "t"}),
    resource(
        "aws:secretsmanager/secretVersion:SecretVersion",
        f"{SECRET}|{VERSION}",
        secretId=SECRET,
        secretString="sk_eu-west-1_real",
        versionStages=["AWSCURRENT"],
    ),
]


@pytest.fixture
def cloud():
    made = EmbeddedAws(config={"aws:region": "eu-west-1"})
    yield made
    made.close()


def assert_resources_exist(cloud):
    """Assert that all resources exist in the cloud with the properties of `RESOURCES`."""
    ivs, ssm, secrets, s3 = (cloud.boto3(name) for name in ("ivs", "ssm", "secretsmanager", "s3"))
    channel = ivs.get_channel(arn=CHANNEL)["channel"]
    expected = {"name": "live", "latencyMode": "NORMAL", "type": "BASIC", "authorized": True}
    assert channel.items() >= expected.items()
    assert channel["recordingConfigurationArn"] == RECORDING
    assert channel["ingestEndpoint"].startswith("a1b2.")
    assert channel["tags"] == {"own": "x", "default": "y"}
    assert (channel["containerFormat"], channel["playbackRestrictionPolicyArn"]) == ("FRAGMENTED_MP4", POLICY)
    assert channel["multitrackInputConfiguration"] == {"enabled": False, "maximumResolution": "HD"}
    assert channel["srt"] == {"endpoint": "a1b2.srt.live-video.net", "passphrase": "a passphrase"}
    policy = ivs.get_playback_restriction_policy(arn=POLICY)["playbackRestrictionPolicy"]
    assert policy == {
        "arn": POLICY,
        "allowedCountries": ["DE"],
        "allowedOrigins": [],
        "enableStrictOriginEnforcement": True,
        "name": "",
        "tags": {"p": "1"},
    }
    own_recording = ivs.get_recording_configuration(arn=OWN_RECORDING)["recordingConfiguration"]
    assert own_recording["destinationConfiguration"] == {"s3": {"bucketName": "recordings"}}
    assert own_recording["recordingReconnectWindowSeconds"] == 9
    assert own_recording["renditionConfiguration"] == {"renditionSelection": "CUSTOM", "renditions": ["HD"]}
    thumbnails = own_recording["thumbnailConfiguration"]
    assert (thumbnails["recordingMode"], thumbnails["targetIntervalSeconds"]) == ("INTERVAL", 30)
    assert (own_recording["state"], own_recording["tags"]) == ("ACTIVE", {"r": "1"})
    (listed,) = ivs.list_stream_keys(channelArn=CHANNEL)["streamKeys"]
    key = ivs.get_stream_key(arn=listed["arn"])["streamKey"]
    assert (key["arn"], key["value"], key["channelArn"]) == (KEY, "sk_eu-west-1_real", CHANNEL)
    assert key["tags"] == {"k": "v", "pulumi-ivs-stream-key:owner": "v1 stack=… name=p/prod/live"}
    recording = ivs.get_recording_configuration(arn=RECORDING)["recordingConfiguration"]
    assert (recording["name"], recording["state"]) == ("rc", "ACTIVE")
    assert recording["destinationConfiguration"] == {"s3": {"bucketName": "recordings"}}
    assert ivs.get_playback_key_pair(arn=PAIR)["keyPair"]["fingerprint"] == "aa:bb"
    parameter = ssm.get_parameter(Name="/live/key", WithDecryption=True)["Parameter"]
    assert (parameter["Value"], parameter["Version"]) == ("sk_eu-west-1_real", 7)
    assert parameter["ARN"] == f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/live/key"
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/live/key")["TagList"]
    assert tags == [{"Key": "t", "Value": "u"}]
    secret = secrets.describe_secret(SecretId=SECRET)
    assert (secret["ARN"], secret["Name"], secret["Description"]) == (SECRET, "key", "d")
    value = secrets.get_secret_value(SecretId=SECRET)
    assert (value["SecretString"], value["VersionId"]) == ("sk_eu-west-1_real", VERSION)
    assert s3.get_bucket_location(Bucket="recordings")["LocationConstraint"] == "eu-west-1"
    assert s3.get_bucket_tagging(Bucket="recordings")["TagSet"] == [{"Key": "a", "Value": "1"}]
    assert cloud.boto3("sts").get_caller_identity()["Account"] == ACCOUNT


def test_existing_resources_can_be_added(cloud):
    assert isinstance(cloud, ImportingCloud)


@pytest.mark.slow("all modelled types, twice")
def test_every_modelled_type_can_be_added_repeatedly_in_its_account_and_region(cloud):
    assert cloud.put_existing(RESOURCES) == {}
    assert_resources_exist(cloud)
    assert cloud.put_existing(RESOURCES) == {}
    assert_resources_exist(cloud)
    assert len(cloud.boto3("ivs").list_channels()["channels"]) == 1


def test_existing_resources_can_be_added_in_any_order(cloud):
    """A program that refers to a channel by the text of its ARN has no dependency on it in the state."""
    assert cloud.put_existing(RESOURCES[::-1]) == {}
    assert_resources_exist(cloud)


@pytest.mark.slow("puts resources of several services into an embedded cloud")
def test_added_resources_are_persisted(tmp_path):
    for change in (True, False):
        cloud = EmbeddedAws(tmp_path, {"aws:region": "eu-west-1"})
        try:
            assert (cloud.put_existing(RESOURCES) if change else {}) == {}
            assert_resources_exist(cloud)
        finally:
            cloud.close()


def test_an_added_channel_has_its_default_key_unless_the_state_has_one(cloud):
    channels = [r for r in RESOURCES if "channel:" in r.type]
    assert cloud.put_existing(channels) == {}
    (key,) = cloud.boto3("ivs").list_stream_keys(channelArn=CHANNEL)["streamKeys"]
    assert cloud.boto3("ivs").get_stream_key(arn=key["arn"])["streamKey"]["channelArn"] == CHANNEL


@pytest.mark.slow("puts resources of several services into an embedded cloud")
def test_adding_a_key_adds_its_external_channel(cloud):
    assert cloud.put_existing([r for r in RESOURCES if "StreamKey" in r.type]) == {}
    assert cloud.boto3("ivs").get_channel(arn=CHANNEL)["channel"]["arn"] == CHANNEL
    (key,) = cloud.boto3("ivs").list_stream_keys(channelArn=CHANNEL)["streamKeys"]
    assert key["arn"] == KEY


def test_resources_that_cannot_be_added_are_reported_and_the_rest_is_added(cloud):
    unknown = resource("aws:ecs/cluster:Cluster", "c", arn="arn:aws:ecs:us-east-1:111111111111:cluster/c")
    without_value = resource("pulumi-python:dynamic/ivs:StreamKey", KEY, arn=KEY, channel_arn=CHANNEL, value=None)
    invalid_arn = resource("aws:ssm/parameter:Parameter", "p", arn="no ARN", name="p", value="v")
    without_name = resource("aws:ssm/parameter:Parameter", "q", arn=RESOURCES[5].outputs["arn"])
    (parameter,) = [r for r in RESOURCES if r.id == "/live/key"]
    errors = cloud.put_existing([unknown, without_value, invalid_arn, without_name, parameter])
    assert errors == {
        unknown.urn: "the cloud does not model its type",
        without_value.urn: "the state does not hold its value; export it with --show-secrets",
        invalid_arn.urn: "its ARN is not valid: 'no ARN'",
        without_name.urn: "it is not as the cloud expects it (KeyError: 'name')",
    }
    assert cloud.boto3("ssm").get_parameter(Name="/live/key")["Parameter"]["Version"] == 7


def test_a_programs_own_resource_with_a_channels_arn_as_its_id_does_not_change_the_channel(cloud):
    (channel,) = [r for r in RESOURCES if r.type == "aws:ivs/channel:Channel"]
    foreign = resource("pulumi-python:dynamic/monitoring:Monitor", CHANNEL, name="monitor", type="m")
    similar = resource("pulumi-python:dynamic/monitoring:Log", CHANNEL, channel_arn=CHANNEL, name="log", type="l")
    assert cloud.put_existing([channel, foreign, similar]) == {foreign.urn: "the cloud does not model its type"}
    found = cloud.boto3("ivs").get_channel(arn=CHANNEL)["channel"]
    assert (found["name"], found["type"]) == ("live", "BASIC")


def test_without_modelled_resources_the_cloud_does_not_start(cloud):
    assert cloud.put_existing([resource("aws:ecs/cluster:Cluster", "c")]) != {}
    assert not cloud._started


@pytest.mark.slow("starts Python with moto")
def test_ec2_is_not_imported_without_need():
    program = "import sys, rehearsal_aws.cloud.existing; print('moto.ec2' in sys.modules, 'moto.s3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "False True\n"
