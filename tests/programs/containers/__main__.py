"""A restreamer on ECS behind a load balancer, with its stream key from Secrets Manager."""

import json

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel

config = pulumi.Config()
round_ = config.get("round") or "1"

vpc = aws.ec2.get_vpc(default=True)
subnets = aws.ec2.get_subnets(filters=[{"name": "vpc-id", "values": [vpc.id]}])
live = LiveChannel("restream", rotation_triggers={"round": round_})
secret = aws.secretsmanager.Secret("restream", recovery_window_in_days=0)
version = aws.secretsmanager.SecretVersion("restream", secret_id=secret.id, secret_string=live.stream_key)

cluster = aws.ecs.Cluster("restream")
group = aws.ec2.SecurityGroup(
    "front",
    vpc_id=vpc.id,
    ingress=[{"protocol": "tcp", "from_port": 80, "to_port": 80, "cidr_blocks": ["0.0.0.0/0"]}],
    egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
)
front = aws.lb.LoadBalancer("front", security_groups=[group.id], subnets=subnets.ids)
target = aws.lb.TargetGroup("front", port=80, protocol="HTTP", target_type="ip", vpc_id=vpc.id)
listener = aws.lb.Listener(
    "front",
    load_balancer_arn=front.arn,
    port=80,
    default_actions=[{"type": "forward", "target_group_arn": target.arn}],
)
role = aws.iam.Role(
    "task",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    ),
)
aws.iam.RolePolicyAttachment(
    "task", role=role.name, policy_arn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
)
task = aws.ecs.TaskDefinition(
    "restream",
    family="restream",
    cpu="256",
    memory="512",
    network_mode="awsvpc",
    requires_compatibilities=["FARGATE"],
    execution_role_arn=role.arn,
    container_definitions=pulumi.Output.json_dumps(
        [
            {
                "name": "restream",
                "image": "restream:latest",
                "portMappings": [{"containerPort": 80}],
                "environment": [{"name": "INGEST", "value": live.ingest_url}, {"name": "ROUND", "value": round_}],
                "secrets": [{"name": "KEY", "valueFrom": version.arn}],
            }
        ]
    ),
)
aws.ecs.Service(
    "restream",
    cluster=cluster.arn,
    desired_count=2,
    launch_type="FARGATE",
    task_definition=task.arn,
    network_configuration={"assign_public_ip": True, "subnets": subnets.ids, "security_groups": [group.id]},
    load_balancers=[{"target_group_arn": target.arn, "container_name": "restream", "container_port": 80}],
    opts=pulumi.ResourceOptions(depends_on=[listener]),
)
pulumi.export("url", pulumi.Output.concat("http://", front.dns_name))
pulumi.export("families", task.family)
