"""The pytest plugin: it loads fast, isolates tests, and works in any order and on xdist workers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rehearsal.providers import preloaded

SLOW_MODULES_LOADED = """
import sys
import rehearsal.testing.plugin
loaded = {name.partition(".")[0] for name in sys.modules}
print(*loaded & {"pulumi", "grpc", "moto", "boto3", "botocore", "yaml", "rich", "google"}, end="")
"""


@pytest.mark.slow("pytest in a process of its own")
def test_loading_the_plugin_imports_nothing_slow():
    done = subprocess.run([sys.executable, "-c", SLOW_MODULES_LOADED], capture_output=True, text=True, check=True)
    assert done.stdout == ""


@pytest.mark.slow("pytest in a process of its own")
def test_a_run_without_the_fixture_imports_nothing_slow(run, pytester):
    pytester.makepyfile(
        test_plain="""
        import sys

        def test_plain():
            assert "rehearsal.testing.plugin" in sys.modules
            assert "rehearsal.testing.fixture" not in sys.modules
            assert "moto" not in sys.modules
        """
    )
    run("", "-n", "0", "test_plain.py", subprocess=True).assert_outcomes(passed=1)


def test_the_fixture_has_a_docstring(run):
    result = run("", "--fixtures", "-v")
    result.stdout.fnmatch_lines(["rehearse -- *plugin.py*", "*Create stacks of Pulumi programs that run offline*"])


def test_a_run_without_a_session_keeps_the_forks_of_another(run):
    sessions = preloaded._sessions
    assert run("", "--markers").ret == 0
    assert preloaded._sessions == sessions


def test_public_names_are_complete():
    import rehearsal
    from rehearsal import testing

    for package in (rehearsal, testing):
        assert [name for name in package.__all__ if not hasattr(package, name)] == []
        with pytest.raises(AttributeError, match="has no attribute 'Rehearsing'"):
            _ = package.Rehearsing


ISOLATED_TESTS = """
    @pytest.mark.parametrize("number", range(6))
    def test_alone(rehearse, number):
        assert rehearse.cloud.remaining() == []
        stack = rehearse(lambda: Note("a"))
        assert stack.up().summary.resource_changes == {"create": 2}
        stack.cloud.boto3("s3").create_bucket(Bucket="mine")
        stack.cloud.boto3("s3").delete_bucket(Bucket="mine")
        assert list(notes.NOTES) == ["note-0"]
"""


@pytest.mark.slow("pytest in a process of its own")
def test_tests_are_isolated(run):
    run(ISOLATED_TESTS).assert_outcomes(passed=6)


@pytest.mark.slow("two workers of pytest start")
def test_tests_are_isolated_on_workers_and_in_random_order(run):
    run(ISOLATED_TESTS, "-n", "2", subprocess=True).assert_outcomes(passed=6)


@pytest.mark.slow("pytest runs in pytest")
def test_stacks_of_one_test_share_the_cloud(run):
    run(
        """
        def test_two(rehearse):
            first, second = rehearse(lambda: None, stack="one"), rehearse(lambda: None, stack="two")
            first.up()
            second.up()
            assert first.cloud is second.cloud is rehearse.cloud
            assert (first.name, second.name) == ("one", "two")
        """
    ).assert_outcomes(passed=1)


@pytest.mark.slow("pytest runs in pytest")
def test_the_environment_is_restored_after_a_test(run):
    run(
        """
        import os, sys
        from pathlib import Path

        before = dict(os.environ), Path.cwd(), list(sys.path), list(sys.argv), sys.stdout

        def test_one(rehearse):
            rehearse(lambda: None).up()
            assert os.environ["AWS_ENDPOINT_URL"] == rehearse.cloud.url

        def test_two():
            now = {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"}
            then = {k: v for k, v in before[0].items() if k != "PYTEST_CURRENT_TEST"}
            assert now == then
            assert (Path.cwd(), sys.path, sys.argv) == before[1:4]
        """
    ).assert_outcomes(passed=2)


@pytest.mark.slow("pytest runs in pytest")
def test_a_test_can_define_clouds_and_providers(run):
    run(
        """
        from rehearsal import Provider
        from rehearsal.provider import CreateResult

        class Lamp(Provider):
            def create(self, urn, inputs):
                return CreateResult("lamp", {**inputs, "lit": True})

            def diff(self, urn, id, old_inputs, old_outputs, news):
                from rehearsal.provider import DiffResult
                return DiffResult(changes=old_inputs != news)

            def delete(self, urn, id, inputs, outputs):
                pass

        class LampResource(pulumi.CustomResource):
            lit: pulumi.Output[bool]

            def __init__(self, name):
                super().__init__("lamps:index:Lamp", name, {"lit": None})

        def test_own(rehearse):
            stack = rehearse(
                lambda: pulumi.export("lit", LampResource("a").lit), clouds=[], providers={"lamps:*": Lamp}
            )
            assert stack.up().outputs["lit"].value is True
            assert stack.clouds == []
            with pytest.raises(LookupError, match="expected one cloud, got 0"):
                stack.cloud
            with pytest.raises(ValueError, match="clouds: the clouds of this test are made already"):
                rehearse(lambda: None, clouds=[])
        """
    ).assert_outcomes(passed=1)
