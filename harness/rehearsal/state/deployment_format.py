"""Pulumi deployments: the format of ``pulumi stack export`` and ``pulumi stack import``.

A deployment has version 3, or version 4 if it uses features that an older Pulumi does not know; these are listed in it.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterable
from typing import Any, Final

from rehearsal.errors import StateError
from rehearsal.state.nesting import TOO_DEEP
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import is_provider_type, is_urn

__all__ = ["VERSION", "VERSION_WITH_FEATURES", "deployment_of", "read_deployment", "verify"]

VERSION: Final = 3
VERSION_WITH_FEATURES: Final = 4
_FEATURES: Final = {"resourceHooks": "hooks", "replaceWith": "replaceWith", "taint": "taint"}
_UNMODELLED: Final = {"viewOf": "views of resources", "refreshBeforeUpdate": "resources to refresh before an update"}


def read_deployment(text: str, source: str) -> dict[str, Any]:
    """Parse a document, which errors call `source`; return the deployment in it.

    :raises StateError: if it has no deployment, or one of another version or with features that are not modelled.
    """
    try:
        data = json.loads(text)
        version, deployment = data["version"], data["deployment"]
        unmodelled = sorted({*(data.get("features") or [])} - {*_FEATURES.values()})
        resources = deployment.get("resources") or []
        malformed = not all(isinstance(r, dict) and r.get("urn") and r.get("type") for r in resources)
    except RecursionError:
        raise StateError(f"{source} is not a Pulumi deployment: {TOO_DEEP}") from None
    except json.JSONDecodeError as error:
        raise StateError(f"{source} is not a Pulumi deployment: it is no JSON: {error}") from None
    except KeyError as error:
        raise StateError(f"{source} is not a Pulumi deployment: it has no {error.args[0]!r}") from None
    except (ValueError, TypeError, AttributeError):
        expected = "expected a JSON object with a version and a deployment, as `pulumi stack export` writes it"
        raise StateError(f"{source} is not a Pulumi deployment: {expected}") from None
    if version not in (VERSION, VERSION_WITH_FEATURES):
        raise StateError(
            f"{source} is a deployment of version {version}; rehearsal reads versions {VERSION} and "
            f"{VERSION_WITH_FEATURES}"
        )
    if unmodelled:
        raise StateError(f"{source} needs features that rehearsal does not model: {', '.join(map(str, unmodelled))}")
    if malformed:
        raise StateError(f"{source} is not a Pulumi deployment: each of its resources needs a urn and a type")
    return dict(deployment)


def deployment_of(
    resources: list[dict[str, Any]], pending: list[dict[str, Any]], rest: dict[str, Any]
) -> dict[str, Any]:
    """Return a document with the resources, the pending operations, and the deployment's other data `rest`."""
    now = dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")
    # The manifest's magic is a hash of its version. Without a version it must be empty.
    deployment = {"manifest": {"time": now, "magic": "", "version": ""}, **rest, "resources": resources}
    if pending:
        deployment["pending_operations"] = pending
    features = sorted({feature for r in resources for field, feature in _FEATURES.items() if r.get(field)})
    if features:
        return {"version": VERSION_WITH_FEATURES, "deployment": deployment, "features": features}
    return {"version": VERSION, "deployment": deployment}


def verify(states: Iterable[ResourceState], stack: str, project: str, source: str) -> None:
    """Check that the resources belong to the stack, and that their references are valid.

    :raises StateError: for a deployment that Pulumi would refuse, or that uses features that are not modelled.
    """
    there: set[str] = set()
    for state in states:
        _verify_name(state.urn, stack, project, source)
        for field, meaning in _UNMODELLED.items():
            if state.unmodelled.get(field):
                raise StateError(f"{source}: {state.urn}: rehearsal does not model {meaning} ({field})")
        if state.custom and not is_provider_type(state.type) and not state.provider:
            raise StateError(f"{source}: {state.urn}: provider: expected a reference to a provider, got none")
        for field, urns in {
            "parent": [state.parent],
            "provider": [state.provider_urn],
            "dependencies": state.dependencies,
            "deletedWith": [state.deleted_with],
            "replaceWith": state.replace_with,
            "propertyDependencies": itertools.chain(*state.property_dependencies.values()),
        }.items():
            for urn in urns:
                if urn and urn not in there:
                    raise StateError(f"{source}: {state.urn}: {field}: {urn} is not among the resources before it")
        there.add(state.urn)


def _verify_name(urn: str, stack: str, project: str, source: str) -> None:
    if not is_urn(urn):
        raise StateError(f"{source}: {urn!r} is not a URN")
    parts = urn.split("::", 3)
    given_stack, given_project = parts[0].removeprefix("urn:pulumi:"), parts[1]
    if given_stack != stack:
        raise StateError(
            f"{source}: {urn} is of the stack {given_stack!r}, not of {stack!r}; import it with --stack {given_stack}"
        )
    if given_project != project:
        raise StateError(f"{source}: {urn} is of the project {given_project!r}, not of {project!r}")
