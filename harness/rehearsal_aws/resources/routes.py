"""Routes of a route table: conversion between pulumi-aws's form and AWS's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal_aws.resources.table import Procedure

__all__ = ["SET_ROUTES", "routes_read", "same_routes"]

_DESTINATIONS: Final = {
    "cidrBlock": "DestinationCidrBlock",
    "ipv6CidrBlock": "DestinationIpv6CidrBlock",
    "destinationPrefixListId": "DestinationPrefixListId",
}
_TARGETS: Final = {
    "carrierGatewayId": "CarrierGatewayId",
    "coreNetworkArn": "CoreNetworkArn",
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
    "gatewayId": "GatewayId",
    "localGatewayId": "LocalGatewayId",
    "natGatewayId": "NatGatewayId",
    "networkInterfaceId": "NetworkInterfaceId",
    "transitGatewayId": "TransitGatewayId",
    "vpcPeeringConnectionId": "VpcPeeringConnectionId",
}


def _place(route: Mapping[str, Any]) -> dict[str, str]:
    return {there: route[name] for name, there in _DESTINATIONS.items() if route.get(name)}


def _route(route: Mapping[str, Any]) -> dict[str, str]:
    targets = {there: route[name] for name, there in _TARGETS.items() if route.get(name)}
    if route.get("vpcEndpointId"):
        targets["VpcEndpointId"] = route["vpcEndpointId"]
    return {**_place(route), **targets}


def routes_read(response: Mapping[str, Any], properties: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the routes in pulumi-aws's form. Targets that moto does not return come from the program."""
    known = {repr(_place(route)): route for route in properties.get("routes") or ()}
    found = []
    for there in response["Routes"]:
        if there.get("Origin") != "CreateRoute":
            continue
        names = {**_DESTINATIONS, **_TARGETS}
        route = {name: there[member] for name, member in names.items() if there.get(member)}
        if str(there.get("GatewayId", "")).startswith("vpce-"):
            route["vpcEndpointId"] = route.pop("gatewayId")
        before = known.get(repr(_place(route)), {})
        found.append(dict(before) if route.keys() <= _DESTINATIONS.keys() else route)
    return found


def _set(properties: Mapping[str, Any]) -> None:
    client, table = properties["client"], properties["id"]
    (there,) = client.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    olds = (properties.get("olds") or {}).get("routes")
    before = [_route(route) for route in routes_read(there, {"routes": olds})]
    wanted = [_route(route) for route in properties.get("routes") or ()]
    for route in before:
        if route not in wanted:
            place = {name: value for name, value in route.items() if name in _DESTINATIONS.values()}
            client.delete_route(RouteTableId=table, **place)
    for route in wanted:
        if route not in before:
            client.create_route(RouteTableId=table, **route)


SET_ROUTES: Final = Procedure(_set)
"""Leaves exactly the program's routes."""


def same_routes(new: Any, old: Any) -> bool:
    """Whether two lists of routes are equivalent."""
    return sorted(repr(sorted(_route(route).items())) for route in new or ()) == sorted(
        repr(sorted(_route(route).items())) for route in old or ()
    )
