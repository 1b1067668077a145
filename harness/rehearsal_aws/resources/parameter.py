"""``aws:ssm/parameter:Parameter``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from rehearsal.provider import UNKNOWN, CheckFailure, PropertyMap
from rehearsal_aws.argument_rules import Rule, of_length, one_of_enum
from rehearsal_aws.errors import Absent
from rehearsal_aws.resources.resource import AwsResource

__all__ = ["Parameter"]

_SECURE: Final = "SecureString"
_VALUES: Final = frozenset({"insecureValue", "value"})
_DATA_TYPES: Final = ("aws:ec2:image", "aws:ssm:integration", "text")
# Arguments that are sent to AWS, by their names in the API.
_MEMBERS: Final = {
    "allowedPattern": "AllowedPattern",
    "dataType": "DataType",
    "description": "Description",
    "keyId": "KeyId",
    "tier": "Tier",
    "type": "Type",
}


class Parameter(AwsResource):
    """A parameter of Parameter Store, with the behaviour of Terraform's ``aws_ssm_parameter``; its id is the name.

    pulumi-aws marks `value` as secret; `insecureValue` is for values that are not.
    """

    title = "SSM Parameter"
    service = "ssm"
    arguments = (*_MEMBERS, "name", "insecureValue", "overwrite", "value")
    unmodelled = frozenset({"arn", "valueWo", "valueWoVersion"})
    required = frozenset({"type"})
    kept = frozenset({"dataType", "keyId", "tier", *_VALUES})
    identity = frozenset({"dataType", "name"})
    local = frozenset({"overwrite"})
    conflicts = (_VALUES,)
    rules: ClassVar[Mapping[str, Rule]] = {
        "allowedPattern": of_length(0, 1024),
        "dataType": lambda value: None if value in _DATA_TYPES else f"expected one of {', '.join(_DATA_TYPES)}",
        "description": of_length(0, 1024),
        "name": of_length(1, 2048),
        "tier": one_of_enum("ssm", "ParameterTier"),
        "type": one_of_enum("ssm", "ParameterType"),
    }
    computed = ("arn", "hasValueWo", "version")
    volatile = frozenset({"version"})
    auto_named = "name"
    absent = frozenset({"ParameterNotFound", "InvalidResourceId"})

    def refuse(self, inputs: PropertyMap) -> Iterator[CheckFailure]:
        if not _VALUES & inputs.keys():
            yield CheckFailure("value", "expected value or insecureValue")
        if "insecureValue" in inputs and inputs.get("type") == _SECURE:
            yield CheckFailure("insecureValue", f"a parameter of type {_SECURE} has a value, no insecureValue")

    def forces_replacement(self, name: str, old: Any, new: Any) -> bool:
        return name in self.identity or (name == "tier" and (old, new) == ("Advanced", "Standard"))

    def same(self, name: str, new: Any, old: Any) -> bool:
        # With the tier Intelligent-Tiering, AWS chooses one of the others.
        return (name == "tier" and bool(old) and new == "Intelligent-Tiering") or super().same(name, new, old)

    def make(self, client: Any, inputs: PropertyMap, tags: Mapping[str, str]) -> str:
        name: str = inputs["name"]
        given = {_MEMBERS[argument]: inputs[argument] for argument in _MEMBERS if inputs.get(argument)}
        if inputs["type"] != _SECURE:
            given.pop("KeyId", None)
        # The API does not accept tags in a call that overwrites the parameter.
        if inputs.get("overwrite"):
            client.put_parameter(Name=name, Value=_value(inputs), Overwrite=True, **given)
            self.retag(client, {"name": name}, [], tags)
        else:
            listed = [{"Key": key, "Value": value} for key, value in tags.items()]
            client.put_parameter(Name=name, Value=_value(inputs), Overwrite=False, Tags=listed, **given)
        return name

    def find(self, client: Any, id: str, known: PropertyMap) -> PropertyMap:
        parameter = client.get_parameter(Name=id, WithDecryption=True)["Parameter"]
        by_name = [{"Key": "Name", "Option": "Equals", "Values": [id]}]
        pages = client.get_paginator("describe_parameters").paginate(ParameterFilters=by_name)
        details = [detail for page in pages for detail in page["Parameters"]]
        if not details:
            raise Absent(f"{self.title} ({id}) does not exist")
        tags = client.list_tags_for_resource(ResourceType="Parameter", ResourceId=id)["TagList"]
        insecure = known.get("insecureValue") and parameter["Type"] != _SECURE
        return {
            **{name: details[0].get(member) for name, member in _MEMBERS.items()},
            "arn": parameter["ARN"],
            "hasValueWo": False,
            "name": parameter["Name"],
            "tags": {tag["Key"]: tag["Value"] for tag in tags},
            "type": parameter["Type"],
            "version": parameter["Version"],
            "insecureValue" if insecure else "value": parameter["Value"],
        }

    def change(self, client: Any, id: str, changed: frozenset[str], inputs: PropertyMap, olds: PropertyMap) -> None:
        given = {
            "AllowedPattern": inputs.get("allowedPattern", ""),
            "Tier": inputs.get("tier") or olds.get("tier"),
            "Type": inputs["type"],
        }
        # AWS keeps the old description if the call has none.
        if "description" in changed:
            given["Description"] = inputs.get("description", "")
        if inputs["type"] == _SECURE and inputs.get("keyId"):
            given["KeyId"] = inputs["keyId"]
        given = {member: value for member, value in given.items() if value is not None}
        client.put_parameter(Name=id, Value=_value(inputs), Overwrite=inputs.get("overwrite", True), **given)

    def retag(self, client: Any, outputs: PropertyMap, gone: list[str], new: Mapping[str, str]) -> None:
        which = {"ResourceType": "Parameter", "ResourceId": outputs["name"]}
        if gone:
            client.remove_tags_from_resource(**which, TagKeys=gone)
        if new:
            client.add_tags_to_resource(**which, Tags=[{"Key": key, "Value": value} for key, value in new.items()])

    def preview_update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        outputs = super().preview_update(urn, id, old_inputs, old_outputs, news)
        if not self.same("insecureValue", news.get("insecureValue"), old_outputs.get("insecureValue")):
            outputs["value"] = news.get("value", UNKNOWN)
        return outputs

    def remove(self, client: Any, id: str, known: PropertyMap) -> None:
        client.delete_parameter(Name=known.get("name") or id)


def _value(inputs: PropertyMap) -> str:
    return str(inputs.get("insecureValue") or inputs.get("value", ""))
