"""The config of a stack in a test, with the methods of ``pulumi.automation.Stack``."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Protocol

from pulumi.automation import ConfigValue

from rehearsal.project import ConfigDeclaration, Project, full_key
from rehearsal.state.property_values import Secret, reveal

__all__ = ["Configured", "HasConfig"]


class HasConfig(Protocol):
    """An object that has the project and the config."""

    project: Project
    config: dict[str, str | Secret]


class Configured:
    """A stack whose config a test can set and read."""

    def _kept(self) -> HasConfig:
        """Return the object that has the project and the config."""
        raise NotImplementedError

    def _config(self) -> dict[str, str | Secret]:
        """Return the config as the program gets it, by full keys."""
        raise NotImplementedError

    def set_config(self, key: str, value: ConfigValue | str | Any) -> None:
        """Set a config value: text, a `ConfigValue` (secret or not), or data that is converted to JSON."""
        secret = isinstance(value, ConfigValue) and value.secret
        given = value.value if isinstance(value, ConfigValue) else value
        kept = self._kept()
        full = full_key(kept.project.name, key)
        if secret:
            declaration = kept.project.declared.get(full, ConfigDeclaration())
            declared = {**kept.project.declared, full: dataclasses.replace(declaration, secret=True)}
            kept.project = dataclasses.replace(kept.project, declared=declared)
        kept.config[full] = given if isinstance(given, str) else json.dumps(given)

    def set_all_config(self, config: Mapping[str, ConfigValue | str | Any]) -> None:
        """Set several config values."""
        for key, value in config.items():
            self.set_config(key, value)

    def get_config(self, key: str) -> ConfigValue:
        """Return a config value as the program gets it, including defaults."""
        return self.get_all_config()[full_key(self._kept().project.name, key)]

    def get_all_config(self) -> dict[str, ConfigValue]:
        """Return the config as the program gets it, by full keys."""
        return {k: ConfigValue(reveal(v), isinstance(v, Secret)) for k, v in self._config().items()}

    def remove_config(self, key: str) -> None:
        """Remove a config value that was set."""
        kept = self._kept()
        kept.config.pop(full_key(kept.project.name, key), None)
