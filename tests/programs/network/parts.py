"""A network as a component."""

import ipaddress

import pulumi
import pulumi_aws as aws


class Network(pulumi.ComponentResource):
    """A VPC with a public and a private subnet in each of some availability zones."""

    def __init__(self, name, cidr, zones, opts=None):
        super().__init__("studio:network:Network", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.vpc = aws.ec2.Vpc(name, cidr_block=cidr, enable_dns_hostnames=True, tags={"Name": name}, opts=child)
        gateway = aws.ec2.InternetGateway(name, vpc_id=self.vpc.id, opts=child)
        routes = aws.ec2.RouteTable(
            f"{name}-public",
            vpc_id=self.vpc.id,
            routes=[{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}],
            opts=child,
        )
        blocks = ipaddress.ip_network(cidr).subnets(new_prefix=24)
        self.public, self.private = [], []
        for zone in zones:
            for kind, subnets in (("public", self.public), ("private", self.private)):
                subnet = aws.ec2.Subnet(
                    f"{name}-{kind}-{zone}",
                    vpc_id=self.vpc.id,
                    cidr_block=str(next(blocks)),
                    availability_zone=zone,
                    map_public_ip_on_launch=kind == "public",
                    tags={"kind": kind},
                    opts=child,
                )
                subnets.append(subnet)
                if kind == "public":
                    aws.ec2.RouteTableAssociation(
                        f"{name}-{zone}", subnet_id=subnet.id, route_table_id=routes.id, opts=child
                    )
        self.register_outputs({"vpc_id": self.vpc.id})
