"""Route 53 zones and records."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from changes import changed
from rehearsal import Stack
from rehearsal_aws.cloud import inventory
from rehearsal_aws.resources import lookups
from rehearsal_aws.resources.catalog import MODELS

pytestmark = pytest.mark.filterwarnings("ignore:.*has been deprecated in favor of:DeprecationWarning")


class Domain:
    """A program of a zone with records, with attributes that tests change."""

    def __init__(self) -> None:
        self.address, self.text, self.kind = "192.0.2.1", "one", "A"

    def __call__(self) -> None:
        zone = aws.route53.Zone("zone", name="Example.com", tags={"team": "video"})
        values = {"A": [self.address], "AAAA": ["2001:db8::1"]}[self.kind]
        www = aws.route53.Record("www", zone_id=zone.zone_id, name="WWW", type=self.kind, ttl=60, records=values)
        aws.route53.Record("text", zone_id=zone.id, name="example.com", type="TXT", ttl=60, records=[self.text, "two"])
        alias = {"name": "D1.cloudfront.net", "zone_id": "Z2FDTNDATAQYW2", "evaluate_target_health": False}
        aws.route53.Record("alias", zone_id=zone.id, name="*.video.example.com", type="A", aliases=[alias])
        for side, weight in (("blue", 90), ("green", 10)):
            aws.route53.Record(
                side,
                zone_id=zone.id,
                name="app",
                type="CNAME",
                ttl=60,
                records=[f"{side}.example.net"],
                set_identifier=side,
                weighted_routing_policies=[{"weight": weight}],
            )
        for name in ("id", "name", "arn", "name_servers", "primary_name_server"):
            pulumi.export(name, getattr(zone, name))
        pulumi.export("www", pulumi.Output.all(www.id, www.name, www.fqdn))


@pytest.fixture
def program() -> Domain:
    return Domain()


@pytest.fixture
def stack(stack_of: Any, program: Domain) -> Stack:
    made: Stack = stack_of(program)
    return made


def records(client: Any, zone: str) -> dict[str, Any]:
    listed = client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {f"{one['Name']} {one['Type']}": one for one in listed if one["Type"] not in {"NS", "SOA"}}


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_records_and_their_zone_complete_a_lifecycle(stack: Stack, program: Domain, client: Any) -> None:
    first = stack.up()
    assert changed(first) == {"create": 7}
    out = first.outputs
    assert out["name"] == "example.com"
    assert out["arn"] == f"arn:aws:route53:::hostedzone/{out['id']}"
    assert out["primary_name_server"] == out["name_servers"][0]
    assert out["www"] == [f"{out['id']}_www_A", "www", "www.example.com"]
    existing_records = records(client, out["id"])
    assert existing_records["www.example.com. A"]["ResourceRecords"] == [{"Value": "192.0.2.1"}]
    assert existing_records["example.com. TXT"]["ResourceRecords"] == [{"Value": '"one"'}, {"Value": '"two"'}]
    assert changed(stack.preview()) == {}
    assert changed(stack.refresh()) == {}
    assert changed(stack.preview()) == {}

    program.address, program.text = "192.0.2.2", "three"
    assert changed(stack.up()) == {"update": 2}
    assert records(client, out["id"])["www.example.com. A"]["ResourceRecords"] == [{"Value": "192.0.2.2"}]
    program.kind = "AAAA"
    assert changed(stack.up()) == {"update": 1}
    assert {"www.example.com. A", "www.example.com. AAAA"} & records(client, out["id"]).keys() == {
        "www.example.com. AAAA"
    }
    assert changed(stack.refresh()) == {}

    assert inventory.remaining() != []
    assert changed(stack.destroy()).keys() == {"delete"}
    assert inventory.remaining() == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_drift_is_repaired(stack: Stack, client: Any) -> None:
    zone = stack.up().outputs["id"]
    existing_records = records(client, zone)
    other = {**existing_records["www.example.com. A"], "ResourceRecords": [{"Value": "203.0.113.1"}]}
    for action, record in (("UPSERT", other), ("DELETE", existing_records["example.com. TXT"])):
        change = {"Action": action, "ResourceRecordSet": record}
        client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    client("route53").update_hosted_zone_comment(Id=zone, Comment="drifted")
    assert changed(stack.refresh())["delete"] == 1
    assert changed(stack.up()) == {"create": 1, "update": 2}
    assert records(client, zone) == existing_records
    stack.destroy()


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_an_existing_record_is_overwritten_only_with_allow_overwrite(lifecycle: Any, client: Any) -> None:
    zone = client("route53").create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    record = {"Name": "www.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    change = {"Action": "CREATE", "ResourceRecordSet": record}
    client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    www = lifecycle(lambda **given: aws.route53.Record("www", zone_id=zone.rpartition("/")[2], name="www", **given))
    given = {"type": "A", "ttl": 60, "records": ["192.0.2.2"]}
    www.given = given
    assert "there is one of this name and type (A)" in www.stack.up().errors[0]
    assert www.up(**given, allow_overwrite=True) == ["create"]
    assert records(client, zone)["www.example.com. A"]["ResourceRecords"] == [{"Value": "192.0.2.2"}]
    www.destroy()


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_zone_with_other_records_is_deleted_only_with_force_destroy(lifecycle: Any, client: Any) -> None:
    zone = lifecycle(lambda **given: aws.route53.Zone("zone", name="example.com", **given))
    zone.up()
    record = {"Name": "unmanaged.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    change = {"Action": "CREATE", "ResourceRecordSet": record}
    client("route53").change_resource_record_sets(HostedZoneId=zone.state["id"], ChangeBatch={"Changes": [change]})
    refused = zone.stack.destroy()
    assert "HostedZoneNotEmpty" in refused.errors[0]
    zone.up(force_destroy=True)
    zone.destroy()
    assert inventory.remaining() == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_an_existing_zone_is_looked_up_by_its_name(stack_of: Any, client: Any) -> None:
    made = client("route53").create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]

    def program() -> None:
        zone = aws.route53.get_zone(name="example.com")
        aws.route53.Record("www", zone_id=zone.zone_id, name="www", type="A", ttl=60, records=["192.0.2.1"])
        pulumi.export("servers", zone.name_servers)

    stack = stack_of(program)
    up = stack.up()
    assert changed(up) == {"create": 2}
    assert len(up.outputs["servers"]) == 4
    assert "www.example.com. A" in records(client, made["Id"])
    stack.destroy()


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_dependents_of_a_missing_zone_are_made_up_if_allowed(
    stack_of: Any,
) -> None:
    def program() -> None:
        zone = aws.route53.get_zone(name="example.com")
        www = aws.route53.Record("www", zone_id=zone.zone_id, name="www", type="A", ttl=60, records=["192.0.2.1"])
        pulumi.export("fqdn", www.fqdn)

    assert "no matching hosted zone found" in "\n".join(stack_of(program).preview().errors)
    allowed = stack_of(program, unmodelled="made-up")
    first = allowed.up()
    assert changed(first) == {"create": 2}
    assert any("Record 'www' is made up" in said.text for said in first.diagnostics)
    assert changed(allowed.preview()) == {}
    assert changed(allowed.refresh()) == {}
    assert allowed.up().outputs == first.outputs
    assert changed(allowed.destroy()) == {"delete": 2}


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_private_zone_has_the_given_vpcs(lifecycle: Any, client: Any) -> None:
    first, second, third = (client("ec2").create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in range(3))
    zone = lifecycle(lambda vpcs: aws.route53.Zone("zone", name="example.com", vpcs=[{"vpc_id": one} for one in vpcs]))

    def vpc_ids() -> list[str]:
        return sorted(vpc["VPCId"] for vpc in client("route53").get_hosted_zone(Id=zone.state["id"])["VPCs"])

    assert zone.up(vpcs=[first, second]) == ["create"]
    assert vpc_ids() == sorted([first, second])
    assert {vpc["vpcRegion"] for vpc in zone.outputs["vpcs"]} == {"us-east-1"}
    # A private zone has no delegation set. As in Terraform, its name servers come from its NS record.
    assert len(zone.outputs["nameServers"]) == 4
    assert zone.outputs["primaryNameServer"] == zone.outputs["nameServers"][0]
    assert zone.up(vpcs=[second, first]) == ["same"]
    # The new VPC is associated first, because AWS refuses to remove the last VPC of a zone.
    assert zone.up(vpcs=[third]) == ["update"]
    assert vpc_ids() == [third]
    client("route53").associate_vpc_with_hosted_zone(
        HostedZoneId=zone.state["id"], VPC={"VPCId": first, "VPCRegion": "us-east-1"}
    )
    assert zone.drift() == ["update"]
    assert vpc_ids() == [third]
    zone.given = {"vpcs": []}
    assert "LastVPCAssociation" in zone.stack.up().errors[0]
    assert vpc_ids() == [third]
    zone.destroy()


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_public_zone_cannot_become_a_private_one(lifecycle: Any, client: Any) -> None:
    vpc = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zone = lifecycle(lambda **given: aws.route53.Zone("zone", name="example.com", **given))
    assert zone.up() == ["create"]
    zone.given = {"vpcs": [{"vpc_id": vpc}]}
    assert "PublicZoneVPCAssociation" in zone.stack.up().errors[0]
    zone.destroy()


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_private_zone_is_looked_up_by_its_vpc(stack_of: Any, client: Any) -> None:
    vpc, other = (client("ec2").create_vpc(CidrBlock=f"10.{n}.0.0/16")["Vpc"]["VpcId"] for n in range(2))
    for number, one in enumerate((vpc, other)):
        client("route53").create_hosted_zone(
            Name="example.com",
            CallerReference=str(number),
            HostedZoneConfig={"PrivateZone": True},
            VPC={"VPCId": one, "VPCRegion": "us-east-1"},
        )

    def program() -> None:
        zone = aws.route53.get_zone(name="example.com", vpc_id=vpc)
        pulumi.export(
            "zone", [zone.private_zone, len(zone.name_servers), zone.primary_name_server in zone.name_servers]
        )
        pulumi.export("id", zone.zone_id)

    outputs = stack_of(program).up().outputs
    assert outputs["zone"] == [True, 4, True]
    found = client("route53").get_hosted_zone(Id=outputs["id"])
    assert [one["VPCId"] for one in found["VPCs"]] == [vpc]
    refused = stack_of(lambda: aws.route53.get_zone(name="example.com", private_zone=True)).preview()
    assert "2 fit; expected a name or tags of one" in refused.errors[0]
    refused = stack_of(lambda: aws.route53.get_zone(private_zone=True)).preview()
    assert "expected zoneId or name, got neither" in refused.errors[0]


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_records_support_geolocation_latency_and_failover_routing(lifecycle: Any, client: Any) -> None:
    zone = client("route53").create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    given = {"name": "www", "type": "A", "ttl": 60, "records": ["192.0.2.1"], "set_identifier": "one"}
    www = lifecycle(lambda **more: aws.route53.Record("www", zone_id=zone.rpartition("/")[2], **given, **more))

    def www_record() -> dict[str, Any]:
        return records(client, zone)["www.example.com. A"]

    assert www.up(geolocation_routing_policies=[{"country": "US", "subdivision": "CA"}]) == ["create"]
    assert www_record()["GeoLocation"] == {"CountryCode": "US", "SubdivisionCode": "CA"}
    assert www.up(geolocation_routing_policies=[{"continent": "EU"}]) == ["update"]
    assert www_record()["GeoLocation"] == {"ContinentCode": "EU"}
    assert www.up(latency_routing_policies=[{"region": "eu-west-1"}]) == ["update"]
    assert www_record()["Region"] == "eu-west-1"
    assert www.up(failover_routing_policies=[{"type": "PRIMARY"}], health_check_id="h-1") == ["update"]
    assert (www_record()["Failover"], www_record()["HealthCheckId"]) == ("PRIMARY", "h-1")
    www.destroy()


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_an_incomplete_record_is_refused(stack_of: Any, client: Any) -> None:
    zone = client("route53").create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"]
    without_ttl = stack_of(lambda: aws.route53.Record("www", zone_id=zone, name="www", type="A", records=["192.0.2.1"]))
    assert "Route 53 Record (www.example.com): expected ttl, which records need" in without_ttl.up().errors[0]


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_tags_select_one_of_several_zones_with_one_name(
    stack_of: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for team in ("video", "chat"):
        made = client("route53").create_hosted_zone(Name="example.com", CallerReference=team)["HostedZone"]
        client("route53").change_tags_for_resource(
            ResourceType="hostedzone",
            ResourceId=made["Id"].rpartition("/")[2],
            AddTags=[{"Key": "team", "Value": team}, {"Key": "stage", "Value": "prod"}],
        )

    def program() -> None:
        zone = aws.route53.get_zone(name="example.com", tags={"team": "chat"})
        pulumi.export("found", [zone.tags, zone.caller_reference])

    read, calls = lookups._tags_of_zone, []
    monkeypatch.setattr(lookups, "_tags_of_zone", lambda client, id_: calls.append(id_) or read(client, id_))
    assert stack_of(program).up().outputs["found"] == [{"team": "chat", "stage": "prod"}, "chat"]
    assert len(calls) == 2
    refused = stack_of(lambda: aws.route53.get_zone(name="example.com", tags={"stage": "prod"})).preview()
    assert "2 fit; expected a name or tags of one" in refused.errors[0]
    refused = stack_of(lambda: aws.route53.get_zone(name="example.com", tags={"stage": "dev"})).preview()
    assert "no matching hosted zone found" in refused.errors[0]


def test_a_private_zone_has_no_delegation_set() -> None:
    zone = MODELS["aws:route53/zone:Zone"]()
    zone.configure({"region": "us-east-1"})
    given = {"name": "example.com", "vpcs": [{"vpcId": "vpc-1"}], "delegationSetId": "N1"}
    (failure,) = zone.check("urn:pulumi:dev::p::aws:route53/zone:Zone::zone", {}, given).failures
    assert failure.reason == "expected at most one of delegationSetId, vpcs"
