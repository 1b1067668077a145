"""The calls that each feature makes are those of its policy in docs/permissions.md, no more and no fewer."""

import json
import re
from pathlib import Path

import boto3
import botocore.client
import pytest
from pulumi.dynamic import Config, ConfigureRequest

from ivs_stream_key import errors
from ivs_stream_key.__main__ import main
from ivs_stream_key.channel_settings import ChannelSettingsProvider
from ivs_stream_key.ivs.stream_keys import Ivs
from ivs_stream_key.playback_restriction_policy import PlaybackRestrictionPolicyProvider
from ivs_stream_key.provider import StreamKeyProvider
from ivs_stream_key.recording_configuration import RecordingConfigurationProvider
from owners import OWNER

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
ROLE = "arn:aws:iam::123456789012:role/deploy"
TAGGED = {
    "Playback restriction policies": {"playback-restriction-policy"},
    "Recording configurations": {"recording-configuration"},
    "All of it": {"stream-key", "playback-restriction-policy", "recording-configuration"},
}
KINDS = {
    "CreatePlaybackRestrictionPolicy": {"playback-restriction-policy"},
    "CreateRecordingConfiguration": {"recording-configuration"},
    "CreateStreamKey": {"stream-key"},
    "DeletePlaybackRestrictionPolicy": {"playback-restriction-policy"},
    "DeleteRecordingConfiguration": {"recording-configuration"},
    "DeleteStreamKey": {"stream-key"},
    "GetChannel": {"channel"},
    "GetParameter": {"parameter"},
    "GetPlaybackRestrictionPolicy": {"playback-restriction-policy"},
    "GetRecordingConfiguration": {"recording-configuration"},
    "GetSecretValue": {"secret"},
    "GetStream": {"channel"},
    "GetStreamKey": {"stream-key"},
    "ListChannels": {"channel"},
    "AssumeRole": {"role"},
    "ListStreamKeys": {"channel", "stream-key"},
    "ListStreams": {"channel"},
    "StopStream": {"channel"},
    "UpdateChannel": {"channel"},
    "UpdatePlaybackRestrictionPolicy": {"playback-restriction-policy"},
}


def policies():
    sections = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    blocks = {part.splitlines()[0]: re.findall(r"```json\n(.*?)```", part, re.DOTALL) for part in sections}
    return {title: json.loads(block) for title, found in blocks.items() for block in found}


POLICIES = policies()


def actions(policy):
    return {action for statement in policy["Statement"] for action in statement["Action"]}


@pytest.fixture
def asked(monkeypatch, cloud):
    """The actions of the calls made, as IAM calls them."""
    make_call, found = botocore.client.BaseClient._make_api_call, set()

    def noted(self, operation, parameters):
        found.add(f"{self.meta.service_model.service_name}:{operation}")
        return make_call(self, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", noted)
    return found


def provider(**config):
    made = StreamKeyProvider()
    made.configure(ConfigureRequest(Config({f"aws:{name}": value for name, value in config.items()}, "shop")))
    return made


def inputs(channel, **given):
    return {"channel_arn": channel, "existing_key": "replace", "when_live": "keep", "owner": OWNER, **given}


def made_on(cloud, asked, **given):
    """Make a key, and forget the calls."""
    wanted = inputs(cloud.channel(), **given)
    made = provider().create(wanted)
    asked.clear()
    return made, wanted


def make(cloud, asked, monkeypatch):
    channels = cloud.channel(), cloud.channel(with_key=False), cloud.channel(with_key=False)
    create = Ivs.create

    def lost(self, *arguments):
        create(self, *arguments)
        raise errors.Unreachable("The answer got lost.", remedy="run again.")

    asked.clear()
    for channel in channels[:2]:
        provider().create(inputs(channel, tags={"a": "b"}))
    for when_live in ("keep", "fail"):
        ours, given = provider(), inputs(cloud.channel(), when_live=when_live)
        asked.discard("ivs:CreateChannel")
        ours.check({}, given)
        ours.create(given)
    monkeypatch.setattr(Ivs, "create", lost)
    provider().create(inputs(channels[2]))


def make_and_stop(cloud, asked, monkeypatch):
    with monkeypatch.context() as patch:
        make(cloud, asked, patch)
    ours, given = provider(), inputs(cloud.channel(), when_live="stop")
    asked.discard("ivs:CreateChannel")
    ours.check({}, given)
    ours.create(given)


def adopt(cloud, asked, monkeypatch):
    channel = cloud.channel()
    cloud.client.tag_resource(resourceArn=cloud.key(channel)["arn"], tags={"theirs": "x"})
    asked.clear()
    provider().create(inputs(channel, existing_key="adopt", tags={"a": "b"}))


def retag(cloud, asked, monkeypatch):
    made, given = made_on(cloud, asked, tags={"a": "b"})
    provider().update(made.id, made.outs, {**given, "tags": {"c": "d"}})


def refresh(cloud, asked, monkeypatch):
    made, given = made_on(cloud, asked)
    ours = provider()
    read = ours.read(made.id, made.outs)
    ours.diff(made.id, read.outs, given)
    provider().read(made.id, {})


def delete(cloud, asked, monkeypatch):
    for when_live in ("keep", "fail"):
        made, given = made_on(cloud, asked, when_live=when_live)
        ours = provider()
        ours.diff(made.id, made.outs, {**given, "rotation_triggers": {"a": "b"}})
        ours.delete(made.id, made.outs)


def stop(cloud, asked, monkeypatch):
    made, given = made_on(cloud, asked, when_live="stop")
    ours = provider()
    ours.diff(made.id, made.outs, {**given, "rotation_triggers": {"a": "b"}})
    ours.delete(made.id, made.outs)


def import_these(cloud, asked, monkeypatch):
    channel = cloud.channel()
    asked.clear()
    assert main(["import", channel, "--out", "-"]) == 0


def import_all(cloud, asked, monkeypatch):
    cloud.channel()
    asked.clear()
    assert main(["import", "--all", "--region", "us-west-2", "--out", "-"]) == 0


def audit(cloud, asked, tmp_path):
    made, given = made_on(cloud, asked)
    secret = boto3.client("secretsmanager", region_name="us-west-2").create_secret(Name="it", SecretString="x")["ARN"]
    boto3.client("ssm", region_name="us-west-2").put_parameter(Name="/it", Type="SecureString", Value="x")
    outputs = {"arn": made.id, "channel_arn": given["channel_arn"]}
    copy = {"urn": "urn:copy", "dependencies": ["urn:key"]}
    resources = [
        {"type": "pulumi-python:dynamic/ivs:StreamKey", "urn": "urn:key", "outputs": outputs},
        {**copy, "type": "aws:ssm/parameter:Parameter", "outputs": {"name": "/it"}},
        {**copy, "type": "aws:secretsmanager/secretVersion:SecretVersion", "outputs": {"secretId": secret}},
    ]
    (tmp_path / "state.json").write_text(json.dumps({"deployment": {"resources": resources}}))
    asked.clear()
    main(["audit", "--all", "--region", "us-west-2", "--stack", str(tmp_path / "state.json")])


def lifecycle(asked, provider, before, after):
    """Create a resource, change it, read it and delete it."""
    place = {"region": "us-west-2"}
    asked.clear()
    made = provider.create({**place, **before})
    outs = provider.update(made.id, made.outs, {**place, **after}).outs
    provider.read(made.id, outs)
    provider.delete(made.id, outs)


def settings(cloud, asked, monkeypatch):
    channel = {"channel_arn": cloud.channel()}
    lifecycle(asked, ChannelSettingsProvider(), channel, {**channel, "insecure_ingest": True})


def restriction(cloud, asked, monkeypatch):
    after = {"allowed_countries": ["CH"], "tags": {"c": "d"}}
    lifecycle(asked, PlaybackRestrictionPolicyProvider(), {"tags": {"a": "b"}}, after)


def recording(cloud, asked, monkeypatch):
    boto3.client("s3", region_name="us-west-2").create_bucket(
        Bucket="recordings", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    bucket = {"bucket_name": "recordings"}
    lifecycle(asked, RecordingConfigurationProvider(), {**bucket, "tags": {"a": "b"}}, {**bucket, "tags": {"c": "d"}})


def assume(cloud, asked, monkeypatch):
    made, _ = made_on(cloud, asked)
    provider(assumeRoles=json.dumps([{"roleArn": ROLE}])).read(made.id, {})
    asked.discard("ivs:GetStreamKey")


@pytest.mark.slow("a lifecycle for each feature")
@pytest.mark.parametrize(
    ("title", "use"),
    [
        ("Make a key", make),
        ("Make a key and end the broadcast", make_and_stop),
        ("Adopt a key", adopt),
        ("Change tags", retag),
        ("Refresh, and StreamKey.get", refresh),
        ("Delete a key", delete),
        ("Delete a key and end the broadcast", stop),
        ("Import keys by their channels", import_these),
        ("Import all keys", import_all),
        ("Channel settings", settings),
        ("Playback restriction policies", restriction),
        ("Recording configurations", recording),
        ("Assume a role", assume),
    ],
)
def test_a_feature_makes_the_calls_of_its_policy(cloud, asked, monkeypatch, title, use):
    use(cloud, asked, monkeypatch)
    assert asked == actions(POLICIES[title])


@pytest.mark.slow("an audit with clients of several services")
def test_an_audit_makes_the_calls_of_its_policy(cloud, asked, tmp_path):
    audit(cloud, asked, tmp_path)
    assert asked == actions(POLICIES["Audit"])


def test_every_policy_is_compared_with_calls():
    (features,) = (
        mark for mark in test_a_feature_makes_the_calls_of_its_policy.pytestmark if mark.name == "parametrize"
    )
    assert {title for title, _ in features.args[1]} | {"Audit", "All of it"} == POLICIES.keys()


def test_a_preview_without_create_or_replacement_makes_no_call(cloud, asked):
    made, given = made_on(cloud, asked)
    ours = provider()
    ours.check(given, given)
    ours.check(given, {**given, "tags": {"a": "b"}})
    ours.diff(made.id, made.outs, {**given, "tags": {"a": "b"}})
    assert asked == set()


def test_a_preview_of_a_create_or_a_rotation_makes_the_documented_calls(cloud, asked):
    channel = cloud.channel()
    asked.clear()
    provider().check({}, inputs(channel))
    assert asked == {"ivs:ListStreamKeys", "ivs:GetStream"}
    made, given = made_on(cloud, asked)
    ours, news = provider(), {**given, "rotation_triggers": {"a": "b"}}
    ours.check(given, news)
    ours.diff(made.id, made.outs, news)
    ours.check({}, news)
    assert asked == {"ivs:ListStreamKeys", "ivs:GetStream"}


def test_the_complete_policy_is_enough_for_a_stack():
    others = {"All of it", "Assume a role", "Audit", "Import keys by their channels", "Import all keys"}
    each = [actions(policy) for title, policy in POLICIES.items() if title not in others]
    assert actions(POLICIES["All of it"]) == set().union(*each)


@pytest.mark.parametrize("title", POLICIES)
def test_each_action_is_allowed_on_its_resource_types(title):
    for statement in POLICIES[title]["Statement"]:
        assert (statement["Effect"], statement.keys()) == ("Allow", {"Effect", "Action", "Resource"})
        resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        kinds = {re.fullmatch(r"arn:aws:[a-z]+:\*?:123456789012:([a-z-]+)[:/].+", arn)[1] for arn in resources}
        for action in statement["Action"]:
            operation = action.partition(":")[2]
            assert kinds == (TAGGED.get(title, {"stream-key"}) if "tag" in operation.lower() else KINDS[operation])
