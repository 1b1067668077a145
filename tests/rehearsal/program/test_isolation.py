"""Each run of a program is isolated, and restores the state of the process."""

import json
import logging
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from rehearsal import Project, Stack
from rehearsal.program.isolation import program_directory


class Program:
    """A project in a folder; `up` runs its program and returns the outputs."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.write("Pulumi.yaml", "{name: p, runtime: python}")

    def write(self, path, text):
        path = self.folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")

    def up(self, **options):
        report = Stack(Project.load(self.folder), clouds=[], **options).up()
        assert report.ok, report.errors
        return report.outputs


@pytest.fixture
def program(tmp_path):
    return Program(tmp_path / "project")


def _environment():
    return {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}


@pytest.fixture(autouse=True)
def _process_state_is_restored(tmp_path):
    modules, path, environment = set(sys.modules), list(sys.path), _environment()
    arguments, folder = sys.argv, Path.cwd()
    yield
    for name in list(sys.modules.keys() - modules):
        assert not str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)), name
    assert (sys.path, _environment(), sys.argv, Path.cwd()) == (path, environment, arguments, folder)


COUNT = """
counted = []
def count():
    counted.append(1)
    return len(counted)
"""


def test_modules_of_the_program_are_reloaded_in_every_run(program):
    program.write("infra/__init__.py", COUNT)
    program.write("infra/deep/__init__.py", COUNT)
    for name in "abcdefgh":
        program.write(f"infra/deep/{name}.py", COUNT)
    program.write("alone.py", COUNT)
    program.write(
        "__main__.py",
        """
        import importlib, pulumi
        names = ["alone", "infra", "infra.deep", *(f"infra.deep.{n}" for n in "abcdefgh")]
        pulumi.export("counts", [importlib.import_module(name).count() for name in names])
        """,
    )
    for _ in range(3):
        assert program.up()["counts"] == [1] * 11


def test_an_edited_module_is_reloaded(program):
    program.write("__main__.py", "import pulumi, value; pulumi.export('value', value.VALUE)")
    for value in "1234":
        program.write("value.py", f"VALUE = '{value}'")  # same size, and maybe the same second, as before
        assert program.up()["value"] == value


EXPORT_CONTEXT = """
import os, sys, pulumi, beside
pulumi.export("cwd", os.getcwd())
pulumi.export("argv", list(sys.argv))
pulumi.export("count", beside.count())
pulumi.export("root", pulumi.get_root_directory())
"""


@pytest.mark.parametrize(
    ("main", "file", "argument"),
    [("src/", "src/__main__.py", "src"), ("src", "src/__main__.py", "src"), ("src/run.py",) * 3],
)
def test_a_program_runs_in_its_own_folder(program, main, file, argument):
    program.write("Pulumi.yaml", f"{{name: p, runtime: python, main: {main}}}")
    program.write(file, EXPORT_CONTEXT)
    program.write("src/beside.py", COUNT)
    for _ in range(2):
        outputs = program.up()
        assert outputs["cwd"] == str(program.folder / "src")
        assert outputs["argv"] == [str(program.folder / argument)]
        assert outputs["count"] == 1
        assert outputs["root"] == str(program.folder)


PROVIDER = """
import os, sys
from pulumi.dynamic import *

class Provider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        return CreateResult("1", {"cwd": os.getcwd(), "env": os.environ.get("OF_THE_PROGRAM")})

class Thing(Resource):
    cwd: object
    env: object
    def __init__(self, name):
        super().__init__(Provider(), name, {"cwd": None, "env": None})
"""


@pytest.mark.parametrize("provider_process", [True, False], ids=["process", "in-process"])
def test_a_dynamic_provider_runs_in_its_programs_folder(program, provider_process):
    program.write("Pulumi.yaml", "{name: p, runtime: python, main: src}")
    program.write("src/things.py", PROVIDER)
    program.write(
        "src/__main__.py",
        """
        import os, pulumi, things
        os.environ["OF_THE_PROGRAM"] = "set"
        thing = things.Thing("a")
        pulumi.export("cwd", thing.cwd)
        pulumi.export("env", thing.env)
        """,
    )
    outputs = program.up(provider_process=provider_process)
    assert outputs["cwd"] == str(program.folder / "src")
    if provider_process:
        assert outputs.get("env") is None  # as in Pulumi, the provider's process is not a child of the program


def test_modules_found_through_sys_path_changes_are_unloaded(program):
    program.write("lib/extra/__init__.py", COUNT)
    program.write("lib/extra/more.py", COUNT)
    program.write(
        "__main__.py",
        """
        import os, sys, pulumi
        sys.path.append(os.path.join(os.getcwd(), "lib"))
        import extra.more
        pulumi.export("counts", [extra.count(), extra.more.count()])
        """,
    )
    for _ in range(2):
        assert program.up()["counts"] == [1, 1]


def test_two_projects_can_have_packages_with_the_same_name(tmp_path):
    for name in ("one", "two", "one"):
        other = Program(tmp_path / name)
        other.write("infra/__init__.py", f"NAME = '{name}'")
        other.write("infra/part.py", f"NAME = '{name}'")
        other.write("__main__.py", "import pulumi, infra.part; pulumi.export('n', [infra.NAME, infra.part.NAME])")
        assert other.up()["n"] == [name, name]


def test_a_package_of_the_tests_does_not_shadow_the_programs(tmp_path, monkeypatch):
    tests = Program(tmp_path / "tests")
    tests.write("infra_of_both.py", "NAME = 'the tests'")
    program = Program(tmp_path / "program")
    program.write("infra_of_both.py", "NAME = 'the program'")
    program.write("__main__.py", "import pulumi, infra_of_both; pulumi.export('n', infra_of_both.NAME)")
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(tests.folder))
        import infra_of_both

        try:
            assert program.up()["n"] == "the program"
            assert sys.modules["infra_of_both"] is infra_of_both
        finally:
            del sys.modules["infra_of_both"]


def test_modules_imported_by_the_test_and_installed_ones_stay_loaded(program, monkeypatch):
    program.write("held.py", COUNT)
    program.write("__main__.py", "import held, tabnanny, pulumi; pulumi.export('n', held.count())")
    sys.modules.pop("tabnanny", None)
    with monkeypatch.context() as patch:
        patch.syspath_prepend(str(program.folder))
        import held

        try:
            assert [program.up()["n"], program.up()["n"]] == [1, 2]
            assert sys.modules["held"] is held
        finally:
            del sys.modules["held"]
    assert "tabnanny" in sys.modules


def test_environment_path_arguments_folder_and_logging_are_restored(program):
    program.write(
        "__main__.py",
        """
        import logging, os, sys, pulumi
        os.environ["THERE_BEFORE"] = "2"
        os.environ["NEW"] = "3"
        del os.environ["TAKEN_AWAY"]
        sys.path.insert(0, "/nowhere")
        sys.argv.append("--more")
        os.chdir("/")
        logging.basicConfig(level=logging.DEBUG, force=True)
        logging.getLogger("known").setLevel(logging.DEBUG)
        logging.getLogger("known").addHandler(logging.NullHandler())
        logging.disable(logging.INFO)
        logging.setLogRecordFactory(lambda *given, **more: logging.LogRecord(*given, **more))
        """,
    )
    logger, factory = logging.getLogger("known"), logging.getLogRecordFactory()
    before = (list(logging.root.handlers), logging.root.level, list(logger.handlers), logger.level)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THERE_BEFORE", "1")
        patch.setenv("TAKEN_AWAY", "1")
        program.up()
        assert (os.environ["THERE_BEFORE"], os.environ["TAKEN_AWAY"]) == ("1", "1")
    assert (logging.root.handlers, logging.root.level, logger.handlers, logger.level) == before
    assert (logging.root.manager.disable, logging.getLogRecordFactory()) == (0, factory)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_the_umask_is_restored(program):
    program.write("__main__.py", "import os; os.umask(0)")
    before = os.umask(0o027)
    try:
        program.up()
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)


def test_sys_argv_is_unchanged_while_a_function_runs(tmp_path):
    seen = []
    project = Project("p", tmp_path, tmp_path)
    assert Stack(project, program=lambda: seen.append(sys.argv), clouds=[]).up().ok
    assert seen == [sys.argv]


def test_sdk_registrations_can_be_repeated_in_the_next_run(program):
    program.write(
        "types_of_ours.py",
        """
        import pulumi
        class Package(pulumi.runtime.ResourcePackage):
            def version(self):
                import semver
                return semver.VersionInfo.parse("1.0.0")
            def construct_provider(self, name, typ, urn):
                raise NotImplementedError
        pulumi.runtime.register_resource_package("ours", Package())
        """,
    )
    program.write("__main__.py", "import types_of_ours")
    program.up()
    program.up()


@pytest.mark.slow("starts Python with another hash seed")
def test_the_result_does_not_depend_on_the_hash_seed(tmp_path):
    program = Program(tmp_path / "project")
    for name in ("a", "b", "c", "d"):
        program.write(f"infra/{name}.py", COUNT)
    program.write("infra/__init__.py", "")
    program.write(
        "__main__.py",
        """
        import pulumi
        from infra import a, b, c, d
        pulumi.export("counts", [m.count() for m in (a, b, c, d)])
        """,
    )
    twice = """
        import json, sys
        from pathlib import Path
        from rehearsal import Project, Stack
        stack = Stack(Project.load(Path(sys.argv[1])), clouds=[])
        print(json.dumps([stack.up().outputs["counts"] for _ in range(2)]))
    """
    for seed in ("1", "2"):
        command = [sys.executable, "-c", textwrap.dedent(twice), str(program.folder)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert json.loads(done.stdout) == [[1] * 4] * 2


def test_program_directory_returns_the_folder_of_each_kind_of_program(tmp_path):
    assert program_directory(tmp_path) == tmp_path
    assert program_directory(tmp_path / "run.py") == tmp_path
    (tmp_path / "program").touch()
    assert program_directory(tmp_path / "program") == tmp_path


def test_a_relative_state_path_is_relative_to_the_test(program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    program.write("__main__.py", "")
    seen = []

    class Cloud:
        def __init__(self, folder, config):
            seen.append(folder)

        def environment(self):
            return {}

        def providers(self):
            return {}

        def close(self):
            pass

    stack = Stack(Project.load(program.folder), clouds=[Cloud], state=Path("state.json"), cloud_folder=Path("cloud"))
    assert stack.up().ok
    assert (tmp_path / "state.json").exists()
    assert seen == [tmp_path / "cloud"]
