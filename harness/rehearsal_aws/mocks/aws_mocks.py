"""Pulumi's mocks for the AWS types, in isolation: for pure unit tests, in which nothing but the program runs.

``run_with_mocks(program)`` runs a function that makes resources, and returns what it made and exported. Each run has
a thread, a context and an event loop of its own, so that no mock, setting or task is left for the next test. An
assertion inside ``apply`` runs before it returns, and what it raises, it raises.

Mocks know no state, no diff and no previous run, and start no provider: for those there is a rehearsal.
"""

from __future__ import annotations

import asyncio
import contextvars
import dataclasses
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pulumi
from google.protobuf import empty_pb2
from pulumi import runtime
from pulumi.runtime.mocks import MockCallArgs, MockEngine, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.rpc import is_rpc_secret

from rehearsal.provider import PropertyMap
from rehearsal.state.property_values import (
    contains_unknown,
    make_secret,
    properties_from_wire,
    properties_to_wire,
    reveal,
)
from rehearsal_aws.environment import DEFAULT_REGION
from rehearsal_aws.mocks.plausible_values import FUNCTIONS, RESOURCES, Named

__all__ = ["AwsMocks", "MockedResource", "MockedRun", "run_with_mocks"]

_ROOT: Final = "pulumi:pulumi:Stack"
_CODE: Final = "__provider"
_THREADS: Final = 16


@dataclasses.dataclass(frozen=True, slots=True)
class MockedResource:
    """A resource that the program made: its inputs and outputs by the names on the wire (``latencyMode``), in plain."""

    type: str
    name: str
    id: str
    inputs: PropertyMap
    outputs: PropertyMap


class AwsMocks(Mocks):
    """Outputs of the right form for the AWS types that rehearsal models and for StreamKey; the same ones every time.

    They are in `region`, or where ``aws:region`` says, or in us-east-1. Of other types and functions, the outputs are
    the inputs. `overrides` are outputs by type, put over the believable
    ones. In a preview nothing is known but the inputs.
    """

    def __init__(
        self,
        *,
        region: str | None = None,
        account: str = "123456789012",
        overrides: Mapping[str, PropertyMap] | None = None,
    ) -> None:
        self.region, self.account = region, account
        self.overrides = overrides or {}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, PropertyMap]:
        inputs = {name: value for name, value in args.inputs.items() if name != _CODE}
        if args.custom is False:
            return "", inputs
        if runtime.is_dry_run() and not args.resource_id:
            return "", inputs
        plain = {name: _plain(value) for name, value in inputs.items()}
        named = self._named(args.name, f"{args.typ}\0{args.name}", plain)
        make = RESOURCES.get(args.typ)
        id_, believable = make(named, plain) if make else (f"{args.name}-{named.hexadecimal(12)}", {})
        outputs = {**believable, **inputs, **self.overrides.get(args.typ, {})}
        if args.resource_id:
            id_ = args.resource_id
            if "arn" in believable and id_.startswith("arn:"):
                outputs["arn"] = id_
        return id_, outputs

    def call(self, args: MockCallArgs) -> PropertyMap:  # type: ignore[override]  # what Pulumi's own example returns
        answer = FUNCTIONS.get(args.token)
        if answer is None:
            return {**args.args, **self.overrides.get(args.token, {})}
        plain = {name: _plain(value) for name, value in args.args.items()}
        believable = answer(self._named("", args.token, plain), plain)
        return believable | dict(self.overrides.get(args.token, {}))

    def _named(self, name: str, seed: str, inputs: PropertyMap) -> Named:
        region = inputs.get("region") or self.region or pulumi.Config("aws").get("region") or DEFAULT_REGION
        return Named(name, seed, str(region), self.account)


def _plain(value: Any) -> Any:
    """Return the value without the envelopes that secrets come in."""
    if isinstance(value, dict):
        return _plain(value["value"]) if is_rpc_secret(value) else {k: _plain(v) for k, v in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


@dataclasses.dataclass(frozen=True, slots=True)
class MockedRun:
    """What a program did: its stack outputs (secret ones as `Secret`, unknown ones as `UNKNOWN`) and its resources."""

    outputs: PropertyMap
    resources: tuple[MockedResource, ...]

    def resource(self, type: str, name: str | None = None) -> MockedResource:
        """Return the one resource of this type, and name if there are more.

        :raises LookupError: if there is none, or more than one.
        """
        found = [r for r in self.resources if r.type == type and name in {None, r.name}]
        if len(found) == 1:
            return found[0]
        there = ", ".join(f"{r.type} {r.name!r}" for r in self.resources) or "none"
        raise LookupError(f"expected one {type} {name or ''}, got {len(found)}; the program made: {there}")


class _Monitor(MockMonitor):
    """Pulumi's own, which also keeps what it is told, and marks the outputs that a resource wants secret."""

    def __init__(self, mocks: Mocks) -> None:
        super().__init__(mocks)
        self.made: list[MockedResource] = []
        self.stack_outputs: PropertyMap = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != _ROOT:
            outputs = properties_from_wire(response.object)
            hidden = {k: make_secret(v) if k in request.additionalSecretOutputs else v for k, v in outputs.items()}
            self._keep(request.type, request.name, response.id, request.object, outputs)
            response.object.CopyFrom(properties_to_wire(hidden))
        return response

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        response = super().ReadResource(request)  # type: ignore[no-untyped-call]
        outputs = properties_from_wire(response.properties)
        self._keep(request.type, request.name, request.id, request.properties, outputs)
        return response

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:  # noqa: N802
        if request.urn.split("::")[2] == _ROOT:
            self.stack_outputs = properties_from_wire(request.outputs)
        return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        if contains_unknown(properties_from_wire(request.args)):
            return resource_pb2.ResourceInvokeResponse(unknown=True)
        return super().Invoke(request)  # type: ignore[no-untyped-call]

    def _keep(self, type_: str, name: str, id_: str, inputs: Any, outputs: PropertyMap) -> None:
        given = {k: reveal(v) for k, v in properties_from_wire(inputs).items() if k != _CODE}
        self.made.append(MockedResource(type_, name, id_, given, reveal(outputs)))


def run_with_mocks(
    program: Callable[[], Awaitable[None] | None],
    *,
    mocks: Mocks | None = None,
    preview: bool = False,
    config: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    project: str = "project",
    stack: str = "stack",
) -> MockedRun:
    """Run the program against mocks, `AwsMocks` if none are given; what it raises is raised.

    `config` and `secrets` are the stack's config by full keys (``project:name``), values as the program gets them:
    lists and objects are JSON.
    """
    monitor = _Monitor(mocks or AwsMocks())
    failure: list[BaseException] = []

    def body() -> None:
        plain, hidden = dict(config or {}), dict(secrets or {})
        runtime.set_all_config(plain | hidden, list(hidden))
        runtime.configure(
            runtime.Settings(
                project=project,
                stack=stack,
                monitor=monitor,
                engine=MockEngine(None),
                dry_run=preview,
                organization="organization",
            )
        )
        try:
            _run(program)
        except BaseException as error:  # noqa: BLE001 - raised again where the test is
            failure.append(error)

    thread = threading.Thread(target=contextvars.Context().run, args=(body,), name="program-with-mocks")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return MockedRun(monitor.stack_outputs, tuple(monitor.made))


def _run(program: Callable[[], Awaitable[None] | None]) -> None:
    loop = asyncio.new_event_loop()
    executor = ThreadPoolExecutor(_THREADS, "mocked-registration")
    loop.set_default_executor(executor)
    # What is left of a program that failed is nobody's concern.
    loop.set_exception_handler(lambda *_: None)
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(runtime.run_in_stack(program))
    finally:
        executor.shutdown(wait=True)
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        asyncio.set_event_loop(None)
        loop.close()
