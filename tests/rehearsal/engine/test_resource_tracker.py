"""Aliases: a resource keeps its state under another name, type or parent."""

import pulumi
import pytest
from pulumi import Alias, ResourceOptions


def test_a_renamed_resource_keeps_its_state(rig, ops):
    rig.up(lambda: rig.Thing("old", value="a"))
    rig.cloud.changes()
    report = rig.up(lambda: rig.Thing("new", value="a", opts=ResourceOptions(aliases=[Alias(name="old")])))
    assert ops(report) == ["same new"]
    assert rig.cloud.changes() == []
    assert rig.state()["new"]["id"] == "old-1"
    assert "aliases" not in rig.state()["new"]


def test_an_alias_may_be_a_urn_a_type_or_a_parent(rig):
    class Other(pulumi.CustomResource):
        def __init__(self, name, opts):
            super().__init__("toy:index:Other", name, {"value": "a"}, opts)

    def before():
        group = rig.Group("group")
        rig.Thing("a", value="a")
        rig.Thing("b", value="a")
        rig.Thing("c", value="a", opts=ResourceOptions(parent=group))

    def after():
        rig.Group("group")
        rig.Thing("a2", value="a", opts=ResourceOptions(aliases=[rig.urn("a")]))
        Other("b", ResourceOptions(aliases=[Alias(type_="toy:index:Thing")]))
        group = rig.urn("group", type="toy:index:Group")
        rig.Thing("c", value="a", opts=ResourceOptions(aliases=[Alias(parent=group)]))

    rig.up(before)
    rig.cloud.changes()
    assert rig.up(after).changes == {"same": 5}
    assert rig.cloud.changes() == []
    assert {name: r["id"] for name, r in rig.state().items() if r["custom"]} == {"a2": "a-1", "b": "b-1", "c": "c-1"}


def test_children_find_their_state_through_the_alias_of_their_parent(rig):
    def program(name, options=None):
        group = rig.Group(name, options)
        child = rig.Thing(f"{name}-key", value="a", opts=ResourceOptions(parent=group))
        rig.Thing("fixed", link=child.id, opts=ResourceOptions(parent=group))

    rig.up(lambda: program("app"))
    rig.cloud.changes()
    report = rig.up(lambda: program("newapp", ResourceOptions(aliases=[Alias(name="app")])))
    assert report.changes == {"same": 4}
    assert rig.cloud.changes() == []
    assert rig.up(lambda: program("newapp")).changes == {"same": 4}


def test_grandchildren_inherit_aliases_through_nested_components(rig):
    def program(name, options=None):
        outer = rig.Group(name, options)
        inner = rig.Group(f"{name}-inner", ResourceOptions(parent=outer))
        rig.Thing(f"{name}-inner-key", value="a", opts=ResourceOptions(parent=inner))

    rig.up(lambda: program("app"))
    rig.cloud.changes()
    assert rig.up(lambda: program("web", ResourceOptions(aliases=[Alias(name="app")]))).changes == {"same": 4}
    assert rig.cloud.changes() == []
    assert rig.state()["web-inner-key"]["parent"] == rig.urn("web-inner", "toy:index:Group", type="toy:index:Group")


def test_an_alias_of_the_child_and_one_of_the_parent_multiply(rig):
    def before():
        rig.Thing("key", value="a", opts=ResourceOptions(parent=rig.Group("old")))

    def after():
        parent = rig.Group("new", ResourceOptions(aliases=[Alias(name="old")]))
        rig.Thing("token", value="a", opts=ResourceOptions(parent=parent, aliases=[Alias(name="key")]))

    rig.up(before)
    rig.cloud.changes()
    assert rig.up(after).changes == {"same": 3}
    assert rig.cloud.changes() == []


def test_the_first_existing_alias_wins(rig):
    def program(name, *olds):
        rig.Thing(name, value="a", opts=ResourceOptions(aliases=[Alias(name=old) for old in olds]))

    rig.up(lambda: program("a"))
    rig.up(lambda: program("b", "a"))
    assert rig.up(lambda: program("c", "b", "a")).changes == {"same": 2}
    # The state of `a` became that of `b`, and now of `c`: all are one resource.
    assert rig.state()["c"]["id"] == "a-1"


def test_a_renamed_resource_can_be_replaced_in_the_same_up(rig, ops):
    rig.up(lambda: rig.Thing("old", force="1"))
    rig.cloud.changes()
    report = rig.up(lambda: rig.Thing("new", force="2", opts=ResourceOptions(aliases=[Alias(name="old")])))
    assert report.changes == {"replace": 1, "same": 1}
    assert rig.cloud.changes() == ["begin-create new", "create new-1", "delete old-1"]
    assert [r["urn"] for r in rig.resources()] == [rig.urn("new")]


def test_a_renamed_resource_can_be_replaced_delete_first(rig, ops):
    def program(name, dbr, *aliases):
        root = rig.Thing(name, dbr=dbr, opts=ResourceOptions(aliases=[Alias(name=a) for a in aliases]))
        rig.Thing("follows", link=root.id, link_forces=True)

    rig.up(lambda: program("old", "1"))
    rig.cloud.changes()
    assert rig.up(lambda: program("new", "2", "old")).changes == {"replace": 2, "same": 1}
    assert rig.cloud.changes()[:2] == ["delete follows-1", "delete old-1"]
    assert rig.up(lambda: program("new", "2")).changes == {"same": 3}


def test_untargeted_dependents_of_a_renamed_resource_refer_to_its_new_urn(rig):
    def program(name, *aliases):
        root = rig.Thing(name, value="a", opts=ResourceOptions(aliases=[Alias(name=a) for a in aliases]))
        rig.Thing("user", link=root.id)

    rig.up(lambda: program("old"))
    rig.up(lambda: program("new", "old"), targets=[rig.urn("new")])
    assert rig.state()["user"]["dependencies"] == [rig.urn("new")]


def test_two_resources_cannot_share_one_state(rig):
    rig.up(lambda: rig.Thing("old"))

    def program():
        first = rig.Thing("a", opts=ResourceOptions(aliases=[Alias(name="old")]))
        rig.Thing("b", opts=ResourceOptions(aliases=[Alias(name="old")], depends_on=[first]))

    report = rig.up(program)
    assert not report.ok
    error = f"Duplicate resource alias '{rig.urn('old')}' applied to resource with URN '{rig.urn('b')}' "
    assert report.errors == [error + f"conflicting with resource with URN '{rig.urn('a')}'"]


def test_a_resource_cannot_have_the_urn_of_a_used_alias(rig):
    rig.up(lambda: rig.Thing("old"))

    def program():
        first = rig.Thing("new", opts=ResourceOptions(aliases=[Alias(name="old")]))
        rig.Thing("old", opts=ResourceOptions(depends_on=[first]))

    report = rig.up(program)
    assert report.errors == [
        f"Duplicate resource URN '{rig.urn('old')}' conflicting with alias on resource with URN '{rig.urn('new')}'"
    ]


def test_an_explicit_provider_can_be_renamed_without_replacing_its_resources(rig):
    class Toy(pulumi.ProviderResource):
        def __init__(self, name, opts=None):
            super().__init__("toy", name, {"region": "a"}, opts)

    def program(name, *aliases):
        provider = Toy(name, ResourceOptions(aliases=[Alias(name=a) for a in aliases]))
        rig.Thing("key", value="a", opts=ResourceOptions(provider=provider))

    rig.up(lambda: program("old"))
    assert rig.up(lambda: program("new", "old")).changes == {"same": 3}
    assert "::new::" in rig.state()["key"]["provider"]


@pytest.mark.parametrize("parent", [True, False])
def test_a_resource_can_move_into_a_component_and_out_of_it(rig, parent):
    def inside():
        options = ResourceOptions(parent=rig.Group("group"), aliases=[Alias(parent=pulumi.ROOT_STACK_RESOURCE)])
        rig.Thing("key", value="a", opts=options)

    def outside():
        rig.Group("group")
        group = rig.urn("group", type="toy:index:Group")
        rig.Thing("key", value="a", opts=ResourceOptions(aliases=[Alias(parent=group)]))

    first, second = (inside, outside) if parent else (outside, inside)
    rig.up(first)
    rig.cloud.changes()
    assert rig.up(second).changes == {"same": 3}
    assert rig.cloud.changes() == []
