"""The name servers of a hosted zone of Route 53, for the resource and for the function that looks it up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["name_servers"]


def name_servers(client: Any, response: Mapping[str, Any]) -> list[str]:
    """Return the name servers of a zone that `get_hosted_zone` returned.

    For a private zone, they are only in the zone's NS record.
    """
    zone = response["HostedZone"]
    if not (zone.get("Config") or {}).get("PrivateZone"):
        return sorted((response.get("DelegationSet") or {}).get("NameServers") or ())
    start = {"StartRecordName": zone["Name"], "StartRecordType": "NS", "MaxItems": "1"}
    records = client.list_resource_record_sets(HostedZoneId=zone["Id"], **start)["ResourceRecordSets"]
    return sorted(one["Value"] for record in records[:1] for one in record.get("ResourceRecords") or ())
