"""The installed pulumi-aws, as source: importing it takes seconds."""

import importlib.util
import re
from pathlib import Path

__all__ = ["SINCE_7_0", "setting_names", "source"]

SINCE_7_0 = frozenset({"tagPolicyCompliance", "userAgents"})
"""The settings that 7.0, the oldest release that is supported, does not have."""


def source(file: str) -> str:
    """Return the text of one of its files."""
    found = importlib.util.find_spec("pulumi_aws")
    assert found is not None
    (folder,) = found.submodule_search_locations or ()
    return (Path(folder) / file).read_text(encoding="utf-8")


def setting_names() -> frozenset[str]:
    """Return the names of all settings, including those of later releases."""
    return SINCE_7_0 | frozenset(re.findall(r"__config__\.get\w*\('(\w+)'\)", source("config/vars.py")))
