"""The declared state of one resource, parsed from the SDK's message."""

from __future__ import annotations

import dataclasses
import re
from typing import Any, Final, Self

from pulumi.runtime.proto import alias_pb2, resource_pb2

from rehearsal.engine.hooks import hook_names
from rehearsal.errors import NotModelled, RehearsalError
from rehearsal.provider import PropertyMap
from rehearsal.state.property_values import from_wire, properties_from_wire
from rehearsal.state.urns import is_provider_type, package_of

__all__ = ["INTERNAL", "Alias", "Goal", "ReadGoal", "plugin_inputs"]

INTERNAL: Final = "__internal"
"""The input of a provider resource that holds the engine's own data."""

_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}


@dataclasses.dataclass(frozen=True, slots=True)
class Alias:
    """An earlier name of the resource. Empty fields have the resource's current values."""

    urn: str = ""
    name: str = ""
    type: str = ""
    stack: str = ""
    project: str = ""
    parent: str = ""
    no_parent: bool = False

    @classmethod
    def from_wire(cls, alias: alias_pb2.Alias) -> Self:
        """Parse an alias in a registration."""
        if alias.WhichOneof("alias") == "urn":
            return cls(urn=alias.urn)
        spec = alias.spec
        return cls("", spec.name, spec.type, spec.stack, spec.project, spec.parentUrn, spec.noParent)


@dataclasses.dataclass(slots=True)
class Goal:
    """A resource registration. An option that is None was not given, so that a parent's value may apply."""

    type: str
    name: str
    custom: bool
    properties: PropertyMap
    parent: str = ""
    provider: str = ""
    providers: dict[str, str] = dataclasses.field(default_factory=dict)
    version: str = ""
    plugin_download_url: str = ""
    import_id: str = ""
    dependencies: list[str] = dataclasses.field(default_factory=list)
    property_dependencies: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    protect: bool | None = None
    retain_on_delete: bool | None = None
    delete_before_replace: bool | None = None
    deleted_with: str = ""
    replace_with: list[str] = dataclasses.field(default_factory=list)
    ignore_changes: list[str] = dataclasses.field(default_factory=list)
    replace_on_changes: list[str] = dataclasses.field(default_factory=list)
    replacement_trigger: Any = None
    additional_secret_outputs: list[str] = dataclasses.field(default_factory=list)
    aliases: list[Alias] = dataclasses.field(default_factory=list)
    custom_timeouts: dict[str, float] = dataclasses.field(default_factory=dict)
    hide_diffs: list[str] = dataclasses.field(default_factory=list)
    hooks: dict[str, list[str]] = dataclasses.field(default_factory=dict)

    @classmethod
    def from_wire(cls, request: resource_pb2.RegisterResourceRequest) -> Self:
        """Parse a registration.

        :raises NotModelled: for options that rehearsal does not support; none is ignored silently.
        """
        subject = f"{request.type} {request.name!r}"
        if request.remote:
            raise NotModelled(
                f"{subject} is a remote component of the package {package_of(request.type)}, which a Pulumi plugin "
                "creates in another process: rehearsal does not model remote components. Make "
                "its resources in the program itself, put it behind a function that a test replaces, give its outputs "
                "(given_outputs=…, on the command line --given-outputs FILE), run the program under mocks (mocks=…), "
                "or with the Pulumi CLI"
            )
        for option, given in {
            "the option state_migrations": request.state_migrations,
            "the option env_var_mappings": request.envVarMappings,
            "parameterized packages": request.packageRef,
        }.items():
            if given:
                raise NotModelled(f"{subject}: rehearsal does not model {option}; run this program with the Pulumi CLI")
        properties = properties_from_wire(request.object)
        dependencies = sorted(request.dependencies)
        per_property = {key: sorted(deps.urns) for key, deps in request.propertyDependencies.items()}
        if is_provider_type(request.type):
            properties |= plugin_inputs(request.version, request.pluginDownloadURL)
        return cls(
            type=request.type,
            name=request.name,
            custom=request.custom,
            properties=properties,
            parent=request.parent,
            provider=request.provider,
            providers=dict(request.providers),
            version=request.version,
            plugin_download_url=request.pluginDownloadURL,
            import_id=request.importId,
            dependencies=dependencies,
            property_dependencies=per_property or dict.fromkeys(properties, dependencies),
            protect=request.protect if request.HasField("protect") else None,
            retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
            delete_before_replace=(
                request.deleteBeforeReplace
                if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace
                else None
            ),
            deleted_with=request.deletedWith,
            replace_with=list(request.replace_with),
            ignore_changes=list(request.ignoreChanges),
            replace_on_changes=list(request.replaceOnChanges),
            replacement_trigger=(
                from_wire(request.replacement_trigger) if request.HasField("replacement_trigger") else None
            ),
            additional_secret_outputs=list(request.additionalSecretOutputs),
            aliases=[*(Alias(urn=urn) for urn in request.aliasURNs), *map(Alias.from_wire, request.aliases)],
            custom_timeouts=_timeouts(subject, request.customTimeouts),
            hide_diffs=list(request.hideDiffs),
            hooks=hook_names(request.hooks),
        )


@dataclasses.dataclass(slots=True)
class ReadGoal:
    """An existing resource that is only read: ``Resource.get`` and the option ``id``."""

    type: str
    name: str
    id: str
    properties: PropertyMap
    parent: str = ""
    provider: str = ""
    version: str = ""
    plugin_download_url: str = ""
    dependencies: list[str] = dataclasses.field(default_factory=list)
    additional_secret_outputs: list[str] = dataclasses.field(default_factory=list)

    @classmethod
    def from_wire(cls, request: resource_pb2.ReadResourceRequest) -> Self:
        """Parse a request to read a resource."""
        if request.packageRef:
            raise NotModelled(f"{request.type} {request.name!r}: rehearsal does not model parameterized packages")
        return cls(
            type=request.type,
            name=request.name,
            id=request.id,
            properties=properties_from_wire(request.properties),
            parent=request.parent,
            provider=request.provider,
            version=request.version,
            plugin_download_url=request.pluginDownloadURL,
            dependencies=sorted(request.dependencies),
            additional_secret_outputs=list(request.additionalSecretOutputs),
        )


def plugin_inputs(version: str, url: str) -> PropertyMap:
    """Return the inputs of a provider resource for its plugin's version and URL, under Pulumi's key."""
    if not version and not url:
        return {}
    inputs: PropertyMap = {INTERNAL: {"pluginDownloadURL": url} if url else {}}
    return inputs | {"version": version} if version else inputs


def _timeouts(subject: str, timeouts: resource_pb2.RegisterResourceRequest.CustomTimeouts) -> dict[str, float]:
    given = {field.name: text for field, text in timeouts.ListFields()}
    return {name: _seconds(subject, name, text) for name, text in given.items()}


def _seconds(subject: str, name: str, text: str) -> float:
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|ms|us|ns|m|s)", text)
    if not parts or "".join(n + unit for n, unit in parts) != text:
        raise RehearsalError(
            f"{subject}: custom_timeouts.{name}: expected a duration such as '5m' or '1h30m', got {text!r}"
        )
    return sum(float(n) * _UNITS[unit] for n, unit in parts)
