"""These tests fail once moto supports stream keys itself. They read moto's files, as the loaded moto may be patched."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import pytest

ADVICE = "moto has {} itself now: remove what moto covers from moto_ivs, and raise the lower bound of moto"


def functions(module: str) -> set[str]:
    tree = ast.parse(Path(importlib.util.find_spec(module).origin).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("module", ["moto.ivs.models", "moto.ivs.responses"])
def test_moto_still_has_no_stream_keys(module: str) -> None:
    found = functions(module)
    assert "create_channel" in found
    assert "create_stream_key" not in found, ADVICE.format("CreateStreamKey")
    assert "tag_resource" not in found, ADVICE.format("TagResource")
    assert "get_stream" not in found, ADVICE.format("GetStream")
