"""The code blocks of the guides run as written, and the guide names all checks and modelled types."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rehearsal.testing.checks import Checks
from rehearsal_aws.resources.catalog import MODELS

DOCS = Path(__file__).parents[3] / "docs"
GUIDE = (DOCS / "rehearsal.md").read_text()


@pytest.mark.slow("every block of a guide")
@pytest.mark.parametrize("page", ["mocks.md", "rehearsal.md"])
def test_every_block_of_the_guide_passes(page, run, pytester, pytestconfig):
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    for number, block in enumerate(blocks):
        (pytester.path / f"test_block_{number}.py").write_text(block)
    tests = sum(len(re.findall(r"^ *(?:async )?def test_", block, re.MULTILINE)) for block in blocks)
    engine = pytestconfig.getoption("rehearse_engine")
    other_engine_tests = (
        sum(block.count('rehearse_engine("rehearsal"') for block in blocks) if engine == "pulumi" else 0
    )
    # `set_mocks` affects the whole process, so the blocks about mocks run in a new process.
    result = run("", f"--rehearse-engine={engine}", subprocess=page == "mocks.md")
    result.assert_outcomes(passed=tests - other_engine_tests, skipped=other_engine_tests)
    assert len(blocks) >= 5


def test_the_guide_names_every_check():
    assert [check for check in Checks.__dataclass_fields__ if f"check_{check}=False" not in GUIDE] == []


def test_the_guide_names_every_modelled_type():
    unmodelled = GUIDE[GUIDE.index("## What rehearsal does not model") :]
    types = {token.rpartition(":")[2] for token in MODELS if token.rpartition(":")[2][0].isupper()}
    assert [name for name in types - {"BucketV2"} if name not in unmodelled] == []
