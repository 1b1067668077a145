"""Pulumi mocks for AWS types, for unit tests in which only the program runs.

``run_with_mocks(program)`` runs a function that creates resources, in isolation, and returns its resources and outputs.

Mocks have no state and no diff, and start no provider: use a rehearsal to test those.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import pulumi
from pulumi import runtime
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks
from pulumi.runtime.rpc import is_rpc_secret

from rehearsal.program.mocked import MockedResource, MockedRun, run_mocked
from rehearsal.provider import PropertyMap
from rehearsal.state.property_values import Secret
from rehearsal_aws.environment import DEFAULT_REGION
from rehearsal_aws.mocks.plausible_values import FUNCTIONS, RESOURCES, Named

__all__ = ["AwsMocks", "MockedResource", "MockedRun", "run_with_mocks"]

_CODE: Final = "__provider"
_STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"


class AwsMocks(Mocks):
    """Plausible outputs for StreamKey and the AWS types around it; the same ones every time.

    Resources are in `region`, by default that of ``aws:region``, or us-east-1. `overrides` maps types to outputs that
    override the plausible ones. In a preview only the inputs are known.

    For other types, `knows` returns False. In ``class Mine(AwsMocks, OurMocks)`` their outputs come from `OurMocks`; a
    subclass can also override the methods. Otherwise the outputs are the inputs.
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

    def knows(self, token: str) -> bool:
        """Whether a type or a function gets plausible outputs or is in `overrides`."""
        return token in RESOURCES or token in FUNCTIONS or token in self.overrides

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, PropertyMap]:
        others = None if self.knows(args.typ) else self._others("new_resource")
        if others is not None:
            return cast(tuple[str | None, PropertyMap], others(args))
        inputs = {name: value for name, value in args.inputs.items() if name != _CODE}
        if args.typ == _STACK_REFERENCE:
            # The SDK needs these outputs: without them it fails before it can report a missing output.
            inputs = {"outputs": {}, "secretOutputNames": [], **inputs}
        if args.custom is False:
            return "", inputs
        if runtime.is_dry_run() and not args.resource_id:
            return "", inputs
        plain = {name: _plain(value) for name, value in inputs.items()}
        named = self._named(args.name, f"{args.typ}\0{args.name}", plain)
        make = RESOURCES.get(args.typ)
        id_, plausible = make(named, plain) if make else (f"{args.name}-{named.hexadecimal(12)}", {})
        outputs = {**plausible, **inputs, **self.overrides.get(args.typ, {})}
        if args.resource_id:
            id_ = args.resource_id
            if "arn" in plausible and id_.startswith("arn:"):
                outputs["arn"] = id_
        return id_, outputs

    def call(self, args: MockCallArgs) -> PropertyMap:  # type: ignore[override]  # what Pulumi's own example returns
        others = None if self.knows(args.token) else self._others("call")
        if others is not None:
            return cast(PropertyMap, others(args))
        response = FUNCTIONS.get(args.token)
        if response is None:
            return {**args.args, **self.overrides.get(args.token, {})}
        plain = {name: _plain(value) for name, value in args.args.items()}
        plausible = response(self._named("", args.token, plain), plain)
        return plausible | dict(self.overrides.get(args.token, {}))

    def _others(self, method: str) -> Callable[[Any], Any] | None:
        """Return the method of the next mocks among the base classes; None if there are no further mocks."""
        found = getattr(super(), method)
        return None if getattr(found, "__isabstractmethod__", False) else cast(Callable[[Any], Any], found)

    def _named(self, name: str, seed: str, inputs: PropertyMap) -> Named:
        region = inputs.get("region") or self.region or pulumi.Config("aws").get("region") or DEFAULT_REGION
        return Named(name, seed, str(region), self.account)


def _plain(value: Any) -> Any:
    """Return the value with secrets in plaintext."""
    if isinstance(value, dict):
        return _plain(value["value"]) if is_rpc_secret(value) else {k: _plain(v) for k, v in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def run_with_mocks(
    program: Path | Callable[[], Awaitable[None] | None],
    *,
    mocks: Mocks | None = None,
    preview: bool = False,
    config: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    project: str = "project",
    stack: str = "stack",
) -> MockedRun:
    """Run the program against mocks, by default `AwsMocks`, in isolation; exceptions of the program are raised.

    `config` and `secrets` are the stack's config by full keys (``project:name``). Lists and objects in it are JSON, as
    the program gets them.
    """
    given: dict[str, str | Secret] = {
        **(config or {}),
        **{key: Secret(value) for key, value in (secrets or {}).items()},
    }
    return run_mocked(program, mocks or AwsMocks(), preview=preview, config=given, project=project, stack=stack)
