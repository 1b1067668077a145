"""A program run leaves no patches or warnings behind in the process."""

import pickle
import warnings

import pulumi
import pytest
from pulumi.dynamic.dynamic import serialize_provider

from rehearsal import Project, Stack


def test_the_sdks_pickle_patches_are_removed_after_the_program(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: tidy\nruntime: python\n", encoding="utf-8")
    (tmp_path / "__main__.py").touch()
    during = []

    def program():
        serialize_provider(object())
        during.append(pickle._Pickler._batch_setitems)

    before = pickle._Pickler._batch_setitems
    assert Stack(Project.load(tmp_path), program=program, clouds=[]).up().ok
    assert during[0] is not before
    assert pickle._Pickler._batch_setitems is before


def test_a_failed_program_causes_no_warnings_about_the_sdks_coroutines(tmp_path):
    def program():
        pulumi.export("vpc", pulumi.StackReference("org/network/none").get_output("vpc"))

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert not Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[]).preview().ok
    assert [str(warning.message) for warning in caught] == []


def test_a_never_awaited_coroutine_of_the_program_causes_a_warning(tmp_path):
    async def forgotten():
        """Do nothing."""

    def program():
        forgotten()

    with pytest.warns(RuntimeWarning, match="forgotten"):
        Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[]).preview()
