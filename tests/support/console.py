"""Extracts the commands from a document's console blocks."""

import re

__all__ = ["commands"]


def commands(text: str, section: str | None = None) -> list[str]:
    """Return the commands in the console blocks of a Markdown text, or of its section with this heading."""
    if section is not None:
        (text,) = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]
