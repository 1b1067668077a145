"""Made-up outputs of unmodelled types of pulumi-aws have AWS's formats."""

import re

import pulumi
import pulumi_aws as aws
import pytest

from rehearsal import Project, Stack
from rehearsal.provider import MadeUp
from rehearsal_aws.made_up_names import made_up_value, replaces

HEX = "[0-9a-f]"
PLACE = "eu-west-1:123456789012"


def make_value(token, name, **given):
    asked = {"name": "thing", "seed": "seed", "id": "", "inputs": {}, "config": {"region": "eu-west-1"}} | given
    return made_up_value(MadeUp(token, name, **asked), "123456789012")


@pytest.mark.parametrize(
    ("token", "name", "form"),
    [
        ("aws:ecs/cluster:Cluster", "arn", f"arn:aws:ecs:{PLACE}:cluster/thing"),
        ("aws:lb/targetGroup:TargetGroup", "arn", f"arn:aws:elasticloadbalancing:{PLACE}:target-group/thing"),
        ("aws:iam/group:Group", "arn", "arn:aws:iam::123456789012:group/thing"),
        ("aws:rds/instance:Instance", "masterUserSecretArn", f"arn:aws:rds:{PLACE}:master-user-secret/{HEX}{{12}}"),
        ("aws:rds/instance:Instance", "endpoint", rf"{HEX}{{12}}\.rds\.eu-west-1\.amazonaws\.com"),
        ("aws:cloudfront/distribution:Distribution", "domainName", rf"{HEX}{{12}}\.cloudfront\.amazonaws\.com"),
        ("aws:apigatewayv2/api:Api", "apiEndpoint", rf"https://{HEX}{{12}}\.apigatewayv2\.eu-west-1\.amazonaws\.com"),
        ("aws:ec2/instance:Instance", "subnetId", f"subnet-{HEX}{{17}}"),
        ("aws:ec2/instance:Instance", "availabilityZone", "eu-west-1[abc]"),
        ("aws:ecr/repository:Repository", "registryId", "123456789012"),
        ("aws:ecr/getCredentials:getCredentials", "authorizationToken", "QVdTO[A-Za-z0-9+/=]+"),
        ("aws:lb/loadBalancer:LoadBalancer", "zoneId", "Z[0-9A-F]{20}"),
        ("aws:acm/certificate:Certificate", "resourceRecordName", rf"_{HEX}{{32}}\.example\.com\."),
        ("aws:acm/certificate:Certificate", "resourceRecordType", "CNAME"),
        ("aws:ec2/getVpc:getVpc", "id", f"vpc-{HEX}{{17}}"),
        ("aws:ec2/getSubnets:getSubnets", "id", f"subnet-{HEX}{{17}}"),
    ],
)
def test_values_are_plausible_for_aws(token, name, form):
    assert re.fullmatch(form, make_value(token, name))


@pytest.mark.parametrize(
    ("example", "form"),
    [
        ("vpc-a01106c2", f"vpc-{HEX}{{17}}"),
        ("arn:aws:x:us-west-2:111122223333:my-topic", f"arn:aws:x:{PLACE}:thing"),
        ("arn:aws:x:us-east-1:1:cert/7e7a28d2-163f-4b8f-b9cd-822f96c08d6a", f"arn:aws:x:{PLACE}:cert/[0-9a-f-]{{36}}"),
        ("arn:aws:x:us-east-1:1:lb/app/my-lb/50dc6c495c0c9188", f"arn:aws:x:{PLACE}:lb/app/thing/{HEX}{{16}}"),
        ("arn:aws:x:us-west-2:1:room/GoXEXyB4VwHb", f"arn:aws:x:{PLACE}:room/[A-Za-z0-9]{{12}}"),
        ("arn:aws:x:us-west-2:1:room/MyFirstRoom12", f"arn:aws:x:{PLACE}:room/thing"),
        ("https://queue.amazonaws.com/80398EXAMPLE/MyQueue", "https://queue.amazonaws.com/123456789012/thing"),
    ],
)
def test_an_id_has_the_format_of_the_documented_example(example, form):
    assert re.fullmatch(form, make_value("aws:x/thing:Thing", "id", example=example))


def test_the_outputs_arn_and_own_id_are_the_id():
    arn = f"arn:aws:x:{PLACE}:thing"
    assert make_value("aws:x/thing:Thing", "arn", id=arn) == arn
    assert make_value("aws:route53/zone:Zone", "zoneId", id="Z1") == "Z1"


def test_a_certificates_nested_domain_name_is_its_argument():
    inputs = {"domainName": "www.example.net", "name": "mine"}
    certificate = "aws:acm/certificate:Certificate"
    assert make_value(certificate, "domainName", inputs=inputs) == "www.example.net"
    assert make_value(certificate, "name", inputs=inputs) is None
    assert make_value(certificate, "domainName") != "www.example.net"


def test_tags_all_has_default_and_own_tags():
    config = {"defaultTags": '{"tags": {"a": "1", "b": "2"}}'}
    assert make_value("aws:x/thing:Thing", "tagsAll", config=config, inputs={"tags": {"b": "3"}}) == {
        "a": "1",
        "b": "3",
    }


def test_names_unrelated_to_aws_and_other_packages_get_none():
    assert make_value("aws:x/thing:Thing", "colour") is None
    assert make_value("toys:index/robot:Robot", "arn") is None
    assert not replaces("toys:index/robot:Robot", "region")


def program():
    vpc = aws.ec2.Vpc("main", cidr_block="10.0.0.0/16", tags={"team": "video"})
    subnet = aws.ec2.Subnet("main", vpc_id=vpc.id, cidr_block="10.0.1.0/24")
    certificate = aws.acm.Certificate("site", domain_name="example.com", validation_method="DNS")
    lb = aws.lb.LoadBalancer("front", subnets=[subnet.id])
    record = certificate.domain_validation_options[0]
    pulumi.export("ids", [vpc.id, subnet.id, certificate.id, lb.id])
    pulumi.export("arns", [vpc.arn, subnet.arn, certificate.arn, lb.arn])
    pulumi.export("validation", [record.resource_record_name, record.resource_record_type])
    pulumi.export("tags", vpc.tags_all)
    pulumi.export("name", lb.name)
    pulumi.export("cidr", aws.ec2.get_vpc(default=True).cidr_block)


@pytest.mark.slow("many types of pulumi-aws, each through its lifecycle")
def test_made_up_resources_of_pulumi_aws_complete_a_lifecycle(shared_cloud, tmp_path):
    config = {"aws:region": "eu-west-1"}
    stack = Stack(
        Project("proj", tmp_path, tmp_path),
        program=program,
        clouds=[lambda *_: shared_cloud],
        config=config,
        unmodelled="made-up",
    )
    up = stack.up()
    assert up.ok, up.errors
    ids, arns = up.outputs["ids"], up.outputs["arns"]
    assert re.fullmatch(rf"vpc-{HEX}{{17}}", ids[0])
    assert ids[2:] == arns[2:]
    assert all(arn.startswith("arn:aws:") and f":{PLACE}:" in arn for arn in arns)
    assert arns[3].split("/")[2] == up.outputs["name"]
    assert up.outputs["tags"] == {"team": "video"}
    preview = stack.preview()
    assert (set(preview.changes), preview.outputs) == ({"same"}, up.outputs)
    assert set(stack.refresh().changes) == {"same"}
    stack.config["aws:region"] = "eu-central-1"
    assert stack.up().ok
    assert set(stack.destroy().changes) == {"delete"}
