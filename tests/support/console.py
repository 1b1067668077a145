"""The commands in a document's code blocks."""

import re

__all__ = ["commands"]


def commands(text: str, section: str | None = None) -> list[str]:
    """Return the commands of a Markdown text's console blocks, of all or of the section with this heading."""
    if section is not None:
        (text,) = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    blocks = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]
