import pytest

from rehearsal.engine.dependent_replacements import with_replace_on_changes
from rehearsal.provider import DiffResult


@pytest.mark.parametrize(
    ("diff", "paths", "keys", "replaces"),
    [
        (DiffResult(changes=True, replaces=("a",)), [], ("a",), True),
        (DiffResult(changes=True), ["a"], (), False),  # nothing is known to have changed: a dynamic resource
        (DiffResult(changes=True, detailed={"a": "update"}), ["a"], ("a",), True),
        (DiffResult(changes=True, detailed={"a.b": "update"}), ["a"], ("a",), True),
        (DiffResult(changes=True, detailed={"a.b": "update"}), ["a.b"], (), True),  # keys are of the top
        (DiffResult(changes=True, detailed={"a.c": "update"}), ["a.b"], (), False),
        (DiffResult(changes=True, detailed={"a": "update"}), ["*"], ("a",), True),
        (DiffResult(changes=True, detailed={"a": "update-replace"}), [], (), True),
        (DiffResult(changes=False, detailed={"a": "update"}), ["a"], (), False),
        (DiffResult(changes=True, replaces=("a",), detailed={"a": "update"}), ["a"], ("a",), True),
    ],
)
def test_replace_on_changes_adds_to_the_providers_diff(diff, paths, keys, replaces):
    changed, found = with_replace_on_changes(diff, paths)
    assert (changed.replaces, found) == (keys, replaces)


@pytest.mark.parametrize("path", ["#initerror", "*"])
def test_a_failed_initialization_can_cause_a_replacement(path):
    changed, found = with_replace_on_changes(DiffResult(changes=False), [path], init_errors=True)
    assert (changed.changes, changed.replaces, found) == (True, ("#initerror",), True)
    assert with_replace_on_changes(DiffResult(changes=False), ["a"], init_errors=True)[1] is False
