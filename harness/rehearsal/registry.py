"""The providers of one operation, by the references that resources hold: ``URN::ID`` of a provider resource."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rehearsal.dynamic import PACKAGE as DYNAMIC
from rehearsal.dynamic import DynamicProvider
from rehearsal.errors import NotModelled
from rehearsal.guarded import GuardedProvider
from rehearsal.provider import Cloud, PropertyMap, Provider
from rehearsal.state import ResourceState
from rehearsal.urns import PROVIDER_PREFIX, is_provider_type, package_of, type_of
from rehearsal.values import reveal

__all__ = ["Registry"]

# Inputs of a provider resource that say which plugin to load.
_OF_THE_ENGINE = frozenset({"version", "pluginDownloadURL"})


class Registry:
    """Makes providers when they are first needed, from the inputs of their resources.

    A resource whose provider the program has not registered is managed by the one it had: refresh and destroy run no
    program, so they work with the configuration of the last `up`, as Pulumi does.
    """

    def __init__(
        self,
        *,
        clouds: Sequence[Cloud],
        folder: Path,
        project: str,
        say: Callable[[str], None],
    ) -> None:
        self._clouds = clouds
        self._folder, self._project, self._say = folder, project, say
        self._lock = threading.Lock()
        self._inputs: dict[str, PropertyMap] = {}
        self._made: dict[str, GuardedProvider] = {}
        self._retired: list[GuardedProvider] = []

    def load(self, states: Iterable[ResourceState]) -> None:
        """Take note of the provider resources of a state."""
        for state in states:
            if is_provider_type(state.type) and not state.delete:
                self.put(state)

    def put(self, state: ResourceState) -> None:
        """Take note of a provider resource, new or changed."""
        reference = f"{state.urn}::{state.id}"
        inputs = {k: v for k, v in reveal(state.inputs).items() if k not in _OF_THE_ENGINE}
        with self._lock:
            if self._inputs.get(reference) != inputs:
                self._inputs[reference] = inputs
                if reference in self._made:
                    self._retired.append(self._made.pop(reference))

    def provider_of(self, state: ResourceState) -> GuardedProvider:
        """Return the provider that manages the resource.

        :raises NotModelled: where there is none for its type.
        """
        self._require_model(state.type)
        return self.get(state.provider, state.type)

    def get(self, reference: str, what: str) -> GuardedProvider:
        """Return the provider of a reference, for the type or function `what`."""
        with self._lock:
            found = self._made.get(reference)
            if found is None:
                package = type_of(reference.rpartition("::")[0]).removeprefix(PROVIDER_PREFIX)
                provider = self._make(package, what)
                provider.configure(self._inputs.get(reference, {}))
                found = self._made[reference] = GuardedProvider(provider)
            return found

    def _require_model(self, type_token: str) -> None:
        package = package_of(type_token)
        if package != DYNAMIC and not any(cloud.supports(type_token) for cloud in self._clouds):
            raise NotModelled(
                f"no provider for the type {type_token}: rehearsal runs dynamic resources, and of others those that "
                "an installed cloud models (entry point group rehearsal.clouds); run this program with the Pulumi CLI"
            )

    def _make(self, package: str, what: str) -> Provider:
        if package == DYNAMIC:
            return DynamicProvider(self._folder, self._project, self._say)
        for cloud in self._clouds:
            provider = cloud.provider(package)
            if provider is not None:
                return provider
        raise NotModelled(f"no provider for {what}: no installed cloud has the package {package!r}")

    def close(self) -> None:
        """Let go of all providers."""
        with self._lock:
            for provider in (*self._made.values(), *self._retired):
                provider.provider.close()
            self._made.clear()
            self._retired.clear()
