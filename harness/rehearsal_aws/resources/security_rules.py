"""Rules of security groups: conversion between pulumi-aws's form and AWS's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rehearsal_aws.resources.table import Procedure

__all__ = ["rules_read", "rules_set", "same_rules"]

_SOURCES: Final = {
    "cidrBlocks": ("IpRanges", "CidrIp"),
    "ipv6CidrBlocks": ("Ipv6Ranges", "CidrIpv6"),
    "prefixListIds": ("PrefixListIds", "PrefixListId"),
    "securityGroups": ("UserIdGroupPairs", "GroupId"),
}
_PLACES: Final = {"ingress": "IpPermissions", "egress": "IpPermissionsEgress"}
_ALL: Final = "-1"


def _permissions(rules: Iterable[Mapping[str, Any]], group: str) -> list[dict[str, Any]]:
    """Return the rules in AWS's form, with one permission for each source."""
    permissions = []
    for rule in rules:
        protocol = _protocol(rule["protocol"])
        ports = {} if protocol == _ALL else {"FromPort": int(rule["fromPort"]), "ToPort": int(rule["toPort"])}
        said = {"Description": rule["description"]} if rule.get("description") else {}
        sources = {
            **rule,
            "securityGroups": [*(rule.get("securityGroups") or ()), *([group] if rule.get("self") else ())],
        }
        permissions += [
            {"IpProtocol": protocol, **ports, ranges: [{source: value, **said}]}
            for name, (ranges, source) in _SOURCES.items()
            for value in sources.get(name) or ()
        ]
    return permissions


def _protocol(name: Any) -> str:
    return {"all": _ALL, "6": "tcp", "17": "udp", "1": "icmp"}.get(str(name).lower(), str(name).lower())


def rules_read(direction: str) -> Any:
    """Return a function that reads the ingress or egress rules, grouped as in the program."""

    def read(response: Mapping[str, Any], properties: Mapping[str, Any]) -> list[dict[str, Any]]:
        group = properties["id"]
        there = {_key(one): one for one in _single(response[_PLACES[direction]])}
        rules = []
        for rule in properties.get(direction) or ():
            wanted = [_key(one) for one in _permissions([rule], group)]
            if wanted and all(key in there for key in wanted):
                rules.append(rule)
                for key in wanted:
                    there.pop(key, None)
        return [*rules, *(_rule(one, group) for one in there.values())]

    return read


def _single(permissions: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Yield permissions with one source each."""
    for permission in permissions:
        for ranges, source in _SOURCES.values():
            for one in permission.get(ranges) or ():
                said = {"Description": one["Description"]} if one.get("Description") else {}
                ports = {name: permission[name] for name in ("FromPort", "ToPort") if name in permission}
                yield {"IpProtocol": permission["IpProtocol"], **ports, ranges: [{source: one[source], **said}]}


def _key(permission: Mapping[str, Any]) -> str:
    return repr(sorted(permission.items()))


def _rule(permission: Mapping[str, Any], group: str) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "fromPort": permission.get("FromPort", 0),
        "toPort": permission.get("ToPort", 0),
        "protocol": permission["IpProtocol"],
    }
    for name, (ranges, source) in _SOURCES.items():
        for one in permission.get(ranges, ()):
            if one[source] == group:
                rule["self"] = True
            else:
                rule[name] = [one[source]]
            if one.get("Description"):
                rule["description"] = one["Description"]
    return rule


def rules_set(direction: str) -> Procedure:
    """Return a procedure that changes the ingress or egress rules to those of the program."""

    def work(properties: Mapping[str, Any]) -> None:
        client, id_ = properties["client"], properties["id"]
        (group,) = client.describe_security_groups(GroupIds=[id_])["SecurityGroups"]
        there = {_key(one): one for one in _single(group[_PLACES[direction]])}
        wanted = {_key(one): one for one in _permissions(properties.get(direction) or (), id_)}
        for verb, some, others in (("revoke", there, wanted), ("authorize", wanted, there)):
            if permissions := [one for key, one in some.items() if key not in others]:
                getattr(client, f"{verb}_security_group_{direction}")(GroupId=id_, IpPermissions=permissions)

    return Procedure(work)


def same_rules(new: Any, old: Any) -> bool:
    """Whether two lists of rules are equivalent."""
    keys = [sorted(_key(one) for one in _permissions(rules or (), "self")) for rules in (new, old)]
    return keys[0] == keys[1]
