"""Decision records have unique numbers, and citations of them use the right number."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECORDS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
SOURCES = [path for folder in ("components", "dynamic_providers", "harness") for path in ROOT.glob(f"{folder}/**/*.py")]


def test_each_record_has_a_unique_number_in_file_name_and_heading():
    numbers = [int(record.name[:4]) for record in RECORDS]
    assert len(numbers) == len(set(numbers))
    headings = [record.read_text(encoding="utf-8").partition(".")[0] for record in RECORDS]
    assert headings == [f"# {number}" for number in numbers]


def test_a_link_to_a_record_has_the_number_of_its_text():
    cited = [
        (page.name, number, target)
        for page in PAGES
        for number, target in re.findall(r"\[decision (\d+)\]\(([^)]*)\)", page.read_text(encoding="utf-8"))
    ]
    assert cited
    names = {record.name for record in RECORDS}
    for page, number, target in cited:
        name = target.rpartition("/")[2]
        assert (page, name in names, int(name[:4])) == (page, True, int(number))


def test_records_cited_in_the_code_exist():
    named = {name for path in SOURCES for name in re.findall(r"docs/decisions/(\S+\.md)", path.read_text("utf-8"))}
    assert named
    assert named <= {record.name for record in RECORDS}


def test_the_index_lists_each_record_with_its_heading():
    page = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d+) \| \[(.*)\]\((.*)\) \|$", page, re.MULTILINE)
    headings = [record.read_text(encoding="utf-8").partition("\n")[0][2:].partition(". ") for record in RECORDS]
    assert listed == [
        (number, title, record.name) for (number, _, title), record in zip(headings, RECORDS, strict=True)
    ]


def test_documents_name_modules_by_their_full_path():
    """Otherwise no test notices when a module is renamed, as with `faults.report_errors`."""
    functions = {
        name
        for path in SOURCES
        for name in re.findall(r"^def ([a-z]\w+_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    packages = ("ivs_channel.", "ivs_stream_key.", "moto_ivs.", "rehearsal.", "rehearsal_aws.")
    named = [
        (page.name, name)
        for page in PAGES
        for name in re.findall(r"`([a-z_]+(?:\.[a-z_]+)*\.[a-z]\w+_\w+)`", page.read_text(encoding="utf-8"))
        if name.rpartition(".")[2] in functions and not name.startswith(packages)
    ]
    assert named == []
