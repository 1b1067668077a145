import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.engine.dependency_graph import (
    Dependents,
    delete_layers,
    dependencies,
    fix_dangling_dependencies,
    in_order,
    rename_aliased,
    with_dependents,
)
from rehearsal.state.resource import ResourceState


def urn(name, types="t:i:T"):
    return f"urn:pulumi:dev::p::{types}::{name}"


def state(name, *needs, custom=True, **fields):
    return ResourceState(urn=urn(name), type="t:i:T", custom=custom, dependencies=[urn(n) for n in needs], **fields)


def names(states):
    return [s.urn.rpartition("::")[2] for s in states]


def never_ignored(_):
    return False


@st.composite
def states(draw):
    """Generate a state in a valid order: resources depend only on earlier ones."""
    made = []
    for n in range(draw(st.integers(1, 8))):
        earlier = [s.urn for s in made]
        needs = draw(st.lists(st.sampled_from(earlier), max_size=3, unique=True)) if earlier else []
        parent = draw(st.sampled_from(["", *earlier])) if earlier else ""
        custom = draw(st.booleans())
        made.append(ResourceState(urn=urn(f"r{n}"), type="t:i:T", custom=custom, dependencies=needs, parent=parent))
    return made


@pytest.mark.slow("many generated cases")
@given(states(), st.randoms())
def test_sorting_puts_each_resource_after_its_dependencies(made, random):
    shuffled = list(made)
    random.shuffle(shuffled)
    seen = set()
    for found in in_order(shuffled):
        assert {*found.dependencies, found.parent} - {""} <= seen
        seen.add(found.urn)
    assert len(seen) == len(made)


@pytest.mark.slow("many generated cases")
@given(states())
def test_dependents_reach_the_root_by_dependencies(made):
    found = Dependents(made)
    for root in made:
        reached = {root.urn}
        expected = []
        for candidate in made[made.index(root) + 1 :]:
            if reached & set(candidate.dependencies):
                reached.add(candidate.urn)
                expected.append(candidate)
        assert list(found.of(root, never_ignored)) == expected


@pytest.mark.slow("many generated cases")
@given(states())
def test_deletion_layers_respect_dependencies(made):
    deleted = set()
    for layer in delete_layers(made, made):
        for deleting in layer:
            assert not {*deleting.dependencies, deleting.parent} & deleted
        deleted |= {s.urn for s in layer}
    assert len(deleted) == len(made)


def test_dependents_include_those_of_providers_and_deleted_with_but_not_children():
    root = state("root")
    managed = state("managed", provider=f"{root.urn}::id")
    inside = state("inside", deleted_with=root.urn)
    child = state("child", parent=root.urn)
    assert names(Dependents([root, managed, inside, child]).of(root, never_ignored)) == ["managed", "inside"]


def test_ignored_resources_hide_their_exclusive_dependents():
    made = [state("a"), state("b", "a"), state("c", "b"), state("d", "a")]
    assert names(Dependents(made).of(made[0], urn("b").__eq__)) == ["d"]


def test_an_unknown_urn_has_no_dependents():
    assert list(Dependents([state("a")]).of(state("a"), never_ignored)) == []


def test_with_dependents_includes_children():
    made = [state("a", custom=False), state("b", parent=urn("a")), state("c", "b"), state("d")]
    assert names(with_dependents(made, [made[0]])) == ["a", "b", "c"]


def test_dependencies_include_parents_and_their_dependencies():
    made = [state("a"), state("b", "a", custom=False), state("c", parent=urn("b")), state("d")]
    found = dependencies(made, [made[2]])
    assert {s.urn for s in made if id(s) in found} == {urn("a"), urn("b")}


def test_current_resources_depend_on_current_resources_and_not_on_pending_deletes():
    made = [state("a"), state("a", delete=True), state("b", "a"), state("b", "a", delete=True)]
    assert dependencies(made, [made[2]]) == {id(made[0])}
    assert dependencies(made, [made[3]]) == {id(made[1])}
    assert dependencies(made[1:], [made[2]]) == {id(made[1])}


def test_pending_deletes_come_last():
    assert names(in_order([state("old", delete=True), state("new")])) == ["new", "old"]


def test_a_reference_to_a_removed_resource_is_removed():
    dangling = state("a", "gone", parent=urn("gone"), deleted_with=urn("gone"), replace_with=[urn("gone")])
    dangling.property_dependencies = {"x": [urn("gone")]}
    (fixed,) = fix_dangling_dependencies([dangling])
    assert (fixed.dependencies, fixed.parent, fixed.deleted_with) == ([], "", "")
    assert (fixed.replace_with, fixed.property_dependencies) == ([], {})


def test_an_unregistered_child_moves_with_its_renamed_parent():
    parent = state("new", aliases=[urn("old")], custom=False)
    child = state("child", "old", parent=urn("old"), provider=f"{urn('old')}::id")
    child.urn = urn("child", "t:i:T$t:i:T")
    rename_aliased([parent, child])
    assert child.parent == urn("new")
    assert child.dependencies == [urn("new")]
    assert child.provider == f"{urn('new')}::id"
    assert parent.aliases == []
