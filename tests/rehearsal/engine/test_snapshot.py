import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.engine.snapshot import Snapshot, replay
from rehearsal.state.resource import ResourceState


def state(name):
    return ResourceState(urn=f"urn:pulumi:dev::p::t:i:T::{name}", type="t:i:T", custom=True)


def names(resources):
    return [(r if isinstance(r, dict) else r.to_json())["urn"].rpartition("::")[2] for r in resources]


def test_processed_resources_come_before_unprocessed_ones():
    olds = [state("a"), state("b")]
    snapshot = Snapshot(olds)
    snapshot.supersede(olds[1], state("b"))
    snapshot.put(state("c"))
    assert names(snapshot.resources()) == ["b", "c", "a"]


def test_dropping_a_missing_resource_is_no_error():
    snapshot = Snapshot()
    snapshot.drop(state("a"))
    assert snapshot.resources() == []


def test_resources_can_be_patched_in_place():
    snapshot = Snapshot([state("a")])

    def patch(states):
        for found in states:
            found.protect = True
        return states

    snapshot.rebuild(patch)
    assert [s.protect for s in snapshot.resources()] == [True]


CHANGES = st.lists(st.tuples(st.sampled_from(["put", "drop", "supersede"]), st.integers(0, 5)), max_size=12)


@pytest.mark.slow("many generated cases")
@given(st.integers(0, 3), CHANGES)
def test_replaying_the_journal_gives_the_snapshot(count, changes):
    journal = []
    olds = [state(f"old{n}") for n in range(count)]
    base = [s.to_json() for s in olds]
    snapshot = Snapshot(olds, journal.append)
    for number, (change, which) in enumerate(changes):
        current = snapshot.resources()
        chosen = current[which % len(current)] if current else None
        if change == "put":
            snapshot.put(state(f"new{number}"))
        elif change == "drop" and chosen is not None:
            snapshot.drop(chosen)
        elif chosen is not None:
            snapshot.supersede(chosen, state(f"new{number}"))
    replayed, pending = replay(base, journal)
    assert sorted(names(replayed)) == sorted(names(snapshot.resources()))
    assert pending == []


def test_unfinished_operations_are_pending():
    journal = []
    snapshot = Snapshot((), journal.append)
    snapshot.begin("creating", state("a"))
    snapshot.begin("updating", state("b"))
    snapshot.end(state("b"))
    _, pending = replay([], journal)
    assert [(op["type"], op["resource"]["urn"][-1]) for op in pending] == [("creating", "a")]


def test_a_replaced_state_is_never_beside_its_successor():
    journal = []
    olds = [state("a")]
    base = [s.to_json() for s in olds]
    snapshot = Snapshot(olds, journal.append)
    snapshot.supersede(olds[0], state("a"))
    for count in range(len(journal) + 1):
        assert names(replay(base, journal[:count])[0]) == ["a"]


def test_grouped_changes_are_replayed_atomically():
    journal = []
    snapshot = Snapshot((), journal.append)
    with snapshot.at_once():
        snapshot.put(state("a"))
        with snapshot.at_once():
            snapshot.put(state("b"))
    assert [len(replay([], journal[:count])[0]) for count in range(len(journal) + 1)] == [0, 2]


def test_an_operation_is_pending_until_its_result_is_saved():
    journal = []
    olds = [state("b")]
    base = [s.to_json() for s in olds]
    snapshot = Snapshot(olds, journal.append)
    snapshot.begin("creating", state("a"))
    snapshot.put(state("a"))
    snapshot.begin("deleting", olds[0])
    snapshot.drop(olds[0])
    kinds = [[op["type"] for op in replay(base, journal[:count])[1]] for count in range(len(journal) + 1)]
    assert kinds == [[], ["creating"], [], ["deleting"], []]


def test_after_a_freeze_changes_are_ignored_and_started_operations_are_pending():
    journal = []
    olds = [state("old")]
    snapshot = Snapshot(olds, journal.append)
    snapshot.begin("creating", state("done"))
    snapshot.put(state("done"))
    snapshot.begin("creating", state("failed"))
    snapshot.end(state("failed"))
    snapshot.begin("creating", state("late"))
    snapshot.begin("deleting", olds[0])
    written = len(journal)
    snapshot.freeze()
    created_late = state("late")
    created_late.id = "late-1"
    snapshot.put(created_late)
    snapshot.end(olds[0])
    snapshot.drop(olds[0])
    resources, pending = snapshot.left()
    assert names(resources) == ["done", "old"]
    assert [(op["type"], *names([op["resource"]])) for op in pending] == [("creating", "late"), ("deleting", "old")]
    assert len(journal) == written
