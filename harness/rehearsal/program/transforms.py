"""Transforms: functions of the program that change its registrations and calls before the engine acts.

This module converts the SDK's messages. As in Pulumi, a transform gets output values, which show what is secret, what
is unknown, and the dependencies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from google.protobuf import struct_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import alias_pb2, callback_pb2, resource_pb2

from rehearsal.engine.callbacks import Callbacks
from rehearsal.state.property_values import OUTPUT_SIGNATURE, SECRET_SIGNATURE, SIGNATURE, UNKNOWN_WIRE

__all__ = ["add_value_dependencies", "transform_invoke", "transform_resource"]

_PLAIN_OPTIONS = {
    "depends_on": "dependencies",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "version": "version",
    "provider": "provider",
    "plugin_download_url": "pluginDownloadURL",
    "deleted_with": "deletedWith",
    "additional_secret_outputs": "additionalSecretOutputs",
    "providers": "providers",
    "plugin_checksums": "pluginChecksums",
    "import": "importId",
    "hide_diff": "hideDiffs",
    "replace_with": "replace_with",
}
_OPTIONAL_OPTIONS = {
    "protect": "protect",
    "retain_on_delete": "retainOnDelete",
    "custom_timeouts": "customTimeouts",
    "hooks": "hooks",
    "replacement_trigger": "replacement_trigger",
}


def transform_resource(
    request: resource_pb2.RegisterResourceRequest,
    transforms: Iterable[callback_pb2.Callback],
    callbacks: Callbacks,
) -> resource_pb2.RegisterResourceRequest:
    """Return the transformed registration.

    :raises RehearsalError: if one of the transforms raises.
    """
    properties, options = _upgraded(request.object), _options(request)
    if request.transforms:
        _add_property_dependencies(properties, _property_dependencies(request))
    for transform in transforms:
        asked = resource_pb2.TransformRequest(
            type=request.type,
            name=request.name,
            custom=request.custom,
            parent=request.parent,
            properties=properties,
            options=options,
        )
        response = callbacks.invoke(transform, asked, resource_pb2.TransformResponse)
        if response.HasField("properties"):
            properties = response.properties
        if response.HasField("options"):
            options = response.options
    dependencies = list(request.dependencies)
    transformed = _with_options(request, options)
    transformed.object.CopyFrom(properties)
    if request.transforms:
        # Compute the dependencies of each property from its new value.
        transformed.ClearField("propertyDependencies")
        every = set(options.depends_on)
        for key, value in properties.fields.items():
            urns = sorted(set(_dependencies_in(value)))
            transformed.propertyDependencies[key].urns.extend(urns)
            every.update(urns)
        dependencies = sorted(every)
    else:
        add_value_dependencies(transformed)
    del transformed.dependencies[:]
    transformed.dependencies.extend(dependencies)
    return transformed


def add_value_dependencies(request: resource_pb2.RegisterResourceRequest) -> None:
    """Add the dependencies of the output values in each property to the dependencies in the request."""
    for key, value in request.object.fields.items():
        found = set(_dependencies_in(value))
        if found:
            urns = request.propertyDependencies[key].urns
            urns.extend(sorted(found.difference(urns)))


def transform_invoke(
    request: resource_pb2.ResourceInvokeRequest,
    transforms: Iterable[callback_pb2.Callback],
    callbacks: Callbacks,
) -> resource_pb2.ResourceInvokeRequest:
    """Return the transformed function call."""
    transformed = resource_pb2.ResourceInvokeRequest()
    transformed.CopyFrom(request)
    for transform in transforms:
        asked = resource_pb2.TransformInvokeRequest(
            token=request.tok,
            args=transformed.args,
            options=resource_pb2.TransformInvokeOptions(
                provider=transformed.provider,
                version=transformed.version,
                plugin_download_url=transformed.pluginDownloadURL,
                plugin_checksums=transformed.pluginChecksums,
            ),
        )
        response = callbacks.invoke(transform, asked, resource_pb2.TransformInvokeResponse)
        if response.HasField("args"):
            transformed.args.CopyFrom(response.args)
        if response.HasField("options"):
            transformed.provider = response.options.provider
            transformed.version = response.options.version
            transformed.pluginDownloadURL = response.options.plugin_download_url
    return transformed


# Options


def _options(request: resource_pb2.RegisterResourceRequest) -> resource_pb2.TransformResourceOptions:
    plain = {option: getattr(request, field) for option, field in _PLAIN_OPTIONS.items()}
    given = {o: getattr(request, field) for o, field in _OPTIONAL_OPTIONS.items() if _given(request, field)}
    options = resource_pb2.TransformResourceOptions(
        aliases=[*(alias_pb2.Alias(urn=urn) for urn in request.aliasURNs), *request.aliases], **plain, **given
    )
    if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace:
        options.delete_before_replace = request.deleteBeforeReplace
    return options


def _with_options(
    request: resource_pb2.RegisterResourceRequest, options: resource_pb2.TransformResourceOptions
) -> resource_pb2.RegisterResourceRequest:
    changed = resource_pb2.RegisterResourceRequest()
    changed.CopyFrom(request)
    fields = [*_PLAIN_OPTIONS.values(), *_OPTIONAL_OPTIONS.values(), "aliases", "aliasURNs"]
    for field in [*fields, "deleteBeforeReplace", "deleteBeforeReplaceDefined"]:
        cast(Message, changed).ClearField(field)
    plain = {field: getattr(options, option) for option, field in _PLAIN_OPTIONS.items()}
    given = {field: getattr(options, o) for o, field in _OPTIONAL_OPTIONS.items() if _given(options, o)}
    changed.MergeFrom(resource_pb2.RegisterResourceRequest(aliases=options.aliases, **plain, **given))
    if options.HasField("delete_before_replace"):
        changed.deleteBeforeReplace = options.delete_before_replace
        changed.deleteBeforeReplaceDefined = True
    return changed


def _given(message: Message, field: str) -> bool:
    return bool(message.HasField(field))


# Output values


def _property_dependencies(request: resource_pb2.RegisterResourceRequest) -> Mapping[str, list[str]]:
    if request.propertyDependencies:
        return {key: list(deps.urns) for key, deps in request.propertyDependencies.items()}
    return {key: list(request.dependencies) for key in request.object.fields}


def _output(
    value: struct_pb2.Value | None, *, secret: bool = False, dependencies: Iterable[str] = ()
) -> struct_pb2.Value:
    fields = {SIGNATURE: struct_pb2.Value(string_value=OUTPUT_SIGNATURE)}
    if value is not None:
        fields["value"] = value
    if secret:
        fields["secret"] = struct_pb2.Value(bool_value=True)
    urns = [struct_pb2.Value(string_value=urn) for urn in sorted(dependencies)]
    if urns:
        fields["dependencies"] = struct_pb2.Value(list_value=struct_pb2.ListValue(values=urns))
    return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))


def _upgraded(properties: struct_pb2.Struct) -> struct_pb2.Struct:
    return struct_pb2.Struct(fields={key: _upgrade(value) for key, value in properties.fields.items()})


def _upgrade(value: struct_pb2.Value) -> struct_pb2.Value:
    """Return the value with secret and unknown parts converted to output values."""
    kind = value.WhichOneof("kind")
    if kind == "string_value" and value.string_value == UNKNOWN_WIRE:
        return _output(None)
    if kind == "list_value":
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_upgrade(v) for v in value.list_value.values]))
    if kind != "struct_value":
        return value
    fields = value.struct_value.fields
    signature = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
    if signature == SECRET_SIGNATURE:
        inner = fields["value"]
        known = inner.string_value != UNKNOWN_WIRE
        return _output(_upgrade(inner) if known else None, secret=True)
    if signature:
        return value
    return struct_pb2.Value(struct_value=_upgraded(value.struct_value))


def _add_property_dependencies(properties: struct_pb2.Struct, dependencies: Mapping[str, Iterable[str]]) -> None:
    for key in list(properties.fields):
        value = properties.fields[key]
        urns = set(dependencies.get(key, ()))
        if urns.issubset(_dependencies_in(value)):
            continue
        fields = value.struct_value.fields
        if SIGNATURE in fields and fields[SIGNATURE].string_value == OUTPUT_SIGNATURE:
            urns.update(d.string_value for d in fields["dependencies"].list_value.values)
            wrapped = _output(
                fields.get("value"),
                secret="secret" in fields and fields["secret"].bool_value,
                dependencies=urns,
            )
        else:
            wrapped = _output(value, dependencies=urns)
        properties.fields[key].CopyFrom(wrapped)


def _dependencies_in(value: struct_pb2.Value) -> Iterator[str]:
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        for item in value.list_value.values:
            yield from _dependencies_in(item)
    elif kind == "struct_value":
        fields = value.struct_value.fields
        if SIGNATURE in fields and fields[SIGNATURE].string_value == OUTPUT_SIGNATURE and "dependencies" in fields:
            yield from (d.string_value for d in fields["dependencies"].list_value.values)
        for item in fields.values():
            yield from _dependencies_in(item)
