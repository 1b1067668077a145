"""Drift, import and deletion, for each type that has a table.

Drift is found and repaired, existing resources are imported without a diff, and deleted resources are detected.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pytest

from rehearsal.provider import ProviderError
from rehearsal_aws.cloud import inventory
from rehearsal_aws.resources.catalog import MODELS
from rehearsal_aws.resources.table_resource import TableResource

pytestmark = pytest.mark.filterwarnings("ignore:.*has been deprecated in favor of:DeprecationWarning")
REGION, ACCOUNT = "us-east-1", "123456789012"
LAMBDA = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
Clients = Callable[[str], Any]


def document(action: str = "s3:*", **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def assumed_by(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclasses.dataclass(frozen=True)
class Case:
    """One type: a function that creates its prerequisites and returns its arguments, and one that causes drift."""

    given: Callable[[Clients], Mapping[str, Any]]
    cause_drift: Callable[[Clients, str, Mapping[str, Any]], Any]
    not_returned: frozenset[str] = frozenset()
    """Arguments that AWS does not return, so that a resource differs in them after its import."""
    import_id: str = "{id}"
    """The id to import it by, as a format of its id and outputs."""
    always_exists: bool = False
    """Whether AWS always has such a setting, so that a read finds it even after its deletion."""


def bucket(aws: Clients) -> str:
    aws("s3").create_bucket(Bucket="files-of-video")
    return "files-of-video"


def queue(aws: Clients) -> tuple[str, str]:
    url = aws("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    attributes = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return url, attributes["Attributes"]["QueueArn"]


def role(aws: Clients) -> str:
    found = aws("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=assumed_by("lambda"))
    return str(found["Role"]["Arn"])


def user(aws: Clients) -> str:
    aws("iam").create_user(UserName="encoder")
    return "encoder"


def policy(aws: Clients) -> str:
    return str(aws("iam").create_policy(PolicyName="shared", PolicyDocument=document())["Policy"]["Arn"])


def key(aws: Clients) -> str:
    return str(aws("kms").create_key()["KeyMetadata"]["KeyId"])


def function(aws: Clients) -> str:
    code = {"ZipFile": b"def handler(*_): ..."}
    made = aws("lambda").create_function(
        FunctionName="f", Role=role(aws), Runtime="python3.12", Handler="main.handler", Code=code
    )
    return str(made["FunctionName"])


def rule(aws: Clients) -> str:
    aws("events").put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
    return "nightly"


def zone(aws: Clients) -> str:
    made = aws("route53").create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]
    return str(made["Id"].rpartition("/")[2])


def vpc(aws: Clients) -> str:
    return str(aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


def subnet(aws: Clients) -> tuple[str, str]:
    network = vpc(aws)
    return network, aws("ec2").create_subnet(VpcId=network, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]


def gateway(aws: Clients, network: str) -> str:
    made = aws("ec2").create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws("ec2").attach_internet_gateway(InternetGatewayId=made, VpcId=network)
    return str(made)


def route_table(aws: Clients) -> Mapping[str, Any]:
    network = vpc(aws)
    route = {"cidrBlock": "0.0.0.0/0", "gatewayId": gateway(aws, network)}
    return {"vpcId": network, "routes": [route]}


def association(aws: Clients) -> Mapping[str, Any]:
    network, place = subnet(aws)
    table = aws("ec2").create_route_table(VpcId=network)["RouteTable"]["RouteTableId"]
    return {"subnetId": place, "routeTableId": table}


def notification(aws: Clients) -> Mapping[str, Any]:
    _, arn = queue(aws)
    return {"bucket": bucket(aws), "queues": [{"queueArn": arn, "events": ["s3:ObjectCreated:*"]}]}


def other_record(aws: Clients, id_: str, outputs: Mapping[str, Any]) -> None:
    record = {"Name": "www.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "203.0.113.1"}]}
    change = {"Action": "UPSERT", "ResourceRecordSet": record}
    aws("route53").change_resource_record_sets(HostedZoneId=outputs["zoneId"], ChangeBatch={"Changes": [change]})


ALARM = {
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 1,
    "metricName": "Errors",
    "namespace": "AWS/Lambda",
    "period": 60,
    "statistic": "Sum",
    "threshold": 1,
}
TABLE = {"attributes": [{"name": "id", "type": "S"}], "hashKey": "id", "billingMode": "PAY_PER_REQUEST"}
TARGET = {"arn": LAMBDA, "roleArn": f"arn:aws:iam::{ACCOUNT}:role/worker"}
SCHEDULE = {"scheduleExpression": "rate(1 day)", "flexibleTimeWindow": {"mode": "OFF"}, "target": TARGET}
CODE = pulumi.AssetArchive({"main.py": pulumi.StringAsset("def handler(*_): ...")})
READ = document("s3:GetObject", Principal="*", Sid="A")
WRITE = document("s3:PutObject", Principal="*", Sid="A")
SEND = document("sqs:SendMessage", Principal="*", Sid="A")
PUBLISH = document("sns:Publish", Principal="*", Sid="A")
RECEIVE = document("sqs:ReceiveMessage", Principal="*", Sid="A")
TAGS = [{"Key": "drifted", "Value": "yes"}]

CASES: Mapping[str, Case] = {
    "aws:cloudwatch/eventBus:EventBus": Case(
        lambda aws: {"name": "orders"},
        lambda aws, id_, out: aws("events").tag_resource(ResourceARN=out["arn"], Tags=TAGS),
    ),
    "aws:cloudwatch/eventRule:EventRule": Case(
        lambda aws: {"name": "nightly", "scheduleExpression": "rate(1 day)"},
        lambda aws, id_, out: aws("events").put_rule(Name="nightly", ScheduleExpression="rate(2 days)"),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Case(
        lambda aws: {"rule": rule(aws), "arn": LAMBDA, "targetId": "t", "input": '{"a": 1}'},
        lambda aws, id_, out: aws("events").put_targets(
            Rule="nightly", Targets=[{"Id": "t", "Arn": LAMBDA, "Input": '{"a": 2}'}]
        ),
        import_id="{rule}/{targetId}",
    ),
    "aws:cloudwatch/logGroup:LogGroup": Case(
        lambda aws: {"name": "logs", "retentionInDays": 7},
        lambda aws, id_, out: aws("logs").put_retention_policy(logGroupName="logs", retentionInDays=14),
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Case(
        lambda aws: {"name": "errors", **ALARM},
        lambda aws, id_, out: aws("cloudwatch").put_metric_alarm(
            AlarmName="errors",
            **{name[0].upper() + name[1:]: value for name, value in {**ALARM, "threshold": 5}.items()},
        ),
    ),
    "aws:dynamodb/table:Table": Case(
        lambda aws: {"name": "viewers", **TABLE},
        lambda aws, id_, out: aws("dynamodb").tag_resource(ResourceArn=out["arn"], Tags=TAGS),
    ),
    "aws:ec2/vpc:Vpc": Case(
        lambda aws: {"cidrBlock": "10.0.0.0/16"},
        lambda aws, id_, out: aws("ec2").modify_vpc_attribute(VpcId=id_, EnableDnsSupport={"Value": False}),
    ),
    "aws:ec2/subnet:Subnet": Case(
        lambda aws: {"vpcId": vpc(aws), "cidrBlock": "10.0.1.0/24"},
        lambda aws, id_, out: aws("ec2").modify_subnet_attribute(SubnetId=id_, MapPublicIpOnLaunch={"Value": True}),
    ),
    "aws:ec2/securityGroup:SecurityGroup": Case(
        lambda aws: {
            "name": "web",
            "vpcId": vpc(aws),
            "ingress": [{"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": ["0.0.0.0/0"]}],
        },
        lambda aws, id_, out: aws("ec2").revoke_security_group_ingress(
            GroupId=id_,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
        ),
    ),
    "aws:ec2/internetGateway:InternetGateway": Case(
        lambda aws: {"vpcId": vpc(aws)},
        lambda aws, id_, out: aws("ec2").detach_internet_gateway(InternetGatewayId=id_, VpcId=out["vpcId"]),
    ),
    "aws:ec2/routeTable:RouteTable": Case(
        route_table,
        lambda aws, id_, out: aws("ec2").delete_route(RouteTableId=id_, DestinationCidrBlock="0.0.0.0/0"),
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Case(
        association,
        lambda aws, id_, out: aws("ec2").replace_route_table_association(
            AssociationId=id_,
            RouteTableId=aws("ec2").create_route_table(VpcId=subnet_network(aws, out))["RouteTable"]["RouteTableId"],
        ),
    ),
    "aws:iam/accessKey:AccessKey": Case(
        lambda aws: {"user": user(aws)},
        lambda aws, id_, out: aws("iam").update_access_key(UserName="encoder", AccessKeyId=id_, Status="Inactive"),
    ),
    "aws:iam/role:Role": Case(
        lambda aws: {"name": "worker", "assumeRolePolicy": assumed_by("lambda")},
        lambda aws, id_, out: aws("iam").update_assume_role_policy(RoleName=id_, PolicyDocument=assumed_by("ec2")),
    ),
    "aws:iam/rolePolicy:RolePolicy": Case(
        lambda aws: {"name": "own", "role": role(aws).rpartition("/")[2], "policy": document()},
        lambda aws, id_, out: aws("iam").put_role_policy(
            RoleName="worker", PolicyName="own", PolicyDocument=document("sns:*")
        ),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Case(
        lambda aws: {"role": role(aws).rpartition("/")[2], "policyArn": policy(aws)},
        lambda aws, id_, out: aws("iam").detach_role_policy(RoleName="worker", PolicyArn=out["policyArn"]),
    ),
    "aws:iam/policy:Policy": Case(
        lambda aws: {"name": "shared", "policy": document()},
        lambda aws, id_, out: aws("iam").create_policy_version(
            PolicyArn=id_, PolicyDocument=document("sns:*"), SetAsDefault=True
        ),
    ),
    "aws:iam/user:User": Case(
        lambda aws: {"name": "encoder", "path": "/a/"},
        lambda aws, id_, out: aws("iam").update_user(UserName=id_, NewPath="/b/"),
    ),
    "aws:kinesis/stream:Stream": Case(
        lambda aws: {"name": "events", "shardCount": 1},
        lambda aws, id_, out: aws("kinesis").increase_stream_retention_period(
            StreamName="events", RetentionPeriodHours=48
        ),
    ),
    "aws:kms/key:Key": Case(
        lambda aws: {"description": "for secrets"},
        lambda aws, id_, out: aws("kms").update_key_description(KeyId=id_, Description="drifted"),
    ),
    "aws:kms/alias:Alias": Case(
        lambda aws: {"name": "alias/key", "targetKeyId": key(aws)},
        lambda aws, id_, out: aws("kms").update_alias(AliasName=id_, TargetKeyId=key(aws)),
    ),
    "aws:lambda/function:Function": Case(
        lambda aws: {
            "name": "f",
            "role": role(aws),
            "runtime": "python3.12",
            "handler": "main.handler",
            "memorySize": 128,
            "code": CODE,
        },
        lambda aws, id_, out: aws("lambda").update_function_configuration(FunctionName="f", MemorySize=512),
        not_returned=frozenset({"code"}),
    ),
    "aws:lambda/permission:Permission": Case(
        lambda aws: {
            "function": function(aws),
            "statementId": "nightly",
            "action": "lambda:InvokeFunction",
            "principal": "events.amazonaws.com",
        },
        lambda aws, id_, out: aws("lambda").remove_permission(FunctionName="f", StatementId="nightly"),
        import_id="{function}/{statementId}",
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Case(
        lambda aws: {"functionName": function(aws), "eventSourceArn": queue(aws)[1], "batchSize": 5},
        lambda aws, id_, out: aws("lambda").update_event_source_mapping(UUID=id_, BatchSize=9),
    ),
    "aws:route53/zone:Zone": Case(
        lambda aws: {"name": "example.com", "comment": "ours"},
        lambda aws, id_, out: aws("route53").update_hosted_zone_comment(Id=id_, Comment="drifted"),
    ),
    "aws:route53/record:Record": Case(
        lambda aws: {"zoneId": zone(aws), "name": "www", "type": "A", "ttl": 60, "records": ["192.0.2.1"]},
        other_record,
    ),
    "aws:s3/bucketNotification:BucketNotification": Case(
        notification,
        lambda aws, id_, out: aws("s3").put_bucket_notification_configuration(Bucket=id_, NotificationConfiguration={}),
        always_exists=True,
    ),
    **{
        token: Case(
            lambda aws: {"bucket": bucket(aws), "key": "a.txt", "content": "one", "contentType": "text/plain"},
            lambda aws, id_, out: aws("s3").put_object(
                Bucket="files-of-video", Key="a.txt", Body=b"one", ContentType="text/html"
            ),
            not_returned=frozenset({"content"}),
        )
        for token in ("aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2")
    },
    "aws:s3/bucketPolicy:BucketPolicy": Case(
        lambda aws: {"bucket": bucket(aws), "policy": READ},
        lambda aws, id_, out: aws("s3").put_bucket_policy(Bucket=id_, Policy=WRITE),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Case(
        lambda aws: {"bucket": bucket(aws), "blockPublicAcls": True},
        lambda aws, id_, out: aws("s3").put_public_access_block(
            Bucket=id_, PublicAccessBlockConfiguration={"BlockPublicAcls": False}
        ),
    ),
    **{
        token: Case(
            lambda aws: {"bucket": bucket(aws), "versioningConfiguration": {"status": "Enabled"}},
            lambda aws, id_, out: aws("s3").put_bucket_versioning(
                Bucket=id_, VersioningConfiguration={"Status": "Suspended"}
            ),
            always_exists=True,
        )
        for token in ("aws:s3/bucketVersioning:BucketVersioning", "aws:s3/bucketVersioningV2:BucketVersioningV2")
    },
    "aws:scheduler/schedule:Schedule": Case(
        lambda aws: {"name": "nightly", **SCHEDULE},
        lambda aws, id_, out: aws("scheduler").update_schedule(
            Name="nightly",
            ScheduleExpression="rate(2 days)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": TARGET["arn"], "RoleArn": TARGET["roleArn"]},
        ),
    ),
    "aws:sns/topic:Topic": Case(
        lambda aws: {"name": "news", "displayName": "News"},
        lambda aws, id_, out: aws("sns").set_topic_attributes(
            TopicArn=id_, AttributeName="DisplayName", AttributeValue="Theirs"
        ),
    ),
    "aws:sns/topicPolicy:TopicPolicy": Case(
        lambda aws: {"arn": aws("sns").create_topic(Name="news")["TopicArn"], "policy": PUBLISH},
        lambda aws, id_, out: aws("sns").set_topic_attributes(
            TopicArn=id_, AttributeName="Policy", AttributeValue=document("sns:Subscribe", Principal="*", Sid="A")
        ),
        always_exists=True,
    ),
    "aws:sns/topicSubscription:TopicSubscription": Case(
        lambda aws: {
            "topic": aws("sns").create_topic(Name="news")["TopicArn"],
            "protocol": "sqs",
            "endpoint": queue(aws)[1],
        },
        lambda aws, id_, out: aws("sns").set_subscription_attributes(
            SubscriptionArn=id_, AttributeName="RawMessageDelivery", AttributeValue="true"
        ),
    ),
    "aws:sqs/queue:Queue": Case(
        lambda aws: {"name": "jobs", "delaySeconds": 5},
        lambda aws, id_, out: aws("sqs").set_queue_attributes(QueueUrl=id_, Attributes={"DelaySeconds": "9"}),
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Case(
        lambda aws: {"queueUrl": queue(aws)[0], "policy": SEND},
        lambda aws, id_, out: aws("sqs").set_queue_attributes(QueueUrl=id_, Attributes={"Policy": RECEIVE}),
    ),
}


def subnet_network(aws: Clients, out: Mapping[str, Any]) -> str:
    (found,) = aws("ec2").describe_subnets(SubnetIds=[out["subnetId"]])["Subnets"]
    return str(found["VpcId"])


def types(*, of_ec2: bool) -> list[str]:
    return sorted(token for token in CASES if token.startswith("aws:ec2/") is of_ec2)


@dataclasses.dataclass
class CreatedResource:
    """A resource that its provider has created, without an engine."""

    token: str
    provider: TableResource
    given: Mapping[str, Any]

    def __post_init__(self) -> None:
        self.urn = f"urn:pulumi:dev::proj::{self.token}::it"
        checked = self.provider.check(self.urn, {}, dict(self.given))
        assert checked.failures == ()
        self.inputs = checked.inputs
        made = self.provider.create(self.urn, self.inputs)
        self.id, self.outputs = made.id, made.outputs

    def changed(self, outputs: Mapping[str, Any]) -> set[str]:
        found = self.provider.diff(self.urn, self.id, self.inputs, dict(outputs), self.inputs)
        assert found.changes is bool(found.detailed)
        return set(found.detailed)

    def read(self) -> dict[str, Any] | None:
        found = self.provider.read(self.urn, self.id, self.inputs, self.outputs)
        return None if found is None else found.outputs


@pytest.fixture
def one(client: Clients) -> Callable[[str], CreatedResource]:
    def make(token: str) -> CreatedResource:
        provider = MODELS[token]()
        assert isinstance(provider, TableResource)
        provider.configure({"region": REGION})
        return CreatedResource(token, provider, CASES[token].given(client))

    return make


def check_drift(it: CreatedResource, client: Clients) -> None:
    assert it.changed(it.outputs) == set()
    assert it.read() == it.outputs
    CASES[it.token].cause_drift(client, it.id, it.outputs)
    drifted = it.read()
    if drifted is None:
        made = it.provider.create(it.urn, it.inputs)
        it.id, it.outputs = made.id, made.outputs
    else:
        assert it.changed(drifted) != set()
        it.outputs = it.provider.update(it.urn, it.id, it.inputs, drifted, it.inputs)
    repaired = it.read()
    assert repaired is not None
    assert it.changed(repaired) == set()


def check_import(it: CreatedResource) -> None:
    by = CASES[it.token].import_id.format_map({**it.outputs, "id": it.id})
    found = it.provider.adopt(it.urn, by, it.inputs)
    assert found is not None
    assert found.id == it.id
    assert it.changed(found.outputs) == CASES[it.token].not_returned
    assert found.inputs.keys() <= {*it.provider.arguments, "region", "tags", "__defaults"}


def check_deletion(it: CreatedResource) -> None:
    it.provider.delete(it.urn, it.id, it.inputs, it.outputs)
    assert CASES[it.token].always_exists or it.read() is None
    it.provider.delete(it.urn, it.id, it.inputs, it.outputs)


def check_all(it: CreatedResource, client: Clients) -> None:
    check_import(it)
    check_drift(it, client)
    check_deletion(it)


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
@pytest.mark.parametrize("token", types(of_ec2=False))
def test_drift_is_repaired_and_existing_and_deleted_resources_are_handled(
    token: str, one: Any, client: Clients
) -> None:
    check_all(one(token), client)


@pytest.mark.slow("moto loads a hundred MiB of lists with EC2")
@pytest.mark.parametrize("token", types(of_ec2=True))
def test_the_same_holds_for_networks(token: str, one: Any, client: Clients) -> None:
    check_all(one(token), client)


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_numbers_and_booleans_can_be_strings(one: Any, client: Clients) -> None:
    queue = one("aws:sqs/queue:Queue")
    given = {"name": "other", "delaySeconds": "5", "fifoQueue": "false"}
    checked = queue.provider.check(queue.urn, {}, given).inputs
    assert (checked["delaySeconds"], checked["fifoQueue"]) == (5, False)
    made = queue.provider.create(queue.urn, checked)
    assert client("sqs").get_queue_attributes(QueueUrl=made.id, AttributeNames=["DelaySeconds"])["Attributes"] == {
        "DelaySeconds": "5"
    }


def test_every_table_has_a_case() -> None:
    tables = {token for token, model in MODELS.items() if isinstance(model, type) and issubclass(model, TableResource)}
    assert tables == CASES.keys()


@pytest.mark.parametrize("token", ["aws:iam/role:Role", "aws:sqs/queue:Queue"])
def test_leftovers_are_found(token: str, one: Any) -> None:
    one(token)
    assert inventory.remaining() != []


@pytest.mark.parametrize(
    ("token", "form"),
    [
        ("aws:route53/record:Record", "ZONE_NAME_TYPE or ZONE_NAME_TYPE_SET"),
        ("aws:iam/rolePolicy:RolePolicy", "ROLE:POLICY"),
        ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "ROLE/POLICY_ARN"),
        ("aws:lambda/permission:Permission", "FUNCTION/STATEMENT"),
        ("aws:s3/bucketObjectv2:BucketObjectv2", "BUCKET/KEY"),
        ("aws:cloudwatch/eventTarget:EventTarget", "RULE/TARGET or BUS/RULE/TARGET"),
    ],
)
def test_an_incomplete_id_is_refused_with_its_format(token: str, form: str) -> None:
    provider = MODELS[token]()
    provider.configure({"region": REGION})
    with pytest.raises(ProviderError, match="nonsense") as refused:
        provider.read("urn:pulumi:dev::p::" + token + "::x", "nonsense", {}, {})
    assert str(refused.value).endswith(f"expected an id of the form {form}, got 'nonsense'")
