"""``aws:route53``: hosted zones and their records."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from rehearsal.provider import ProviderError
from rehearsal_aws.resources.name_servers import name_servers
from rehearsal_aws.resources.table import Call, Procedure, Table, Tagging, Update

__all__ = ["TABLES"]

_ZONE: Final = {"ResourceType": "hostedzone", "ResourceId": "{id}"}


def _bare(name: Any) -> str:
    """Return a domain in pulumi-aws's form: without the final dot, and with AWS's octal escapes decoded."""
    return re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), str(name)).rstrip(".").lower()


def _zone_id(id_: Any) -> str:
    return str(id_).rpartition("/")[2]


# Zones


def _first_vpc(properties: Mapping[str, Any]) -> dict[str, str] | None:
    vpcs = properties.get("vpcs") or ()
    return _vpc(vpcs[0], properties) if vpcs else None


def _vpc(vpc: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, str]:
    return {"VPCId": vpc["vpcId"], "VPCRegion": vpc.get("vpcRegion") or properties["client"].meta.region_name}


def _set_vpcs(properties: Mapping[str, Any]) -> None:
    client, zone = properties["client"], properties["id"]
    there = client.get_hosted_zone(Id=zone).get("VPCs") or []
    wanted = [_vpc(vpc, properties) for vpc in properties.get("vpcs") or ()]
    for vpc in wanted:
        if vpc not in there:
            client.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=vpc)
    for vpc in there:
        if vpc not in wanted:
            client.disassociate_vpc_from_hosted_zone(HostedZoneId=zone, VPC=vpc)


def _same_vpcs(new: Any, old: Any) -> bool:
    return {vpc["vpcId"] for vpc in new or ()} == {vpc["vpcId"] for vpc in old or ()}


def _name_servers(response: Mapping[str, Any], properties: Mapping[str, Any]) -> list[str]:
    return name_servers(properties["client"], response)


def _empty(properties: Mapping[str, Any]) -> None:
    """Delete all records but the zone's NS and SOA, if `forceDestroy` is set."""
    if properties.get("forceDestroy"):
        client, zone = properties["client"], properties["id"]
        for page in client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone):
            for record in page["ResourceRecordSets"]:
                if record["Type"] not in {"NS", "SOA"}:
                    _change(client, zone, "DELETE", record)


# Records

_ROUTING: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "failoverRoutingPolicies": lambda policy: {"Failover": policy["type"]},
    "geolocationRoutingPolicies": lambda policy: {
        "GeoLocation": {
            member: policy[name]
            for name, member in (
                ("continent", "ContinentCode"),
                ("country", "CountryCode"),
                ("subdivision", "SubdivisionCode"),
            )
            if policy.get(name)
        }
    },
    "latencyRoutingPolicies": lambda policy: {"Region": policy["region"]},
    "weightedRoutingPolicies": lambda policy: {"Weight": policy["weight"]},
}


def _change(client: Any, zone: str, action: str, record: Mapping[str, Any]) -> None:
    client.change_resource_record_sets(
        HostedZoneId=_zone_id(zone), ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    )


def _full_name(properties: Mapping[str, Any]) -> str:
    """Return the record's full name. Programs may omit the zone's name."""
    zone = _bare(properties["client"].get_hosted_zone(Id=_zone_id(properties["zoneId"]))["HostedZone"]["Name"])
    name = _bare(properties["name"])
    return name if name == zone or name.endswith(f".{zone}") else ".".join(filter(None, (name, zone)))


def _record(properties: Mapping[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = {"Name": _full_name(properties), "Type": properties["type"]}
    if properties.get("records"):
        if properties.get("ttl") is None:
            raise ProviderError(f"Route 53 Record ({record['Name']}): expected ttl, which records need")
        record["TTL"] = properties["ttl"]
        record["ResourceRecords"] = [{"Value": _quoted(value, properties["type"])} for value in properties["records"]]
    for alias in properties.get("aliases") or ():
        record["AliasTarget"] = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": bool(alias["evaluateTargetHealth"]),
        }
    for name, member in (("setIdentifier", "SetIdentifier"), ("healthCheckId", "HealthCheckId")):
        if properties.get(name):
            record[member] = properties[name]
    if properties.get("multivalueAnswerRoutingPolicy"):
        record["MultiValueAnswer"] = True
    for argument, members in _ROUTING.items():
        for policy in properties.get(argument) or ():
            record |= members(policy)
    return record


def _quoted(value: str, kind: str) -> str:
    return f'"{value}"' if kind in {"TXT", "SPF"} and not value.startswith('"') else value


def _write(action: str) -> Procedure:
    return Procedure(lambda p: _change(p["client"], p["zoneId"], action, _record(p)))


def _write_new(properties: Mapping[str, Any]) -> None:
    client, record = properties["client"], _record(properties)
    # moto does not report an error for creating an existing record, or for deleting a missing one.
    if not properties.get("allowOverwrite") and _find(client.get_paginator("list_resource_record_sets"), properties):
        raise ProviderError(
            f"creating Route 53 Record ({record['Name']}): there is one of this name and type ({record['Type']}); "
            "import it, or set allowOverwrite"
        )
    _change(client, properties["zoneId"], "UPSERT", record)


def _remove(properties: Mapping[str, Any]) -> None:
    """Delete the record. The request must contain its current value."""
    found = _find(properties["client"].get_paginator("list_resource_record_sets"), properties)
    if found is not None:
        _change(properties["client"], properties["zoneId"], "DELETE", found)


def _old_identity(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: properties.get(name) for name in ("setIdentifier", "type")}


def _find(pages: Any, properties: Mapping[str, Any]) -> dict[str, Any] | None:
    name = _full_name(properties)
    for page in pages.paginate(HostedZoneId=_zone_id(properties["zoneId"])):
        for record in page["ResourceRecordSets"]:
            same = _bare(record["Name"]) == name and record["Type"] == properties["type"]
            if same and record.get("SetIdentifier") == (properties.get("setIdentifier") or None):
                return dict(record)
    return None


def _there(response: Any, properties: Mapping[str, Any]) -> dict[str, Any] | None:
    del response
    found = _find(properties["client"].get_paginator("list_resource_record_sets"), properties)
    return None if found is None else {**found, "fullName": _full_name(properties)}


def _values(response: Mapping[str, Any], properties: Mapping[str, Any]) -> list[str] | None:
    del properties
    values = [str(one["Value"]) for one in response.get("ResourceRecords") or ()]
    return [value.strip('"') if response["Type"] in {"TXT", "SPF"} else value for value in values] or None


def _aliases(response: Mapping[str, Any], properties: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    del properties
    alias = response.get("AliasTarget")
    if not alias:
        return None
    return [
        {
            "name": _bare(alias["DNSName"]),
            "zoneId": alias["HostedZoneId"],
            "evaluateTargetHealth": alias["EvaluateTargetHealth"],
        }
    ]


def _same_values(new: Any, old: Any) -> bool:
    return sorted(value.strip('"') for value in new) == sorted(value.strip('"') for value in old)


def _same_aliases(new: Any, old: Any) -> bool:
    return [{**alias, "name": _bare(alias["name"])} for alias in new] == list(old)


def _name(response: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    """Return the name in the program, which may omit the zone's name; for an import, the full name."""
    return _bare(properties.get("name") or response["fullName"])


def _import(id_: str) -> dict[str, str]:
    """Parse the id ``ZONE_NAME_TYPE`` or ``ZONE_NAME_TYPE_SET``, in which names may contain underscores."""
    match = re.fullmatch(
        r"([^_]+)_(.*?)_(A|AAAA|CAA|CNAME|DS|HTTPS|MX|NAPTR|NS|PTR|SOA|SPF|SRV|SSHFP|SVCB|TLSA|TXT)(?:_(.+))?", id_
    )
    if match is None:
        return {}
    found = {"zoneId": match[1], "name": match[2], "type": match[3]}
    return found | ({"setIdentifier": match[4]} if match[4] else {})


_RECORD_ARGUMENTS: Final = (
    "aliases",
    "healthCheckId",
    "multivalueAnswerRoutingPolicy",
    "name",
    "records",
    "setIdentifier",
    "ttl",
    "type",
    "zoneId",
)

TABLES: Final = (
    Table(
        type="aws:route53/zone:Zone",
        title="Route 53 Hosted Zone",
        service="route53",
        arguments=("comment", "name", "vpcs"),
        identity=("name", "delegationSetId"),
        conflicts=(frozenset({"delegationSetId", "vpcs"}),),
        defaults={"comment": "Managed by Pulumi"},
        auto_named="name",
        local=("forceDestroy",),
        create=(
            Call(
                "create_hosted_zone",
                {
                    "Name": lambda p: _bare(p["name"]),
                    "CallerReference": lambda _: uuid.uuid4().hex,
                    "HostedZoneConfig.Comment": "{comment}",
                    # moto needs this flag; for AWS, the VPC makes the zone private.
                    "HostedZoneConfig.PrivateZone": lambda p: True if p.get("vpcs") else None,
                    "VPC": _first_vpc,
                },
            ),
            Procedure(lambda p: _set_vpcs(p) if p.get("vpcs") else None),
        ),
        id=lambda p: _zone_id(p["Id"]),
        read=Call("get_hosted_zone", {"Id": "{id}"}),
        found="",
        outputs={
            "arn": "arn:aws:route53:::hostedzone/{id}",
            "comment": lambda response, _: response["HostedZone"]["Config"].get("Comment", ""),
            "name": lambda response, _: _bare(response["HostedZone"]["Name"]),
            "nameServers": _name_servers,
            "primaryNameServer": lambda _, p: next(iter(p["nameServers"]), ""),
            "vpcs": lambda response, _: [
                {"vpcId": vpc["VPCId"], "vpcRegion": vpc["VPCRegion"]} for vpc in response.get("VPCs") or ()
            ],
            "zoneId": "{id}",
        },
        same={"name": lambda new, old: _bare(new) == _bare(old), "vpcs": _same_vpcs},
        updates=(
            Update(("comment",), (Call("update_hosted_zone_comment", {"Id": "{id}", "Comment": "{comment}"}),)),
            Update(("vpcs",), (Procedure(_set_vpcs),)),
        ),
        delete=(Procedure(_empty), Call("delete_hosted_zone", {"Id": "{id}"})),
        tagging=Tagging(
            read=Call("list_tags_for_resource", _ZONE),
            found="ResourceTagSet.Tags",
            add="change_tags_for_resource",
            remove="change_tags_for_resource",
            resource=_ZONE,
            tags="AddTags",
            keys="RemoveTagKeys",
        ),
        absent=("NoSuchHostedZone",),
    ),
    Table(
        type="aws:route53/record:Record",
        title="Route 53 Record",
        service="route53",
        arguments=(*_RECORD_ARGUMENTS, *_ROUTING),
        required=("name", "type", "zoneId"),
        identity=("name", "zoneId"),
        local=("allowOverwrite", *_ROUTING),
        create=(Procedure(_write_new),),
        id=lambda p: "_".join(
            filter(None, (_zone_id(p["zoneId"]), _bare(p["name"]), p["type"], p.get("setIdentifier")))
        ),
        import_id=_import,
        import_form="ZONE_NAME_TYPE or ZONE_NAME_TYPE_SET",
        read=Call("get_hosted_zone", {"Id": lambda p: _zone_id(p["zoneId"])}),
        found="",
        pick=_there,
        outputs={
            "aliases": _aliases,
            "fqdn": "fullName",
            "healthCheckId": "HealthCheckId",
            "multivalueAnswerRoutingPolicy": "MultiValueAnswer",
            "name": _name,
            "records": _values,
            "setIdentifier": "SetIdentifier",
            "ttl": "TTL",
            "type": "Type",
            "zoneId": "{zoneId}",
        },
        same={
            "aliases": _same_aliases,
            "name": lambda new, old: _bare(new) == _bare(old),
            "records": _same_values,
        },
        updates=(
            Update(("setIdentifier", "type"), (Procedure(lambda p: _remove({**p, **_old_identity(p["olds"])})),)),
            Update(
                (
                    "aliases",
                    "healthCheckId",
                    "multivalueAnswerRoutingPolicy",
                    "records",
                    "setIdentifier",
                    "ttl",
                    "type",
                ),
                (_write("UPSERT"),),
            ),
        ),
        write_only_updates=(tuple(_ROUTING), (_write("UPSERT"),)),
        delete=(Procedure(_remove),),
        absent=("NoSuchHostedZone",),
    ),
)
