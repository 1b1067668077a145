"""The providers of one operation, by the reference in a resource: ``URN::ID`` of its provider resource."""

from __future__ import annotations

import fnmatch
import functools
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rehearsal.engine.goal import INTERNAL
from rehearsal.made_up.given_outputs import GivenProvider
from rehearsal.provider import CheckFailure, PropertyMap, Provider, ProviderFactory
from rehearsal.providers.catalog import model_of, model_of_provider
from rehearsal.providers.dynamic_process import PACKAGE as DYNAMIC
from rehearsal.providers.dynamic_process import DynamicProvider
from rehearsal.providers.harness_work import provider_work
from rehearsal.providers.secret_guard import GuardedProvider
from rehearsal.providers.unconfigured import UnconfiguredProvider
from rehearsal.state.property_values import contains_unknown, reveal
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import is_provider_type

__all__ = ["Registry"]

# Inputs of a provider resource for the engine, which name the plugin to load.
_ENGINE_INPUTS = frozenset({"version", INTERNAL})


class Registry:
    """Creates providers on first use, from the inputs of their provider resources.

    If the program does not register the provider of a resource, the provider in the state is used. As in Pulumi,
    refresh and destroy run no program, so that they use the configuration of the last `up`.
    """

    def __init__(
        self,
        *,
        models: Sequence[tuple[str, ProviderFactory]],
        folder: Path,
        project: str,
        say: Callable[[str], None],
        dynamic: Callable[..., DynamicProvider] = DynamicProvider,
        given: Sequence[tuple[str, Callable[[], GivenProvider]]] = (),
        remedy: str = "",
    ) -> None:
        self._remedy = remedy
        self._given = list(given)
        self._models = [(DYNAMIC + ":*", self._dynamic), *self._given, *models]
        # A copy of the environment before the program changes it.
        self._make_dynamic = functools.partial(dynamic, folder, project, say, environment=dict(os.environ))
        self._lock = threading.Lock()
        self._begun: DynamicProvider | None = None
        self._inputs: dict[str, PropertyMap] = {}
        self._made: dict[str, dict[ProviderFactory, GuardedProvider]] = {}
        self._retired: list[GuardedProvider] = []

    def load(self, states: Iterable[ResourceState]) -> None:
        """Record the provider resources of a state."""
        for state in states:
            if is_provider_type(state.type) and not state.delete:
                self.put(state)

    def put(self, state: ResourceState) -> None:
        """Record a new or changed provider resource."""
        reference = f"{state.urn}::{state.id}"
        inputs = _configuration(reveal(state.inputs))
        with self._lock:
            if self._inputs.get(reference) != inputs:
                self._inputs[reference] = inputs
                if reference in self._made:
                    self._retired.extend(self._made.pop(reference).values())

    def provider_of(self, state: ResourceState) -> GuardedProvider:
        """Return the provider that manages the resource.

        :raises NotModelled: if there is none for its type.
        """
        return self.get(state.provider, state.type)

    def check_configuration(self, state: ResourceState, olds: PropertyMap) -> tuple[CheckFailure, ...]:
        """Return the failures of a provider resource's inputs; empty if its type is not modelled."""
        make = model_of_provider(self._models, state.type)
        if make is None:
            return ()
        provider = GuardedProvider(make())
        try:
            return provider.check(state.urn, _configuration(olds), _configuration(state.inputs))[1]
        finally:
            provider.provider.close()

    def get(self, reference: str, token: str) -> GuardedProvider:
        """Return the provider with this reference, for the token of a type or function.

        :raises NotModelled: if no provider serves the token.
        """
        make = model_of(self._models, token, self._remedy)
        with self._lock:
            made = self._made.setdefault(reference, {})
            if make not in made:
                inputs = self._inputs.get(reference, {})
                # In a preview, inputs of the provider may be outputs of a resource that does not exist yet.
                provider = UnconfiguredProvider() if contains_unknown(inputs) else make()
                with provider_work():
                    provider.configure(inputs)
                made[make] = GuardedProvider(provider)
            return made[make]

    def given(self, token: str) -> GivenProvider | None:
        """Return the provider for the outputs that the user has given for this token; None if there are none."""
        return next((make() for pattern, make in self._given if fnmatch.fnmatchcase(token, pattern)), None)

    def begin_dynamic(self) -> None:
        """Start the process of dynamic providers early, in parallel with other work."""
        self._begun = self._make_dynamic()
        self._begun.begin()

    def _dynamic(self) -> Provider:
        # The caller holds the lock.
        begun, self._begun = self._begun, None
        return begun or self._make_dynamic()

    def crash(self) -> bool:
        """Kill the dynamic providers that are executing a call; return False if there is none."""
        with self._lock:
            providers = [p.provider for p in self._all() if isinstance(p.provider, DynamicProvider)]
        return True in [provider.crash() for provider in providers]

    def _all(self) -> list[GuardedProvider]:
        return [*(p for by_model in self._made.values() for p in by_model.values()), *self._retired]

    def close(self) -> None:
        """Close all providers."""
        with self._lock:
            for made in self._all():
                made.provider.close()
            if self._begun is not None:
                self._begun.close()
            self._begun = None
            self._made.clear()
            self._retired.clear()


def _configuration(inputs: PropertyMap) -> PropertyMap:
    return {k: v for k, v in inputs.items() if k not in _ENGINE_INPUTS}
