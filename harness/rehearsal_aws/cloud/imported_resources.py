"""Sends the resources of a state to the embedded AWS."""

from __future__ import annotations

import http.client
import json
from collections.abc import Collection, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from rehearsal.errors import StateError
from rehearsal.provider import ExistingResource
from rehearsal_aws.cloud.application import EXISTING
from rehearsal_aws.cloud.existing import covers

__all__ = ["put_existing"]

_TIMEOUT_SECONDS: Final = 300
_UNKNOWN: Final = "the cloud does not model its type"


def put_existing(resources: Sequence[ExistingResource], url: str, others: Collection[str] = ()) -> dict[str, str]:
    """Create the resources in the embedded AWS at `url`; return the reasons for failures, by URN.

    :raises StateError: if the cloud can't be used, or can't store them.
    """
    data: list[dict[str, Any]] = [{"urn": r.urn, "type": r.type, "id": r.id, "outputs": r.outputs} for r in resources]
    refused: dict[str, str] = {r["urn"]: _UNKNOWN for r in data if not covers(r)}
    # All resources are sent, including those of tables: they determine the account.
    ours = [r for r in data if r["urn"] not in refused or r["urn"] in others]
    return refused | _ask(url, ours) if ours else refused


def _ask(url: str, resources: list[dict[str, Any]]) -> dict[str, str]:
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("POST", where.path + EXISTING, json.dumps({"resources": resources}, default=repr))
        response = connection.getresponse()
        said = json.loads(response.read())
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise StateError(str(said.get("message", said)))
    refused: dict[str, str] = said["notPut"]
    return refused
