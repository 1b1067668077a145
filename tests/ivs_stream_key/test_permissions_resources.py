"""The second table of docs/permissions.md lists the calls of the smaller resources, for each of their arguments.

If it is outdated, the test fails and prints the correct rows.
"""

from pathlib import Path

import boto3
import botocore.client
import pytest

from installed_botocore import needs
from ivs_stream_key.channel_settings import ChannelSettings, ChannelSettingsProvider
from ivs_stream_key.playback_restriction_policy import PlaybackRestrictionPolicy, PlaybackRestrictionPolicyProvider
from ivs_stream_key.recording_configuration import RecordingConfiguration, RecordingConfigurationProvider

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
REGION = "us-west-2"
CONNECTION = {"region": REGION, "skip_credentials_validation": True}
MEDIA_TAILOR = {"playbackConfigurationArn": f"arn:aws:mediatailor:{REGION}:123456789012:playbackConfiguration/ads"}
MULTITRACK = {"enabled": True, "policy": "ALLOW", "maximum_resolution": "FULL_HD"}
PROVIDERS = {
    ChannelSettings: ChannelSettingsProvider,
    PlaybackRestrictionPolicy: PlaybackRestrictionPolicyProvider,
    RecordingConfiguration: RecordingConfigurationProvider,
}


class Recorder:
    """Runs a provider's operations as the engine does, and returns the calls that they make, in order."""

    def __init__(self, cloud, resource):
        self.cloud, self.resource, self.provider = cloud, resource, PROVIDERS[resource]()
        self.base, self.changes = getattr(self, f"_arguments_of_{resource.__name__}")()

    def _arguments_of_ChannelSettings(self):
        create = self.cloud.client
        ads = create.create_ad_configuration(mediaTailorPlaybackConfigurations=[MEDIA_TAILOR])
        policy = create.create_playback_restriction_policy()
        slate = create.create_failover_slate_configuration()
        return {"insecure_ingest": True, "container_format": "FRAGMENTED_MP4"}, {
            "channel_arn": create.create_channel(name="other")["channel"]["arn"],
            "channel_type": "BASIC",
            "ad_configuration_arn": ads["adConfiguration"]["arn"],
            "container_format": "TS",
            "failover_slate_configuration_arn": slate["failoverSlateConfiguration"]["arn"],
            "insecure_ingest": False,
            "multitrack_input_configuration": MULTITRACK,
            "playback_restriction_policy_arn": policy["playbackRestrictionPolicy"]["arn"],
            "preset": "CONSTRAINED_BANDWIDTH_DELIVERY",
            "connection": CONNECTION,
        }

    def _arguments_of_PlaybackRestrictionPolicy(self):
        return {"region": REGION, "tags": {"a": "1"}}, {
            "allowed_countries": ["CH"],
            "allowed_origins": ["https://example.com"],
            "enable_strict_origin_enforcement": True,
            "name": "other",
            "region": "eu-west-1",
            "tags": {"new": "1"},
            "connection": CONNECTION,
        }

    def _arguments_of_RecordingConfiguration(self):
        for name, region in (("recordings", REGION), ("other", REGION), ("elsewhere", "eu-west-1")):
            place = {"LocationConstraint": region}
            boto3.client("s3", region_name=region).create_bucket(Bucket=name, CreateBucketConfiguration=place)
        return {"bucket_name": "recordings", "region": REGION, "tags": {"a": "1"}}, {
            "bucket_name": "other",
            "name": "other",
            "thumbnails": {"recording_mode": "DISABLED"},
            "renditions": {"rendition_selection": "NONE"},
            "reconnect_window_seconds": 30,
            "region": "eu-west-1",
            "tags": {"new": "1"},
            "connection": CONNECTION,
        }

    def calls(self, *steps):
        self.cloud.clear_calls()
        results = [step() for step in steps]
        return tuple(dict.fromkeys(self.cloud.calls)), results[-1]

    def inputs(self, channel_type="STANDARD"):
        """Return the inputs of a new resource; channel settings get a new channel."""
        if self.resource is not ChannelSettings:
            return self.base
        channel = self.cloud.client.create_channel(name="live", type=channel_type)["channel"]
        return {"channel_arn": channel["arn"], **self.base}

    def change(self, name):
        """Return the calls of the preview, those of the up, and whether the resource is replaced."""
        olds = self.inputs("ADVANCED_HD" if name == "preset" else "STANDARD")
        # A recording configuration needs a bucket in its region.
        bucket = {"bucket_name": "elsewhere"} if name == "region" and "bucket_name" in olds else {}
        made, news = self.provider.create(olds), {**olds, name: self.changes[name], **bucket}
        preview, diff = self.calls(
            lambda: self.provider.check(olds, news), lambda: self.provider.diff(made.id, made.outs, news)
        )
        steps = [lambda: None]
        if diff.replaces:
            steps = [lambda: self.provider.create(news), lambda: self.provider.delete(made.id, made.outs)]
        elif diff.changes:
            steps = [lambda: self.provider.update(made.id, made.outs, news)]
        return preview, self.calls(*steps)[0], bool(diff.replaces)

    def rows(self):
        """Return the calls of each operation; changes of arguments with the same calls are one row."""
        inputs = self.inputs()
        calls, made = self.calls(lambda: self.provider.create(inputs))
        yield "Create", calls
        changes = {}
        for name in self.changes:
            _, calls, replaced = self.change(name)
            changes.setdefault((calls, replaced), []).append(f"`{name}`")
        for (calls, replaced), names in changes.items():
            *others, last = names
            listed = f"{', '.join(others)} or {last}" if others else last
            yield f"Change of {listed}{', which replaces it' if replaced else ''}", calls
        yield "Refresh", self.calls(lambda: self.provider.read(made.id, made.outs))[0]
        yield "Destroy, or removal from the program", self.calls(lambda: self.provider.delete(made.id, made.outs))[0]


@pytest.fixture(
    params=[
        pytest.param(ChannelSettings, marks=needs("CreateFailoverSlateConfiguration")),
        PlaybackRestrictionPolicy,
        RecordingConfiguration,
    ],
    ids=lambda resource: resource.__name__,
)
def recorder(cloud, monkeypatch, request):
    call = botocore.client.BaseClient._make_api_call

    def return_creating(self, operation, parameters):
        response = call(self, operation, parameters)
        if operation == "CreateRecordingConfiguration":
            response["recordingConfiguration"]["state"] = "CREATING"
        return response

    # moto creates a recording configuration in the state ACTIVE. In IVS it starts with CREATING.
    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", return_creating)
    monkeypatch.setattr(RecordingConfigurationProvider, "sleep", lambda _: None)
    return Recorder(cloud, request.param)


@pytest.mark.slow("a change of each argument")
def test_the_table_lists_the_calls_of_each_operation_of_the_smaller_resources(recorder):
    lines = [
        f"| `{recorder.resource.__name__}` | {operation} | {', '.join(f'`{call}`' for call in calls) or 'none'} |"
        for operation, calls in recorder.rows()
    ]
    page = PAGE.read_text(encoding="utf-8")
    found = [line for line in page.splitlines() if line.startswith(f"| `{recorder.resource.__name__}` |")]
    if lines != found:
        pytest.fail("docs/permissions.md needs these rows:\n\n" + "\n".join(lines))


def test_every_argument_of_the_smaller_resources_is_covered_by_the_table(recorder):
    names = set(recorder.resource.__init__.__annotations__) - {"return", "resource_name", "opts"}
    assert names == recorder.changes.keys()


@pytest.mark.slow("a change of each argument")
def test_the_preview_of_the_smaller_resources_makes_no_call(recorder):
    inputs = recorder.inputs()
    assert recorder.calls(lambda: recorder.provider.check({}, inputs))[0] == ()
    assert {recorder.change(name)[0] for name in recorder.changes} == {()}
