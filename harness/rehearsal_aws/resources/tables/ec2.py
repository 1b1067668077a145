"""``aws:ec2``: networks.

The first request to EC2 makes moto load its list of images, which takes 130 MiB and two seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rehearsal_aws.argument_rules import an_ipv4_network
from rehearsal_aws.resources.routes import SET_ROUTES, routes_read, same_routes
from rehearsal_aws.resources.security_rules import rules_read, rules_set, same_rules
from rehearsal_aws.resources.table import Call, Procedure, Table, Tagging, Update

__all__ = ["TABLES"]

_TAGGING: Final = Tagging(
    read=Call("describe_tags", {"Filters": lambda p: [{"Name": "resource-id", "Values": [p["id"]]}]}),
    found="Tags",
    add="create_tags",
    remove="delete_tags",
    resource={"Resources": lambda p: [p["id"]]},
    keys="Tags",
    gone=lambda keys: [{"Key": key} for key in keys],
)


def _arn(kind: str) -> str:
    return f"arn:aws:ec2:{{region}}:{{account}}:{kind}/{{id}}"


def _listing(method: str, argument: str) -> Call:
    return Call(method, {argument: lambda p: [p["id"]]})


# VPCs


def _attribute(name: str) -> Any:
    def read(response: Mapping[str, Any], properties: Mapping[str, Any]) -> Any:
        del response
        found = properties["client"].describe_vpc_attribute(VpcId=properties["id"], Attribute=name)
        return found[name[0].upper() + name[1:]]["Value"]

    return read


def _set_attribute(name: str) -> Call:
    # Each attribute needs its own call.
    return Call(
        "modify_vpc_attribute",
        {"VpcId": "{id}", name[0].upper() + name[1:]: lambda p: {"Value": p[name]}},
        when=lambda p: p.get(name) is not None,
    )


def _own(method: str, found: str, id_: str, **filters: str) -> Any:
    """Return a function that gets the id of a resource that AWS creates with a VPC."""
    asked = [{"Name": name.replace("_", "-").replace("--", "."), "Values": [value]} for name, value in filters.items()]

    def read(response: Mapping[str, Any], properties: Mapping[str, Any]) -> Any:
        del response
        of_vpc = {"Name": "vpc-id", "Values": [properties["id"]]}
        listed = getattr(properties["client"], method)(Filters=[of_vpc, *asked])[found]
        return listed[0][id_] if listed else None

    return read


_MAIN_TABLE: Final = _own("describe_route_tables", "RouteTables", "RouteTableId", association__main="true")
_ATTRIBUTES: Final = ("enableDnsSupport", "enableDnsHostnames", "enableNetworkAddressUsageMetrics")


def _of_ipv6(member: str) -> Any:
    def read(response: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
        del properties
        there = [one for one in response.get("Ipv6CidrBlockAssociationSet") or () if _is_associated(one)]
        return str(there[0].get(member) or "") if there else ""

    return read


def _is_associated(association: Mapping[str, Any]) -> bool:
    state = association.get("Ipv6CidrBlockState") or {}
    return state.get("State") not in {"disassociating", "disassociated"}


# Subnets

_AT_LAUNCH: Final = {
    "assignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation",
    "mapPublicIpOnLaunch": "MapPublicIpOnLaunch",
}


def _set_at_launch(name: str) -> Call:
    return Call(
        "modify_subnet_attribute",
        {"SubnetId": "{id}", f"{_AT_LAUNCH[name]}.Value": f"{{{name}}}"},
        when=lambda p: p.get(name) is not None,
    )


# Associations and attachments


def _association(properties: Mapping[str, Any], tables: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return the association of the subnet or gateway. Its id changes when its route table is changed."""
    places = {"SubnetId": properties.get("subnetId"), "GatewayId": properties.get("gatewayId")}
    for table in tables:
        for one in table["Associations"]:
            by_place = any(value and one.get(name) == value for name, value in places.items())
            if by_place or one["RouteTableAssociationId"] == properties["id"]:
                return dict(one)
    return None


def _associated(id_: str) -> dict[str, str]:
    """Parse the id ``SUBNET/TABLE`` or ``GATEWAY/TABLE``."""
    place, separator, table = id_.partition("/")
    kind = "subnetId" if place.startswith("subnet-") else "gatewayId"
    return {kind: place, "routeTableId": table} if separator else {}


def _association_id(properties: Mapping[str, Any]) -> str:
    found = _association(properties, properties["client"].describe_route_tables()["RouteTables"])
    return str(found["RouteTableAssociationId"]) if found else str(properties["id"])


def _attached(response: Mapping[str, Any], properties: Mapping[str, Any]) -> str:
    del properties
    return next((str(one["VpcId"]) for one in response["Attachments"]), "")


def _attach(properties: Mapping[str, Any]) -> None:
    """Attach the gateway to the VPC in the inputs, and detach it from another one."""
    client, id_, wanted = properties["client"], properties["id"], properties.get("vpcId") or ""
    (gateway,) = client.describe_internet_gateways(InternetGatewayIds=[id_])["InternetGateways"]
    attached = _attached(gateway, {})
    if attached and attached != wanted:
        client.detach_internet_gateway(InternetGatewayId=id_, VpcId=attached)
    if wanted and attached != wanted:
        client.attach_internet_gateway(InternetGatewayId=id_, VpcId=wanted)


TABLES: Final = (
    Table(
        type="aws:ec2/vpc:Vpc",
        title="EC2 VPC",
        service="ec2",
        arguments=("assignGeneratedIpv6CidrBlock", "cidrBlock", "instanceTenancy", *_ATTRIBUTES),
        rules={"cidrBlock": an_ipv4_network},
        identity=("cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength", "instanceTenancy"),
        volatile=("ipv6AssociationId", "ipv6CidrBlock", "ipv6CidrBlockNetworkBorderGroup"),
        defaults={"enableDnsSupport": True, "instanceTenancy": "default", "assignGeneratedIpv6CidrBlock": False},
        kept=("cidrBlock", "enableDnsHostnames", "enableNetworkAddressUsageMetrics"),
        create=(
            Call(
                "create_vpc",
                {
                    "CidrBlock": "{cidrBlock}",
                    "InstanceTenancy": "{instanceTenancy}",
                    "AmazonProvidedIpv6CidrBlock": "{assignGeneratedIpv6CidrBlock}",
                },
            ),
            *map(_set_attribute, _ATTRIBUTES),
        ),
        id="{VpcId}",
        read=_listing("describe_vpcs", "VpcIds"),
        found="Vpcs",
        outputs={
            "arn": _arn("vpc"),
            "assignGeneratedIpv6CidrBlock": lambda response, p: bool(_of_ipv6("Ipv6CidrBlock")(response, p)),
            "cidrBlock": "CidrBlock",
            "defaultNetworkAclId": _own("describe_network_acls", "NetworkAcls", "NetworkAclId", default="true"),
            "defaultRouteTableId": _MAIN_TABLE,
            "defaultSecurityGroupId": _own(
                "describe_security_groups", "SecurityGroups", "GroupId", group_name="default"
            ),
            "dhcpOptionsId": "DhcpOptionsId",
            **{name: _attribute(name) for name in _ATTRIBUTES},
            "instanceTenancy": "InstanceTenancy",
            "ipv6AssociationId": _of_ipv6("AssociationId"),
            "ipv6CidrBlock": _of_ipv6("Ipv6CidrBlock"),
            "ipv6CidrBlockNetworkBorderGroup": _of_ipv6("NetworkBorderGroup"),
            "mainRouteTableId": _MAIN_TABLE,
            "ownerId": "OwnerId",
        },
        updates=(
            *(Update((name,), (_set_attribute(name),)) for name in _ATTRIBUTES),
            Update(
                ("assignGeneratedIpv6CidrBlock",),
                (
                    Call(
                        "associate_vpc_cidr_block",
                        {"VpcId": "{id}", "AmazonProvidedIpv6CidrBlock": True},
                        when=lambda p: bool(p["assignGeneratedIpv6CidrBlock"]),
                    ),
                    Call(
                        "disassociate_vpc_cidr_block",
                        {"AssociationId": "{ipv6AssociationId}"},
                        when=lambda p: not p["assignGeneratedIpv6CidrBlock"],
                    ),
                ),
            ),
        ),
        delete=(Call("delete_vpc", {"VpcId": "{id}"}),),
        tagging=_TAGGING,
        absent=("InvalidVpcID.NotFound",),
    ),
    Table(
        type="aws:ec2/subnet:Subnet",
        title="EC2 Subnet",
        service="ec2",
        arguments=("availabilityZone", "availabilityZoneId", "cidrBlock", "ipv6CidrBlock", "vpcId", *_AT_LAUNCH),
        required=("vpcId",),
        rules={"cidrBlock": an_ipv4_network},
        identity=("availabilityZone", "availabilityZoneId", "cidrBlock", "vpcId"),
        defaults=dict.fromkeys(_AT_LAUNCH, False),
        kept=("availabilityZone", "availabilityZoneId", "cidrBlock", "ipv6CidrBlock"),
        create=(
            Call(
                "create_subnet",
                {
                    "VpcId": "{vpcId}",
                    "CidrBlock": "{cidrBlock}",
                    "Ipv6CidrBlock": "{ipv6CidrBlock}",
                    "AvailabilityZone": "{availabilityZone}",
                    "AvailabilityZoneId": "{availabilityZoneId}",
                },
            ),
            *map(_set_at_launch, _AT_LAUNCH),
        ),
        id="{SubnetId}",
        read=_listing("describe_subnets", "SubnetIds"),
        found="Subnets",
        outputs={
            "arn": "SubnetArn",
            "availabilityZone": "AvailabilityZone",
            "availabilityZoneId": "AvailabilityZoneId",
            "cidrBlock": "CidrBlock",
            "ipv6CidrBlock": _of_ipv6("Ipv6CidrBlock"),
            "ipv6CidrBlockAssociationId": _of_ipv6("AssociationId"),
            **_AT_LAUNCH,
            "ownerId": "OwnerId",
            "privateDnsHostnameTypeOnLaunch": "PrivateDnsNameOptionsOnLaunch.HostnameType",
            "vpcId": "VpcId",
        },
        updates=tuple(Update((name,), (_set_at_launch(name),)) for name in _AT_LAUNCH),
        delete=(Call("delete_subnet", {"SubnetId": "{id}"}),),
        tagging=_TAGGING,
        absent=("InvalidSubnetID.NotFound",),
    ),
    Table(
        type="aws:ec2/securityGroup:SecurityGroup",
        title="EC2 Security Group",
        service="ec2",
        arguments=("description", "egress", "ingress", "name", "vpcId"),
        identity=("description", "name", "vpcId"),
        defaults={"description": "Managed by Pulumi"},
        kept=("egress", "ingress", "vpcId"),
        auto_named="name",
        local=("revokeRulesOnDelete",),
        create=(
            Call(
                "create_security_group",
                {"GroupName": "{name}", "Description": "{description}", "VpcId": "{vpcId}"},
            ),
            # AWS adds a rule that allows all egress. Terraform removes it unless the program declares it.
            rules_set("ingress"),
            rules_set("egress"),
        ),
        id="{GroupId}",
        read=_listing("describe_security_groups", "GroupIds"),
        found="SecurityGroups",
        outputs={
            "arn": _arn("security-group"),
            "description": "Description",
            "egress": rules_read("egress"),
            "ingress": rules_read("ingress"),
            "name": "GroupName",
            "ownerId": "OwnerId",
            "vpcId": "VpcId",
        },
        same={"ingress": same_rules, "egress": same_rules},
        updates=(*(Update((name,), (rules_set(name),)) for name in ("ingress", "egress")),),
        delete=(Call("delete_security_group", {"GroupId": "{id}"}),),
        tagging=_TAGGING,
        absent=("InvalidGroup.NotFound",),
    ),
    Table(
        type="aws:ec2/internetGateway:InternetGateway",
        title="EC2 Internet Gateway",
        service="ec2",
        arguments=("vpcId",),
        kept=("vpcId",),
        create=(Call("create_internet_gateway", {}), Procedure(_attach)),
        id="{InternetGatewayId}",
        read=_listing("describe_internet_gateways", "InternetGatewayIds"),
        found="InternetGateways",
        outputs={"arn": _arn("internet-gateway"), "ownerId": "OwnerId", "vpcId": _attached},
        updates=(Update(("vpcId",), (Procedure(_attach),)),),
        delete=(
            Procedure(lambda p: _attach({**p, "vpcId": ""})),
            Call("delete_internet_gateway", {"InternetGatewayId": "{id}"}),
        ),
        tagging=_TAGGING,
        absent=("InvalidInternetGatewayID.NotFound",),
    ),
    Table(
        type="aws:ec2/routeTable:RouteTable",
        title="EC2 Route Table",
        service="ec2",
        arguments=("routes", "vpcId"),
        required=("vpcId",),
        identity=("vpcId",),
        kept=("routes",),
        create=(Call("create_route_table", {"VpcId": "{vpcId}"}), SET_ROUTES),
        id="{RouteTableId}",
        read=_listing("describe_route_tables", "RouteTableIds"),
        found="RouteTables",
        outputs={"arn": _arn("route-table"), "ownerId": "OwnerId", "routes": routes_read, "vpcId": "VpcId"},
        same={"routes": same_routes},
        updates=(Update(("routes",), (SET_ROUTES,)),),
        delete=(Call("delete_route_table", {"RouteTableId": "{id}"}),),
        tagging=_TAGGING,
        absent=("InvalidRouteTableID.NotFound",),
    ),
    Table(
        type="aws:ec2/routeTableAssociation:RouteTableAssociation",
        title="EC2 Route Table Association",
        service="ec2",
        arguments=("gatewayId", "routeTableId", "subnetId"),
        required=("routeTableId",),
        identity=("gatewayId", "subnetId"),
        create=(
            Call(
                "associate_route_table",
                {"RouteTableId": "{routeTableId}", "SubnetId": "{subnetId}", "GatewayId": "{gatewayId}"},
            ),
        ),
        id="{AssociationId}",
        import_id=_associated,
        id_found="RouteTableAssociationId",
        read=Call("describe_route_tables", {}),
        found="RouteTables",
        pick=lambda tables, p: _association(p, tables),
        outputs={"gatewayId": "GatewayId", "routeTableId": "RouteTableId", "subnetId": "SubnetId"},
        updates=(
            Update(
                ("routeTableId",),
                (
                    Call(
                        "replace_route_table_association",
                        {"AssociationId": _association_id, "RouteTableId": "{routeTableId}"},
                    ),
                ),
            ),
        ),
        delete=(Call("disassociate_route_table", {"AssociationId": _association_id}),),
        absent=("InvalidAssociationID.NotFound", "InvalidRouteTableID.NotFound"),
    ),
)
