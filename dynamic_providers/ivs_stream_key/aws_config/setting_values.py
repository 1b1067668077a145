"""Reads single settings from the stack's `aws:*` config or from the `connection` of one resource.

Both hold the same settings under pulumi-aws's names: the config in camelCase (``aws:maxRetries``), a connection in
snake_case (``max_retries``). An invalid value is a BadSettings that names the setting as its user wrote it.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from pulumi.output import Unknown

from ivs_stream_key.errors import BadSettings
from ivs_stream_key.messages.descriptions import closest, control_characters, kind_of, printable, quotable_name, slip_of
from ivs_stream_key.messages.nesting import is_too_deep

__all__ = ["CONFIG", "CONNECTION", "Naming", "Values", "has_unknown", "no_such_name", "refuse_unknown", "snake_case"]

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# The syntax of Go's time.ParseDuration, which pulumi-aws uses; microseconds have a micro sign or a mu.
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
_COUNT: Final = r"\d+(?:\.\d*)?|\.\d+"
_UNIT: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_STEP: Final = re.compile(f"({_COUNT})({_UNIT})")
_DURATION: Final = re.compile(f"(?:(?:{_COUNT})(?:{_UNIT}))+")
# The longest duration that pulumi-aws can represent.
_LONGEST_DURATION: Final = 100
_MOST_NAMED: Final = 5
_LARGEST: Final = 2**63 - 1


def snake_case(name: str) -> str:
    """Return pulumi-aws's `name` of a setting in snake_case: ``max_retries`` for ``maxRetries``."""
    return _HUMP.sub("_", name).lower()


@dataclass(frozen=True, slots=True)
class Naming:
    """How settings are named in one place: `prefix` comes before each name."""

    prefix: str
    in_config: bool

    @property
    def names_are_public(self) -> bool:
        """Whether names may be quoted. The keys of the stack's config are public: Pulumi encrypts only values."""
        return self == CONFIG

    def spelled(self, name: str) -> str:
        """Return pulumi-aws's `name` in the spelling of this place."""
        return name if self.in_config else snake_case(name)

    def of(self, name: str) -> str:
        """Return the setting's name in messages: ``aws:maxRetries``, ``connection.max_retries``."""
        return self.prefix + self.spelled(name)

    def remedy(self, name: str, example: str) -> str:
        """Say how to set the setting `name` to the value `example`."""
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


@dataclass(frozen=True, slots=True, repr=False)
class Values:
    """The settings of one place. `get` returns the value for pulumi-aws's name of a setting, or None."""

    get: Callable[[str], Any]
    naming: Naming
    names: tuple[str, ...] = ()
    """The names that are set here, as they are written, if they are known."""

    @classmethod
    def within(cls, mapping: Mapping[str, Any], naming: Naming) -> "Values":
        """Return the settings in `mapping`. A connection may use camelCase too, as pulumi-aws's classes do."""

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
        """Whether all of the value of `name` is known: in a preview, outputs of a resource may not be."""
        return not has_unknown(self.get(name))

    def value(self, name: str) -> Any:
        """Return the value of `name`, parsed if it is JSON.

        None for an empty value, as in pulumi-aws, and for a value that is not known yet. All methods below do the same.
        """
        raw = self.get(name)
        found = _parsed(raw) if isinstance(raw, str) else raw
        return None if found is None or found in ("", [], {}) or has_unknown(found) else found

    def string(self, name: str, example: str = "…") -> str | None:
        """Return a string of one line, or None."""
        text = self.text(name, example)
        if text is not None:
            self._refuse_control_characters(name, text, example)
        return text

    def text(self, name: str, example: str = "…") -> str | None:
        """Return a string of one or several lines, or None."""
        raw = self.get(name)
        if raw is None or raw == "" or isinstance(raw, Unknown):
            return None
        if not isinstance(raw, str):
            raise self.bad(name, "a string", kind_of(raw), self.naming.remedy(name, example))
        return raw

    def boolean(self, name: str) -> bool | None:
        """Return a boolean, or None."""
        raw = self.get(name)
        if isinstance(raw, Unknown):
            return None
        value = {"": None, "true": True, "false": False}.get(raw.lower(), raw) if isinstance(raw, str) else raw
        if value is None or isinstance(value, bool):
            return value
        meant = closest(raw, ("true", "false")) or "true"
        raise self.bad(name, "true or false", kind_of(raw), self.naming.remedy(name, meant))

    def whole(self, name: str, least: int, example: str) -> int | None:
        """Return a whole number of at least `least`, or None."""
        value = self.value(name)
        if value is None:
            return None
        wrong = _no_whole_number(value, least)
        if wrong is not None:
            raise self.bad(name, f"a whole number, {least} or more", wrong, self.naming.remedy(name, example))
        return int(value)

    def choice(self, name: str, *choices: str) -> str | None:
        """Return one of `choices`, in any case, or None."""
        text = self.string(name)
        if text is None:
            return None
        for choice in choices:
            if text.lower() == choice.lower():
                return choice
        meant = closest(text, choices) or choices[0]
        raise self.bad(name, " or ".join(choices), kind_of(text), self.naming.remedy(name, meant))

    def strings(self, name: str, remedy: str | None = None) -> tuple[str, ...]:
        """Return a list of strings, possibly empty."""
        value = self.value(name)
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            got = _no_list_of(str, value)
            raise self.bad(name, "a list of strings", got, remedy or self.naming.remedy(name, "'[\"…\"]'"))
        for item in value:
            self._refuse_control_characters(name, item, "'[\"…\"]'")
        return tuple(value)

    def text_by_name(self, name: str) -> dict[str, str]:
        """Return a mapping of strings to strings, possibly empty."""
        value = self.value(name)
        if value is None:
            return {}
        remedy = f"write it as a mapping of names to strings, numbers and booleans in quotes: {self.naming.of(name)}."
        if not isinstance(value, Mapping):
            raise self.bad(name, "a mapping of strings to strings", kind_of(value), remedy)
        for key, text in value.items():
            if not isinstance(key, str) or not isinstance(text, str):
                got = f"one with {kind_of(text)} for a name that is {kind_of(key)}"
                raise self.bad(name, "a mapping of strings to strings", got, remedy)
        return dict(value)

    def seconds(self, name: str, least: int, most: int) -> int | None:
        """Return a duration such as ``1h30m``, in whole seconds, or None."""
        text = self.string(name, "1h")
        if text is None:
            return None
        if len(text) > _LONGEST_DURATION or _DURATION.fullmatch(text) is None:
            raise self.bad(name, "a duration such as 1h, 90m or 1h30m", kind_of(text), self.naming.remedy(name, "1h"))
        seconds = int(sum(Decimal(count) * _UNITS[unit] for count, unit in _STEP.findall(text)))
        if not least <= seconds <= most:
            raise self.bad(
                name,
                f"a duration from {least // 60} minutes to {most // 3600} hours",
                "a shorter one" if seconds < least else "a longer one",
                self.naming.remedy(name, "1h"),
            )
        return seconds

    def nested(self, name: str, known: Iterable[str]) -> "Values | None":
        """Return the settings in the mapping `name`, which may hold only those `known`; None if there is no mapping."""
        value = self.value(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise self.bad(name, f"a mapping with {self._listed(known)}", kind_of(value), self._rewrite(name))
        return self._below(value, name, None, known)

    def entries(self, name: str, known: Iterable[str] | None) -> list["Values"]:
        """Return the settings of each mapping in the list `name`; they may hold only those `known` (None: any)."""
        value = self.value(name)
        if value is None:
            return []
        if not isinstance(value, list | tuple) or not all(isinstance(entry, Mapping) for entry in value):
            expected = "a list of mappings" + (f", each with {self._listed(known)}" if known is not None else "")
            raise self.bad(name, expected, _no_list_of(Mapping, value), self._rewrite(name))
        return [self._below(entry, name, index, known) for index, entry in enumerate(value)]

    def _refuse_control_characters(self, name: str, text: str, example: str) -> None:
        # A tab is allowed in a header; other control characters fail at the first call.
        found = control_characters(text.replace("\t", " "))
        if found:
            remedy = f"leave it out: {self.naming.remedy(name, example)}"
            raise self.bad(name, "text without control characters", f"{kind_of(text)} with {found}", remedy)

    def _below(self, mapping: Mapping[Any, Any], name: str, index: int | None, known: Iterable[str] | None) -> "Values":
        naming = self.naming.below(name, index)
        refuse_unknown(mapping, naming, known)
        return Values.within(mapping, naming)

    def _listed(self, known: Iterable[str]) -> str:
        return ", ".join(map(self.naming.spelled, known))

    def _rewrite(self, name: str) -> str:
        return f"write {self.naming.of(name)} that way."


def refuse_unknown(mapping: Mapping[Any, Any], naming: Naming, known: Iterable[str] | None) -> None:
    """Raise BadSettings if `mapping` holds a name that is not in `known`: a misspelt setting would be ignored."""
    if known is None:
        return
    names = list(known)
    spellings = {*map(naming.spelled, names), *(() if naming.in_config else names)}
    unknown_names = [key for key in mapping if key not in spellings]
    if unknown_names:
        raise no_such_name(unknown_names, naming, names, sorted(spellings))


def no_such_name(
    unknown_names: Sequence[object], naming: Naming, names: Iterable[str], spellings: list[str]
) -> BadSettings:
    """Return the error for names that are not among the settings `names`, in any spelling.

    A name is quoted if it is probably a misspelling of a valid one, or is a key of the stack's config, which is public.
    """
    first, close = unknown_names[0], closest(unknown_names[0], spellings)
    quoted = naming.names_are_public or slip_of(first, spellings) is not None
    which = (
        f"{naming.prefix}{printable(str(first))}" if quoted else f"of that name in {naming.prefix.removesuffix('.')}"
    )
    return BadSettings(
        f"There is no setting {which}.",
        expected=", ".join(map(naming.spelled, names)),
        got=", ".join(
            repr(name) if naming.names_are_public else quotable_name(name, spellings)
            for name in unknown_names[:_MOST_NAMED]
        )
        + (f" and {len(unknown_names) - _MOST_NAMED} more" if len(unknown_names) > _MOST_NAMED else ""),
        remedy=f"{f'did you mean {naming.prefix}{close}? ' if close else ''}Correct the name, or leave it out.",
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


def _no_whole_number(value: Any, least: int) -> str | None:
    """Return what `value` is if it is not a whole number of at least `least`; None if it is one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return kind_of(value)
    # Only floats are tested: `isfinite` fails for an int that is too large for a float.
    if isinstance(value, float) and not math.isfinite(value):
        return "a number that is not finite"
    if value != int(value):
        return "a number with a fraction"
    if value > _LARGEST:
        return "a number that is larger than pulumi-aws takes"
    return f"a number below {least}" if value < least else None


def _no_list_of(kind: type, value: Any) -> str:
    """Describe `value`, which is not a list of `kind`."""
    if not isinstance(value, list | tuple):
        return kind_of(value)
    return f"a list with {kind_of(next(item for item in value if not isinstance(item, kind)))} in it"


def _parsed(raw: str) -> Any:
    """Parse JSON if `raw` is JSON: Pulumi sends config that is not a plain string as JSON."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    return raw if is_too_deep(found) else found
