"""The common base of all resources, tested on channels."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi._types import input_type_py_to_pulumi_names

from rehearsal import ProviderError
from rehearsal.provider import UNKNOWN, PropertyMap
from rehearsal_aws.resources.catalog import MODELS
from rehearsal_aws.resources.channel import Channel
from rehearsal_aws.resources.parameter import Parameter
from rehearsal_aws.resources.resource import AwsResource, covers

# Importing pulumi_aws.s3 causes deprecation warnings about its older types.
pytestmark = pytest.mark.filterwarnings("ignore:.*has been deprecated in favor of:DeprecationWarning")

URN = "urn:pulumi:dev::proj::aws:ivs/channel:Channel::live"


@pytest.fixture
def channel() -> Channel:
    provider = Channel()
    provider.configure({"region": "us-east-1"})
    return provider


def channel_lifecycle(lifecycle: Any, **config: str) -> Any:
    return lifecycle(lambda **given: aws.ivs.Channel("live", **given), **config)


def test_check_adds_the_defaults_of_pulumi_aws(channel: Channel) -> None:
    result = channel.check(URN, {}, {"type": "BASIC", "tags": {"a": "1"}, "latencyMode": None})
    name = result.inputs.pop("name")
    assert result.failures == ()
    assert result.inputs == {
        "__defaults": ["name"],
        "region": "us-east-1",
        "tags": {"a": "1"},
        "tagsAll": {"a": "1"},
        "type": "BASIC",
    }
    assert name.startswith("live-")


def test_a_generated_name_is_kept_and_a_given_one_is_not(channel: Channel) -> None:
    olds = {"name": "live-0123456", "__defaults": ["name"]}
    assert channel.check(URN, olds, {}).inputs["name"] == "live-0123456"
    assert channel.check(URN, {"name": "studio", "__defaults": []}, {}).inputs["name"] != "studio"
    assert channel.check(URN, {}, {}).inputs["name"] != channel.check(URN, {}, {}).inputs["name"]


def test_an_unknown_argument_is_refused_by_name(channel: Channel) -> None:
    (failure,) = channel.check(URN, {}, {"colour": "red"}).failures
    assert failure.property == "colour"
    assert failure.reason.startswith("IVS Channel has no such argument; expected one of authorized, latencyMode")


def test_tags_that_are_not_a_mapping_are_refused_by_name(channel: Channel) -> None:
    (failure,) = channel.check(URN, {}, {"tags": "x"}).failures
    assert (failure.property, failure.reason) == ("tags", "expected a mapping of names to texts, got a str")


def test_a_missing_argument_is_refused_by_name() -> None:
    provider = Parameter()
    provider.configure({"region": "us-east-1"})
    assert ("type", "SSM Parameter needs this argument") in [
        (f.property, f.reason) for f in provider.check(URN, {}, {"value": "x"}).failures
    ]


def test_unknown_values_pass_and_count_as_changes(channel: Channel) -> None:
    inputs = channel.check(URN, {}, {"type": UNKNOWN, "tags": {"a": UNKNOWN}}).inputs
    assert inputs["tagsAll"] is UNKNOWN
    outputs = {"name": inputs["name"], "type": "BASIC", "region": "us-east-1", "tags": {}, "tagsAll": {}}
    diff = channel.diff(URN, "id", {}, outputs, inputs)
    assert diff.changes
    assert diff.detailed is not None
    assert diff.detailed.keys() == {"type", "tags", "tagsAll"}
    preview = channel.preview_create(URN, inputs)
    assert preview["arn"] is preview["playbackUrl"] is preview["latencyMode"] is UNKNOWN


def test_a_preview_of_an_update_knows_unchanged_outputs(channel: Channel) -> None:
    outputs = {
        "arn": "x",
        "name": "a",
        "type": "BASIC",
        "latencyMode": "LOW",
        "region": "us-east-1",
        "tags": {"a": "1"},
    }
    preview = channel.preview_update(URN, "x", {}, outputs, {"name": "a", "type": "STANDARD"})
    assert preview == {
        "arn": "x", "name": "a", "type": "STANDARD", "latencyMode": "LOW", "region": "us-east-1", "tagsAll": {},
    }  # fmt: skip


def test_a_state_written_by_the_bridge_has_no_diff(channel: Channel) -> None:
    inputs = {"name": "a", "tags": {"__defaults": [], "a": "1"}, "__defaults": []}
    outputs = {"name": "a", "region": "us-east-1", "tags": {"a": "1"}, "tagsAll": {"a": "1"}, "__meta": "{}"}
    checked = channel.check(URN, inputs, inputs).inputs
    assert channel.diff(URN, "id", inputs, outputs, checked).changes is False


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_default_tags_are_in_tags_all_and_own_tags_win(lifecycle: Any, client: Any) -> None:
    channel = channel_lifecycle(lifecycle, defaultTags=json.dumps({"tags": {"team": "video", "stage": "dev"}}))
    channel.up(tags={"stage": "prod"})
    assert channel.outputs["tags"] == {"stage": "prod"}
    assert channel.outputs["tagsAll"] == {"stage": "prod", "team": "video"}
    found = client("ivs").get_channel(arn=channel.state["id"])["channel"]["tags"]
    assert found == {"stage": "prod", "team": "video"}
    channel.stack.config["aws:defaultTags"] = json.dumps({"tags": {"team": "live"}})
    assert channel.up(tags={"stage": "prod"}) == ["update"]
    found = client("ivs").get_channel(arn=channel.state["id"])["channel"]["tags"]
    assert found == {"stage": "prod", "team": "live"}


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_ignored_tags_are_neither_shown_nor_removed(lifecycle: Any, client: Any) -> None:
    channel = channel_lifecycle(lifecycle, ignoreTags=json.dumps({"keys": ["owner"], "keyPrefixes": ["cost:"]}))
    channel.up(tags={"a": "1"})
    arn = channel.state["id"]
    client("ivs").tag_resource(resourceArn=arn, tags={"owner": "others", "cost:centre": "7"})
    assert channel.up(tags={"a": "2"}) == ["update"]
    assert channel.outputs["tagsAll"] == {"a": "2"}
    found = client("ivs").get_channel(arn=arn)["channel"]["tags"]
    assert found == {"a": "2", "owner": "others", "cost:centre": "7"}


def test_a_resource_is_read_by_its_id_alone(lifecycle: Any, client: Any) -> None:
    arn = client("ivs", "eu-west-1").create_channel(name="existing", type="BASIC")["channel"]["arn"]

    def read() -> None:
        channel = aws.ivs.Channel.get("existing", arn)
        pulumi.export("type", channel.type)
        pulumi.export("region", channel.region)

    stack = lifecycle(read)
    report = stack.ok(stack.stack.up())
    assert report.outputs == {"type": "BASIC", "region": "eu-west-1"}


def test_a_missing_resource_cannot_be_read(lifecycle: Any) -> None:
    arn = "arn:aws:ivs:us-east-1:123456789012:channel/nowhere"
    report = lifecycle(lambda: aws.ivs.Channel.get("existing", arn)).stack.up()
    assert "does not exist" in report.errors[0]


def test_an_import_has_the_inputs_of_the_existing_resource(shared_cloud: Any, client: Any, channel: Channel) -> None:
    arn = client("ivs").create_channel(name="existing", type="BASIC", tags={"a": "1"})["channel"]["arn"]
    read = channel.read(URN, arn, {}, {})
    assert read is not None
    assert read.inputs == {
        "__defaults": [],
        "latencyMode": "LOW",
        "name": "existing",
        "region": "us-east-1",
        "tags": {"a": "1"},
        "type": "BASIC",
    }
    checked = channel.check(URN, read.inputs, read.inputs).inputs
    assert channel.diff(URN, arn, read.inputs, read.outputs, checked).changes is False


def test_an_existing_resource_is_imported_and_then_managed(lifecycle: Any, client: Any) -> None:
    arn = client("ivs").create_channel(name="existing", type="BASIC", tags={"a": "1"})["channel"]["arn"]
    opts = pulumi.ResourceOptions(import_=arn)
    channel = lifecycle(lambda **given: aws.ivs.Channel("managed", opts=opts, **given))
    assert channel.up(name="existing", type="BASIC", tags={"a": "1"}) == ["import"]
    assert channel.state["id"] == arn
    assert channel.up(name="managed", type="BASIC", tags={"a": "1"}) == ["update"]
    channel.destroy()
    assert client("ivs").list_channels()["channels"] == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_an_explicit_provider_has_a_region_of_its_own(lifecycle: Any, client: Any) -> None:
    def make() -> None:
        ireland = aws.Provider("there", region="eu-west-1")
        aws.ivs.Channel("live", opts=pulumi.ResourceOptions(provider=ireland))

    lifecycle(make).up()
    assert len(client("ivs", "eu-west-1").list_channels()["channels"]) == 1
    assert client("ivs").list_channels()["channels"] == []


def test_an_aws_error_is_one_line_with_action_and_reason(lifecycle: Any) -> None:
    arn = "arn:aws:ivs:us-east-1:123456789012:recording-configuration/nowhere"
    channel = channel_lifecycle(lifecycle)
    channel.given = {"name": "studio", "recording_configuration_arn": arn}
    (error,) = channel.stack.up().errors
    assert error.startswith(
        f"creating IVS Channel (studio): CreateChannel: ResourceNotFoundException: Resource: {arn} not found (request "
    )
    assert "\n" not in error


class Unreadable(AwsResource):
    """A resource whose create succeeds and whose read fails."""

    title, service, arguments = "Thing", "ivs", ()

    def __init__(self) -> None:
        super().__init__()
        self.configure({"region": "us-east-1", "accessKey": "a", "secretKey": "b"})
        self.things: set[str] = set()

    def make(self, client: Any, inputs: PropertyMap, tags: Mapping[str, str]) -> str:
        self.things.add("thing")
        return "thing"

    def find(self, client: Any, id: str, known: PropertyMap) -> PropertyMap:
        raise ProviderError("no answer")

    def remove(self, client: Any, id: str, known: PropertyMap) -> None:
        self.things.remove(id)


def test_an_unreadable_new_resource_is_deleted() -> None:
    provider = Unreadable()
    with pytest.raises(ProviderError, match="no answer"):
        provider.create(URN, {})
    assert provider.things == set()


@pytest.mark.parametrize(
    ("new", "old", "exactly", "expected"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, False, True),
        ({"a": 1}, {"a": 1, "b": 2}, True, False),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}}, False, True),
        ([{"a": 1}], [{"a": 1, "b": 2}], False, True),
        ([1, 2], [1], False, False),
        ({"a": UNKNOWN}, {"a": UNKNOWN}, False, False),
        (True, 1.0, False, True),
    ],
)
def test_covers_tells_whether_a_value_contains_another(new: Any, old: Any, exactly: bool, expected: bool) -> None:
    assert covers(new, old, exactly=exactly) is expected


RESOURCES = {
    token: model
    for token, model in MODELS.items()
    if isinstance(model, type) and issubclass(model, AwsResource) and not hasattr(model, "table")
}


@pytest.mark.parametrize(("token", "model"), RESOURCES.items(), ids=list(RESOURCES))
def test_all_arguments_of_pulumi_aws_are_known(token: str, model: type[AwsResource]) -> None:
    _, path, name = token.split(":")
    resource = getattr(getattr(aws, path.partition("/")[0]), name)
    arguments = getattr(sys.modules[resource.__module__], f"{name}Args")
    declared = set(input_type_py_to_pulumi_names(arguments).values())
    known = {*model.arguments, "region", *(("tags",) if model.taggable else ())}
    assert declared - known - {"tagsAll"} <= model.unmodelled
    assert known <= declared
