"""Each module and function that a document names exists, and docs/architecture.md's tables name each folder."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGES = ("ivs_channel", "ivs_stream_key", "moto_ivs", "rehearsal", "rehearsal_aws")
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]
NAMED = sorted(
    {
        name
        for page in DOCUMENTS
        if page.name != "CHANGELOG.md"  # it names modules of past releases
        for name in re.findall(rf"`((?:{'|'.join(PACKAGES)})(?:\.\w+)+)`", page.read_text(encoding="utf-8"))
    }
    - {"rehearsal.clouds", "rehearsal.preload"}  # groups of entry points
)


def resolve_name(name):
    """Return the module or attribute with a dotted name. The longest importable prefix is the module."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            resolved = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise
            continue
        for attribute in parts[length:]:
            resolved = getattr(resolved, attribute)
        return resolved
    raise LookupError(name)


@pytest.mark.parametrize("name", NAMED)
def test_every_named_module_and_function_exists(name):
    assert resolve_name(name) is not None


def test_a_missing_name_is_found():
    assert len(NAMED) > 60
    with pytest.raises((AttributeError, LookupError)):
        resolve_name("ivs_stream_key.provider.Nowhere")
    with pytest.raises((AttributeError, LookupError)):
        resolve_name("ivs_stream_key.nowhere")


@pytest.mark.parametrize(
    ("package", "root"),
    [
        ("ivs_channel", "components"),
        ("ivs_stream_key", "dynamic_providers"),
        ("rehearsal", "harness"),
        ("rehearsal_aws", "harness"),
    ],
)
def test_every_package_folder_is_in_a_table(package, root):
    rooms = PAGE[PAGE.index("## Rooms") : PAGE.index("## Three walks")]
    folders = {
        path.stem for path in (ROOT / root / package).iterdir() if path.suffix == ".py" or any(path.glob("*.py"))
    }
    assert {room for room in folders if not room.startswith("_") and not re.search(rf"[`.]{room}[`/]", rooms)} == set()


def test_the_where_do_i_change_table_has_twenty_rows():
    table = PAGE[PAGE.index("## Where do I change") : PAGE.index("## Glossary")]
    assert table.count("\n| ") > 20


# Row of the table: a pattern for an existing example of its task. A module that matches is one that the task changes.
TASKS = {
    "a field of a channel that pulumi-aws lacks": r"""container_format|["']containerFormat["']""",
    "a field of a channel that pulumi-aws has": r"""latency_mode|["']latencyMode["']""",
    "a new setting of pulumi-aws": r"user_agents|userAgents",
    "a new AWS type to rehearse with": r"""["']scheduler["']|\bscheduler[,.]""",
}


@pytest.mark.parametrize("task", TASKS)
def test_each_row_names_every_module_that_its_task_changes(task):
    (row,) = re.findall(rf"^\| {re.escape(task)} \| (.*) \|$", PAGE, re.MULTILINE)
    named = set(re.findall(rf"`((?:{'|'.join(PACKAGES)})(?:\.\w+)+)`", row))
    changed = {
        ".".join(file.relative_to(root).with_suffix("").parts)
        for root in (ROOT / "components", ROOT / "dynamic_providers", ROOT / "harness")
        for file in root.rglob("*.py")
        if re.search(TASKS[task], file.read_text(encoding="utf-8"))
    }
    assert {module for module in changed if module not in named and module.rpartition(".")[0] not in named} == set()
