"""Runs a program against Pulumi's mocks, in isolation: without provider, state or cloud.

Each run has its own thread, context and event loop, so that mocks, settings and tasks do not affect the next run. The
run waits for callbacks of ``apply``, and raises the errors of assertions in them.
"""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pulumi
from google.protobuf import empty_pb2
from pulumi import runtime
from pulumi.runtime.mocks import MockEngine, MockMonitor, Mocks
from pulumi.runtime.proto import resource_pb2

from rehearsal.program.event_loops import end_loop
from rehearsal.program.start import Program, start
from rehearsal.provider import PropertyMap
from rehearsal.state.property_values import (
    Secret,
    contains_unknown,
    make_secret,
    properties_from_wire,
    properties_to_wire,
    reveal,
)
from rehearsal.state.urns import ROOT_TYPE, make_urn

__all__ = ["MockedResource", "MockedRun", "run_mocked"]

_CODE: Final = "__provider"
_THREADS: Final = 16


@dataclasses.dataclass(frozen=True, slots=True)
class MockedResource:
    """A resource that the program created. Inputs and outputs are in plaintext, by protocol names (``latencyMode``)."""

    type: str
    name: str
    id: str
    inputs: PropertyMap = dataclasses.field(repr=False)
    outputs: PropertyMap = dataclasses.field(repr=False)
    urn: str = ""
    secret_outputs: frozenset[str] = frozenset()
    """The outputs that are secrets as a whole, or contain one."""
    code: str = dataclasses.field(default="", repr=False)
    """The pickle of a dynamic resource's provider, in base64; empty for other resources."""


@dataclasses.dataclass(frozen=True, slots=True)
class MockedRun:
    """The result of a run: the stack's outputs (with `Secret` and `UNKNOWN`) and the resources."""

    outputs: PropertyMap
    resources: tuple[MockedResource, ...]

    def resource(self, type: str, name: str | None = None) -> MockedResource:
        """Return the only resource of this type, and of this name if given.

        :raises LookupError: if there is none, or more than one.
        """
        found = [r for r in self.resources if r.type == type and name in {None, r.name}]
        if len(found) == 1:
            return found[0]
        there = ", ".join(f"{r.type} {r.name!r}" for r in self.resources) or "none"
        raise LookupError(f"expected one {type} {name or ''}, got {len(found)}; the program made: {there}")


class _Monitor(MockMonitor):
    """Pulumi's mock monitor, extended: it records registrations, and marks `additional_secret_outputs` as secret."""

    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.made: list[MockedResource] = []
        self.stack_outputs: PropertyMap = {}

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """Return the URN that an engine would assign. Pulumi's mocks also include the stack's type in it."""
        return make_urn(pulumi.get_stack(), pulumi.get_project(), parent, type_, name)

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != ROOT_TYPE:
            outputs = properties_from_wire(response.object)
            hidden = {k: make_secret(v) if k in request.additionalSecretOutputs else v for k, v in outputs.items()}
            self._keep(request, response, request.object, hidden)
            response.object.CopyFrom(properties_to_wire(hidden))
        return response

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        response = super().ReadResource(request)  # type: ignore[no-untyped-call]
        self._keep(request, response, request.properties, properties_from_wire(response.properties), request.id)
        return response

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        if request.urn.split("::")[2] == ROOT_TYPE:
            self.stack_outputs = properties_from_wire(request.outputs)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        if contains_unknown(properties_from_wire(request.args)):
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        return super().Invoke(request)  # type: ignore[no-untyped-call]

    def _keep(self, request: Any, response: Any, inputs: Any, outputs: PropertyMap, id_: str = "") -> None:
        given = properties_from_wire(inputs)
        code = reveal(given.pop(_CODE, ""))
        secret = frozenset(name for name, value in outputs.items() if isinstance(value, Secret))
        self.made.append(
            MockedResource(
                request.type,
                request.name,
                id_ or response.id,
                reveal(given),
                reveal({name: value for name, value in outputs.items() if name != _CODE}),
                response.urn,
                secret,
                code if isinstance(code, str) else "",
            )
        )


def check_mocks(mocks: Any) -> None:
    """Check that the object has the methods of Pulumi's mocks.

    :raises TypeError: for a class instead of an instance, and for an object that lacks one of the two methods.
    """
    if isinstance(mocks, type):
        raise TypeError(f"mocks: expected an instance of pulumi.runtime.Mocks, got the class; write {mocks.__name__}()")
    missing = [name for name in ("new_resource", "call") if not callable(getattr(mocks, name, None))]
    if missing:
        kind = type(mocks).__name__
        raise TypeError(f"mocks: expected an instance of pulumi.runtime.Mocks, got {kind}, which has no {missing[0]}")


def run_mocked(
    program: Program,
    mocks: Mocks,
    *,
    preview: bool = False,
    config: Mapping[str, str | Secret] | None = None,
    project: str = "project",
    stack: str = "stack",
    folder: Path | None = None,
) -> MockedRun:
    """Run the program against the mocks; its exceptions are raised.

    `config` is the stack's config by full keys (``project:name``), with values as the program gets them: lists and
    objects are JSON. `folder` is the project's.
    """
    check_mocks(mocks)
    monitor = _Monitor(mocks)
    failure: list[BaseException] = []

    def body() -> None:
        given = config or {}
        hidden = [key for key, value in given.items() if isinstance(value, Secret)]
        runtime.set_all_config({key: reveal(value) for key, value in given.items()}, hidden)
        runtime.configure(
            runtime.Settings(
                project=project,
                stack=stack,
                monitor=monitor,
                engine=MockEngine(None),
                dry_run=preview,
                organization="organization",
                root_directory=str(folder) if folder else None,
            )
        )
        try:
            _run(program)
        except BaseException as error:  # noqa: BLE001 - raised again in the test
            failure.append(error)

    thread = threading.Thread(target=contextvars.Context().run, args=(body,), name="program-with-mocks")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return MockedRun(monitor.stack_outputs, tuple(monitor.made))


def _run(program: Program) -> None:
    loop = asyncio.new_event_loop()
    # Give each thread an event loop: else the SDK's mocks create one and never close it.
    loops: list[asyncio.AbstractEventLoop] = []

    def begin() -> None:
        own = asyncio.new_event_loop()
        loops.append(own)
        asyncio.set_event_loop(own)

    executor = ThreadPoolExecutor(_THREADS, "mocked-registration", initializer=begin)
    loop.set_default_executor(executor)
    # Ignore errors in the remaining tasks of a failed program.
    loop.set_exception_handler(lambda *_: None)
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(runtime.run_in_stack(lambda: start(program)))
    finally:
        end_loop(loop, executor)
        for own in loops:
            own.close()
