"""The functions of pulumi-aws that find existing resources: images, networks and hosted zones.

They find the program's own resources, moto's images, and the default VPC of each region. With made-up outputs for
unmodelled types, results that are not found are made up too.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from rehearsal.made_up.values import read_as
from rehearsal.provider import InvokeResult, NotFound, PropertyMap, ProviderError
from rehearsal_aws.errors import translate_aws_errors
from rehearsal_aws.resources.functions import Function
from rehearsal_aws.resources.name_servers import name_servers

__all__ = ["Ami", "HostedZone", "Subnets", "Vpc"]

_EC2_MEMBERS: Final = {
    "architecture": "Architecture",
    "bootMode": "BootMode",
    "description": "Description",
    "hypervisor": "Hypervisor",
    "imageLocation": "ImageLocation",
    "imageOwnerAlias": "ImageOwnerAlias",
    "imageType": "ImageType",
    "kernelId": "KernelId",
    "name": "Name",
    "ownerId": "OwnerId",
    "platform": "Platform",
    "platformDetails": "PlatformDetails",
    "ramdiskId": "RamdiskId",
    "rootDeviceName": "RootDeviceName",
    "rootDeviceType": "RootDeviceType",
    "sriovNetSupport": "SriovNetSupport",
    "state": "State",
    "usageOperation": "UsageOperation",
    "virtualizationType": "VirtualizationType",
}
# A fixed creation date for images for which moto uses the time at which it loads them.
_DAY_OF_IMAGES: Final = "2026-01-01T00:00:00.000Z"


_FLAGS: Final = frozenset({"default", "includeDeprecated", "mostRecent", "privateZone"})


class _Lookup(Function):
    falls_back = True

    def invoke(self, token: str, args: PropertyMap) -> InvokeResult:
        # Programs may pass booleans as text, as in Terraform.
        read = {
            name: read_as(value, bool) if name in _FLAGS and isinstance(value, str) else value
            for name, value in args.items()
        }
        return super().invoke(token, read)


class _NetworkLookup(_Lookup):
    known: ClassVar[frozenset[str]] = frozenset({"filters", "id", "region", "tags", "timeouts"})

    def _client(self, args: PropertyMap) -> Any:
        return self.connection.client("ec2", self._region(args))

    def _region(self, args: PropertyMap) -> str:
        return str(args.get("region") or self.connection.region)


def _filters(args: PropertyMap, **more: str) -> list[dict[str, Any]]:
    """Return the filters of a call: those in the arguments, the tags as filters, and `more`."""
    given = [{"Name": one["name"], "Values": list(one["values"])} for one in args.get("filters") or ()]
    tags = [{"Name": f"tag:{key}", "Values": [value]} for key, value in (args.get("tags") or {}).items()]
    return [*given, *tags, *({"Name": name.replace("_", "-"), "Values": [value]} for name, value in more.items())]


def _tags(listed: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in listed}


class Ami(_NetworkLookup):
    """``aws:ec2/getAmi:getAmi``: an image of moto's list."""

    known = frozenset(
        {
            "allowUnsafeFilter",
            "executableUsers",
            "filters",
            "includeDeprecated",
            "mostRecent",
            "nameRegex",
            "owners",
            "region",
            "tags",
            "timeouts",
            "uefiData",
        }
    )

    def result(self, args: PropertyMap) -> PropertyMap:
        request = {
            "Owners": args.get("owners"),
            "ExecutableUsers": args.get("executableUsers"),
            "Filters": _filters(args) or None,
        }
        with translate_aws_errors("reading EC2 AMIs"):
            images = self._client(args).describe_images(**{k: v for k, v in request.items() if v})["Images"]
        if args.get("nameRegex"):
            images = [image for image in images if re.search(args["nameRegex"], image.get("Name", ""))]
        if not images:
            raise NotFound("reading EC2 AMIs: none fits; expected other filters or owners")
        if len(images) > 1 and not args.get("mostRecent"):
            raise ProviderError(f"reading EC2 AMIs: {len(images)} fit; expected filters for one, or mostRecent")
        # Sort by name, which contains a date: moto has no creation date for most images.
        image = max(images, key=lambda one: (one.get("Name", ""), one["ImageId"]))
        region, id_ = self._region(args), image["ImageId"]
        devices = image.get("BlockDeviceMappings") or ()
        root = [one for one in devices if one["DeviceName"] == image.get("RootDeviceName")]
        return {
            **args,
            **{name: image.get(member, "") for name, member in _EC2_MEMBERS.items()},
            "arn": f"arn:aws:ec2:{region}::image/{id_}",
            "blockDeviceMappings": [
                {
                    "deviceName": one["DeviceName"],
                    "ebs": {name[0].lower() + name[1:]: str(value) for name, value in one.get("Ebs", {}).items()},
                    "noDevice": one.get("NoDevice", ""),
                    "virtualName": one.get("VirtualName", ""),
                }
                for one in devices
            ],
            "creationDate": _DAY_OF_IMAGES,
            "deprecationTime": image.get("DeprecationTime", ""),
            "enaSupport": bool(image.get("EnaSupport")),
            "id": id_,
            "imageId": id_,
            "imdsSupport": image.get("ImdsSupport", ""),
            "lastLaunchedTime": image.get("LastLaunchedTime", ""),
            "productCodes": [],
            "public": bool(image.get("Public")),
            "region": region,
            "rootSnapshotId": root[0].get("Ebs", {}).get("SnapshotId", "") if root else "",
            "stateReason": {},
            "tags": _tags(image.get("Tags") or ()),
            "tpmSupport": image.get("TpmSupport", ""),
        }


class Vpc(_NetworkLookup):
    """``aws:ec2/getVpc:getVpc``: one VPC, such as the default one."""

    known = frozenset({"cidrBlock", "default", "dhcpOptionsId", "filters", "id", "region", "state", "tags", "timeouts"})

    def result(self, args: PropertyMap) -> PropertyMap:
        client, region = self._client(args), self._region(args)
        more = {"cidr": args.get("cidrBlock"), "dhcp_options_id": args.get("dhcpOptionsId"), "state": args.get("state")}
        if "default" in args:
            more["is_default"] = str(args["default"]).lower()
        if args.get("id"):
            more["vpc_id"] = args["id"]
        with translate_aws_errors("reading EC2 VPCs"):
            found = client.describe_vpcs(Filters=_filters(args, **{k: v for k, v in more.items() if v}))["Vpcs"]
            if not found:
                raise NotFound("reading EC2 VPCs: no matching VPC found")
            if len(found) > 1:
                raise ProviderError(f"reading EC2 VPCs: {len(found)} fit; expected filters for one")
            vpc = found[0]
            attributes = {
                name: client.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=name)[name[0].upper() + name[1:]][
                    "Value"
                ]
                for name in ("enableDnsHostnames", "enableDnsSupport", "enableNetworkAddressUsageMetrics")
            }
            of_vpc = {"Name": "vpc-id", "Values": [vpc["VpcId"]]}
            main = client.describe_route_tables(Filters=[of_vpc, {"Name": "association.main", "Values": ["true"]}])
        v6 = vpc.get("Ipv6CidrBlockAssociationSet") or []
        return {
            **args,
            **attributes,
            "arn": f"arn:aws:ec2:{region}:{vpc['OwnerId']}:vpc/{vpc['VpcId']}",
            "cidrBlock": vpc["CidrBlock"],
            "cidrBlockAssociations": [
                {
                    "associationId": one["AssociationId"],
                    "cidrBlock": one["CidrBlock"],
                    "state": one["CidrBlockState"]["State"],
                }
                for one in vpc.get("CidrBlockAssociationSet") or ()
            ],
            "default": vpc["IsDefault"],
            "dhcpOptionsId": vpc["DhcpOptionsId"],
            "id": vpc["VpcId"],
            "instanceTenancy": vpc["InstanceTenancy"],
            "ipv6AssociationId": v6[0]["AssociationId"] if v6 else "",
            "ipv6CidrBlock": v6[0]["Ipv6CidrBlock"] if v6 else "",
            "ipv6CidrBlockAssociations": [],
            "mainRouteTableId": main["RouteTables"][0]["RouteTableId"] if main["RouteTables"] else "",
            "ownerId": vpc["OwnerId"],
            "region": region,
            "state": vpc["State"],
            "tags": _tags(vpc.get("Tags") or ()),
        }


class Subnets(_NetworkLookup):
    """``aws:ec2/getSubnets:getSubnets``: the ids of subnets."""

    def result(self, args: PropertyMap) -> PropertyMap:
        region = self._region(args)
        with translate_aws_errors("reading EC2 Subnets"):
            pages = self._client(args).get_paginator("describe_subnets").paginate(Filters=_filters(args))
            ids = sorted(subnet["SubnetId"] for page in pages for subnet in page["Subnets"])
        wanted = {value for one in args.get("filters") or () if one["name"] == "vpc-id" for value in one["values"]}
        if not ids and wanted:
            with translate_aws_errors("reading EC2 Subnets"):
                self._client(args).describe_vpcs(VpcIds=sorted(wanted))
        return {**args, "id": region, "ids": ids, "region": region, "tags": args.get("tags") or {}}


class HostedZone(_Lookup):
    """``aws:route53/getZone:getZone``: a hosted zone by its id, or its name."""

    known: ClassVar[frozenset[str]] = frozenset(
        {"enableAcceleratedRecovery", "name", "privateZone", "tags", "vpcId", "zoneId"}
    )

    def result(self, args: PropertyMap) -> PropertyMap:
        client = self.connection.client("route53", self.connection.region)
        if not args.get("zoneId") and not args.get("name"):
            raise ProviderError("reading Route 53 Hosted Zones: expected zoneId or name, got neither")
        tags = functools.cache(functools.partial(_tags_of_zone, client))
        with translate_aws_errors("reading Route 53 Hosted Zones"):
            found = [
                result
                for result in (client.get_hosted_zone(Id=id_) for id_ in self._ids(client, args))
                if not args.get("vpcId") or args["vpcId"] in [vpc["VPCId"] for vpc in result.get("VPCs") or ()]
            ]
            if not args.get("zoneId") and args.get("tags"):
                wanted = args["tags"].items()
                found = [one for one in found if wanted <= tags(one["HostedZone"]["Id"]).items()]
            if not found:
                raise NotFound("reading Route 53 Hosted Zones: no matching hosted zone found")
            if len(found) > 1:
                raise ProviderError(f"reading Route 53 Hosted Zones: {len(found)} fit; expected a name or tags of one")
            zone = found[0]["HostedZone"]
            id_ = zone["Id"].rpartition("/")[2]
            servers = name_servers(client, found[0])
            tags_of_found = tags(zone["Id"])
        return {
            **args,
            "arn": f"arn:aws:route53:::hostedzone/{id_}",
            "callerReference": zone["CallerReference"],
            "comment": zone["Config"].get("Comment", ""),
            "id": id_,
            "linkedServiceDescription": "",
            "linkedServicePrincipal": "",
            "name": zone["Name"].rstrip("."),
            "nameServers": servers,
            "primaryNameServer": min(servers, default=""),
            "privateZone": zone["Config"].get("PrivateZone", False),
            "resourceRecordSetCount": zone["ResourceRecordSetCount"],
            "tags": tags_of_found,
            "zoneId": id_,
        }

    @staticmethod
    def _ids(client: Any, args: PropertyMap) -> list[str]:
        """Return the ids of the zones with the given id, or with the given name and visibility."""
        if args.get("zoneId"):
            return [str(args["zoneId"])]
        name = str(args["name"]).rstrip(".").lower()
        private = bool(args.get("privateZone") or args.get("vpcId"))
        return [
            zone["Id"]
            for page in client.get_paginator("list_hosted_zones").paginate()
            for zone in page["HostedZones"]
            if zone["Name"].rstrip(".") == name and bool(zone["Config"].get("PrivateZone")) == private
        ]


def _tags_of_zone(client: Any, id_: str) -> dict[str, str]:
    of_zone = {"ResourceType": "hostedzone", "ResourceId": id_.rpartition("/")[2]}
    return _tags(client.list_tags_for_resource(**of_zone)["ResourceTagSet"]["Tags"])
