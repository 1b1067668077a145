"""Reads files with outputs for the command line: outputs of stacks by their names, or of resources by their types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from rehearsal.config.yaml_file import load
from rehearsal.errors import ConfigError
from rehearsal.state.private_files import why

__all__ = ["read_outputs"]


def read_outputs(path: Path, option: str, expected: str) -> dict[str, Mapping[str, Any]]:
    """Read a JSON or YAML file with a mapping of outputs for each name.

    `option` (the option's name) and `expected` (a description of the file) are for errors.

    :raises ConfigError: if the file can't be read, or does not have that form.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text) if path.suffix == ".json" else load(text)
    except OSError as error:
        raise ConfigError(f"{option}: {path} can't be read: {why(error)}") from None
    except (ValueError, RecursionError, yaml.YAMLError):
        raise ConfigError(f"{option}: {path} is neither JSON nor YAML") from None
    if not isinstance(data, dict) or not all(
        isinstance(name, str) and isinstance(outputs, dict) for name, outputs in data.items()
    ):
        raise ConfigError(f"{option}: {path}: expected {expected}")
    return data
