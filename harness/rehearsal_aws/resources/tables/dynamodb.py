"""``aws:dynamodb/table:Table``."""

from __future__ import annotations

from typing import Any, Final

from rehearsal_aws.resources.table import Call, Table, Tagging, Update

__all__ = ["TABLES"]

_TABLE: Final = {"TableName": "{id}"}


def _keys(properties: Any, hash_key: str = "hashKey", range_key: str = "rangeKey") -> list[dict[str, str]]:
    given = ((properties.get(hash_key), "HASH"), (properties.get(range_key), "RANGE"))
    return [{"AttributeName": name, "KeyType": kind} for name, kind in given if name]


def _capacity(properties: Any) -> dict[str, int] | None:
    if properties.get("billingMode") == "PAY_PER_REQUEST":
        return None
    return {
        "ReadCapacityUnits": int(properties.get("readCapacity") or 1),
        "WriteCapacityUnits": int(properties.get("writeCapacity") or 1),
    }


def _indexes(properties: Any) -> list[dict[str, Any]] | None:
    made = []
    for index in properties.get("globalSecondaryIndexes") or ():
        projection = {"ProjectionType": index.get("projectionType") or "ALL"}
        if index.get("nonKeyAttributes"):
            projection["NonKeyAttributes"] = index["nonKeyAttributes"]
        capacity = _capacity({**index, "billingMode": properties.get("billingMode")})
        one = {"IndexName": index["name"], "KeySchema": _keys(index), "Projection": projection}
        made.append({**one, "ProvisionedThroughput": capacity} if capacity else one)
    return made or None


def _attributes(properties: Any) -> list[dict[str, str]]:
    return [{"AttributeName": one["name"], "AttributeType": one["type"]} for one in properties.get("attributes") or ()]


def _key(kind: str) -> Any:
    return lambda answer, _: next((k["AttributeName"] for k in answer["KeySchema"] if k["KeyType"] == kind), None)


def _stream(properties: Any) -> dict[str, Any] | None:
    if not properties.get("streamEnabled"):
        return None
    return {"StreamEnabled": True, "StreamViewType": properties.get("streamViewType") or "NEW_AND_OLD_IMAGES"}


def _in_any_order(new: Any, old: Any) -> bool:
    return sorted(map(repr, map(_sorted, new))) == sorted(map(repr, map(_sorted, old)))


def _sorted(value: Any) -> Any:
    return sorted(value.items()) if isinstance(value, dict) else value


TABLES: Final = (
    Table(
        type="aws:dynamodb/table:Table",
        title="DynamoDB Table",
        service="dynamodb",
        arguments=(
            *("name", "attributes", "hashKey", "rangeKey", "billingMode", "readCapacity", "writeCapacity"),
            *("streamEnabled", "streamViewType"),
        ),
        identity=("name", "hashKey", "rangeKey"),
        defaults={"billingMode": "PROVISIONED"},
        kept=("readCapacity", "writeCapacity", "hashKey", "rangeKey", "streamViewType"),
        auto_named="name",
        create=(
            Call(
                "create_table",
                {
                    "TableName": "{name}",
                    "AttributeDefinitions": _attributes,
                    "KeySchema": _keys,
                    "BillingMode": "{billingMode}",
                    "ProvisionedThroughput": _capacity,
                    "GlobalSecondaryIndexes": _indexes,
                    "StreamSpecification": _stream,
                },
            ),
        ),
        tags_at_create="Tags",
        id="{name}",
        read=Call("describe_table", _TABLE),
        found="Table",
        outputs={
            "arn": "TableArn",
            "name": "TableName",
            "attributes": lambda answer, _: [
                {"name": one["AttributeName"], "type": one["AttributeType"]} for one in answer["AttributeDefinitions"]
            ],
            "hashKey": _key("HASH"),
            "rangeKey": _key("RANGE"),
            "billingMode": lambda answer, _: (answer.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"),
            "readCapacity": "ProvisionedThroughput.ReadCapacityUnits",
            "writeCapacity": "ProvisionedThroughput.WriteCapacityUnits",
            "streamEnabled": lambda answer, _: bool((answer.get("StreamSpecification") or {}).get("StreamEnabled")),
            "streamViewType": lambda answer, _: (answer.get("StreamSpecification") or {}).get("StreamViewType", ""),
            "streamArn": lambda answer, _: answer.get("LatestStreamArn", ""),
            "streamLabel": lambda answer, _: answer.get("LatestStreamLabel", ""),
        },
        same={"attributes": _in_any_order},
        volatile=("streamArn", "streamLabel"),
        updates=(
            Update(
                ("billingMode", "readCapacity", "writeCapacity", "attributes"),
                (
                    Call(
                        "update_table",
                        {
                            **_TABLE,
                            "AttributeDefinitions": _attributes,
                            "BillingMode": "{billingMode}",
                            "ProvisionedThroughput": _capacity,
                        },
                    ),
                ),
            ),
            Update(
                ("streamEnabled", "streamViewType"),
                (
                    Call(
                        "update_table",
                        {**_TABLE, "StreamSpecification": lambda p: _stream(p) or {"StreamEnabled": False}},
                    ),
                ),
            ),
        ),
        delete=(Call("delete_table", _TABLE),),
        tagging=Tagging(
            read=Call("list_tags_of_resource", {"ResourceArn": "{arn}"}),
            found="Tags",
            add="tag_resource",
            remove="untag_resource",
            resource={"ResourceArn": "{arn}"},
        ),
    ),
)
