"""``aws:dynamodb/table:Table``."""

from __future__ import annotations

from typing import Any, Final

from rehearsal_aws.resources.table import Call, Procedure, Table, Tagging, Update

__all__ = ["TABLES"]

_TABLE: Final = {"TableName": "{id}"}
_KINDS: Final = {"HASH": "hashKey", "RANGE": "rangeKey"}
_ON_DEMAND: Final = "PAY_PER_REQUEST"
_UNITS: Final = {"readCapacity": "ReadCapacityUnits", "writeCapacity": "WriteCapacityUnits"}
# Arguments of an index that are stored only in the state, because moto does not return them.
_STATE_ONLY: Final = ("onDemandThroughput", "warmThroughput")


def _keys(properties: Any) -> list[dict[str, str]]:
    return [
        {"AttributeName": properties[name], "KeyType": kind} for kind, name in _KINDS.items() if properties.get(name)
    ]


def _capacity(properties: Any) -> dict[str, int] | None:
    if properties.get("billingMode") == _ON_DEMAND:
        return None
    return {member: int(properties.get(name) or 1) for name, member in _UNITS.items()}


def _index(index: Any) -> dict[str, Any]:
    projection = {"ProjectionType": index.get("projectionType") or "ALL"}
    if index.get("nonKeyAttributes"):
        projection["NonKeyAttributes"] = index["nonKeyAttributes"]
    keys = [{"AttributeName": one["attributeName"], "KeyType": one["keyType"]} for one in index.get("keySchemas") or ()]
    return {"IndexName": index["name"], "KeySchema": keys or _keys(index), "Projection": projection}


def _global_index(index: Any, properties: Any) -> dict[str, Any]:
    capacity = _capacity({**index, "billingMode": properties.get("billingMode")})
    return _index(index) | ({"ProvisionedThroughput": capacity} if capacity else {})


def _global_indexes(properties: Any) -> list[dict[str, Any]] | None:
    return [_global_index(one, properties) for one in properties.get("globalSecondaryIndexes") or ()] or None


def _local_indexes(properties: Any) -> list[dict[str, Any]] | None:
    # The hash key of a local index is the table's.
    given = properties.get("localSecondaryIndexes") or ()
    return [_index({**one, "hashKey": properties.get("hashKey")}) for one in given] or None


def _read_index(response: Any) -> dict[str, Any]:
    keys = {kind: [k["AttributeName"] for k in response["KeySchema"] if k["KeyType"] == kind] for kind in _KINDS}
    found = {"name": response["IndexName"], "projectionType": response["Projection"]["ProjectionType"]}
    if any(len(names) > 1 for names in keys.values()):
        found["keySchemas"] = [
            {"attributeName": k["AttributeName"], "keyType": k["KeyType"]} for k in response["KeySchema"]
        ]
    else:
        found |= {name: keys[kind][0] for kind, name in _KINDS.items() if keys[kind]}
    if response["Projection"].get("NonKeyAttributes"):
        found["nonKeyAttributes"] = response["Projection"]["NonKeyAttributes"]
    return found


def _read_global_indexes(response: Any, properties: Any) -> list[dict[str, Any]]:
    given = {one["name"]: one for one in properties.get("globalSecondaryIndexes") or ()}
    found = []
    for one in response.get("GlobalSecondaryIndexes") or ():
        # If a table changes to on-demand billing, moto keeps its old capacity, but AWS returns 0.
        units = {} if _billing(response, properties) == _ON_DEMAND else one.get("ProvisionedThroughput") or {}
        capacity = {name: units.get(member, 0) for name, member in _UNITS.items()}
        kept = {name: value for name, value in given.get(one["IndexName"], {}).items() if name in _STATE_ONLY}
        found.append(_read_index(one) | capacity | kept)
    return found


def _read_local_indexes(response: Any, _: Any) -> list[dict[str, Any]]:
    made = map(_read_index, response.get("LocalSecondaryIndexes") or ())
    return [{name: value for name, value in one.items() if name != "hashKey"} for one in made]


def _billing(response: Any, _: Any) -> str:
    return str((response.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"))


def _fixed_properties(index: Any) -> dict[str, Any]:
    """Return the properties of an index that cannot change in place, in a comparable form."""
    made = _index(index)
    made["Projection"]["NonKeyAttributes"] = sorted(index.get("nonKeyAttributes") or ())
    return made


def _same_capacity(new: Any, old: Any) -> bool:
    # Ignored with on-demand billing, for which AWS has no capacity.
    return all(not old.get(name) or new.get(name) in {None, old[name]} for name in _UNITS)


def _same_indexes(new: Any, old: Any) -> bool:
    wanted, there = ({one["name"]: one for one in indexes or ()} for indexes in (new, old))
    return wanted.keys() == there.keys() and all(
        _fixed_properties(one) == _fixed_properties(there[name])
        and _same_capacity(one, there[name])
        and all(one.get(more) == there[name].get(more) for more in _STATE_ONLY)
        for name, one in wanted.items()
    )


def _update(properties: Any) -> None:
    """Change indexes and capacity in the order that AWS requires: delete, update, create, with one index a call."""
    client, table, olds = properties["client"], {"TableName": properties["id"]}, properties["olds"]
    there = {one["name"]: one for one in olds.get("globalSecondaryIndexes") or ()}
    wanted = {one["name"]: one for one in properties.get("globalSecondaryIndexes") or ()}
    stays = {
        name
        for name in there.keys() & wanted.keys()
        if _fixed_properties(there[name]) == _fixed_properties(wanted[name])
    }
    provisioned = properties["billingMode"] != _ON_DEMAND
    every = olds.get("billingMode") != properties["billingMode"]
    for name in sorted(there.keys() - stays):
        client.update_table(**table, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}])
    changed = [
        {"Update": {"IndexName": name, "ProvisionedThroughput": _capacity({**there[name], **wanted[name]})}}
        for name in sorted(stays)
        if provisioned and (every or not _same_capacity(wanted[name], there[name]))
    ]
    attributes = {"AttributeDefinitions": _attributes(properties)}
    capacity = {"ProvisionedThroughput": _capacity(properties)} if provisioned else {}
    updates = {"GlobalSecondaryIndexUpdates": changed} if changed else {}
    client.update_table(**table, **attributes, **capacity, **updates, BillingMode=properties["billingMode"])
    for name in sorted(wanted.keys() - stays):
        made = {"Create": _global_index(wanted[name], properties)}
        client.update_table(**table, **attributes, GlobalSecondaryIndexUpdates=[made])


def _attributes(properties: Any) -> list[dict[str, str]]:
    return [{"AttributeName": one["name"], "AttributeType": one["type"]} for one in properties.get("attributes") or ()]


def _key(kind: str) -> Any:
    return lambda response, _: next((k["AttributeName"] for k in response["KeySchema"] if k["KeyType"] == kind), None)


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
            *("streamEnabled", "streamViewType", "globalSecondaryIndexes", "localSecondaryIndexes"),
        ),
        identity=("name", "hashKey", "rangeKey", "localSecondaryIndexes"),
        defaults={"billingMode": "PROVISIONED"},
        kept=("readCapacity", "writeCapacity", "hashKey", "rangeKey", "streamViewType", "globalSecondaryIndexes"),
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
                    "GlobalSecondaryIndexes": _global_indexes,
                    "LocalSecondaryIndexes": _local_indexes,
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
            "attributes": lambda response, _: [
                {"name": one["AttributeName"], "type": one["AttributeType"]} for one in response["AttributeDefinitions"]
            ],
            "hashKey": _key("HASH"),
            "rangeKey": _key("RANGE"),
            "billingMode": _billing,
            "globalSecondaryIndexes": _read_global_indexes,
            "localSecondaryIndexes": _read_local_indexes,
            "readCapacity": "ProvisionedThroughput.ReadCapacityUnits",
            "writeCapacity": "ProvisionedThroughput.WriteCapacityUnits",
            "streamEnabled": lambda response, _: bool((response.get("StreamSpecification") or {}).get("StreamEnabled")),
            "streamViewType": lambda response, _: (response.get("StreamSpecification") or {}).get("StreamViewType", ""),
            "streamArn": lambda response, _: response.get("LatestStreamArn", ""),
            "streamLabel": lambda response, _: response.get("LatestStreamLabel", ""),
        },
        same={
            "attributes": _in_any_order,
            "globalSecondaryIndexes": _same_indexes,
            "localSecondaryIndexes": _same_indexes,
        },
        volatile=("streamArn", "streamLabel"),
        updates=(
            Update(
                ("billingMode", "readCapacity", "writeCapacity", "attributes", "globalSecondaryIndexes"),
                (Procedure(_update),),
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
