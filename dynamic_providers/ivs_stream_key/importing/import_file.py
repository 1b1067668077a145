"""The file format of ``pulumi import --file``, as far as stream keys need it.

Pulumi writes an entry with ``outputs`` into the state unchanged, without a call to its provider. No other import works
for dynamic resources, because their provider is in their own inputs and outputs.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

__all__ = ["Entry", "file_text", "secret", "write_privately"]

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - Pulumi's mark of a secret, no secret
_CONTROL: Final = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_ONLY_THE_OWNER: Final = 0o600


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource to import. `name` is unique in the file, `logical_name` is the name in the program.

    A component has neither an id nor properties. No repr shows properties: the key is among them. `parent` is the
    `name` of another entry, or a name in the name table.
    """

    type: str
    name: str
    logical_name: str
    id: str | None = None
    parent: str | None = None
    version: str | None = None
    component: bool = False
    inputs: Mapping[str, Any] = field(default_factory=dict, repr=False)
    outputs: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def json(self) -> dict[str, Any]:
        """Return the entry as JSON for the file, without empty fields."""
        entry = {
            "type": self.type,
            "name": self.name,
            "id": self.id,
            "parent": self.parent,
            "version": self.version,
            "component": self.component,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "logicalName": self.logical_name if self.logical_name != self.name else None,
        }
        return {name: value for name, value in entry.items() if value}


def secret(value: Any) -> dict[str, str]:
    """Return `value` as Pulumi writes a secret into an unencrypted file: marked plaintext."""
    return {_SIGNATURE: _SECRET, "plaintext": json.dumps(value, ensure_ascii=False)}


def file_text(entries: Iterable[Entry], name_table: Mapping[str, str]) -> str:
    """Return the file's text. `name_table` maps names that entries use to URNs of resources in the state."""
    table = {"nameTable": dict(name_table)} if name_table else {}
    content = {**table, "resources": [entry.json() for entry in entries]}
    text = json.dumps(content, indent=4, ensure_ascii=False)
    # JSON does not escape these, and a terminal interprets them.
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def write_privately(path: Path, text: str) -> None:
    """Write a new file that only its owner can read; FileExistsError if it exists.

    If it cannot be written completely, it is removed, because it would hold keys.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_THE_OWNER)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
