"""A VPC with subnets from a loop and a component, and an encoder in it that streams to a channel."""

import pulumi
import pulumi_aws as aws
from parts import Network

from ivs_channel import LiveChannel

config = pulumi.Config()
count = config.get_int("zones") or 2
round_ = config.get("round") or "1"

zones = aws.get_availability_zones(state="available").names[:count]
network = Network("studio", "10.20.0.0/16", zones)

group = aws.ec2.SecurityGroup(
    "encoder",
    vpc_id=network.vpc.id,
    description="The encoder goes out, and nobody comes in.",
    egress=[{"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]}],
)
live = LiveChannel("studio", rotation_triggers={"round": round_})
parameter = aws.ssm.Parameter("key", type="SecureString", value=live.stream_key)

image = aws.ec2.get_ami(owners=["amazon"], most_recent=True, filters=[{"name": "name", "values": ["al2023-*"]}])
encoder = aws.ec2.Instance(
    "encoder",
    ami=image.id,
    instance_type="c7i.large",
    subnet_id=network.public[0].id,
    vpc_security_group_ids=[group.id],
    user_data=pulumi.Output.format("#!/bin/sh\nexport KEY={0} INGEST={1}\n", parameter.name, live.ingest_url),
    tags={"round": round_},
)
address = aws.ec2.Eip("encoder", instance=encoder.id)

pulumi.export("vpc", network.vpc.id)
pulumi.export("subnets", [subnet.id for subnet in (*network.public, *network.private)])
pulumi.export("address", address.public_ip)
