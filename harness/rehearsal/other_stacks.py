"""Finds the outputs for stack references: given outputs, and states of other rehearsed stacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pulumi.automation import ConfigValue, OutputValue

from rehearsal.config.outputs_file import read_outputs
from rehearsal.engine.file_backend import StateFile
from rehearsal.errors import ConfigError, RehearsalError
from rehearsal.paths import is_folder
from rehearsal.state.encryption import Encryption
from rehearsal.state.property_values import Secret
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import ROOT_TYPE

__all__ = ["OtherStacks", "read_stack_references"]

_LONGEST_NAME: Final = 3
_MARKED: Final = {"value", "secret"}


class OtherStacks:
    """Finds the outputs of a stack by the name in a reference: ``ORG/PROJECT/STACK``, or ``STACK`` of `project`.

    `given` maps names to outputs. `own` is the state file of this stack; other stacks have theirs in the same folder.
    `living` returns the states of stacks that are in memory.
    """

    def __init__(
        self,
        project: str,
        given: Mapping[str, Mapping[str, Any]],
        own: Path | None,
        encryption: Encryption,
        living: Callable[[], Iterable[list[ResourceState]]] = lambda: (),
    ) -> None:
        self._project = project
        self._given = {name: _outputs(name, outputs) for name, outputs in given.items()}
        self._own = own
        self._encryption = encryption
        self._living = living

    def __call__(self, name: str) -> Mapping[str, Any]:
        """Return the outputs of the stack of this name.

        :raises LookupError: if there is no such stack; the text lists the known ones.
        """
        if name in self._given:
            return self._given[name]
        wanted = self._parts(name)
        known = dict.fromkeys(self._given)
        for states in self._states():
            root = next((state for state in states if state.type == ROOT_TYPE), None)
            if root is None:
                continue
            stack, project = root.urn.removeprefix("urn:pulumi:").split("::")[:2]
            if (project, stack) == wanted:
                return root.outputs
            known[f"{project}/{stack}"] = None
        there = f"there is {', '.join(known)}" if known else "there is none"
        where = f" in {self._own.parent}" if self._own is not None else ""
        raise LookupError(
            f"no stack {name!r} was brought up{where}, and no outputs are given for it; {there}. Bring it up first, or "
            'give its outputs: rehearse(…, stack_references={"ORG/PROJECT/STACK": {…}}), on the command line '
            "--stack-reference FILE"
        )

    def _parts(self, name: str) -> tuple[str, str]:
        parts = name.split("/")
        if len(parts) > _LONGEST_NAME or not all(parts):
            raise LookupError(f"stack reference {name!r}: expected ORGANIZATION/PROJECT/STACK, or STACK alone")
        return (self._project if len(parts) == 1 else parts[-2]), parts[-1]

    def _states(self) -> Iterable[list[ResourceState]]:
        yield from self._living()
        if self._own is None or not is_folder(self._own.parent):
            return
        for path in sorted(self._own.parent.glob("*.json")):
            if path != self._own:
                try:
                    yield StateFile(path, self._encryption).peek().resources()
                except (RehearsalError, OSError, ValueError):
                    continue  # not a state, or encrypted with another passphrase


def read_stack_references(path: Path) -> dict[str, Mapping[str, Any]]:
    """Read outputs of stacks from a file, JSON or YAML: ``{"ORG/PROJECT/STACK": {"output": value}}``.

    An output ``{"value": …, "secret": true}`` is a secret.

    :raises ConfigError: if the file can't be read, or is not of that form.
    """
    return read_outputs(
        path,
        "--stack-reference",
        'the outputs of stacks by their names, such as {"org/project/prod": {"vpc_id": "vpc-1"}}',
    )


def _outputs(name: str, outputs: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(outputs, Mapping):
        raise ConfigError(f"stack_references: {name!r}: expected a mapping of outputs by their names")
    return {str(key): _value(value) for key, value in outputs.items()}


def _value(value: Any) -> Any:
    if isinstance(value, ConfigValue | OutputValue):
        return Secret(value.value) if value.secret else value.value
    if isinstance(value, Mapping) and value.keys() == _MARKED and isinstance(value["secret"], bool):
        return Secret(value["value"]) if value["secret"] else value["value"]
    return value
