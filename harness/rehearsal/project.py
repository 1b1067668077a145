"""A Pulumi project: reads ``Pulumi.yaml`` and ``Pulumi.STACK.yaml``, and combines their config."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from rehearsal.config.stack_config import StackConfig, read_stack_config
from rehearsal.config.yaml_file import mapping_in, read_mapping, text_in
from rehearsal.errors import ConfigError, ProjectError
from rehearsal.paths import is_file, is_folder
from rehearsal.state.passphrase import Keyring
from rehearsal.state.property_values import Secret

__all__ = [
    "STACK_NAME",
    "ConfigDeclaration",
    "Project",
    "find_project",
    "full_key",
    "project_file",
    "quoted",
    "valid_name",
]

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")

STACK_NAME: Final = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9_.-]{1,100}")
"""Pulumi's names of stacks, without those that a path uses for folders."""

_LONGEST_QUOTE: Final = 120
_SUFFIXES: Final = (".json", ".yaml", ".yml")

_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "array": list,
    "object": dict,
}


@dataclasses.dataclass(frozen=True, slots=True)
class ConfigDeclaration:
    """The declaration of a config key in ``Pulumi.yaml``; `type` is "" if it has none."""

    type: str = ""
    default: Any = dataclasses.field(default=None, repr=False)  # it may be secret
    secret: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Project:
    """A project: its name, its folder, the program's folder or file, and its declared config."""

    name: str
    folder: Path
    main: Path
    declared: Mapping[str, ConfigDeclaration] = dataclasses.field(default_factory=dict)
    stack_config_folder: Path | None = None
    suffix: str = ".yaml"
    config_file: Path | None = None
    """The file that replaces `Pulumi.STACK.yaml`."""

    def __post_init__(self) -> None:
        _check_name(self.name)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the project in a folder.

        :raises ProjectError: if there is none, or it is not a Python program.
        """
        folder = folder.resolve()
        path = project_file(folder)
        if path is None:
            raise ProjectError(f"no Pulumi.yaml in {folder}")
        data = read_mapping(path)
        runtime = data.get("runtime")
        language = runtime.get("name") if isinstance(runtime, dict) else runtime
        if language != "python":
            raise ProjectError(f"{path}: runtime: expected python, got {language!r}; rehearsal runs Python programs")
        name = data.get("name")
        if not isinstance(name, str) or not name:
            raise ProjectError(f"{path}: name: expected the project's name, got {name!r}")
        _check_name(name, f"{path}: ")
        declared = mapping_in(path, data, "config")
        return cls(
            name=name,
            folder=folder,
            main=folder / text_in(path, data, "main", "."),
            declared={full_key(name, k): _declaration(path, k, v) for k, v in declared.items()},
            stack_config_folder=folder / text_in(path, data, "stackConfigDir", "."),
            suffix=path.suffix,
        )

    def config(
        self,
        stack: str,
        overrides: Mapping[str, str | Secret],
        *,
        complete: bool = True,
        keyring: Keyring | None = None,
        decrypted: Callable[[], Mapping[str, Any]] = dict,
    ) -> dict[str, str | Secret]:
        """Return the config of a stack as the program gets it, by full keys (``aws:region``).

        Lists and objects are JSON. `overrides` take precedence over the stack's file, and the file over defaults.

        If `complete` is False, for operations that run no program, the config is not validated against the project's
        declarations, and values that can't be decrypted are left out. Encrypted values are decrypted with the
        passphrase of the `keyring`. If that is not possible, they are taken from the result of `decrypted`.

        :raises ConfigError: for a value that is missing, of the wrong type, or encrypted.
        """
        file = self._stack_config(stack, complete=complete)
        given = {full_key(self.name, k): v for k, v in overrides.items()}
        encrypted = file.encrypted.keys()
        if encrypted - given.keys():
            known = file.decrypted(keyring or Keyring({}), encrypted - given.keys())
            if known is None:
                known = {key: value for key, value in decrypted().items() if key in encrypted}
            given = known | given
        missing = encrypted - given.keys()
        if missing and complete:
            key = min(missing)
            raise ConfigError(
                f"{file.path.name}: {key}: the value is encrypted, and rehearsal has no key for it; set "
                f"PULUMI_CONFIG_PASSPHRASE if it is a passphrase, or give a value to rehearse with: --config {key}=…"
            )
        defaults = {k: d.default for k, d in self.declared.items() if d.default is not None}
        values: dict[str, Any] = {k: v for k, v in defaults.items() if k not in missing} | {**file.readable} | given
        secret = encrypted | {k for k, d in self.declared.items() if d.secret}
        secret |= {k for k, v in values.items() if isinstance(v, Secret)}
        values = {k: v.value if isinstance(v, Secret) else v for k, v in values.items()}
        for key, declaration in self.declared.items() if complete else ():
            if key not in values and declaration.type:
                raise ConfigError(
                    f"stack {stack!r} is missing configuration value {key!r}; "
                    f"give it with --config {key}=… or in {file.path.name}"
                )
            if key in values and declaration.type:
                values[key] = _typed(key, declaration.type, values[key], is_secret=key in secret)
        return {k: Secret(_text(v)) if k in secret else _text(v) for k, v in values.items()}

    def encryption_salt(self, stack: str) -> str | None:
        """Return the salt of the secrets in a stack's config, if they use a passphrase."""
        return self._stack_config(stack, complete=False).salt

    def _stack_config(self, stack: str, *, complete: bool) -> StackConfig:
        path = self.config_file or (self.stack_config_folder or self.folder) / f"Pulumi.{stack}{self.suffix}"
        config = read_stack_config(path, lambda key: full_key(self.name, key), must_exist=self.config_file is not None)
        if complete and config.has_environment:
            raise ConfigError(
                f"{path}: environment: rehearsal does not open Pulumi ESC environments; set the values here"
            )
        return config


def find_project(start: Path) -> Path:
    """Return the nearest folder with a Pulumi.yaml: the given one, or one above it.

    :raises ProjectError: if there is none.
    """
    if not is_folder(start):
        raise ProjectError(f"there is no folder {start}; name the project's folder with --cwd")
    start = start.resolve()
    for folder in (start, *start.parents):
        if project_file(folder) is not None:
            return folder
    raise ProjectError(f"no Pulumi.yaml in {start} or a folder above it; name the project's folder with --cwd")


def valid_name(text: str) -> str:
    """Convert a text, such as the name of a folder, to a valid project name."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", text)[:100] or "project"


def project_file(folder: Path) -> Path | None:
    """Return the project file of a folder, if there is one."""
    paths = (folder / f"Pulumi{suffix}" for suffix in _SUFFIXES)
    return next((path for path in paths if is_file(path)), None)


def _check_name(name: str, where: str = "") -> None:
    if not _NAME.fullmatch(name):
        raise ProjectError(
            f"{where}name: expected a project's name of at most 100 letters, digits, hyphens, underscores and periods, "
            f"got {quoted(name)}"
        )


def full_key(project: str, key: str) -> str:
    """Return the key with its namespace, by default the project's own.

    :raises ConfigError: if Pulumi would not accept the key.
    """
    match key.split(":"):
        case [name] if name:
            return f"{project}:{name}"
        # Older projects write `project:config:key`.
        case [namespace, name] | [namespace, "config", name] if namespace and name:
            return f"{namespace}:{name}"
    raise ConfigError(f"config key {key!r}: expected NAME or NAMESPACE:NAME, such as aws:region; correct the key")


def _declaration(path: Path, key: str, value: Any) -> ConfigDeclaration:
    if not isinstance(value, dict):
        return ConfigDeclaration(default=value)
    kind = value.get("type") or ""
    if not isinstance(kind, str) or (kind and kind not in _TYPES):
        raise ProjectError(f"{path}: config.{key}.type: expected one of {', '.join(_TYPES)}, got {kind!r}")
    default = value.get("value", value.get("default"))
    return ConfigDeclaration(kind, default, bool(value.get("secret")))


def _typed(key: str, kind: str, value: Any, *, is_secret: bool) -> Any:
    given = value
    if isinstance(value, str) and kind != "string":
        try:
            given = json.loads(value)
        except ValueError:
            given = value
    expected = _TYPES[kind]
    if isinstance(given, bool) and kind != "boolean":
        wrong = True
    else:
        wrong = not isinstance(given, expected) and not (kind == "string" and isinstance(given, int | float))
    if wrong:
        got = f"a secret {type(value).__name__}" if is_secret else quoted(value)
        raise ConfigError(f"configuration value {key!r}: expected {kind}, got {got}")
    return given


def quoted(value: Any) -> str:
    """Return a value in quotes for an error message; a long value is truncated."""
    text = repr(value)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def _text(value: Any) -> str:
    if value is None:  # as in Pulumi
        return ""
    return value if isinstance(value, str) else json.dumps(value)
