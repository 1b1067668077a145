"""An embedded AWS for each module, which is emptied before each test, and lifecycles of resources on it."""

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


class SharedCloud:
    """A view of the embedded AWS that a stack can use but not close."""

    def __init__(self, cloud: EmbeddedAws) -> None:
        self.environment = cloud.environment
        self.providers = cloud.providers
        self.make_up, self.replaces, self.derived = cloud.make_up, cloud.replaces, cloud.derived

    def close(self) -> None:
        pass


class Lifecycle:
    """A stack with one resource, which `make` declares with the current arguments."""

    def __init__(self, make: Callable[..., Any], stack: Stack) -> None:
        self.stack = stack
        self.make = make
        self.given: dict[str, Any] = {}

    def run(self) -> None:
        self.make(**self.given)

    def up(self, **given: Any) -> list[str]:
        """Run `up` with these arguments, and return the resource's steps.

        Assert that the preview has the same steps, and that a preview and a refresh afterwards find no changes.
        """
        self.given = given
        planned = self.stack.preview()
        report = self.ok(self.stack.up())
        assert steps(planned) == steps(report)
        assert self.ok(self.stack.preview()).changes.keys() <= {"same"}
        assert self.ok(self.stack.refresh()).changes.keys() <= {"same"}
        assert self.ok(self.stack.preview()).changes.keys() <= {"same"}
        return steps(report)

    def errors_of(self, **given: Any) -> str:
        """Assert that preview and up fail with these arguments, with the same errors; return the errors."""
        self.given = given
        refusals = [self.stack.preview(), self.stack.up()]
        assert [report.ok for report in refusals] == [False, False]
        assert refusals[0].errors == refusals[1].errors
        return "\n".join(refusals[0].errors)

    def drift(self) -> list[str]:
        """Run a refresh, which must find drift, and an `up`; return the steps of the `up`."""
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
    """Return the steps of resources of AWS."""
    return [step.op.value for step in report.steps if "::aws:" in step.urn]


@pytest.fixture
def shared_cloud(embedded: EmbeddedAws, monkeypatch: pytest.MonkeyPatch) -> SharedCloud:
    for name, value in embedded.environment().items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    memory.forget()
    return SharedCloud(embedded)


@pytest.fixture(scope="module")
def _clients(embedded: EmbeddedAws) -> dict[tuple[str, str], Any]:
    return {}


@pytest.fixture
def client(shared_cloud: SharedCloud, _clients: dict[tuple[str, str], Any]) -> Callable[..., Any]:
    """Return a function that returns a client of the embedded AWS; the tests of a module share clients."""

    def give(service: str, region: str = "us-east-1") -> Any:
        if (service, region) not in _clients:
            _clients[service, region] = boto3.client(service, region_name=region)
        return _clients[service, region]

    return give


@pytest.fixture
def stack_of(shared_cloud: SharedCloud, tmp_path: Path) -> Callable[..., Stack]:
    """Return a function that makes a stack of a program on the embedded AWS, with further options of `Stack`."""

    def make(program: Callable[[], Any], *, project: str = "proj", region: str = "us-east-1", **options: Any) -> Stack:
        clouds, config = [lambda *_: shared_cloud], {"aws:region": region}
        return Stack(Project(project, tmp_path, tmp_path), program=program, clouds=clouds, config=config, **options)

    return make


@pytest.fixture
def lifecycle(shared_cloud: SharedCloud, tmp_path: Path) -> Iterator[Callable[..., Lifecycle]]:
    """Return a function that starts the lifecycle of a resource."""
    stacks = []

    def begin(make: Callable[..., Any], **config: str) -> Lifecycle:
        made = Lifecycle(make, None)
        made.stack = Stack(
            Project("proj", tmp_path, tmp_path),
            program=made.run,
            clouds=[lambda *_: shared_cloud],
            config={f"aws:{name}": value for name, value in {"region": "us-east-1", **config}.items()},
        )
        stacks.append(made.stack.__enter__())
        return made

    yield begin
    for stack in stacks:
        stack.__exit__(None, None, None)
