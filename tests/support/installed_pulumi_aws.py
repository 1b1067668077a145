"""Reads the source of the installed pulumi-aws without importing it, which takes seconds."""

import importlib.util
import re
from pathlib import Path

__all__ = ["SINCE_7_0", "setting_names", "source"]

SINCE_7_0 = frozenset({"tagPolicyCompliance", "userAgents"})
"""The settings that pulumi-aws 7.0, the oldest supported release, lacks."""


def source(file: str) -> str:
    """Return the text of a file of pulumi-aws."""
    found = importlib.util.find_spec("pulumi_aws")
    assert found is not None
    (folder,) = found.submodule_search_locations or ()
    return (Path(folder) / file).read_text(encoding="utf-8")


def setting_names() -> frozenset[str]:
    """Return the names of the installed release's settings, and those of SINCE_7_0."""
    return SINCE_7_0 | frozenset(re.findall(r"__config__\.get\w*\('(\w+)'\)", source("config/vars.py")))
