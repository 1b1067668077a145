"""EC2 networks: VPCs, subnets, security groups, gateways, routes."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from changes import changed
from rehearsal import Stack
from rehearsal_aws.cloud import inventory

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*has been deprecated in favor of:DeprecationWarning"),
    pytest.mark.slow("moto loads a hundred MiB of lists with EC2"),
]


class Network:
    """A program of a network, with attributes that tests change."""

    def __init__(self) -> None:
        self.hostnames, self.public, self.port, self.target = False, False, 443, "0.0.0.0/0"
        self.tags: dict[str, str] = {"team": "video"}
        self.table = "first"

    def __call__(self) -> None:
        vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16", enable_dns_hostnames=self.hostnames, tags=self.tags)
        gateway = aws.ec2.InternetGateway("net", vpc_id=vpc.id)
        zones = aws.get_availability_zones(state="available").names
        subnet = aws.ec2.Subnet(
            "one",
            vpc_id=vpc.id,
            cidr_block="10.0.1.0/24",
            availability_zone=zones[1],
            map_public_ip_on_launch=self.public,
        )
        route = {"cidr_block": self.target, "gateway_id": gateway.id}
        tables = {name: aws.ec2.RouteTable(name, vpc_id=vpc.id, routes=[route]) for name in ("first", "second")}
        aws.ec2.RouteTableAssociation("one", subnet_id=subnet.id, route_table_id=tables[self.table].id)
        web = aws.ec2.SecurityGroup(
            "web",
            vpc_id=vpc.id,
            ingress=[
                {
                    "protocol": "tcp",
                    "from_port": self.port,
                    "to_port": self.port,
                    "cidr_blocks": ["10.1.0.0/16", "10.2.0.0/16"],
                    "description": "from the offices",
                },
            ],
            egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
        )
        inner = {"protocol": "tcp", "from_port": 1, "to_port": 9, "security_groups": [web.id], "self": True}
        aws.ec2.SecurityGroup("inner", vpc_id=vpc.id, ingress=[inner], description="behind it")
        for name in ("id", "arn", "default_route_table_id", "default_security_group_id", "default_network_acl_id"):
            pulumi.export(name, getattr(vpc, name))
        pulumi.export("group", web.id)
        pulumi.export("table", tables["first"].id)
        pulumi.export("gateway", gateway.id)
        pulumi.export("subnet", subnet.id)
        pulumi.export("zone", pulumi.Output.all(subnet.availability_zone, zones[1]))


@pytest.fixture
def program() -> Network:
    return Network()


@pytest.fixture
def stack(stack_of: Any, program: Network) -> Stack:
    made: Stack = stack_of(program)
    return made


def has_no_changes(stack: Stack) -> bool:
    return changed(stack.preview()) == {} and changed(stack.refresh()) == {} and changed(stack.preview()) == {}


def test_a_network_completes_its_lifecycle(stack: Stack, program: Network, client: Any) -> None:
    first = stack.up()
    assert changed(first) == {"create": 9}
    assert has_no_changes(stack)
    out, ec2 = first.outputs, client("ec2")
    assert out["arn"] == f"arn:aws:ec2:us-east-1:123456789012:vpc/{out['id']}"
    assert out["default_security_group_id"].startswith("sg-")
    assert out["default_network_acl_id"].startswith("acl-")
    assert out["default_route_table_id"] not in {"", out["table"]}
    assert out["zone"][0] == out["zone"][1]
    (web,) = ec2.describe_security_groups(GroupIds=[out["group"]])["SecurityGroups"]
    assert [one["CidrIp"] for one in web["IpPermissions"][0]["IpRanges"]] == ["10.1.0.0/16", "10.2.0.0/16"]
    assert len(web["IpPermissionsEgress"]) == 1

    program.hostnames, program.public, program.port, program.target = True, True, 8443, "10.9.0.0/16"
    program.tags, program.table = {"team": "radio"}, "second"
    second = stack.up()
    assert changed(second) == {"update": 6}
    assert second.outputs["id"] == out["id"]
    assert has_no_changes(stack)
    (table,) = ec2.describe_route_tables(RouteTableIds=[out["table"]])["RouteTables"]
    assert [route["DestinationCidrBlock"] for route in table["Routes"]] == ["10.0.0.0/16", "10.9.0.0/16"]
    (vpc,) = ec2.describe_vpcs(VpcIds=[out["id"]])["Vpcs"]
    assert vpc["Tags"] == [{"Key": "team", "Value": "radio"}]

    assert len(inventory.remaining()) == 7
    assert changed(stack.destroy()).keys() == {"delete"}
    assert inventory.remaining() == []


def test_drift_is_repaired(stack: Stack, client: Any) -> None:
    out, ec2 = stack.up().outputs, client("ec2")
    ec2.modify_vpc_attribute(VpcId=out["id"], EnableDnsSupport={"Value": False})
    ec2.modify_subnet_attribute(SubnetId=out["subnet"], MapPublicIpOnLaunch={"Value": True})
    ec2.delete_route(RouteTableId=out["table"], DestinationCidrBlock="0.0.0.0/0")
    ec2.detach_internet_gateway(InternetGatewayId=out["gateway"], VpcId=out["id"])
    ec2.authorize_security_group_ingress(
        GroupId=out["group"],
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )
    changed(stack.refresh())
    assert changed(stack.up()) == {"update": 5}
    assert has_no_changes(stack)
    (web,) = ec2.describe_security_groups(GroupIds=[out["group"]])["SecurityGroups"]
    assert [one["FromPort"] for one in web["IpPermissions"]] == [443]
    stack.destroy()


def test_a_vpc_can_get_and_release_an_ipv6_block(lifecycle: Any, client: Any) -> None:
    vpc = lifecycle(lambda **given: aws.ec2.Vpc("it", cidr_block="10.0.0.0/16", **given))
    assert vpc.up() == ["create"]
    assert vpc.outputs["ipv6CidrBlock"] == ""
    assert vpc.up(assign_generated_ipv6_cidr_block=True) == ["update"]
    assert vpc.outputs["ipv6CidrBlock"].endswith("::/56")
    assert vpc.up() == ["update"]
    assert vpc.outputs["ipv6CidrBlock"] == ""
    assert vpc.up(instance_tenancy="dedicated") == ["create-replacement", "replace", "delete-replaced"]
    vpc.destroy()
    assert inventory.remaining() == []


@pytest.mark.parametrize("by", ["subnet", "gateway"])
def test_an_association_is_imported_by_its_two_ids(by: str, lifecycle: Any, client: Any) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    places = {
        "subnet": ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"],
        "gateway": ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"],
    }
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    place = {f"{by.title()}Id": places[by]}
    existing = ec2.associate_route_table(RouteTableId=table, **place)["AssociationId"]
    options = pulumi.ResourceOptions(import_=f"{places[by]}/{table}")
    given = {f"{by}_id": places[by], "route_table_id": table}
    association = lifecycle(lambda opts=options: aws.ec2.RouteTableAssociation("it", **given, opts=opts))
    assert association.up() == ["import"]
    assert association.state["id"] == existing
    assert association.up(opts=None) == ["same"]
    association.destroy()
    assert [one["Associations"] for one in ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]] == [[]]


def test_existing_resources_are_looked_up(stack_of: Any) -> None:
    found: list[Any] = []

    def program() -> None:
        default = aws.ec2.get_vpc(default=True)
        subnets = aws.ec2.get_subnets(filters=[{"name": "vpc-id", "values": [default.id]}])
        name = {"name": "name", "values": ["amzn2-ami-hvm-*-x86_64-gp2"]}
        ami = aws.ec2.get_ami(owners=["amazon"], most_recent="true", filters=[name])
        found.append((default.id, subnets.ids, ami.id, ami.name, ami.creation_date))
        aws.ec2.SecurityGroup("web", vpc_id=default.id)

    stack = stack_of(program, region="us-west-2")
    assert changed(stack.up()) == {"create": 2}
    assert changed(stack.preview()) == {}
    assert found[0] == found[1]
    vpc, subnets, ami, name, _ = found[0]
    assert vpc.startswith("vpc-")
    assert len(subnets) > 1
    assert ami.startswith("ami-")
    assert name.startswith("amzn2-ami-hvm-2.0.")
    stack.destroy()
    assert inventory.remaining() == []


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (lambda: aws.ec2.get_vpc(tags={"no": "such"}), "no matching VPC found"),
        (lambda: aws.ec2.get_ami(owners=["amazon"], name_regex="^none$"), "none fits"),
        (lambda: aws.ec2.get_ami(owners=["amazon"]), "fit; expected filters for one, or mostRecent"),
        (lambda: aws.ec2.get_subnets(filters=[{"name": "vpc-id", "values": ["vpc-1"]}]), "InvalidVpcID.NotFound"),
        (lambda: aws.ec2.Subnet("one", vpc_id="vpc-1", cidr_block="10.0.0.0/24"), "InvalidVpcID.NotFound"),
    ],
)
def test_missing_resources_are_refused_or_made_up_if_allowed(program: Any, message: str, stack_of: Any) -> None:
    refused = stack_of(program).up()
    assert message in "\n".join(refused.errors)
    allowed = stack_of(program, unmodelled="made-up").up()
    if "mostRecent" in message:
        assert message in "\n".join(allowed.errors)
    else:
        assert allowed.ok, allowed.errors
        assert any(message in diagnostic.text and "made up" in diagnostic.text for diagnostic in allowed.diagnostics)
    assert inventory.remaining() == []
