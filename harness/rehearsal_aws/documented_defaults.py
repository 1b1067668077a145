"""Reads AWS's defaults from botocore's documentation, for made-up outputs that are numbers or booleans.

pulumi-aws does not document many of them: for example, the limits of a chat room are only in AWS's description of
CreateRoom.
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
    """Return the documented default of an argument of the call that creates such a resource; None if there is none.

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
    """Return the documentation of a call's arguments, by their names in lower case."""
    text = _model(service)
    shape = _object(text, _object(text, f"Create{kind}").get("input", {}).get("shape", ""))
    return {name.lower(): member.get("documentation", "") for name, member in shape.get("members", {}).items()}


def _object(text: str, name: str) -> dict[str, Any]:
    """Parse only the first object with this name in a model: parsing all of it takes up to half a second."""
    found = re.search(rf'"{re.escape(name)}"\s*:\s*(?={{)', text)
    return json.JSONDecoder().raw_decode(text, found.end())[0] if found else {}


@functools.lru_cache(maxsize=4)  # EC2's has three million characters
def _model(service: str) -> str:
    """Return the newest model of a service, as text; empty if botocore has no such service."""
    for folder in loader().search_paths:
        for file in sorted(Path(folder, service).glob("*/service-2.json*"), reverse=True):
            content = file.read_bytes()
            return (gzip.decompress(content) if file.suffix == ".gz" else content).decode("utf-8")
    return ""
