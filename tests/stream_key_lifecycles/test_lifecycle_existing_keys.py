"""Keys older than the stack or this version: adopted, read, imported, or in old states."""

import copy
import json
from pathlib import Path

import pulumi
import pytest
from pulumi.automation import Deployment

from ivs_stream_key import StreamKey
from ivs_stream_key.__main__ import main
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY
from rehearsal.testing import OperationFailed

STATES = sorted((Path(__file__).parents[1] / "ivs_stream_key" / "states").glob("*.json"))
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


@pytest.mark.real('existing_key="adopt" from its create to a rotation')
def test_adoption_keeps_the_value_sets_the_tags_and_rotates_later(lifecycle_with_key):
    lifecycle = lifecycle_with_key
    lifecycle.ivs.tag_resource(resourceArn=lifecycle.default_key["arn"], tags={"by": "hand"})
    lifecycle.inputs = {"existing_key": "adopt", "tags": {"team": "live"}, "rotation_triggers": {"season": 1}}
    assert lifecycle.up().creates("key")
    assert lifecycle.key_in_state()["value"] == lifecycle.default_key["value"]
    assert lifecycle.tags() == {"team": "live"}
    lifecycle.inputs["rotation_triggers"] = {"season": 2}
    lifecycle.up()
    assert lifecycle.key_in_state()["value"] != lifecycle.default_key["value"]


@pytest.mark.slow("several operations of a stack with a key")
def test_adoption_on_a_live_channel_keeps_the_broadcast(lifecycle_with_key):
    lifecycle = lifecycle_with_key
    lifecycle.go_live()
    lifecycle.inputs = {"existing_key": "adopt", "when_live": "fail"}
    lifecycle.up()
    assert lifecycle.key_in_state()["value"] == lifecycle.default_key["value"]
    lifecycle.go_offline()


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("a resource that is read and not managed")
def test_get_reads_a_key_as_a_secret_and_neither_changes_nor_deletes_it(rehearse):
    ivs = rehearse.cloud.boto3("ivs")
    existing = ivs.create_channel()["streamKey"]

    def program():
        pulumi.export("stream_key", StreamKey.get("existing", existing["arn"]).value)

    stack = rehearse(program)
    up = stack.up()
    assert (up.outputs["stream_key"].value, up.outputs["stream_key"].secret) == (existing["value"], True)
    assert [call.operation for call in up.calls] == ["GetStreamKey"]
    stack.refresh(expect_no_changes=True)
    stack.destroy()
    assert ivs.get_stream_key(arn=existing["arn"])


@pytest.mark.slow("several operations of a stack with a key")
def test_get_of_a_missing_key_fails(rehearse):
    arn = "arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh"
    stack = rehearse(lambda: StreamKey.get("existing", arn))
    for operation in (stack.preview, stack.up):
        with pytest.raises(OperationFailed, match=f"NotFound: There is no stream key {arn}."):
            operation()


@pytest.mark.slow("several operations of a stack with a key")
def test_get_of_a_deleted_key_fails_and_a_refresh_removes_it(rehearse):
    ivs = rehearse.cloud.boto3("ivs")
    arn = ivs.create_channel()["streamKey"]["arn"]
    stack = rehearse(lambda: StreamKey.get("existing", arn))
    stack.up()
    ivs.delete_stream_key(arn=arn)
    with pytest.raises(OperationFailed, match=f"NotFound: There is no stream key {arn}."):
        stack.up()
    stack.refresh()
    with pytest.raises(LookupError):
        stack.resource("existing")


def test_the_import_option_fails_with_a_hint_to_the_import_command(lifecycle_with_key):
    lifecycle = lifecycle_with_key
    lifecycle.opts["import_"] = lifecycle.default_key["arn"]
    with pytest.raises(OperationFailed, match="StreamKey 'key': expected no option import_, got one") as failure:
        lifecycle.preview()
    assert "Set existing_key='adopt' instead" in str(failure.value)


def with_entry(deployment, urn, entry, *, name=None):
    """Return the deployment with the entry's id, inputs and outputs for the resource, or for a copy with this name."""
    deployment = copy.deepcopy(deployment)
    resources = deployment.deployment["resources"]
    (resource,) = [resource for resource in resources if resource["urn"] == urn]
    if name is not None:
        resource = copy.deepcopy(resource)
        resource["urn"] = urn.rpartition("::")[0] + f"::{name}"
        resources.append(resource)
    resource |= {part: entry[part] for part in ("id", "inputs", "outputs")}
    return Deployment(deployment.version, deployment.deployment)


@pytest.mark.slow("a lifecycle after the command")
def test_the_import_file_causes_no_change(rehearse, tmp_path):
    ivs = rehearse.cloud.boto3("ivs")
    channels = {name: ivs.create_channel(name=name) for name in ("first", "studio")}
    declared = ["first"]

    def program():
        for name in declared:
            arn = channels[name]["channel"]["arn"]
            StreamKey(name, arn, existing_key="adopt", rotation_triggers={"season": 1}, rotation_days=30)

    stack = rehearse(program)
    stack.up()
    studio = channels["studio"]
    file = tmp_path / "import.json"
    options = ("--existing-key", "adopt", "--rotation-triggers", '{"season": 1}', "--rotation-days", "30")
    assert main(["import", f"{studio['channel']['arn']}=studio", *options, "--out", str(file)]) == 0
    (entry,) = json.loads(file.read_text())["resources"]
    stack.import_stack(with_entry(stack.export_stack(), stack.resource("first").urn, entry, name="studio"))

    declared.append("studio")
    stack.preview(expect_no_changes=True)
    stack.refresh(expect_no_changes=True)
    stack.up(expect_no_changes=True)
    assert stack.is_secret("studio", "value")
    assert ivs.get_stream_key(arn=stack.resource("studio").id)["streamKey"]["value"] == studio["streamKey"]["value"]


def remove_owner(state):
    """Change the state to that of an imported key."""
    del state["inputs"]["owner"], state["outputs"]["owner"]


def set_owner_of_old_version(state):
    """Change the state to that of versions whose owner tag had no version."""
    state["inputs"]["owner"] = state["outputs"]["owner"] = "rehearsal/test/key"


def set_owner_before_rename(state):
    """Change the state as `pulumi stack rename` does, which does not rename the stack in the owner."""
    for props in (state["inputs"], state["outputs"]):
        props["owner"]["urn"] = props["owner"]["urn"].replace("::", "-before::", 1)


@pytest.mark.slow("a lifecycle for each state")
@pytest.mark.parametrize("change", [remove_owner, set_owner_of_old_version, set_owner_before_rename])
def test_the_owner_is_in_no_diff_and_is_updated_by_a_rotation(lifecycle, change):
    lifecycle.inputs = {"rotation_triggers": {"season": 1}}
    lifecycle.up()
    declared = lifecycle.stack.resource("StreamKey::key").inputs["owner"]
    exported = lifecycle.stack.export_stack()
    (state,) = [one for one in exported.deployment["resources"] if one["urn"].endswith("StreamKey::key")]
    change(state)
    lifecycle.stack.import_stack(exported)

    lifecycle.stack.preview(expect_no_changes=True)
    lifecycle.inputs["tags"] = {"team": "live"}
    assert lifecycle.preview().plan.lines() == ["  update StreamKey::key [diff: +tags]"]
    lifecycle.up()
    lifecycle.stack.refresh(expect_no_changes=True)
    assert lifecycle.stack.resource("StreamKey::key").inputs.get("owner") == state["inputs"].get("owner")

    lifecycle.inputs["rotation_triggers"] = {"season": 2}
    lifecycle.up()
    assert lifecycle.stack.resource("StreamKey::key").inputs["owner"] == declared
    lifecycle.key_in_state()


def with_secret_value(properties):
    return {
        **properties,
        **({"value": {**SECRET, "plaintext": json.dumps(properties["value"])}} if "value" in properties else {}),
    }


@pytest.fixture(params=STATES, ids=[file.stem for file in STATES])
def past_lifecycle(lifecycle_with_key, request):
    """Return a Lifecycle with the state that a past version wrote."""
    lifecycle = lifecycle_with_key
    text = request.param.read_text(encoding="utf-8")
    for word, real in (
        ("CHANNEL", lifecycle.channel),
        ("KEY", lifecycle.default_key["arn"]),
        ("VALUE", lifecycle.default_key["value"]),
    ):
        text = text.replace(f'"{word}"', f'"{real}"')
    state = json.loads(text)
    inputs = state["inputs"]
    lifecycle.inputs = {
        **{name: value for name, value in inputs.items() if name in ("tags", "rotation_triggers")},
        "existing_key": "adopt",
    }
    lifecycle.up()
    # Those versions adopted keys without an owner tag.
    lifecycle.ivs.untag_resource(resourceArn=lifecycle.default_key["arn"], tagKeys=[OWNER_TAG_KEY])
    lifecycle.inputs["existing_key"] = inputs.get("existing_key", "replace")
    current = lifecycle.stack.resource("key")
    provider = {"__provider": current.inputs["__provider"]}
    entry = {"id": state["id"], "inputs": inputs | provider, "outputs": with_secret_value(state["outputs"]) | provider}
    lifecycle.stack.import_stack(with_entry(lifecycle.stack.export_stack(), current.urn, entry))
    return lifecycle


@pytest.mark.slow("a lifecycle for each recorded state")
def test_a_past_versions_state_has_no_changes_in_preview_refresh_and_up(past_lifecycle):
    past_lifecycle.preview(expect_no_changes=True)
    past_lifecycle.stack.refresh(expect_no_changes=True)
    past_lifecycle.up(expect_no_changes=True)
    assert past_lifecycle.key_in_state()["value"] == past_lifecycle.default_key["value"]


@pytest.mark.slow("a lifecycle for each recorded state")
def test_a_past_versions_key_is_retagged_and_then_rotated(past_lifecycle):
    past_lifecycle.inputs["tags"] = {"new": "1"}
    assert past_lifecycle.up().plan == {"key": "update"}
    assert past_lifecycle.key_in_state()["value"] == past_lifecycle.default_key["value"]
    past_lifecycle.inputs["rotation_triggers"] = {"season": "another"}
    past_lifecycle.up()
    assert past_lifecycle.key_in_state()["value"] != past_lifecycle.default_key["value"]


@pytest.mark.slow("a lifecycle for each recorded state")
def test_a_past_versions_state_can_be_destroyed_at_once(past_lifecycle):
    past_lifecycle.stack.destroy()
    assert past_lifecycle.keys_on_channel() == []
