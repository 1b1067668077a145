"""Imports a state: creates its resources in the clouds, and reads its config."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from rehearsal.provider import Cloud, ExistingResource, ImportingCloud
from rehearsal.providers.secret_guard import without_secrets
from rehearsal.state.property_values import reveal
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import is_provider_type

__all__ = ["config_of", "put_into"]

_DYNAMIC: Final = "pulumi:providers:pulumi-python"
_NOWHERE: Final = "no cloud models its type"


def put_into(clouds: Sequence[Cloud], states: Sequence[ResourceState]) -> list[str]:
    """Create the resources of a state in the clouds; return a line, without secrets, for each that failed."""
    resources = _existing(states)
    missing = {resource.urn: _NOWHERE for resource in resources}
    for cloud in clouds:
        if isinstance(cloud, ImportingCloud) and resources:
            refused = cloud.put_existing(resources)
            missing = {urn: refused[urn] for urn in missing if urn in refused}
    # Redact the reasons: the clouds get secrets in plaintext, and may quote them.
    given = {state.urn: (state.inputs, state.outputs) for state in states}
    return [f"{urn}: {without_secrets(reason, given[urn])}" for urn, reason in missing.items()]


def config_of(states: Iterable[ResourceState]) -> dict[str, Any]:
    """Return the config of the run that wrote the state, by full keys. The provider of dynamic resources stores it."""
    default = [state for state in states if state.type == _DYNAMIC and not state.delete]
    return {key: reveal(value) for state in default for key, value in state.inputs.items() if ":" in key}


def _existing(states: Sequence[ResourceState]) -> list[ExistingResource]:
    custom = [state for state in states if state.custom and state.id and not is_provider_type(state.type)]
    # Skip a resource that is pending deletion if its replacement has the same id.
    living = {(state.type, state.id) for state in custom if not state.delete}
    there = [state for state in custom if not state.delete or (state.type, state.id) not in living]
    return [ExistingResource(state.urn, state.type, state.id, reveal(state.outputs)) for state in there]
