"""Adds to registrations what a resource inherits from its parents and the stack: options, providers, transforms."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator

from pulumi.runtime.proto import callback_pb2, resource_pb2

from rehearsal.engine.callbacks import Callbacks
from rehearsal.program.transforms import add_value_dependencies, transform_invoke, transform_resource
from rehearsal.state.urns import package_of, type_of

__all__ = ["OptionInheritance"]


@dataclasses.dataclass(frozen=True, slots=True)
class _Ancestor:
    """The data of a registered resource that its children may inherit."""

    request: resource_pb2.RegisterResourceRequest = dataclasses.field(repr=False)
    provider: str
    transforms: list[callback_pb2.Callback]


class OptionInheritance:
    """Completes registrations as Pulumi's resource monitor does, before they are planned."""

    def __init__(self, callbacks: Callbacks) -> None:
        self._callbacks = callbacks
        self._lock = threading.Lock()
        self._ancestors: dict[str, _Ancestor] = {}
        self._stack_transforms: list[callback_pb2.Callback] = []
        self._invoke_transforms: list[callback_pb2.Callback] = []

    def add_stack_transform(self, callback: callback_pb2.Callback) -> None:
        """Apply a transform to every resource registered from now on."""
        with self._lock:
            self._stack_transforms.append(callback)

    def add_invoke_transform(self, callback: callback_pb2.Callback) -> None:
        """Apply a transform to every function call from now on."""
        with self._lock:
            self._invoke_transforms.append(callback)

    def complete(self, request: resource_pb2.RegisterResourceRequest) -> resource_pb2.RegisterResourceRequest:
        """Return the registration with inherited options, and with all transforms applied.

        These are the transforms of the resource, then of its parents, then of the stack.

        :raises RehearsalError: if a transform raises.
        """
        completed = resource_pb2.RegisterResourceRequest()
        completed.CopyFrom(request)
        with self._lock:
            self._inherit(completed)
            if completed.custom:
                completed.provider = self._provider(
                    completed.provider, dict(completed.providers), completed.parent, package_of(completed.type)
                )
            transforms = [*completed.transforms, *self._inherited_transforms(completed.parent), *self._stack_transforms]
        if transforms:
            completed = transform_resource(completed, transforms, self._callbacks)
        else:
            add_value_dependencies(completed)
        parent = self._ancestors.get(completed.parent)
        if parent is not None and not (completed.custom or parent.request.custom):
            for package, provider in parent.request.providers.items():
                if package not in completed.providers:
                    completed.providers[package] = provider
        return completed

    def add(self, urn: str, request: resource_pb2.RegisterResourceRequest, provider: str) -> None:
        """Record a registered resource: the completed registration, and its provider."""
        with self._lock:
            self._ancestors[urn] = _Ancestor(request, provider, list(request.transforms))

    def complete_invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeRequest:
        """Return a function call with its inherited provider, after the transforms for calls."""
        completed = resource_pb2.ResourceInvokeRequest()
        completed.CopyFrom(request)
        with self._lock:
            completed.provider = self._provider(request.provider, {}, request.parent, package_of(request.tok))
            transforms = list(self._invoke_transforms)
        return transform_invoke(completed, transforms, self._callbacks)

    def _inherit(self, child: resource_pb2.RegisterResourceRequest) -> None:
        ancestor = self._ancestors.get(child.parent)
        if ancestor is None:
            return
        parent = ancestor.request
        child.deletedWith = child.deletedWith or parent.deletedWith
        for option in ("protect", "retainOnDelete"):
            if not child.HasField(option) and parent.HasField(option):
                setattr(child, option, getattr(parent, option))
        if child.provider:
            return
        package = type_of(ancestor.provider.rpartition("::")[0]).rpartition(":")[2] if ancestor.provider else ""
        if package and package == package_of(child.type):
            child.provider = ancestor.provider

    def _provider(self, given: str, providers: dict[str, str], parent: str, package: str) -> str:
        if given or package in providers:
            return given or providers[package]
        ancestor = self._ancestors.get(parent)
        if ancestor is None or ancestor.request.custom:
            return ""
        return str(ancestor.request.providers.get(package, ""))

    def _inherited_transforms(self, urn: str) -> Iterator[callback_pb2.Callback]:
        ancestor = self._ancestors.get(urn)
        while ancestor is not None:
            yield from ancestor.transforms
            ancestor = self._ancestors.get(ancestor.request.parent)
