import pytest

from rehearsal.engine.dependent_replacements import with_replace_on_changes
from rehearsal.provider import DiffResult


@pytest.mark.parametrize(
    ("diff", "paths", "keys", "replaces"),
    [
        (DiffResult(changes=True, replaces=("a",)), [], ("a",), True),
        # Without a detailed diff, as from a dynamic provider, no property counts as changed.
        (DiffResult(changes=True), ["a"], (), False),
        (DiffResult(changes=True, detailed={"a": "update"}), ["a"], ("a",), True),
        (DiffResult(changes=True, detailed={"a.b": "update"}), ["a"], ("a",), True),
        # Replace keys are top-level properties only.
        (DiffResult(changes=True, detailed={"a.b": "update"}), ["a.b"], (), True),
        (DiffResult(changes=True, detailed={"a.c": "update"}), ["a.b"], (), False),
        (DiffResult(changes=True, detailed={"a": "update"}), ["*"], ("a",), True),
        (DiffResult(changes=True, detailed={"a": "update-replace"}), [], (), True),
        (DiffResult(changes=False, detailed={"a": "update"}), ["a"], (), False),
        (DiffResult(changes=True, replaces=("a",), detailed={"a": "update"}), ["a"], ("a",), True),
    ],
)
def test_replace_on_changes_adds_to_the_providers_diff(diff, paths, keys, replaces):
    changed, replaced_by_option = with_replace_on_changes(diff, paths)
    assert (changed.replaces, replaced_by_option) == (keys, replaces)


@pytest.mark.parametrize("path", ["#initerror", "*"])
def test_a_failed_initialization_can_cause_a_replacement(path):
    changed, replaced_by_option = with_replace_on_changes(DiffResult(changes=False), [path], init_errors=True)
    assert (changed.changes, changed.replaces, replaced_by_option) == (True, ("#initerror",), True)
    assert with_replace_on_changes(DiffResult(changes=False), ["a"], init_errors=True)[1] is False
