"""Random lifecycles run on rehearsal's own engine, whatever their outcome."""

from random import Random

from fuzz_engines import sort_unordered_deletions
from fuzz_kills import only_named, related_names
from fuzz_programs import OPERATIONS, make_lifecycle, smaller_lifecycles


def test_the_seed_determines_the_lifecycle():
    assert make_lifecycle(Random(1)) == make_lifecycle(Random(1))
    assert len({str(make_lifecycle(Random(seed))) for seed in range(20)}) == 20


def test_a_resource_comes_after_the_resources_that_it_refers_to():
    for seed in range(200):
        for step in make_lifecycle(Random(seed)):
            known = set()
            for item in step["items"]:
                named = [item.get("parent"), item.get("deleted_with"), *item.get("link", [])[:1]]
                assert {name for name in [*named, *item.get("depends_on", [])] if name} <= known
                known.add(item["name"])
            assert len(known) == len(step["items"])


def test_a_lifecycle_ends_with_no_failing_resource_and_a_destroy():
    lifecycle = make_lifecycle(Random(3))
    assert [step["op"] for step in lifecycle[-2:]] == ["up", "destroy"]
    assert not any(item.get("fail") or item.get("protect") for item in lifecycle[-1]["items"])
    assert {step["op"] for seed in range(50) for step in make_lifecycle(Random(seed))} == set(OPERATIONS)


def test_lifecycles_cover_every_feature_of_programs():
    lifecycles = [make_lifecycle(Random(seed)) for seed in range(200)]
    steps = [step for lifecycle in lifecycles for step in lifecycle]
    found = {key for step in steps for key in step} | {key for step in steps for item in step["items"] for key in item}
    assert found >= {
        *(
            "target",
            "target_dependents",
            "kill",
            "replace",
            "drift",
            "parent",
            "link",
            "depends_on",
            "deleted_with",
            "aliases",
            "transform",
            "hooks",
        ),
        *("import", "id", "secret", "hide", "protect", "retain_on_delete", "delete_before_replace", "ignore_changes"),
        *("trigger", "fail", "transform"),
    }


def test_each_smaller_lifecycle_lacks_something_and_is_valid():
    lifecycle = make_lifecycle(Random(5))
    lifecycles = list(smaller_lifecycles(lifecycle))
    assert len({str(one) for one in lifecycles}) > len(lifecycle)
    for one in lifecycles:
        assert len(str(one)) < len(str(lifecycle))
        for step in one:
            names = {item["name"] for item in step["items"]}
            needed = {
                name for item in step["items"] for name in (item.get("parent"), *item.get("link", [])[:1]) if name
            }
            assert needed <= names


def test_the_deletion_order_of_replaced_resources_with_one_urn_is_not_compared():
    def sorted_calls(*ids, later_calls=()):
        calls = [*(["delete", "r", which] for which in ids), *later_calls]
        return sort_unordered_deletions({"calls": calls, "steps": []})["calls"]

    def sorted_steps(*ops):
        return sort_unordered_deletions({"calls": [], "steps": [{"op": op, "urn": "r"} for op in ops]})["steps"]

    assert sorted_calls("r-2", "r-1") == sorted_calls("r-1", "r-2") != sorted_calls("r-1", "r-3")
    later_calls = [["create", "r", "r-3"], ["delete", "r", "r-0"]]
    assert sorted_calls("r-2", "r-1", later_calls=later_calls)[2:] == later_calls
    assert sorted_steps("delete", "delete-replaced") == sorted_steps("delete-replaced", "delete")
    assert sorted_steps("create", "delete") != sorted_steps("delete", "create")


def test_the_killed_resource_belongs_to_its_program():
    kills = [(step, step["kill"]) for seed in range(200) for step in make_lifecycle(Random(seed)) if "kill" in step]
    assert {(step["op"], when) for step, (_, when) in kills} == {
        (op, when) for op in ("up", "destroy") for when in ("before", "after")
    }
    for step, (name, _) in kills:
        (item,) = [item for item in step["items"] if item["name"] == name]
        assert item["kind"] == "thing"
        assert not any(item.get("fail") or item.get("protect") for item in step["items"])


def test_after_a_kill_only_independent_resources_may_differ():
    before = [{"kind": "group", "name": "old"}, {"kind": "thing", "name": "aside"}]
    after = [
        {"kind": "group", "name": "top", "aliases": [{"name": "old"}]},
        {"kind": "thing", "name": "needed", "parent": "top"},
        {"kind": "thing", "name": "killed", "link": ["needed", "id"]},
        {"kind": "thing", "name": "waits", "depends_on": ["killed"]},
        {"kind": "thing", "name": "too", "deleted_with": "waits"},
        {"kind": "thing", "name": "sibling", "parent": "top"},
        {"kind": "thing", "name": "aside"},
    ]
    names = related_names([{"items": before}, {"items": after}], "killed")
    assert names == {"old", "top", "needed", "killed", "waits", "too"}

    def result_of(*which, changed="x"):
        return {
            "calls": [["create", name, f"{name}-1"] for name in which],
            "steps": [{"op": "create", "urn": f"urn::{name}"} for name in which],
            "things": [f"{name}-1" for name in which],
            "state": [{"urn": f"urn::{name}", "id": changed} for name in which],
            "changes": {"create": len(which)},
            "pending": ["killed"],
        }

    assert only_named(result_of("needed", "aside"), names) == only_named(result_of("needed", "sibling"), names)
    assert only_named(result_of("needed"), names) != only_named(result_of("needed", "waits"), names)
    assert only_named(result_of("needed"), names) != only_named(result_of("needed", changed="y"), names)
    whole = only_named(result_of("aside"), names, whole=("things", "state"))
    assert (whole["things"], whole["calls"], whole["steps"]) == (["aside-1"], [], [])
