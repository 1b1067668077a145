"""The state of one resource, and its form in a Pulumi deployment, version 3 (``apitype.ResourceV3``)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any, Final, Self

from rehearsal.errors import StateError
from rehearsal.provider import PropertyMap
from rehearsal.state.nesting import TOO_DEEP
from rehearsal.state.property_values import from_state, to_state

__all__ = ["ResourceState"]

_PLAIN_FIELDS: Final = {
    "urn": "urn",
    "custom": "custom",
    "delete": "delete",
    "id": "id",
    "type": "type",
    "parent": "parent",
    "protect": "protect",
    "external": "external",
    "dependencies": "dependencies",
    "init_errors": "initErrors",
    "provider": "provider",
    "property_dependencies": "propertyDependencies",
    "pending_replacement": "pendingReplacement",
    "additional_secret_outputs": "additionalSecretOutputs",
    "aliases": "aliases",
    "import_id": "importID",
    "retain_on_delete": "retainOnDelete",
    "deleted_with": "deletedWith",
    "replace_with": "replaceWith",
    "custom_timeouts": "customTimeouts",
    "taint": "taint",
    "resource_hooks": "resourceHooks",
    "ignore_changes": "ignoreChanges",
    "hide_diff": "hideDiff",
    "replace_on_changes": "replaceOnChanges",
    "created": "created",
    "modified": "modified",
}
_VALUE_FIELDS: Final = {"inputs": "inputs", "outputs": "outputs"}
_TRIGGER: Final = "replacementTrigger"
_ALWAYS: Final = {"urn", "custom", "type"}


@dataclasses.dataclass(eq=False, slots=True)
class ResourceState:
    """The data of one resource.

    States are compared by identity, because during a replacement two states have the same URN.
    """

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: PropertyMap = dataclasses.field(default_factory=dict)
    outputs: PropertyMap = dataclasses.field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    dependencies: list[str] = dataclasses.field(default_factory=list)
    property_dependencies: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    protect: bool = False
    delete: bool = False
    external: bool = False
    pending_replacement: bool = False
    additional_secret_outputs: list[str] = dataclasses.field(default_factory=list)
    aliases: list[str] = dataclasses.field(default_factory=list)
    init_errors: list[str] = dataclasses.field(default_factory=list)
    import_id: str = ""
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: list[str] = dataclasses.field(default_factory=list)
    custom_timeouts: dict[str, float] = dataclasses.field(default_factory=dict)
    taint: bool = False
    resource_hooks: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    ignore_changes: list[str] = dataclasses.field(default_factory=list)
    hide_diff: list[str] = dataclasses.field(default_factory=list)
    replace_on_changes: list[str] = dataclasses.field(default_factory=list)
    replacement_trigger: Any = None
    created: str = ""
    modified: str = ""
    unmodelled: dict[str, Any] = dataclasses.field(default_factory=dict)
    """Fields of a deployment that rehearsal does not use, kept unchanged."""

    @property
    def provider_urn(self) -> str:
        """The URN in the provider reference ``URN::ID``, or empty."""
        return self.provider.rpartition("::")[0]

    def copy(self, **changes: Any) -> Self:
        """Return a copy of this state with some fields changed."""
        return dataclasses.replace(self, **changes)

    def edges(self) -> Iterator[str]:
        """Yield the URNs on which this resource depends, without its parent and its provider."""
        yield from self.dependencies
        for urns in self.property_dependencies.values():
            yield from urns
        if self.deleted_with:
            yield self.deleted_with
        yield from self.replace_with

    def needs(self) -> Iterator[str]:
        """Yield the URNs on which this resource depends, with its parent and its provider."""
        yield from self.edges()
        if self.parent:
            yield self.parent
        if self.provider:
            yield self.provider_urn

    def touch(self, now: dt.datetime) -> None:
        """Set the time of the last change, and of the creation if it is not set."""
        self.modified = now.isoformat().replace("+00:00", "Z")
        self.created = self.created or self.modified

    def to_json(self) -> dict[str, Any]:
        """Return the resource as in a deployment, without empty fields."""
        out = {json: getattr(self, field) for field, json in _PLAIN_FIELDS.items()}
        out |= {json: to_state(getattr(self, field)) for field, json in _VALUE_FIELDS.items()}
        out = {k: v for k, v in out.items() if v or k in _ALWAYS}
        if self.replacement_trigger is not None:
            out[_TRIGGER] = to_state(self.replacement_trigger)
        return out | self.unmodelled

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Parse a resource of a deployment."""
        known = {json: field for field, json in _PLAIN_FIELDS.items()}
        values = {json: field for field, json in _VALUE_FIELDS.items()} | {_TRIGGER: "replacement_trigger"}
        fields: dict[str, Any] = {"custom": False, "unmodelled": {}}
        for key, value in data.items():
            if value is None and (key in known or key in values):
                continue
            if key == "propertyDependencies":
                # Pulumi writes null for an empty list.
                fields[known[key]] = {name: urns or [] for name, urns in value.items()}
            elif key in known:
                fields[known[key]] = value
            elif key in values:
                fields[values[key]] = read = _value(data, key, value)
                if key != _TRIGGER and not isinstance(read, dict):
                    raise StateError(
                        f"{data.get('urn')}: {key}: expected properties, got something else in their place"
                    )
            else:
                fields["unmodelled"][key] = value
        return cls(**fields)


def _value(data: dict[str, Any], key: str, value: Any) -> Any:
    try:
        return from_state(value)
    except (ValueError, RecursionError) as error:
        # Nested secrets can exceed the recursion limit.
        reason = TOO_DEEP if isinstance(error, RecursionError) else str(error)
        raise StateError(f"{data.get('urn')}: {key}: {reason}") from None
