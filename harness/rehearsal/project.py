"""A Pulumi project: ``Pulumi.yaml``, the config of a stack in ``Pulumi.STACK.yaml``, and how the two come together."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

import yaml

from rehearsal.errors import ConfigError, ProjectError
from rehearsal.values import Secret

__all__ = ["NAME", "ConfigDeclaration", "Project", "find_project", "full_key", "project_file", "valid_name"]

NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""What Pulumi takes for the name of a project or a stack."""

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
    """What ``Pulumi.yaml`` says of one config key; `type` is "" where it says nothing."""

    type: str = ""
    default: Any = None
    secret: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Project:
    """A project: its name, its folder, the program's folder or file, and the config that it declares."""

    name: str
    folder: Path
    main: Path
    declared: Mapping[str, ConfigDeclaration] = dataclasses.field(default_factory=dict)
    stack_config_folder: Path | None = None
    suffix: str = ".yaml"

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
        data = _mapping(path)
        runtime = data.get("runtime")
        language = runtime.get("name") if isinstance(runtime, dict) else runtime
        if language != "python":
            raise ProjectError(f"{path}: runtime: expected python, got {language!r}; rehearsal runs Python programs")
        name = data.get("name")
        if not isinstance(name, str) or not name:
            raise ProjectError(f"{path}: name: expected the project's name, got {name!r}")
        _check_name(name, f"{path}: ")
        stack_folder = data.get("stackConfigDir")
        return cls(
            name=name,
            folder=folder,
            main=folder / data.get("main", "."),
            declared={full_key(name, k): _declaration(path, k, v) for k, v in (data.get("config") or {}).items()},
            stack_config_folder=folder / stack_folder if stack_folder else folder,
            suffix=path.suffix,
        )

    def config(
        self,
        stack: str,
        overrides: Mapping[str, str],
        *,
        complete: bool = True,
        decrypted: Callable[[], Mapping[str, Any]] = dict,
    ) -> dict[str, str | Secret]:
        """Return the config of a stack, by full key (``aws:region``): the values as the program gets them.

        Lists and objects are JSON. What `overrides` gives comes before the stack's file, and that before defaults.

        Where no program runs, it need not be `complete`: then nothing is held against what the project declares, and
        what is encrypted is left out. `decrypted` is asked for what is, and may know some of it.

        :raises ConfigError: for a value that is missing, of the wrong type, or encrypted.
        """
        values = {k: d.default for k, d in self.declared.items() if d.default is not None}
        given = {full_key(self.name, k): v for k, v in overrides.items()}
        encrypted, readable = self._stack_config(stack, complete=complete)
        if encrypted - given.keys():
            given = {key: value for key, value in decrypted().items() if key in encrypted} | given
        missing = encrypted - given.keys()
        if missing and complete:
            key = min(missing)
            raise ConfigError(
                f"Pulumi.{stack}{self.suffix}: {key}: the value is encrypted, and rehearsal has no key for it; "
                f"give a value to rehearse with instead: --config {key}=…"
            )
        values = {k: v for k, v in values.items() if k not in missing} | readable | given
        for key, declaration in self.declared.items() if complete else ():
            if key not in values and declaration.type:
                raise ConfigError(
                    f"stack {stack!r} is missing configuration value {key!r}; "
                    f"give it with --config {key}=… or in Pulumi.{stack}{self.suffix}"
                )
            if key in values and declaration.type:
                values[key] = _typed(key, declaration.type, values[key])
        secret = encrypted | {k for k, d in self.declared.items() if d.secret}
        return {k: Secret(_text(v)) if k in secret else _text(v) for k, v in values.items()}

    def _stack_config(self, stack: str, *, complete: bool) -> tuple[set[str], dict[str, Any]]:
        """Return the keys of what is encrypted, and the rest."""
        path = (self.stack_config_folder or self.folder) / f"Pulumi.{stack}{self.suffix}"
        if not path.exists():
            return set(), {}
        data = _mapping(path)
        if complete and data.get("environment"):
            raise ConfigError(
                f"{path}: environment: rehearsal does not open Pulumi ESC environments; set the values here"
            )
        values = {full_key(self.name, key): value for key, value in (data.get("config") or {}).items()}
        encrypted = {key for key, value in values.items() if _holds_secure(value)}
        return encrypted, {key: value for key, value in values.items() if key not in encrypted}


def find_project(start: Path) -> Path:
    """Return the folder of the project that a folder belongs to: itself, or the nearest above it with a Pulumi.yaml.

    :raises ProjectError: if there is none.
    """
    if not start.is_dir():
        raise ProjectError(f"there is no folder {start}; name the project's folder with --cwd")
    start = start.resolve()
    for folder in (start, *start.parents):
        if project_file(folder) is not None:
            return folder
    raise ProjectError(f"no Pulumi.yaml in {start} or a folder above it; name the project's folder with --cwd")


def valid_name(text: str) -> str:
    """Return a name for a project that is made of a text, such as the name of its folder."""
    return re.sub(r"[^A-Za-z0-9_.-]", "-", text)[:100] or "project"


def project_file(folder: Path) -> Path | None:
    """Return the file that makes a folder a project's, if there is one."""
    paths = (folder / f"Pulumi{suffix}" for suffix in _SUFFIXES)
    return next((path for path in paths if path.is_file()), None)


def _check_name(name: str, where: str = "") -> None:
    if not NAME.fullmatch(name):
        raise ProjectError(
            f"{where}name: expected a project's name of at most 100 letters, digits, hyphens, underscores and periods, "
            f"got {name!r}"
        )


def _mapping(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise ProjectError(f"{path} is not YAML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path} can't be read: {error}") from None
    for what, value in (("", data), ("config: ", data.get("config") or {} if isinstance(data, dict) else {})):
        if not isinstance(value, dict):
            raise ProjectError(f"{path}: {what}expected a mapping, got {type(value).__name__}")
    return dict(data)


def full_key(project: str, key: str) -> str:
    """Return the key with its namespace: the project's own, where it names none."""
    namespace, _, name = key.partition(":")
    # Older projects write `project:config:key`.
    return f"{namespace}:{name.removeprefix('config:')}" if name else f"{project}:{key}"


def _declaration(path: Path, key: str, value: Any) -> ConfigDeclaration:
    if not isinstance(value, dict):
        return ConfigDeclaration(default=value)
    kind = value.get("type", "")
    if kind and kind not in _TYPES:
        raise ProjectError(f"{path}: config.{key}.type: expected one of {', '.join(_TYPES)}, got {kind!r}")
    default = value.get("value", value.get("default"))
    return ConfigDeclaration(kind, default, bool(value.get("secret")))


def _holds_secure(value: Any) -> bool:
    if isinstance(value, dict):
        return "secure" in value or any(map(_holds_secure, value.values()))
    return isinstance(value, list) and any(map(_holds_secure, value))


def _typed(key: str, kind: str, value: Any) -> Any:
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
        raise ConfigError(f"configuration value {key!r}: expected {kind}, got {value!r}")
    return given


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
