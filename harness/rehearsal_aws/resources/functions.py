"""The functions of pulumi-aws that are modelled."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from typing import Any, ClassVar

from rehearsal.provider import CheckFailure, InvokeResult, PropertyMap, Provider, ProviderError
from rehearsal_aws.argument_rules import loader
from rehearsal_aws.errors import translate_aws_errors
from rehearsal_aws.policy_documents import policy_document
from rehearsal_aws.regions import is_region
from rehearsal_aws.regions import problem as problem_of_region
from rehearsal_aws.resources.connection import Connection, connect
from rehearsal_aws.resources.tags import split

__all__ = ["AvailabilityZones", "CallerIdentity", "Function", "Partition", "PolicyDocument", "Region", "StreamKey"]


class Function(Provider):
    """One function. `known` are its arguments, of which some are `required`; `result` computes its result."""

    known: ClassVar[frozenset[str]] = frozenset()
    required: ClassVar[frozenset[str]] = frozenset()

    def __init__(self) -> None:
        self.connection = Connection({})

    def configure(self, config: PropertyMap) -> None:
        self.connection = connect(config)

    def invoke(self, token: str, args: PropertyMap) -> InvokeResult:
        given = {name: value for name, value in args.items() if value is not None}
        failures = tuple(self._failures(token, given))
        return InvokeResult({} if failures else self.result(given), failures)

    def _failures(self, token: str, given: PropertyMap) -> Iterator[CheckFailure]:
        for name in sorted(given.keys() - self.known):
            yield CheckFailure(name, f"{token} has no such argument; expected one of {', '.join(sorted(self.known))}")
        for name in sorted(self.required - given.keys()):
            yield CheckFailure(name, f"{token} needs this argument")

    def result(self, args: PropertyMap) -> PropertyMap:
        """Return the function's result."""
        raise NotImplementedError


class CallerIdentity(Function):
    """``aws:index/getCallerIdentity:getCallerIdentity``: the account and user of the provider's credentials."""

    known = frozenset({"id"})

    def result(self, args: PropertyMap) -> PropertyMap:
        client = self.connection.client("sts", self.connection.region)
        with translate_aws_errors("reading the caller's identity"):
            caller = client.get_caller_identity()
        account = caller["Account"]
        return {"accountId": account, "arn": caller["Arn"], "id": args.get("id", account), "userId": caller["UserId"]}


class Region(Function):
    """``aws:index/getRegion:getRegion``: the region by name or endpoint, or the provider's."""

    known = frozenset({"endpoint", "id", "name", "region"})

    def result(self, args: PropertyMap) -> PropertyMap:
        name = args.get("region") or args.get("name")
        regions = _regions()
        if args.get("endpoint"):
            by_endpoint = {endpoint: region for region, (endpoint, _) in regions.items()}
            if args["endpoint"] not in by_endpoint:
                raise ProviderError(f"reading Region: expected an endpoint of EC2's, got {args['endpoint']!r}")
            if name and name != by_endpoint[args["endpoint"]]:
                raise ProviderError(f"reading Region: the endpoint {args['endpoint']} is not one of {name}")
            name = by_endpoint[args["endpoint"]]
        name = name or self.connection.region
        if name not in regions:
            raise ProviderError(f"reading Region: expected a region such as us-east-1, got {name!r}")
        endpoint, description = regions[name]
        return {"description": description, "endpoint": endpoint, "id": name, "name": name, "region": name}


class AvailabilityZones(Function):
    """``aws:index/getAvailabilityZones:getAvailabilityZones``: EC2's zones in the region."""

    known = frozenset(
        {"allAvailabilityZones", "excludeNames", "excludeZoneIds", "filters", "id", "region", "state", "timeouts"}
    )

    def result(self, args: PropertyMap) -> PropertyMap:
        region = args.get("region") or self.connection.region
        with translate_aws_errors("reading the availability zones"):
            zones = self.connection.client("ec2", region).describe_availability_zones()["AvailabilityZones"]
        excluded = {*(args.get("excludeNames") or ()), *(args.get("excludeZoneIds") or ())}
        zones = [zone for zone in zones if not excluded & {zone["ZoneName"], zone["ZoneId"]}]
        given = {name: value for name, value in args.items() if name in self.known}
        return {
            **given,
            "groupNames": sorted({region}),
            "id": region,
            "names": [zone["ZoneName"] for zone in zones],
            "region": region,
            "zoneIds": [zone["ZoneId"] for zone in zones],
        }


class Partition(Function):
    """``aws:index/getPartition:getPartition``: the partition of the provider's region."""

    known = frozenset({"id", "region"})

    def result(self, args: PropertyMap) -> PropertyMap:
        del args
        region = self.connection.region
        # As in AWS's SDKs, a region that botocore does not know belongs to the partition whose pattern it matches.
        listed = [one for one in _partitions() if region in one["regions"]]
        like_it = [one for one in _partitions() if re.match(one["regionRegex"], region)]
        for partition in (*listed, *like_it):
            name, suffix = partition["id"], partition["outputs"]["dnsSuffix"]
            reverse = ".".join(reversed(suffix.split(".")))
            return {"dnsSuffix": suffix, "id": name, "partition": name, "reverseDnsPrefix": reverse}
        raise ProviderError(f"reading Partition: expected a region such as us-east-1, got {region!r}")


class PolicyDocument(Function):
    """``aws:iam/getPolicyDocument:getPolicyDocument``: a policy as JSON, in Terraform's form."""

    known = frozenset(
        {
            "overridePolicyDocuments",
            "policyId",
            "sourcePolicyDocuments",
            "statements",
            "version",
            "overrideJson",
            "sourceJson",
        }
    )

    def result(self, args: PropertyMap) -> PropertyMap:
        document = policy_document(args)
        return {
            **args,
            "id": str(zlib.crc32(json.dumps(document).encode())),
            "json": json.dumps(document, indent=2),
            "minifiedJson": json.dumps(document, separators=(",", ":")),
        }


class StreamKey(Function):
    """``aws:ivs/getStreamKey:getStreamKey``: the stream key of a channel. As in pulumi-aws, it is not secret."""

    known = frozenset({"channelArn", "region", "tags"})
    required = frozenset({"channelArn"})

    def result(self, args: PropertyMap) -> PropertyMap:
        arn = args["channelArn"]
        region = args.get("region") or _region_of(arn) or self.connection.region
        if wrong := problem_of_region(region, "ivs"):
            raise ProviderError(f"reading IVS Stream Key ({arn}): region: {wrong}")
        client = self.connection.client("ivs", region)
        with translate_aws_errors(f"reading IVS Stream Key ({arn})"):
            keys = client.list_stream_keys(channelArn=arn)["streamKeys"]
            if not keys:
                raise ProviderError(f"reading IVS Stream Key ({arn}): the channel has none")
            key = client.get_stream_key(arn=keys[0]["arn"])["streamKey"]
        _, tags = split(self.connection, key.get("tags") or {}, {})
        return {
            "arn": key["arn"],
            "channelArn": key["channelArn"],
            "id": key["arn"],
            "region": region,
            "tags": args.get("tags", tags),
            "value": key["value"],
        }


def _region_of(arn: str) -> str:
    parts = arn.split(":")
    return parts[3] if len(parts) > 3 else ""  # noqa: PLR2004 - arn:PARTITION:SERVICE:REGION


def _partitions() -> list[dict[str, Any]]:
    partitions: list[dict[str, Any]] = loader().load_data("partitions")["partitions"]
    return partitions


def _regions() -> dict[str, tuple[str, str]]:
    """Return EC2's endpoint and the description of each region that botocore knows."""
    return {
        region: (f"ec2.{region}.{partition['outputs']['dnsSuffix']}", data["description"])
        for partition in _partitions()
        for region, data in partition["regions"].items()
        if is_region(region)
    }
