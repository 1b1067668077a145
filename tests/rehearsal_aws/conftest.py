"""An embedded AWS for a module's tests, empty before each, and full lifecycles of resources on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from rehearsal import Project, Report, Stack
from rehearsal_aws import EmbeddedAws
from rehearsal_aws.cloud import memory


@pytest.fixture(scope="module")
def embedded() -> Iterator[EmbeddedAws]:
    cloud = EmbeddedAws()
    yield cloud
    cloud.close()


class Borrowed:
    """An embedded AWS that a stack may use, and not close."""

    def __init__(self, cloud: EmbeddedAws) -> None:
        self.environment = cloud.environment
        self.providers = cloud.providers
        self.make_up, self.replaces, self.derived = cloud.make_up, cloud.replaces, cloud.derived

    def close(self) -> None:
        pass


class Lifecycle:
    """A stack of one resource, which `make` makes with the arguments that are given now."""

    def __init__(self, make: Callable[..., Any], stack: Stack) -> None:
        self.stack = stack
        self.make = make
        self.given: dict[str, Any] = {}

    def run(self) -> None:
        self.make(**self.given)

    def up(self, **given: Any) -> list[str]:
        """Give the resource other arguments; return the steps that it took. A preview after that must be empty."""
        self.given = given
        planned = self.stack.preview()
        report = self.ok(self.stack.up())
        assert steps(planned) == steps(report)
        assert self.ok(self.stack.preview()).changes.keys() <= {"same"}
        assert self.ok(self.stack.refresh()).changes.keys() <= {"same"}
        assert self.ok(self.stack.preview()).changes.keys() <= {"same"}
        return steps(report)

    def refused(self, **given: Any) -> str:
        """Give the resource arguments that it must refuse, in a preview as well; return why."""
        self.given = given
        refusals = [self.stack.preview(), self.stack.up()]
        assert [report.ok for report in refusals] == [False, False]
        assert refusals[0].errors == refusals[1].errors
        return "\n".join(refusals[0].errors)

    def drift(self) -> list[str]:
        """Refresh, which must find drift, and then repair it; return what the repair was."""
        assert self.ok(self.stack.refresh()).changes.keys() & {"update", "delete"}
        return steps(self.ok(self.stack.up()))

    def destroy(self) -> None:
        self.ok(self.stack.destroy())
        assert self.stack.export()["deployment"].get("resources", []) == []

    @staticmethod
    def ok(report: Report) -> Report:
        assert report.ok, report.errors
        return report

    @property
    def state(self) -> Mapping[str, Any]:
        (state,) = (s for s in self.stack.export()["deployment"]["resources"] if s["type"].startswith("aws:"))
        return state

    @property
    def outputs(self) -> Mapping[str, Any]:
        return self.state["outputs"]


def steps(report: Report) -> list[str]:
    """Return what happened to the resource, of all that happened."""
    return [step.op.value for step in report.steps if "::aws:" in step.urn]


@pytest.fixture
def borrowed(embedded: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> Borrowed:
    for name, value in embedded.environment().items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    memory.forget()
    return Borrowed(embedded)


@pytest.fixture(scope="module")
def _clients(embedded: EmbeddedAws) -> dict[tuple[str, str], Any]:
    return {}


@pytest.fixture
def client(borrowed: Borrowed, _clients: dict[tuple[str, str], Any]) -> Callable[..., Any]:
    """Give a client on the embedded AWS: one for all tests of a module."""

    def give(service: str, region: str = "us-east-1") -> Any:
        if (service, region) not in _clients:
            _clients[service, region] = boto3.client(service, region_name=region)
        return _clients[service, region]

    return give


@pytest.fixture
def stack_of(borrowed: Borrowed, tmp_path: Path) -> Callable[..., Stack]:
    """Give a function that returns a stack of a program on the embedded AWS, with more options of `Stack`."""

    def make(program: Callable[[], Any], *, project: str = "proj", region: str = "us-east-1", **options: Any) -> Stack:
        clouds, config = [lambda *_: borrowed], {"aws:region": region}
        return Stack(Project(project, tmp_path, tmp_path), program=program, clouds=clouds, config=config, **options)

    return make


@pytest.fixture
def lifecycle(borrowed: Borrowed, tmp_path: Path) -> Iterator[Callable[..., Lifecycle]]:
    """Give a function that begins the lifecycle of a resource."""
    stacks = []

    def begin(make: Callable[..., Any], **config: str) -> Lifecycle:
        made = Lifecycle(make, None)
        made.stack = Stack(
            Project("proj", tmp_path, tmp_path),
            program=made.run,
            clouds=[lambda *_: borrowed],
            config={f"aws:{name}": value for name, value in {"region": "us-east-1", **config}.items()},
        )
        stacks.append(made.stack.__enter__())
        return made

    yield begin
    for stack in stacks:
        stack.__exit__(None, None, None)
