"""Runs typical programs through preview, up, refresh, a change, and destroy.

``pytest --rehearse-engine=pulumi`` does the same on the real engine.
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
# Each program takes seconds: `make test-programs` runs the others.
QUICK = {"tagged"}

pytestmark = pytest.mark.filterwarnings("ignore:.*has been deprecated in favor of:DeprecationWarning")

# name of the program: (config, whether all its types are modelled)
PROGRAMS: dict[str, tuple[dict[str, Any], bool]] = {
    "api_with_lambda": ({}, False),
    "containers": ({}, False),
    "fan_out": ({}, True),
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


def run_lifecycle(stack: Any, *, rotates: bool = True) -> None:
    """Run a stack's lifecycle. The change is that of the config value `round`, which all programs use."""
    planned = changes(stack.preview())
    assert set(planned) == {"create"}
    first = stack.up()
    assert changes(first) == planned
    keys = {state.urn: state.id for state in stack.resources() if "ivs:StreamKey::" in state.urn}
    # After each `up` the fixture checks that a preview has no changes.
    stack.refresh(expect_no_changes=True)

    stack.set_config("round", "2")
    planned = changes(stack.preview())
    assert planned
    changed = stack.up()
    # A preview may plan an update for an unknown input that turns out to be unchanged.
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
    run_lifecycle(rehearse(HERE / name, config={"aws:region": "us-east-1", **config}, unmodelled=unmodelled))


@pytest.mark.rehearse_engine("rehearsal", reason="the real engine reads other stacks from its backend")
def test_a_stack_builds_on_another(rehearse: Any) -> None:
    if not os.environ.get("ALL_PROGRAMS"):
        pytest.skip("make test-programs runs it")
    base = rehearse(HERE / "network_stack", project="network", stack="prod", config={"aws:region": "us-east-1"})
    base.up()
    apps = rehearse(HERE / "apps_stack", config={"aws:region": "us-east-1"}, unmodelled="made-up")
    run_lifecycle(apps)
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
    existing = {"channel": created["channel"]["arn"], "topic": topic}
    config = {"aws:region": "us-east-1", "existing": existing, "importing": True}
    stack = rehearse(HERE / "imported", config=config)

    assert changes(stack.preview()) == {"import": 4, "create": 4}
    up = stack.up()
    assert changes(up) == {"import": 4, "create": 4}
    assert up.outputs["channel"].value == existing["channel"]
    key = reveal(stack.resource("StreamKey::studio").outputs["value"])
    is_existing_key = key == created["streamKey"]["value"]
    assert is_existing_key
    stack.set_config("importing", "false")
    stack.up(expect_no_changes=True)
    stack.set_config("round", "2")
    assert changes(stack.up()) == {"update": 1, "replace": 1}
    stack.refresh(expect_no_changes=True)
    stack.destroy()
