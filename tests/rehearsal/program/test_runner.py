"""What a program leaves behind in the process that ran it: nothing."""

import pickle

from pulumi.dynamic.dynamic import serialize_provider

from rehearsal import Project, Stack


def test_what_the_sdk_does_to_pickle_ends_with_the_program(tmp_path):
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
