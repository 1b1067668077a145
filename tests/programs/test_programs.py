"""Typical programs, each through preview, up, no change, change, refresh and destroy.

``pytest --rehearse-engine=pulumi`` takes them through the same steps on the real engine.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import ConfigValue

from rehearsal.state.property_values import reveal

HERE = Path(__file__).parent
# Each takes seconds; the others are for `make test-programs`.
QUICK = {"tagged"}

pytestmark = pytest.mark.filterwarnings("ignore:.*has been deprecated in favor of:DeprecationWarning")

# program: its config; whether all its types are modelled
PROGRAMS: dict[str, tuple[dict[str, Any], bool]] = {
    "api_with_lambda": ({}, False),
    "containers": ({}, False),
    "fan_out": ({}, False),
    "network": ({}, False),
    "recordings": ({}, True),
    "secret_config": ({"adminPassword": ConfigValue("a-long-password", secret=True), "encoders": ["a", "b"]}, False),
    "static_site": ({}, False),
    "tagged": ({}, True),
    "two_regions": ({}, False),
}


def changes(result: Any) -> dict[str, int]:
    counted = result.change_summary if hasattr(result, "change_summary") else result.summary.resource_changes
    return {str(op): count for op, count in counted.items() if op not in {"same", "read"}}


def live(stack: Any, *, rotates: bool = True) -> None:
    """Take a stack through the steps; what is changed is the round, which is in all programs."""
    planned = changes(stack.preview())
    assert set(planned) == {"create"}
    first = stack.up()
    assert changes(first) == planned
    keys = {state.urn: state.id for state in stack.resources() if "ivs:StreamKey::" in state.urn}
    # That a preview after each up finds nothing, the fixture sees to.
    stack.refresh(expect_no_changes=True)

    stack.set_config("round", "2")
    planned = changes(stack.preview())
    assert planned
    changed = stack.up()
    # What is planned for what may change may turn out to be no change.
    assert set(changes(changed)) <= set(planned)
    if rotates:
        now = {state.urn: state.id for state in stack.resources() if "ivs:StreamKey::" in state.urn}
        assert keys
        assert keys.keys() == now.keys()
        assert any(keys[urn] != now[urn] for urn in keys)
    assert set(changes(stack.destroy())) <= {"delete", "discard"}
    assert stack.resources() == []


@pytest.mark.slow("a program through its lifecycle")
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_completes_its_lifecycle_and_leaves_nothing_behind(name: str, rehearse: Any) -> None:
    if name not in QUICK and not os.environ.get("ALL_PROGRAMS"):
        pytest.skip("make test-programs runs it")
    config, complete = PROGRAMS[name]
    unmodelled = "refuse" if complete else "made-up"
    live(rehearse(HERE / name, config={"aws:region": "us-east-1", **config}, unmodelled=unmodelled))


@pytest.mark.rehearse_engine("rehearsal", reason="the real engine asks its backend for other stacks")
def test_a_stack_builds_on_another(rehearse: Any) -> None:
    if not os.environ.get("ALL_PROGRAMS"):
        pytest.skip("make test-programs runs it")
    base = rehearse(HERE / "network_stack", project="network", stack="prod", config={"aws:region": "us-east-1"})
    base.up()
    apps = rehearse(HERE / "apps_stack", config={"aws:region": "us-east-1"}, unmodelled="made-up")
    live(apps)
    base.set_config("round", "2")
    base.up()
    assert apps.up().outputs["token"].value == "token-of-round-2"
    assert apps.outputs()["token"].secret


@pytest.mark.slow("a program through its lifecycle")
def test_a_program_can_define_a_dynamic_provider(rehearse: Any, tmp_path: Path) -> None:
    def titles() -> list[str]:
        return sorted(json.loads(path.read_text())["title"] for path in tmp_path.glob("*.json"))

    stack = rehearse(HERE / "own_provider", config={"aws:region": "us-east-1", "directory": str(tmp_path)})
    stack.up()
    assert titles() == ["Test card", "The evening show, round 1", "The morning show, round 1"]
    stack.set_config("round", "2")
    stack.up()
    assert titles()[1:] == ["The evening show, round 2", "The morning show, round 2"]
    for path in tmp_path.glob("*.json"):
        path.unlink()
    assert stack.refresh().summary.resource_changes["delete"] == 3
    assert stack.up().summary.resource_changes["create"] == 3
    stack.destroy()
    assert titles() == []


@pytest.mark.slow("a program through its lifecycle")
def test_existing_resources_are_imported(rehearse: Any) -> None:
    def boto3(service: str) -> Any:
        return rehearse.cloud.boto3(service, "us-east-1")

    created = boto3("ivs").create_channel(name="studio", tags={"owner": "studio"})
    topic = boto3("sns").create_topic(Name="news", Attributes={"DisplayName": "News"})["TopicArn"]
    boto3("s3").create_bucket(Bucket="studio-files")
    boto3("ssm").put_parameter(Name="/studio/greeting", Value="hello", Type="String")
    there = {"channel": created["channel"]["arn"], "topic": topic}
    config = {"aws:region": "us-east-1", "there": there, "importing": True}
    stack = rehearse(HERE / "imported", config=config)

    assert changes(stack.preview()) == {"import": 4, "create": 4}
    up = stack.up()
    assert changes(up) == {"import": 4, "create": 4}
    assert up.outputs["channel"].value == there["channel"]
    key = reveal(stack.resource("StreamKey::studio").outputs["value"])
    is_the_one_that_was_there = key == created["streamKey"]["value"]
    assert is_the_one_that_was_there
    stack.set_config("importing", "false")
    stack.up(expect_no_changes=True)
    stack.set_config("round", "2")
    assert changes(stack.up()) == {"update": 1, "replace": 1}
    stack.refresh(expect_no_changes=True)
    stack.destroy()
