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
def actions_called(monkeypatch, cloud):
    """Return the IAM actions of the calls made, such as ivs:GetStreamKey."""
    make_call, found = botocore.client.BaseClient._make_api_call, set()

    def record_action(self, operation, parameters):
        found.add(f"{self.meta.service_model.service_name}:{operation}")
        return make_call(self, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", record_action)
    return found


def configured_provider(**config):
    created = StreamKeyProvider()
    created.configure(ConfigureRequest(Config({f"aws:{name}": value for name, value in config.items()}, "shop")))
    return created


def inputs(channel, **given):
    return {"channel_arn": channel, "existing_key": "replace", "when_live": "keep", "owner": OWNER, **given}


def create_key(cloud, actions_called, **given):
    """Create a key, and clear the recorded actions; return the result and the inputs."""
    wanted = inputs(cloud.channel(), **given)
    created = configured_provider().create(wanted)
    actions_called.clear()
    return created, wanted


def create(cloud, actions_called, monkeypatch):
    channels = cloud.channel(), cloud.channel(with_key=False), cloud.channel(with_key=False)
    original_create = Ivs.create

    def create_without_response(self, *arguments):
        original_create(self, *arguments)
        raise errors.Unreachable("The response got lost.", remedy="run again.")

    actions_called.clear()
    for channel in channels[:2]:
        configured_provider().create(inputs(channel, tags={"a": "b"}))
    for when_live in ("keep", "fail"):
        provider, given = configured_provider(), inputs(cloud.channel(), when_live=when_live)
        actions_called.discard("ivs:CreateChannel")
        provider.check({}, given)
        provider.create(given)
    monkeypatch.setattr(Ivs, "create", create_without_response)
    configured_provider().create(inputs(channels[2]))


def create_and_stop(cloud, actions_called, monkeypatch):
    with monkeypatch.context() as patch:
        create(cloud, actions_called, patch)
    provider, given = configured_provider(), inputs(cloud.channel(), when_live="stop")
    actions_called.discard("ivs:CreateChannel")
    provider.check({}, given)
    provider.create(given)


def adopt(cloud, actions_called, monkeypatch):
    channel = cloud.channel()
    cloud.client.tag_resource(resourceArn=cloud.key(channel)["arn"], tags={"other": "x"})
    actions_called.clear()
    configured_provider().create(inputs(channel, existing_key="adopt", tags={"a": "b"}))


def retag(cloud, actions_called, monkeypatch):
    created, given = create_key(cloud, actions_called, tags={"a": "b"})
    configured_provider().update(created.id, created.outs, {**given, "tags": {"c": "d"}})


def refresh(cloud, actions_called, monkeypatch):
    created, given = create_key(cloud, actions_called)
    provider = configured_provider()
    read = provider.read(created.id, created.outs)
    provider.diff(created.id, read.outs, given)
    configured_provider().read(created.id, {})


def delete(cloud, actions_called, monkeypatch):
    for when_live in ("keep", "fail"):
        created, given = create_key(cloud, actions_called, when_live=when_live)
        provider = configured_provider()
        provider.diff(created.id, created.outs, {**given, "rotation_triggers": {"a": "b"}})
        provider.delete(created.id, created.outs)


def stop(cloud, actions_called, monkeypatch):
    created, given = create_key(cloud, actions_called, when_live="stop")
    provider = configured_provider()
    provider.diff(created.id, created.outs, {**given, "rotation_triggers": {"a": "b"}})
    provider.delete(created.id, created.outs)


def import_given(cloud, actions_called, monkeypatch):
    channel = cloud.channel()
    actions_called.clear()
    assert main(["import", channel, "--out", "-"]) == 0


def import_all(cloud, actions_called, monkeypatch):
    cloud.channel()
    actions_called.clear()
    assert main(["import", "--all", "--region", "us-west-2", "--out", "-"]) == 0


def audit(cloud, actions_called, tmp_path):
    created, given = create_key(cloud, actions_called)
    secret = boto3.client("secretsmanager", region_name="us-west-2").create_secret(Name="it", SecretString="x")["ARN"]
    boto3.client("ssm", region_name="us-west-2").put_parameter(Name="/it", Type="SecureString", Value="x")
    outputs = {"arn": created.id, "channel_arn": given["channel_arn"]}
    copy = {"urn": "urn:copy", "dependencies": ["urn:key"]}
    resources = [
        {"type": "pulumi-python:dynamic/ivs:StreamKey", "urn": "urn:key", "outputs": outputs},
        {**copy, "type": "aws:ssm/parameter:Parameter", "outputs": {"name": "/it"}},
        {**copy, "type": "aws:secretsmanager/secretVersion:SecretVersion", "outputs": {"secretId": secret}},
    ]
    (tmp_path / "state.json").write_text(json.dumps({"deployment": {"resources": resources}}))
    actions_called.clear()
    main(["audit", "--all", "--region", "us-west-2", "--stack", str(tmp_path / "state.json")])


def run_lifecycle(actions_called, provider, before, after):
    """Create a resource, change it, read it and delete it."""
    place = {"region": "us-west-2"}
    actions_called.clear()
    created = provider.create({**place, **before})
    outs = provider.update(created.id, created.outs, {**place, **after}).outs
    provider.read(created.id, outs)
    provider.delete(created.id, outs)


def settings(cloud, actions_called, monkeypatch):
    channel = {"channel_arn": cloud.channel()}
    run_lifecycle(actions_called, ChannelSettingsProvider(), channel, {**channel, "insecure_ingest": True})


def restriction(cloud, actions_called, monkeypatch):
    after = {"allowed_countries": ["CH"], "tags": {"c": "d"}}
    run_lifecycle(actions_called, PlaybackRestrictionPolicyProvider(), {"tags": {"a": "b"}}, after)


def recording(cloud, actions_called, monkeypatch):
    boto3.client("s3", region_name="us-west-2").create_bucket(
        Bucket="recordings", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    bucket = {"bucket_name": "recordings"}
    run_lifecycle(
        actions_called, RecordingConfigurationProvider(), {**bucket, "tags": {"a": "b"}}, {**bucket, "tags": {"c": "d"}}
    )


def assume(cloud, actions_called, monkeypatch):
    created, _ = create_key(cloud, actions_called)
    configured_provider(assumeRoles=json.dumps([{"roleArn": ROLE}])).read(created.id, {})
    actions_called.discard("ivs:GetStreamKey")


@pytest.mark.slow("a lifecycle for each feature")
@pytest.mark.parametrize(
    ("title", "use"),
    [
        ("Make a key", create),
        ("Make a key and end the broadcast", create_and_stop),
        ("Adopt a key", adopt),
        ("Change tags", retag),
        ("Refresh, and StreamKey.get", refresh),
        ("Delete a key", delete),
        ("Delete a key and end the broadcast", stop),
        ("Import keys by their channels", import_given),
        ("Import all keys", import_all),
        ("Channel settings", settings),
        ("Playback restriction policies", restriction),
        ("Recording configurations", recording),
        ("Assume a role", assume),
    ],
)
def test_a_feature_makes_the_calls_of_its_policy(cloud, actions_called, monkeypatch, title, use):
    use(cloud, actions_called, monkeypatch)
    assert actions_called == actions(POLICIES[title])


@pytest.mark.slow("an audit with clients of several services")
def test_an_audit_makes_the_calls_of_its_policy(cloud, actions_called, tmp_path):
    audit(cloud, actions_called, tmp_path)
    assert actions_called == actions(POLICIES["Audit"])


def test_every_policy_is_compared_with_calls():
    (features,) = (
        mark for mark in test_a_feature_makes_the_calls_of_its_policy.pytestmark if mark.name == "parametrize"
    )
    assert {title for title, _ in features.args[1]} | {"Audit", "All of it"} == POLICIES.keys()


def test_a_preview_without_create_or_replacement_makes_no_call(cloud, actions_called):
    created, given = create_key(cloud, actions_called)
    provider = configured_provider()
    provider.check(given, given)
    provider.check(given, {**given, "tags": {"a": "b"}})
    provider.diff(created.id, created.outs, {**given, "tags": {"a": "b"}})
    assert actions_called == set()


def test_a_preview_of_a_create_or_a_rotation_makes_the_documented_calls(cloud, actions_called):
    channel = cloud.channel()
    actions_called.clear()
    configured_provider().check({}, inputs(channel))
    assert actions_called == {"ivs:ListStreamKeys", "ivs:GetStream"}
    created, given = create_key(cloud, actions_called)
    provider, news = configured_provider(), {**given, "rotation_triggers": {"a": "b"}}
    provider.check(given, news)
    provider.diff(created.id, created.outs, news)
    provider.check({}, news)
    assert actions_called == {"ivs:ListStreamKeys", "ivs:GetStream"}


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
