"""Lifecycles of unmodelled types of AWS, on rehearsal's engine and on the real engine."""

from __future__ import annotations

import re
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from ivs_channel import LiveChannel

pytestmark = pytest.mark.slow("lifecycles of programs with made-up types; parts of them are unit tests")


class Jobs:
    """A program of unmodelled types and a channel, in two regions; tests change `label` and `storage`."""

    def __init__(self) -> None:
        self.label, self.storage = "a", "aurora"

    def __call__(self) -> None:
        live = LiveChannel("live")
        cluster = aws.ecs.Cluster("jobs", tags={"label": self.label})
        west = pulumi.ResourceOptions(provider=aws.Provider("west", region="us-west-2"))
        images = aws.ecr.Repository("images", opts=west)
        password = pulumi.Output.secret("a-long-passw0rd")
        database = aws.rds.Cluster(
            "jobs", engine="aurora-mysql", master_password=password, storage_type=self.storage, skip_final_snapshot=True
        )
        edge = aws.cloudfront.Function("edge", code=live.playback_url, runtime="cloudfront-js-2.0")
        # One output that is present, and one that is absent: after an up, previews know both.
        tags = {"cluster": cluster.arn, "comment": edge.comment.apply(lambda comment: f"it is {comment}")}
        aws.ecs.Service("jobs", cluster=cluster.arn, task_definition="jobs:1", tags=tags)
        found = aws.ecs.get_cluster_output(cluster_name=cluster.name)
        for name, value in {
            "cluster": cluster.arn,
            "database": database.endpoint,
            "found": found.arn,
            "images": images.arn,
            "none": edge.comment,
        }.items():
            pulumi.export(name, value)


@pytest.mark.real("plugins make up the outputs, and previews know which are absent")
def test_made_up_types_complete_their_lifecycle(rehearse: Any) -> None:
    program = Jobs()
    stack = rehearse(program, unmodelled="made-up")
    # The fixture checks after each up that a preview has no changes, and at the end that nothing is left.
    first = stack.up()
    assert first.outputs["cluster"].value.startswith("arn:aws:ecs:us-east-1:123456789012:cluster/jobs-")
    assert first.outputs["images"].value.startswith("arn:aws:ecr:us-west-2:123456789012:repository/images-")
    assert stack.is_secret("aws:rds/cluster:Cluster::jobs", "masterPassword")
    assert "none" not in first.outputs
    warnings = [diagnostic.text for diagnostic in first.diagnostics if "no model for" in diagnostic.text]
    assert len(warnings) == 1
    assert all(name in warnings[0] for name in ("aws:ecs/cluster:Cluster", "aws:ecs/getCluster:getCluster"))
    assert stack.refresh().summary.resource_changes.keys() == {"same"}
    assert stack.preview().has_no_changes()
    program.label = "b"
    assert stack.up().plan == {"aws:ecs/cluster:Cluster::jobs": "update"}
    program.storage = "aurora-iopt1"
    second = stack.up()
    assert second.plan == {"aws:rds/cluster:Cluster::jobs": "replace"}
    changed = {name for name, output in second.outputs.items() if output.value != first.outputs[name].value}
    assert changed == {"database"}


@pytest.mark.real("the real engine imports by a read with only the id")
def test_made_up_resources_can_be_imported_and_read(rehearse: Any) -> None:
    given = {"name": "existing", "region": "us-east-1", "image_tag_mutability": "IMMUTABLE"}

    def importing_program(id_: str | None = "existing") -> None:
        images = aws.ecr.Repository("images", **given, opts=pulumi.ResourceOptions(import_=id_))
        pulumi.export("images", images.arn)
        pulumi.export("read", aws.ecs.Cluster.get("read", "jobs").arn)

    stack = rehearse(importing_program, unmodelled="made-up")
    first = stack.up()
    assert first.plan["Repository::images"] == "import"
    assert first.outputs["images"].value == "arn:aws:ecr:us-east-1:123456789012:repository/existing"
    assert first.outputs["read"].value == "arn:aws:ecs:us-east-1:123456789012:cluster/jobs"
    managed = stack.up(program=lambda: importing_program(None))
    assert managed.keeps("Repository::images")
    assert {name: output.value for name, output in managed.outputs.items()} == {
        name: output.value for name, output in first.outputs.items()
    }


class Chat:
    """A program of channels, each with a chat room with logging; tests change `shows`, `length` and `group`."""

    def __init__(self) -> None:
        self.shows, self.length, self.group = ["evening"], 200, "chat"

    def __call__(self) -> None:
        group = aws.cloudwatch.LogGroup("chat", name=self.group)
        logged = aws.ivschat.LoggingConfiguration(
            "chat", destination_configuration={"cloudwatch_logs": {"log_group_name": group.name}}
        )
        for show in self.shows:
            live = LiveChannel(show)
            room = aws.ivschat.Room(
                show,
                logging_configuration_identifiers=[logged.arn],
                maximum_message_length=self.length,
                tags={"channel": live.channel_arn},
            )
            pulumi.export(show, {"room": room.arn, "id": room.id, "of": room.tags_all["channel"]})
        pulumi.export("log", logged.arn)


def test_made_up_chat_rooms_are_plausible_beside_channels(rehearse: Any) -> None:
    program = Chat()
    stack = rehearse(program, unmodelled="made-up", config={"aws:region": "eu-west-1"})
    first = stack.up()
    evening = first.outputs["evening"].value
    place = "arn:aws:ivschat:eu-west-1:123456789012:"
    assert re.fullmatch(f"{place}room/[A-Za-z0-9]{{12}}", evening["room"])
    assert evening["id"] == evening["room"]
    assert evening["of"] == stack.resource("Channel::evening").id
    assert re.fullmatch(f"{place}logging-configuration/[A-Za-z0-9]{{12}}", first.outputs["log"].value)
    assert stack.refresh().summary.resource_changes.keys() == {"same"}
    program.length, program.group = 300, "talk"
    second = stack.up()
    assert second.plan == {
        "LogGroup::chat": "replace",
        "LoggingConfiguration::chat": "update",
        "Room::evening": "update",
    }
    assert {name: output.value for name, output in second.outputs.items()} == {
        name: output.value for name, output in first.outputs.items()
    }
    program.shows = ["late"]
    third = stack.up()
    assert third.creates("Room::late")
    assert third.deletes("Room::evening")
    assert third.outputs["late"].value["room"] != evening["room"]
