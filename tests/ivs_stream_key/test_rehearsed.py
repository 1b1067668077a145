"""Import and connection as the engine sees them, in rehearsal."""

import copy
import json

import boto3
import pulumi
import pulumi_aws as aws
import pytest

from ivs_stream_key import Connection, PlaybackRestrictionPolicy, RecordingConfiguration, StreamKey
from ivs_stream_key.__main__ import main
from rehearsal import Project, Stack

SECRET_KEY = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    return Project.load(tmp_path)


def changes_of(report):
    assert report.ok, report.errors
    return {op: count for op, count in report.changes.items() if count and op != "same"}


def test_an_imported_key_causes_no_change_and_no_rotation(project, tmp_path):
    state, channels = tmp_path / "state.json", {}

    def program():
        for name, arn in channels.items():
            StreamKey(name, arn, rotation_triggers={"season": 1}, tags={"team": "live"})

    with Stack(project, program=program, state=state, provider_process=False) as stack:
        ivs = boto3.client("ivs")
        made = {name: ivs.create_channel(name=name, tags={"of": name}) for name in ("other", "studio")}
        channel, key = made["studio"]["channel"]["arn"], made["studio"]["streamKey"]
        ivs.tag_resource(resourceArn=key["arn"], tags={"team": "live"})

        # Create another key first: the imported one needs the stack and the provider in the state.
        channels["other"] = made["other"]["channel"]["arn"]
        assert changes_of(stack.up()) == {"create": 2}

        out = tmp_path / "import.json"
        options = ("--rotation-triggers", '{"season": 1}', "--out", str(out))
        assert main(["import", "--all", "--region", ivs.meta.region_name, "--tag", "of=studio", *options]) == 0
        (entry,) = json.loads(out.read_text())["resources"]
        deployment = json.loads(state.read_text())
        (existing,) = [r for r in deployment["deployment"]["resources"] if r["type"] == entry["type"]]
        imported = copy.deepcopy(existing)
        imported["urn"] = existing["urn"].replace("::other", "::studio")
        imported |= {name: entry[name] for name in ("id", "inputs", "outputs")}
        deployment["deployment"]["resources"].append(imported)
        state.write_text(json.dumps(deployment))

        channels["studio"] = channel
        assert changes_of(stack.preview()) == {}
        assert changes_of(stack.refresh()) == {}
        assert changes_of(stack.up()) == {}
        assert ivs.get_stream_key(arn=key["arn"])["streamKey"]["value"] == key["value"]

        channels.clear()
        assert changes_of(stack.up()) == {"delete": 2}
        assert ivs.list_stream_keys(channelArn=channel)["streamKeys"] == []


def resources_of_type(deployment, kind):
    return [r for r in deployment["deployment"]["resources"] if r["type"].endswith(kind)]


@pytest.mark.slow("several operations of a stack with a key")
def test_the_secrets_of_a_connection_are_secrets_in_the_state_after_every_operation(project, tmp_path):
    given = {"connection": Connection(access_key="AKIAPLAIN", secret_key="s3cret", token="t0ken"), "tags": {"a": "b"}}

    def program():
        StreamKey("live", channel, **given)

    with Stack(project, program=program, provider_process=False) as stack:
        channel = boto3.client("ivs").create_channel()["channel"]["arn"]
        for operation, tag, expected in (
            (stack.up, "b", {"create": 2}),
            (stack.refresh, "b", {}),
            (stack.up, "c", {"update": 1}),
        ):
            given["tags"] = {"a": tag}
            assert changes_of(operation()) == expected
            (key,) = resources_of_type(stack.export(), "StreamKey")
            for bag in (key["inputs"], key["outputs"]):
                assert all(SECRET in bag["connection"][name].values() for name in ("access_key", "secret_key", "token"))
        given["connection"] = Connection(max_retries=5)
        assert changes_of(stack.up()) == {"update": 1}
        assert "s3cret" not in json.dumps(stack.export())
        assert changes_of(stack.destroy()) == {"delete": 2}


@pytest.mark.slow("several operations of a stack with a key")
def test_a_plaintext_external_id_in_an_older_state_becomes_a_secret_without_a_change(project, tmp_path, monkeypatch):
    state = tmp_path / "state.json"
    role = {"role_arn": "arn:aws:iam::123456789012:role/vod", "external_id": "hunter2"}

    def program():
        StreamKey("live", channel, connection={"assume_roles": [role]})

    with Stack(project, program=program, state=state, provider_process=False) as stack:
        channel = boto3.client("ivs").create_channel(name="live")["channel"]["arn"]
        with monkeypatch.context() as earlier:
            earlier.setattr("ivs_stream_key.resource.with_secrets", lambda connection: connection)
            assert changes_of(stack.up()) == {"create": 2}
        assert state.read_text().count("hunter2") == 2
        assert changes_of(stack.preview()) == {}
        assert changes_of(stack.up()) == {}
        resources = stack.export()["deployment"]["resources"]
        (key,) = [resource for resource in resources if resource["type"].endswith("StreamKey")]
        # The engine marks a whole list as secret if one of its values is.
        assert key["inputs"]["connection"]["assume_roles"][SECRET_KEY] == SECRET
        assert changes_of(stack.destroy()) == {"delete": 2}


TAGGED = {
    "StreamKey": lambda opts: StreamKey("live", aws.ivs.Channel("live").arn, opts=opts),
    "RecordingConfiguration": lambda opts: RecordingConfiguration("live", aws.s3.Bucket("live").bucket, opts=opts),
    "PlaybackRestrictionPolicy": lambda opts: PlaybackRestrictionPolicy("live", opts=opts),
}


def program_with_transform(kind, where, resource="StreamKey"):
    """Return a program with a transform (newer) or transformation (older) that gives a resource a secret tag."""

    def transform(args):
        if not args.type_.endswith(resource):
            return None
        result = pulumi.ResourceTransformResult if kind == "newer" else pulumi.ResourceTransformationResult
        return result(props={**args.props, "tags": {"pin": pulumi.Output.secret("hunter2")}}, opts=args.opts)

    option = pulumi.ResourceOptions(**{"transforms" if kind == "newer" else "transformations": [transform]})
    register_on_stack = {
        "newer": pulumi.runtime.register_resource_transform,
        "older": pulumi.runtime.register_stack_transformation,
    }

    def program():
        if where == "stack":
            register_on_stack[kind](transform)
        parent = pulumi.ComponentResource("a:b:C", "c", None, option) if where == "parent" else None
        if where == "grandparent":
            grandparent = pulumi.ComponentResource("a:b:C", "g", None, option)
            parent = pulumi.ComponentResource("a:b:C", "c", None, pulumi.ResourceOptions(parent=grandparent))
        own = option if where == "itself" else None
        made = TAGGED[resource](pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(parent=parent)))
        pulumi.export("all", made.tags_all)

    return program


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.parametrize("where", ["itself", "parent", "grandparent", "stack"])
@pytest.mark.parametrize("kind", ["newer", "older"])
@pytest.mark.parametrize("resource", TAGGED)
@pytest.mark.filterwarnings("ignore:.*deprecated in favor:DeprecationWarning")  # when pulumi_aws.s3 is imported
def test_a_tag_made_secret_by_a_transform_makes_tags_all_secret(project, tmp_path, resource, kind, where):
    state = tmp_path / "state.json"
    with Stack(
        project, program=program_with_transform(kind, where, resource), state=state, provider_process=False
    ) as stack:
        assert stack.up().ok
        secret = {SECRET_KEY: SECRET, "plaintext": json.dumps({"pin": "hunter2"})}
        (made,) = [r for r in stack.export()["deployment"]["resources"] if r["type"].endswith(resource)]
        assert made["outputs"]["tags_all"] == secret
        assert changes_of(stack.preview()) == {}
        (root,) = [r for r in stack.export()["deployment"]["resources"] if r["type"] == "pulumi:pulumi:Stack"]
        assert root["outputs"]["all"] == secret


@pytest.mark.slow("several operations of a stack with a key")
def test_tags_all_is_in_plaintext_for_a_program_with_unrelated_transforms(project):
    def program():
        StreamKey("live", aws.ivs.Channel("live").arn, tags={"a": "b"})

    for each in (program_with_transform("newer", "stack"), program):
        with Stack(project, program=each, provider_process=False) as stack:
            assert stack.up().ok
            (key,) = [r for r in stack.export()["deployment"]["resources"] if r["type"].endswith("StreamKey")]
    assert key["outputs"]["tags_all"] == {"a": "b"}
