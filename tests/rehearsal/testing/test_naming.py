"""References to resources in tests, such as to those with the same name under different parents."""

import pytest

from rehearsal.engine.events import Op, StepRecord
from rehearsal.testing.naming import labels, matching, only_match
from rehearsal.testing.plan import Plan

KEY = "pulumi-python:dynamic/ivs:StreamKey"
HEAD = "urn:pulumi:test::shop::"
STACK = f"{HEAD}pulumi:pulumi:Stack::shop-test"
TOP = f"{HEAD}{KEY}::key"
STUDIO = f"{HEAD}shop:index:Studio${KEY}::key"
STAGE = f"{HEAD}shop:index:Stage${KEY}::key"
DEEP = f"{HEAD}shop:index:Site$shop:index:Stage${KEY}::key"
CHANNEL = f"{HEAD}shop:index:Stage$aws:ivs/channel:Channel::key"
URNS = [STACK, TOP, STUDIO, STAGE, DEEP, CHANNEL]


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("key", [TOP, STUDIO, STAGE, DEEP, CHANNEL]),
        ("StreamKey::key", [TOP, STUDIO, STAGE, DEEP]),
        ("ivs:StreamKey::key", [TOP, STUDIO, STAGE, DEEP]),
        ("Studio$StreamKey::key", [STUDIO]),
        ("shop:index:Studio$pulumi-python:dynamic/ivs:StreamKey::key", [STUDIO]),
        ("index:Studio$StreamKey::key", [STUDIO]),
        ("Stage$StreamKey::key", [STAGE, DEEP]),
        ("Stack$Stage$StreamKey::key", [STAGE]),
        ("Site$Stage$StreamKey::key", [DEEP]),
        ("Stack$StreamKey::key", [TOP]),
        ("Channel::key", [CHANNEL]),
        ("aws:ivs:Channel::key", [CHANNEL]),
        ("aws:ivs/channel:Channel::key", [CHANNEL]),
        ("shop::pulumi-python:dynamic/ivs:StreamKey::key", [TOP]),
        (STAGE, [STAGE]),
        ("Stack::shop-test", [STACK]),
        ("tage$StreamKey::key", []),
        ("Key::key", []),
        ("::key", []),
        ("$StreamKey::key", []),
        ("Stack$Stack$StreamKey::key", []),
    ],
)
def test_a_reference_is_a_urn_a_name_or_a_name_after_types(reference, found):
    assert matching(reference, URNS) == found


def test_a_label_is_the_shortest_unambiguous_name():
    assert labels(URNS) == {
        STACK: "Stack::shop-test",
        TOP: "Stack$StreamKey::key",
        STUDIO: "Studio$StreamKey::key",
        STAGE: "Stack$Stage$StreamKey::key",
        DEEP: "Site$Stage$StreamKey::key",
        CHANNEL: "Channel::key",
    }
    assert labels([STUDIO]) == {STUDIO: "StreamKey::key"}


def test_ambiguous_labels_become_urns():
    one, other = f"{HEAD}a:index:Thing::x", f"{HEAD}b:index:Thing::x"
    assert labels([one, other]) == {one: one, other: other}


def test_a_name_may_contain_any_text():
    urn = f"{HEAD}a:index:Thing::x::y$z"
    assert matching("x::y$z", [urn]) == matching("Thing::x::y$z", [urn]) == [urn]


def test_a_plan_distinguishes_resources_with_one_name():
    plan = Plan([StepRecord(Op.CREATE, STUDIO), StepRecord(Op.UPDATE, STAGE)])
    assert plan == {"Studio$StreamKey::key": "create", "Stage$StreamKey::key": "update"}
    assert repr(plan) == "Plan({'Studio$StreamKey::key': 'create', 'Stage$StreamKey::key': 'update'})"
    assert plan.lines() == ["  create Studio$StreamKey::key", "  update Stage$StreamKey::key"]
    with pytest.raises(LookupError) as failure:
        plan["StreamKey::key"]
    assert str(failure.value).splitlines()[1:] == [
        f"  Studio$StreamKey::key  ({STUDIO})",
        f"  Stage$StreamKey::key  ({STAGE})",
    ]


@pytest.mark.slow("a lifecycle, and Python for its provider")
def test_a_stack_distinguishes_resources_with_one_name(run):
    result = run(
        """
        class Part(pulumi.ComponentResource):
            def __init__(self, kind):
                super().__init__(f"shop:index:{kind}", kind.lower())
                Note("key", kind, pulumi.ResourceOptions(parent=self))

        def program():
            Note("key", "Top")
            for kind in ("Studio", "Stage"):
                Part(kind)

        def test(rehearse):
            stack = rehearse(program)
            stack.up()
            for reference, text in {
                "Stack$notes:Note::key": "Top", "Studio$notes:Note::key": "Studio", "Stage$Note::key": "Stage",
            }.items():
                found = stack.resource(reference)
                assert found.outputs["text"] == text
                assert stack.resource(found.urn).id == found.id
            with pytest.raises(LookupError, match="may be any of 3 resources") as failure:
                stack.resource("key")
            assert all(s.urn in str(failure.value) for s in stack.resources() if s.type.endswith("Note"))
            with pytest.raises(LookupError, match="no resource 'kex'; there is .*Stage.Note::key"):
                stack.resource("kex")
        """
    )
    result.assert_outcomes(passed=1)


def test_an_unambiguous_reference_gives_a_urn():
    assert only_match("Studio$StreamKey::key", URNS) == STUDIO


@pytest.mark.parametrize(
    ("reference", "urns", "message"),
    [
        ("StreamKey::key", URNS, "'StreamKey::key' may be any of 4 resources"),
        ("other", [TOP], "no resource 'other'; there is .*StreamKey::key"),
        ("other", [], "no resource 'other'; there is nothing"),
    ],
)
def test_a_missing_or_ambiguous_reference_lists_the_candidates(reference, urns, message):
    with pytest.raises(LookupError, match=message):
        only_match(reference, urns)
