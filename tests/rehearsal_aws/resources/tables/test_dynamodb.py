"""DynamoDB tables and their indexes."""

from __future__ import annotations

from typing import Any

import pulumi_aws as aws
import pytest

from rehearsal_aws.cloud import inventory
from rehearsal_aws.resources.tables.dynamodb import TABLES

ATTRIBUTES = [{"name": name, "type": "S"} for name in ("id", "day", "team")]
BY_TEAM = {"name": "by-team", "hash_key": "team", "range_key": "day", "projection_type": "ALL"}
SOME = {"projection_type": "INCLUDE", "non_key_attributes": ["a", "b"]}


def table(**given: Any) -> aws.dynamodb.Table:
    given = {"name": "keys", "hash_key": "id", "range_key": "day", "attributes": ATTRIBUTES, **given}
    return aws.dynamodb.Table("t", **given)


def describe_table(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client("dynamodb").describe_table(TableName="keys")["Table"]
    return found


def index_capacities(client: Any) -> dict[str, tuple[int, int]]:
    return {
        one["IndexName"]: (
            one["ProvisionedThroughput"]["ReadCapacityUnits"],
            one["ProvisionedThroughput"]["WriteCapacityUnits"],
        )
        for one in describe_table(client)["GlobalSecondaryIndexes"]
    }


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_global_indexes_are_added_changed_and_removed_in_place(lifecycle: Any, client: Any) -> None:
    keys = lifecycle(table)
    more = {**BY_TEAM, "read_capacity": 2, "write_capacity": 3}
    day = {"name": "by-day", "hash_key": "day", **SOME, "read_capacity": 1, "write_capacity": 1}
    capacity = {"read_capacity": 5, "write_capacity": 5}
    assert keys.up(**capacity, global_secondary_indexes=[more]) == ["create"]
    (made,) = describe_table(client)["GlobalSecondaryIndexes"]
    assert made["KeySchema"] == [
        {"AttributeName": "team", "KeyType": "HASH"},
        {"AttributeName": "day", "KeyType": "RANGE"},
    ]
    assert keys.up(**capacity, global_secondary_indexes=[day, more]) == ["update"]
    assert index_capacities(client) == {"by-team": (2, 3), "by-day": (1, 1)}
    # The order of indexes, and of their attributes, does not matter.
    assert keys.up(**capacity, global_secondary_indexes=[more, {**day, "non_key_attributes": ["b", "a"]}]) == ["same"]
    assert keys.up(**capacity, global_secondary_indexes=[{**more, "read_capacity": 9}, day]) == ["update"]
    assert index_capacities(client) == {"by-team": (9, 3), "by-day": (1, 1)}
    # A change of the key schema replaces the index.
    assert keys.up(**capacity, global_secondary_indexes=[{**more, "hash_key": "day", "range_key": "team"}]) == [
        "update"
    ]
    (made,) = describe_table(client)["GlobalSecondaryIndexes"]
    assert made["KeySchema"][0] == {"AttributeName": "day", "KeyType": "HASH"}
    # In pulumi-aws omitted indexes are computed, so they stay.
    assert keys.up(**capacity) == ["same"]
    assert keys.outputs["globalSecondaryIndexes"] == [
        {
            "name": "by-team",
            "hashKey": "day",
            "rangeKey": "team",
            "projectionType": "ALL",
            "readCapacity": 2,
            "writeCapacity": 3,
        }
    ]
    keys.destroy()
    assert inventory.remaining() == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_indexes_have_the_billing_mode_of_their_table(lifecycle: Any, client: Any) -> None:
    keys = lifecycle(table)
    assert keys.up(billing_mode="PAY_PER_REQUEST", global_secondary_indexes=[BY_TEAM]) == ["create"]
    assert index_capacities(client) == {"by-team": (0, 0)}
    units = {"read_capacity": 4, "write_capacity": 2}
    assert keys.up(billing_mode="PROVISIONED", **units, global_secondary_indexes=[{**BY_TEAM, **units}]) == ["update"]
    assert index_capacities(client) == {"by-team": (4, 2)}
    assert keys.up(billing_mode="PAY_PER_REQUEST", global_secondary_indexes=[BY_TEAM]) == ["update"]
    assert describe_table(client)["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    (index,) = keys.outputs["globalSecondaryIndexes"]
    assert (index["readCapacity"], index["writeCapacity"]) == (0, 0)
    keys.destroy()


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_an_index_deleted_outside_pulumi_is_recreated(lifecycle: Any, client: Any) -> None:
    keys = lifecycle(table)
    keys.up(billing_mode="PAY_PER_REQUEST", global_secondary_indexes=[BY_TEAM])
    client("dynamodb").update_table(
        TableName="keys", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-team"}}]
    )
    assert keys.drift() == ["update"]
    assert index_capacities(client) == {"by-team": (0, 0)}
    keys.destroy()


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_change_of_local_indexes_replaces_the_table(lifecycle: Any, client: Any) -> None:
    keys = lifecycle(table)
    local = {"name": "by-team", "range_key": "team", **SOME}
    assert keys.up(billing_mode="PAY_PER_REQUEST", local_secondary_indexes=[local]) == ["create"]
    (made,) = describe_table(client)["LocalSecondaryIndexes"]
    assert made == {
        "IndexName": "by-team",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "team", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a", "b"]},
    }
    assert keys.outputs["localSecondaryIndexes"] == [
        {"name": "by-team", "rangeKey": "team", "projectionType": "INCLUDE", "nonKeyAttributes": ["a", "b"]}
    ]
    local = {"name": "by-team", "range_key": "team", "projection_type": "KEYS_ONLY"}
    given = {"billing_mode": "PAY_PER_REQUEST"}
    # The old table is deleted first, because the new one has the same name.
    replaced = ["delete-replaced", "replace", "create-replacement"]
    assert keys.up(**given, local_secondary_indexes=[local]) == replaced
    assert describe_table(client)["LocalSecondaryIndexes"][0]["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert keys.up(**given, attributes=ATTRIBUTES[:2]) == replaced
    assert describe_table(client).get("LocalSecondaryIndexes", []) == []
    keys.destroy()


def test_an_index_can_list_its_keys() -> None:
    same = TABLES[0].same["globalSecondaryIndexes"]
    old = {"name": "i", "hashKey": "team", "projectionType": "ALL", "readCapacity": 0, "writeCapacity": 0}
    listed = {"name": "i", "keySchemas": [{"attributeName": "team", "keyType": "HASH"}], "projectionType": "ALL"}
    assert same([listed], [old])
    assert not same([{**listed, "keySchemas": [{"attributeName": "day", "keyType": "HASH"}]}], [old])
