"""Plausible names, ids, ARNs and addresses of AWS, for outputs of unmodelled types.

The rules apply to all types. Ids have the form of the example in pulumi-aws's documentation. The service in an ARN is
the module of the type.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import string
import uuid
from collections.abc import Mapping
from typing import Any, Final

from rehearsal.provider import MadeUp
from rehearsal_aws.documented_defaults import documented_default
from rehearsal_aws.environment import DEFAULT_REGION

__all__ = ["DERIVED", "made_up_value", "replaces"]

DERIVED: Final = frozenset({"tagsAll"})
"""Outputs that follow from the inputs."""

_ARN: Final = re.compile(r"arn:(aws[\w-]*):([\w-]+):([\w-]*):(\w*):(.+)")
_REGION: Final = re.compile(r"\b[a-z]{2}(?:-[a-z]+)+-\d\b")
_EC2_ID: Final = re.compile(r"([a-z]+(?:-[a-z]+)*)-[0-9a-f]{6,}")
_ACCOUNT: Final = re.compile(r"\b\d{10,12}\b|\b\d*EXAMPLE\b")
# A generated id in an example, such as GoXEXyB4VwHb; and a name in camel case, which looks similar.
_MIXED_CASE_ID: Final = re.compile(r"(?=\w*[a-z])(?=\w*[A-Z])(?=\w*\d)[A-Za-z0-9]{10,}")
_CAMEL_CASE: Final = re.compile(r"(?:[A-Z]*[a-z]{2,}\d*)+|(?:[A-Za-z]+\d*)")
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Modules of pulumi-aws whose names differ from the service in ARNs.
_SERVICES: Final[Mapping[str, str]] = {
    "alb": "elasticloadbalancing",
    "applicationloadbalancing": "elasticloadbalancing",
    "cfg": "config",
    "cloudwatch": "cloudwatch",
    "ebs": "ec2",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "kinesis": "kinesis",
    "lb": "elasticloadbalancing",
    "msk": "kafka",
    "mwaa": "airflow",
    "opensearch": "es",
    "sfn": "states",
    "vpc": "ec2",
}
_WITHOUT_REGION: Final = frozenset({"cloudfront", "iam", "organizations", "route53", "s3", "globalaccelerator", "waf"})
_WITHOUT_ACCOUNT: Final = frozenset({"apigateway", "route53", "s3"})
# Prefixes of ids, by the resource type's name.
_PREFIXES: Final[Mapping[str, str]] = {
    "allocation": "eipalloc",
    "ami": "ami",
    "association": "eipassoc",
    "dhcpoptions": "dopt",
    "eip": "eipalloc",
    "image": "ami",
    "instance": "i",
    "internetgateway": "igw",
    "launchtemplate": "lt",
    "natgateway": "nat",
    "networkacl": "acl",
    "networkinterface": "eni",
    "routetable": "rtb",
    "securitygroup": "sg",
    "snapshot": "snap",
    "subnet": "subnet",
    "transitgateway": "tgw",
    "volume": "vol",
    "vpc": "vpc",
    "vpcendpoint": "vpce",
    "vpcpeeringconnection": "pcx",
}
_ACCOUNTS: Final = frozenset({"accountId", "ownerId", "owner", "registryId", "awsAccountId"})
_DIGITS: Final = 17
_LETTERS: Final = string.ascii_letters + string.digits


def replaces(type: str, property: str) -> bool:
    """Whether a change of this property replaces a resource of this type: no AWS resource can change its region."""
    return type.startswith("aws:") and property == "region"


def made_up_value(asked: MadeUp, account: str) -> Any:  # noqa: C901, PLR0912 - a table
    """Return a value in AWS's form for an output of a pulumi-aws type; None if AWS has no special form for it."""
    if not asked.type.startswith("aws:"):
        return None
    name = asked.property
    region = _region(asked)
    split_name = [word.lower() for word in _WORDS.findall(name)]
    if name == "id":
        return _id(asked, region, account)
    if name == "tagsAll":
        return {**_default_tags(asked), **(asked.inputs.get("tags") or {})}
    if asked.id and split_name[-1] == "id" and "".join(split_name[:-1]) == _kind(asked.type):
        return asked.id
    if split_name[-1] == "arn":
        return asked.id if name == "arn" and asked.id.startswith("arn:") else _arn(asked, region, account)
    if name in _ACCOUNTS:
        return account
    if name == "region" or split_name[-2:] == ["region", "name"]:
        return region
    if split_name[:2] == ["availability", "zone"]:
        return f"{region}{'abc'[_number(asked.seed) % 3]}"
    if name == "authorizationToken":
        return base64.b64encode(f"AWS:{_digits(asked.seed, 40)}".encode()).decode()
    if len(split_name) > 1 and isinstance(asked.inputs.get(name), str):
        # A member of a nested output has the same value as the resource's input of that name.
        return asked.inputs[name]
    if name == "partition":
        return "aws"
    if name == "resourceRecordType":
        return "CNAME"
    if name == "resourceRecordName":
        return f"_{_digits(asked.seed, 32)}.{asked.inputs.get('domainName') or 'example.com'}."
    if name == "dnsSuffix":
        return "amazonaws.com"
    if split_name[-2:] == ["zone", "id"]:
        return f"Z{_digits(asked.seed, 20).upper()}"
    if split_name[-1] == "id" and (prefix := _PREFIXES.get("".join(split_name[:-1]))):
        return f"{prefix}-{_digits(asked.seed, _DIGITS)}"
    service = _service(asked.type)
    place = service if service in _WITHOUT_REGION else f"{service}.{region}"
    host = f"{_digits(asked.seed, 12)}.{place}.amazonaws.com"
    if split_name[-1] in {"url", "uri"} or split_name[-2:] == ["api", "endpoint"]:
        return f"https://{host}"
    if split_name[-1] in {"endpoint", "host", "hostname"} or split_name[-2:] in (["domain", "name"], ["dns", "name"]):
        return host
    # Only top-level outputs (with `id`): the documentation of nested members is not in the create call's input.
    return documented_default(*_service_and_kind(asked.type), name) if asked.id else None


def _id(asked: MadeUp, region: str, account: str) -> str | None:
    example = asked.example
    if _ARN.fullmatch(example):
        return _arn(asked, region, account)
    if example.startswith("https://"):
        placed = _REGION.sub(region, _ACCOUNT.sub(account, example))
        return f"{placed.rpartition('/')[0]}/{asked.name}"
    if found := _EC2_ID.fullmatch(example):
        return f"{found[1]}-{_digits(asked.seed, _DIGITS)}"
    if not example and (prefix := _PREFIXES.get(_kind(asked.type))):
        return f"{prefix}-{_digits(asked.seed, _DIGITS)}"
    return None


def _arn(asked: MadeUp, region: str, account: str) -> str:
    service = _service(asked.type)
    example = _ARN.fullmatch(asked.example)
    if example:
        service = example[2]
        rest = _arn_suffix(example[5], asked)
    elif asked.property == "arn":
        tail = asked.name if "://" in asked.id else asked.id or asked.name
        rest = tail if service == "s3" else f"{_kind_in_arn(asked.type)}/{tail}"
    else:
        what = "-".join(word.lower() for word in _WORDS.findall(asked.property.removesuffix("Arn")))
        rest = f"{what}/{_digits(asked.seed, 12)}"
    place = "" if service in _WITHOUT_REGION else region
    owner = "" if service in _WITHOUT_ACCOUNT else account
    return f"arn:aws:{service}:{place}:{owner}:{rest}"


def _arn_suffix(example: str, asked: MadeUp) -> str:
    """Return the part of an ARN after the account: the resource type of the example, and the name or a made-up id."""
    head, separator, tail = _split_last(example)
    if re.fullmatch(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", tail):
        return f"{head}{separator}{uuid.UUID(_digits(asked.seed, 32))}"
    if re.fullmatch(r"(?=\w*\d)[0-9a-f]{10,}", tail):
        before, between, _ = _split_last(head)
        own = f"{before}{between}{asked.name}" if "/" in before else head
        return f"{own}{separator}{_digits(asked.seed, len(tail))}"
    if _MIXED_CASE_ID.fullmatch(tail) and not _CAMEL_CASE.fullmatch(tail):
        return f"{head}{separator}{_mixed_case_id(asked.seed, len(tail))}"
    return f"{head}{separator}{asked.name}"


def _split_last(text: str) -> tuple[str, str, str]:
    at = max(text.rfind("/"), text.rfind(":"))
    return (text[:at], text[at], text[at + 1 :]) if at >= 0 else ("", "", text)


def _region(asked: MadeUp) -> str:
    given = asked.inputs.get("region") or asked.config.get("region")
    there = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    return given if isinstance(given, str) else there


def _default_tags(asked: MadeUp) -> dict[str, Any]:
    given = asked.config.get("defaultTags") or {}
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            return {}
    tags = given.get("tags") if isinstance(given, dict) else None
    return tags if isinstance(tags, dict) else {}


def _service_and_kind(token: str) -> tuple[str, str]:
    """Return the module and the name of a type. Most modules of pulumi-aws have botocore's name of the service."""
    return token.split(":")[1].partition("/")[0].lower(), token.rpartition(":")[2]


def _service(token: str) -> str:
    module = token.split(":")[1].partition("/")[0]
    return _SERVICES.get(module, module)


def _kind(token: str) -> str:
    """Return the resource that a type or a function is about: ``subnet`` for ``getSubnets``."""
    name = token.rpartition(":")[2]
    name = name.removeprefix("get")
    return name.lower().removesuffix("s")


def _kind_in_arn(token: str) -> str:
    name = token.rpartition(":")[2]
    name = name.removeprefix("get")
    return "-".join(word.lower() for word in _WORDS.findall(name))


def _digits(seed: str, count: int) -> str:
    return hashlib.shake_256(seed.encode("utf-8", "surrogatepass")).hexdigest((count + 1) // 2)[:count]


def _mixed_case_id(seed: str, count: int) -> str:
    """Return upper-case and lower-case letters and digits, the same for the same seed."""
    digest = hashlib.shake_256(f"{seed}\0mixed".encode("utf-8", "surrogatepass")).digest(count)
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest)


def _number(seed: str) -> int:
    return int(_digits(seed, 8), 16)
