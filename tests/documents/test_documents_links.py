"""The files, headings and decision records that the documents link to exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
FOLDERS = "benchmarks|components|docs|dynamic_providers|examples|harness|tests|tools"
WITH_DOCUMENTS = [ROOT / folder for folder in [".github", *FOLDERS.split("|")]]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(page for folder in WITH_DOCUMENTS for page in folder.rglob("*.md"))])
# Files that the example in CONTRIBUTING.md creates.
CREATED_BY_READER = {"harness/rehearsal_aws/resources/topic.py", "tests/rehearsal_aws/resources/test_topic.py"}

each_document = pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: str(page.relative_to(ROOT)))


def anchors(page):
    """Return the anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def dead_links(page):
    """Yield a page's links to files or headings that do not exist in the project."""
    for link in re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            yield link


def missing_paths(page):
    """Yield a page's paths in backticks that do not exist."""
    for quoted in re.findall(rf"`((?:{FOLDERS})/[\w./-]+)`", FENCE.sub("", page.read_text(encoding="utf-8"))):
        if quoted not in CREATED_BY_READER and not (ROOT / quoted).exists():
            yield quoted


@each_document
def test_every_link_has_an_existing_target(page):
    assert list(dead_links(page)) == []


@each_document
def test_every_path_in_backticks_exists(page):
    assert list(missing_paths(page)) == []


def test_dead_links_and_missing_paths_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# A page\n[a](#a-page) [b](#nowhere) [c](gone.md) [d](page.md#a-page) [e](https://example.com/x)\n"
        "`docs/gone.md` `docs/settings.md`\n",
        encoding="utf-8",
    )
    assert list(dead_links(page)) == ["#nowhere", "gone.md"]
    assert list(missing_paths(page)) == ["docs/gone.md"]
