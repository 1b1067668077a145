"""Defaults of AWS that botocore's documentation names, for made-up outputs that are numbers or booleans.

pulumi-aws leaves out many of them: the limits of a chat room are only in the description of its CreateRoom.
"""

from __future__ import annotations

import functools
import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rehearsal_aws.argument_rules import loader

__all__ = ["documented_default"]

_DEFAULT: Final = re.compile(r"\bDefault(?: value)?(?::| is) ?(?:<code>)?(\d+(?:\.\d+)?|true|false)\b", re.IGNORECASE)


def documented_default(service: str, kind: str, name: str) -> bool | int | float | None:
    """Return the default of an argument of the service's call that creates such a resource; None if it names none.

    `kind` and `name` are as in ``Room`` and ``maximumMessageLength``.
    """
    found = _DEFAULT.search(_documentation(service, kind).get(name.lower(), ""))
    if found is None:
        return None
    text = found[1].lower()
    if text in ("true", "false"):
        return text == "true"
    return float(text) if "." in text else int(text)


@functools.cache
def _documentation(service: str, kind: str) -> Mapping[str, str]:
    """Return the documentation of each argument of a call, by its name in lower case."""
    text = _model(service)
    shape = _object(text, _object(text, f"Create{kind}").get("input", {}).get("shape", ""))
    return {name.lower(): member.get("documentation", "") for name, member in shape.get("members", {}).items()}


def _object(text: str, name: str) -> dict[str, Any]:
    """Return the first object of this name in a model: to parse all of it takes up to half a second."""
    found = re.search(rf'"{re.escape(name)}"\s*:\s*(?={{)', text)
    return json.JSONDecoder().raw_decode(text, found.end())[0] if found else {}


@functools.lru_cache(maxsize=4)  # EC2's has three million characters
def _model(service: str) -> str:
    """Return the newest model of a service, as text; nothing if botocore has none of this name."""
    for folder in loader().search_paths:
        for file in sorted(Path(folder, service).glob("*/service-2.json*"), reverse=True):
            content = file.read_bytes()
            return (gzip.decompress(content) if file.suffix == ".gz" else content).decode("utf-8")
    return ""
