"""Runs operations on stacks: with Pulumi's Automation API, or offline on the embedded AWS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet_stacks import HERE, Fleet
from pulumi import automation

FOLDER = HERE / ".rehearsal"


@dataclass(frozen=True)
class Outcome:
    """What an operation did to a stack: how many resources it changed, and why it failed."""

    changes: Mapping[str, int] = field(default_factory=dict)
    error: str = ""


Engine = Callable[[Fleet, str], Outcome]


def by_pulumi(fleet: Fleet, operation: str) -> Outcome:
    """Carry out an operation with the Pulumi CLI, which must be installed and logged in to a backend."""
    stack = automation.create_or_select_stack(
        fleet.stack,
        project_name="fleet-of-stacks",
        program=fleet.declare,
        opts=automation.LocalWorkspaceOptions(work_dir=str(HERE)),
    )
    stack.set_config("aws:region", automation.ConfigValue(fleet.region))
    try:
        result = getattr(stack, operation)()
    except automation.CommandError as error:
        return Outcome(error=first_error(str(error)))
    if operation == "preview":
        return Outcome({str(op): count for op, count in result.change_summary.items()})
    return Outcome(result.summary.resource_changes or {})


def offline(fleet: Fleet, operation: str) -> Outcome:
    """Carry out an operation on the embedded AWS: all stacks are in one account, kept in `.rehearsal`."""
    from rehearsal import Project, Stack  # noqa: PLC0415 - of the extra `testing`

    stack: Any = Stack(
        Project.load(HERE),
        name=fleet.stack,
        program=fleet.declare,
        state=FOLDER / f"{fleet.stack}.json",
        cloud_folder=FOLDER / "cloud",
        config={"aws:region": fleet.region},
    )
    report = getattr(stack, operation)()
    return Outcome({str(op): count for op, count in report.changes.items()}, "; ".join(report.errors))


def first_error(text: str) -> str:
    """Return the first error in Pulumi's output, on one line; those that follow are often its consequences."""
    errors = [line.strip() for line in text.splitlines() if "error:" in line]
    return errors[0] if errors else text.strip().splitlines()[-1]
