"""Single settings, read from where they stand: the stack's `aws:*` config, or the `connection` of one resource.

Both hold the same settings under pulumi-aws's names, the config in camelCase (``aws:maxRetries``), a connection as
Python spells them (``max_retries``). What cannot be read is a BadSettings that names the setting as its user wrote it.
"""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from pulumi.output import Unknown

from ivs_stream_key.errors import BadSettings
from ivs_stream_key.wording import shown

__all__ = ["CONFIG", "CONNECTION", "Naming", "Values", "has_unknown", "refuse_unknown", "snake_case"]

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# What Go's time.ParseDuration takes, which pulumi-aws uses; a micro sign or a mu for microseconds.
_UNITS: Final[Mapping[str, Decimal]] = {
    "ns": Decimal("1e-9"),
    "us": Decimal("1e-6"),
    "\N{MICRO SIGN}s": Decimal("1e-6"),
    "\N{GREEK SMALL LETTER MU}s": Decimal("1e-6"),
    "ms": Decimal("1e-3"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
}
_COUNT: Final = r"\d+\.?\d*|\.\d+"
_UNIT: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_STEP: Final = re.compile(f"({_COUNT})({_UNIT})")
_DURATION: Final = re.compile(f"(?:(?:{_COUNT})(?:{_UNIT}))+")


def snake_case(name: str) -> str:
    """Return pulumi-aws's `name` of a setting as Python programs spell it: ``max_retries`` for ``maxRetries``."""
    return _HUMP.sub("_", name).lower()


@dataclass(frozen=True, slots=True)
class Naming:
    """How the settings of one place are called: `prefix` stands before each name."""

    prefix: str
    in_config: bool

    def spelled(self, name: str) -> str:
        """Return pulumi-aws's `name` as it is written here."""
        return name if self.in_config else snake_case(name)

    def of(self, name: str) -> str:
        """Return what messages call the setting `name`: ``aws:maxRetries``, ``connection.max_retries``."""
        return self.prefix + self.spelled(name)

    def remedy(self, name: str, example: str) -> str:
        """Say how the setting `name` is given the value `example`."""
        path = self.of(name)
        if not self.in_config:
            return f"set {path} to {example}."
        option, key = ("--path ", f"'{path}'") if "[" in path or "." in path else ("", path)
        return f"run `pulumi config set {option}{key} {example}`."

    def below(self, name: str, index: int | None = None) -> "Naming":
        """Return the naming within the mapping `name`, or within the mapping at `index` of the list `name`."""
        return replace(self, prefix=f"{self.of(name)}{'' if index is None else f'[{index}]'}.")


CONFIG: Final = Naming("aws:", in_config=True)
CONNECTION: Final = Naming("connection.", in_config=False)


@dataclass(frozen=True, slots=True)
class Values:
    """The settings of one place. `get` gives what stands there under pulumi-aws's name of a setting, or None."""

    get: Callable[[str], Any]
    naming: Naming
    names: tuple[str, ...] = ()
    """What is set here, as it is written, as far as that can be told."""

    @classmethod
    def within(cls, mapping: Mapping[str, Any], naming: Naming) -> "Values":
        """Return the settings in `mapping`; in a connection, camelCase serves too, as pulumi-aws's classes give it."""

        def get(name: str) -> Any:
            value = mapping.get(naming.spelled(name))
            return mapping.get(name) if value is None else value

        return cls(get, naming, tuple(map(str, mapping)))

    def bad(self, name: str, expected: str, got: str, remedy: str) -> BadSettings:
        """Return the error that says what is wrong with the setting `name`."""
        return BadSettings(
            f"The setting {self.naming.of(name)} cannot be used.", expected=expected, got=got, remedy=remedy
        )

    def is_known(self, name: str) -> bool:
        """Whether all of what `name` is set to is known: in a preview, what comes of a resource may not be."""
        return not has_unknown(self.get(name))

    def value(self, name: str) -> Any:
        """Return what `name` is set to, with JSON undone.

        None for what is empty, as pulumi-aws takes it, and for what is not known yet, here and in all methods below.
        """
        raw = self.get(name)
        found = _parsed(raw) if isinstance(raw, str) else raw
        return None if found is None or found in ("", [], {}) or has_unknown(found) else found

    def string(self, name: str, example: str = "…") -> str | None:
        """Return a string as it stands, or None."""
        raw = self.get(name)
        if raw is None or raw == "" or isinstance(raw, Unknown):
            return None
        if not isinstance(raw, str):
            raise self.bad(name, "a string", shown(raw), self.naming.remedy(name, example))
        return raw

    def boolean(self, name: str) -> bool | None:
        """Return a boolean, or None."""
        raw = self.get(name)
        if isinstance(raw, Unknown):
            return None
        value = {"": None, "true": True, "false": False}.get(raw.lower(), raw) if isinstance(raw, str) else raw
        if value is None or isinstance(value, bool):
            return value
        raise self.bad(name, "true or false", shown(raw), self.naming.remedy(name, "true"))

    def whole(self, name: str, least: int, example: str) -> int | None:
        """Return a whole number of at least `least`, or None."""
        value = self.value(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < least:
            got = str(value) if isinstance(value, int | float) else shown(value)
            raise self.bad(name, f"a whole number, {least} or more", got, self.naming.remedy(name, example))
        return int(value)

    def choice(self, name: str, *choices: str) -> str | None:
        """Return one of `choices`, whatever its case, or None."""
        text = self.string(name)
        if text is None:
            return None
        for choice in choices:
            if text.lower() == choice.lower():
                return choice
        raise self.bad(name, " or ".join(choices), shown(text), self.naming.remedy(name, choices[0]))

    def strings(self, name: str, remedy: str | None = None) -> tuple[str, ...]:
        """Return a list of strings, possibly empty."""
        value = self.value(name)
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise self.bad(name, "a list of strings", shown(value), remedy or self.naming.remedy(name, "'[\"…\"]'"))
        return tuple(value)

    def text_by_name(self, name: str) -> dict[str, str]:
        """Return a mapping of strings to strings, possibly empty."""
        value = self.value(name)
        if value is None:
            return {}
        remedy = f"write it as a mapping of names to strings, numbers and booleans in quotes: {self.naming.of(name)}."
        if not isinstance(value, Mapping):
            raise self.bad(name, "a mapping of strings to strings", shown(value), remedy)
        for key, text in value.items():
            if not isinstance(key, str) or not isinstance(text, str):
                raise self.bad(name, "a mapping of strings to strings", f"{shown(text)} for {shown(key)}", remedy)
        return dict(value)

    def seconds(self, name: str, least: int, most: int) -> int | None:
        """Return a duration such as ``1h30m``, in whole seconds, or None."""
        text = self.string(name, "1h")
        if text is None:
            return None
        if _DURATION.fullmatch(text) is None:
            raise self.bad(name, "a duration such as 1h, 90m or 1h30m", shown(text), self.naming.remedy(name, "1h"))
        seconds = int(sum(Decimal(count) * _UNITS[unit] for count, unit in _STEP.findall(text)))
        if not least <= seconds <= most:
            raise self.bad(
                name,
                f"a duration from {least // 60} minutes to {most // 3600} hours",
                shown(text),
                self.naming.remedy(name, "1h"),
            )
        return seconds

    def nested(self, name: str, known: Iterable[str]) -> "Values | None":
        """Return the settings in the mapping `name`, none but those `known`; None if there is no such mapping."""
        value = self.value(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self.bad(name, f"a mapping with {self._listed(known)}", shown(value), self._rewrite(name))
        return self._below(value, name, None, known)

    def entries(self, name: str, known: Iterable[str] | None) -> list["Values"]:
        """Return the settings of each mapping in the list `name`, none but those `known` (None: whatever there is)."""
        value = self.value(name)
        if value is None:
            return []
        if not isinstance(value, list | tuple) or not all(isinstance(entry, Mapping) for entry in value):
            expected = "a list of mappings" + (f", each with {self._listed(known)}" if known is not None else "")
            raise self.bad(name, expected, shown(value), self._rewrite(name))
        return [self._below(entry, name, index, known) for index, entry in enumerate(value)]

    def _below(self, mapping: Mapping[Any, Any], name: str, index: int | None, known: Iterable[str] | None) -> "Values":
        naming = self.naming.below(name, index)
        refuse_unknown(mapping, naming, known)
        return Values.within(mapping, naming)

    def _listed(self, known: Iterable[str]) -> str:
        return ", ".join(map(self.naming.spelled, known))

    def _rewrite(self, name: str) -> str:
        return f"write {self.naming.of(name)} that way."


def refuse_unknown(mapping: Mapping[Any, Any], naming: Naming, known: Iterable[str] | None) -> None:
    """Raise BadSettings if `mapping` holds a name that is none of those `known`: a setting misspelt is ignored else."""
    if known is None:
        return
    names = list(known)
    spellings = {*map(naming.spelled, names), *(() if naming.in_config else names)}
    strangers = [key for key in mapping if key not in spellings]
    if strangers:
        close = difflib.get_close_matches(str(strangers[0]), sorted(spellings), n=1)
        meant = f"did you mean {naming.prefix}{close[0]}? " if close else ""
        raise BadSettings(
            f"There is no setting {naming.prefix}{strangers[0]}.",
            expected=", ".join(map(naming.spelled, names)),
            got=", ".join(shown(key) for key in strangers),
            remedy=f"{meant}Correct the name, or leave it out.",
        )


def has_unknown(value: Any) -> bool:
    """Whether anything in `value` is not known yet."""
    match value:
        case Unknown():
            return True
        case Mapping():
            return any(map(has_unknown, value.values()))
        case list() | tuple():
            return any(map(has_unknown, value))
        case _:
            return False


def _parsed(raw: str) -> Any:
    """Undo JSON where there is some: Pulumi sends config that is not a plain string as JSON."""
    try:
        return json.loads(raw)
    except ValueError:
        return raw
