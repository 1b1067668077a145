"""Each package imports only the dependencies that pyproject.toml declares for it."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CORE = PROJECT["dependencies"]
WITH_TESTING = [*CORE, *PROJECT["optional-dependencies"]["testing"]]
# Path of each package: the requirements that are installed with it.
PACKAGES = {
    "components/ivs_channel": CORE,
    "dynamic_providers/ivs_stream_key": CORE,
    "harness/moto_ivs": WITH_TESTING,
    "harness/rehearsal": WITH_TESTING,
    "harness/rehearsal_aws": WITH_TESTING,
}
DISTRIBUTIONS = {**packages_distributions(), "google": ["protobuf"]}


class Imports(ast.NodeVisitor):
    """Collects the top-level names that a module imports at runtime, including those in functions."""

    def __init__(self):
        self.names = set()

    def visit_If(self, node):
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for other in node.orelse:
                self.visit(other)
            return
        self.generic_visit(node)

    def visit_Import(self, node):
        self.names |= {alias.name.partition(".")[0] for alias in node.names}

    def visit_ImportFrom(self, node):
        if node.level == 0:
            self.names.add(node.module.partition(".")[0])


def imported_names(source):
    imports = Imports()
    imports.visit(ast.parse(source))
    return imports.names - set(sys.stdlib_module_names) - {Path(package).name for package in PACKAGES}


def normalize(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def undeclared(names, requirements):
    declared = {normalize(re.match(r"[\w.-]+", requirement)[0]) for requirement in requirements}
    return {name for name in names if not {normalize(each) for each in DISTRIBUTIONS.get(name, [name])} & declared}


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.slow("reads the whole source")
def test_every_dependency_that_a_package_imports_is_declared_for_it(package):
    files = sorted((ROOT / package).rglob("*.py"))
    names = set().union(*(imported_names(file.read_text(encoding="utf-8")) for file in files))
    assert "pulumi" in names or "moto" in names
    assert undeclared(names, PACKAGES[package]) == set()


def test_an_undeclared_dependency_is_found_wherever_it_is_imported():
    source = "import os, boto3.session\nif TYPE_CHECKING:\n    import mypy\ndef f():\n    from rich import print\n"
    assert undeclared(imported_names(source), CORE) == {"boto3", "rich"}
    assert undeclared(imported_names(source), WITH_TESTING) == set()
