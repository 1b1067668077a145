"""The oldest versions that `make test-lowest` tests are those that pyproject.toml allows."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TESTING = PROJECT["optional-dependencies"]["testing"]
# The lower bounds allow older versions, but moto[server] requires newer ones.
NEWER_FOR_MOTO = {"jsonschema", "pyyaml", "cryptography"}


def lower_bounds(requirements):
    found = {}
    for requirement in requirements:
        name, bound = re.match(r"([a-z0-9-]+)(?:\[.*\])?>=([\d.]+)", requirement).groups()
        found[name] = version(bound)
    return found


def version(text):
    return (*map(int, re.findall(r"\d+", text)), 0, 0)[:3]


def pinned_versions(file):
    lines = (ROOT / "tests" / "lowest" / file).read_text(encoding="utf-8").splitlines()
    return {name: version(number) for name, number in (line.split("==") for line in lines)}


@pytest.mark.parametrize(
    ("file", "requirements"),
    [("core.txt", PROJECT["dependencies"]), ("testing.txt", [*PROJECT["dependencies"], *TESTING])],
    ids=["core", "testing"],
)
def test_each_dependency_is_tested_in_its_oldest_allowed_version(file, requirements):
    tested = pinned_versions(file)
    for name, bound in lower_bounds(requirements).items():
        assert tested[name] == bound or (name in NEWER_FOR_MOTO and tested[name] > bound), name


@pytest.mark.slow("parses every source file")
def test_every_dependency_that_is_imported_is_declared():
    imported = {
        name
        for folder in ("components", "dynamic_providers", "harness")
        for file in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in _names(node)
    }
    imported -= {"flask", "mypy_boto3_ivs"}  # imported only for types
    imported |= {"dill"}  # imported by code that runs in another process
    distributions = {
        "boto3": "boto3",
        "botocore": "botocore",
        "cryptography": "cryptography",
        "dill": "dill",
        "filelock": "filelock",
        "google": "protobuf",
        "grpc": "grpcio",
        "jsonschema": "jsonschema",
        "moto": "moto",
        "pulumi": "pulumi",
        "pulumi_aws": "pulumi-aws",
        "pytest": "pytest",
        "requests": "requests",
        "rich": "rich",
        "typer": "typer",
        "werkzeug": "werkzeug",
        "yaml": "pyyaml",
    }
    own_packages = {"ivs_channel", "ivs_stream_key", "moto_ivs", "rehearsal", "rehearsal_aws"}
    unknown = imported - own_packages - set(sys.stdlib_module_names) - distributions.keys()
    assert unknown == set()
    declared = lower_bounds([*PROJECT["dependencies"], *TESTING]).keys()
    assert {distributions[name] for name in imported & distributions.keys()} == declared


def _names(node):
    """Return the top-level names that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    return [node.module.partition(".")[0]] if isinstance(node, ast.ImportFrom) and not node.level else []
