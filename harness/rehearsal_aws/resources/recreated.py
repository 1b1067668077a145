"""Creates the resources of tables in the embedded AWS, for a state from production.

Only resources whose id is determined by their arguments are created. Others would get new ids, which differ from those
in the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import pulumi

from rehearsal.provider import ExistingResource, ProviderError
from rehearsal_aws.resources.catalog import MODELS
from rehearsal_aws.resources.table_resource import TableResource

__all__ = ["is_of_a_table", "recreate"]

_FUNCTION: Final = "aws:lambda/function:Function"
# A placeholder: a state does not contain the code of a function, and the embedded AWS does not run functions.
_NO_CODE: Final = pulumi.AssetArchive({"index.py": pulumi.StringAsset("")})
_EMPTY_VALUES: Final[tuple[Any, ...]] = (None, "", [], {})


def is_of_a_table(resource: ExistingResource) -> bool:
    """Whether a table describes the resource's type."""
    model = MODELS.get(resource.type)
    return isinstance(model, type) and issubclass(model, TableResource)


def recreate(resources: Iterable[ExistingResource]) -> dict[str, str]:
    """Create resources in the order of the state; return the reasons for failures, by URN.

    The environment must direct AWS clients to the embedded AWS.
    """
    refused = {}
    for resource in resources:
        if reason := _recreate(resource):
            refused[resource.urn] = reason
    return refused


def _recreate(resource: ExistingResource) -> str:
    try:
        return _recreated(resource)
    except ProviderError as error:
        return f"it can't be made again: {error}"
    except Exception as error:  # noqa: BLE001 - a state may hold anything
        return f"it is not as the cloud expects it ({type(error).__name__}: {error})"


def _recreated(resource: ExistingResource) -> str:
    provider = MODELS[resource.type]()
    provider.configure({"region": str(resource.outputs.get("region") or _region_of(resource) or "us-east-1")})
    inputs = _inputs(provider, resource)
    checked = provider.check(resource.urn, {}, inputs)
    if checked.failures:
        return f"the state does not hold all that it takes: {checked.failures[0].property}"
    there = provider.read(resource.urn, resource.id, checked.inputs, resource.outputs)
    if there is not None:
        provider.update(resource.urn, resource.id, checked.inputs, there.outputs, checked.inputs)
        return ""
    made = provider.create(resource.urn, checked.inputs)
    if made.id == resource.id and made.outputs.get("arn") in {None, resource.outputs.get("arn")}:
        return ""
    provider.delete(resource.urn, made.id, checked.inputs, made.outputs)
    return "AWS generates its id, which would be another one here"


def _inputs(provider: Any, resource: ExistingResource) -> dict[str, Any]:
    known = {*provider.table.arguments, *provider.table.local, "region"}
    inputs = {name: value for name, value in resource.outputs.items() if name in known and value not in _EMPTY_VALUES}
    if resource.type == _FUNCTION:
        inputs["code"] = _NO_CODE
    tags: Mapping[str, str] = resource.outputs.get("tagsAll") or resource.outputs.get("tags") or {}
    return {**inputs, "tags": dict(tags)} if tags and provider.taggable else inputs


def _region_of(resource: ExistingResource) -> str:
    parts = str(resource.outputs.get("arn", "")).split(":")
    return parts[3] if len(parts) > 3 else ""  # noqa: PLR2004 - arn:PARTITION:SERVICE:REGION
