"""The guide to rehearsal runs as it is written, and lists what the code refuses."""

from __future__ import annotations

import re
from pathlib import Path

from rehearsal.testing.checks import Checks
from rehearsal_aws.resources.catalog import MODELS

GUIDE = (Path(__file__).parents[2] / "docs" / "rehearsal.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)


def test_every_block_of_the_guide_passes(run, pytester):
    for number, block in enumerate(BLOCKS):
        (pytester.path / f"test_block_{number}.py").write_text(block)
    result = run("")
    result.assert_outcomes(passed=sum(len(re.findall(r"^def test_", block, re.MULTILINE)) for block in BLOCKS))
    assert len(BLOCKS) > 5


def test_the_guide_names_every_check():
    assert [check for check in Checks.__dataclass_fields__ if f"check_{check}=False" not in GUIDE] == []


def test_the_guide_names_every_type_that_is_modelled():
    unmodelled = GUIDE[GUIDE.index("## What rehearsal does not model") :]
    types = {token.rpartition(":")[2] for token in MODELS if token.rpartition(":")[2][0].isupper()}
    assert [name for name in types - {"BucketV2"} if name not in unmodelled] == []
