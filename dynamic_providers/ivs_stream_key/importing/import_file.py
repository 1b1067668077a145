"""The file that ``pulumi import --file`` takes, as far as stream keys need it.

An entry with ``outputs`` is taken into the state as it stands, without asking its provider: the only import that works
for dynamic resources, whose provider is in their own inputs and outputs.
"""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

__all__ = ["Entry", "secret", "text_of", "write_privately"]

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - Pulumi's mark of a secret, no secret
_CONTROL: Final = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_ONLY_THE_OWNER: Final = 0o600


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource to import. `name` is unique in the file, `logical_name` is the one in the program.

    A component has neither an id nor properties. No repr shows properties: the key is among them.
    `parent` is the `name` of another entry, or one in the name table.
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
        """Return the entry as it stands in the file, without what is empty."""
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
    """Return `value` as Pulumi writes a secret into a file that is not encrypted: its plaintext, marked."""
    return {_SIGNATURE: _SECRET, "plaintext": json.dumps(value, ensure_ascii=False)}


def text_of(entries: Iterable[Entry], name_table: Mapping[str, str]) -> str:
    """Return the file's text. `name_table` are URNs of resources in the state by the names that entries use."""
    table = {"nameTable": dict(name_table)} if name_table else {}
    content = {**table, "resources": [entry.json() for entry in entries]}
    text = json.dumps(content, indent=4, ensure_ascii=False)
    # JSON lets these stand as they are, and a terminal obeys them.
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"


def write_privately(path: Path, text: str) -> None:
    """Write a file that did not exist, and that its owner alone may read; FileExistsError if there is one.

    If it can't be written to its end, it is removed: it would hold keys.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _ONLY_THE_OWNER)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
