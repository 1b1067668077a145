"""Default tags and ignored tags, with pulumi-aws's meaning.

- Default tags (``defaultTags``) are on every key; the key's own tags override them. IVS's limit of tags counts both.
- Ignored tags (``ignoreTags``) are managed by somebody else. Their drift and changes are not reported, and they are
  never removed. An ignored tag that the program declares is set when the key is created, and not changed afterwards.
- ``tags`` are the key's own tags; ``tags_all`` are own and default tags. Both exclude ignored tags.

A value that is not known yet (a preview's Unknown) makes every result that depends on it unknown.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pulumi.output import UNKNOWN, Unknown

from ivs_stream_key.aws.service_model import TextLimit, limits
from ivs_stream_key.aws_config.setting_values import Values
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.messages.descriptions import control_characters, kind_of, names_of_fields

__all__ = ["Tagging", "tagging"]

# pulumi-aws's underlying provider reads both from the environment too, after its config.
_DEFAULTS_IN_ENVIRONMENT: Final = "TF_AWS_DEFAULT_TAGS_"
_IGNORED_IN_ENVIRONMENT: Final = "TF_AWS_IGNORE_TAGS_KEYS"
_PREFIXES_IN_ENVIRONMENT: Final = "TF_AWS_IGNORE_TAGS_KEY_PREFIXES"

# AWS sets such tags itself and lets nobody else change them.
_RESERVED: Final = "aws:"


@dataclass(frozen=True, slots=True, repr=False)
class Tagging:
    """The tags that the settings add to a key's own (`default`), and those that the settings ignore."""

    default: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    ignored_prefixes: tuple[str, ...] = ()
    known: bool = True

    __repr__ = names_of_fields

    def merged(self, tags: Any) -> Any:
        """Return all tags for creating a key that declares `tags`; unknown if `tags` or the settings are unknown."""
        if isinstance(tags, Unknown) or not self.known:
            return UNKNOWN
        own = {name: value for name, value in (tags or {}).items() if value is not None}
        return {**self.default, **own}

    def visible(self, tags: Any) -> Any:
        """Return `tags` without the ignored ones; unknown if `tags` or the settings are unknown."""
        if isinstance(tags, Unknown) or not self.known:
            return UNKNOWN
        return {name: value for name, value in tags.items() if not self.ignores(name)}

    def wanted(self, tags: Any) -> Any:
        """Return the output `tags_all` of a key that declares `tags`."""
        return self.visible(self.merged(tags))

    def own(self, found: Mapping[str, str], declared: Mapping[str, str]) -> dict[str, str]:
        """Return which of a key's tags `found` in AWS are its own; `declared` are its own tags in the state.

        A default tag is a key's own only if it is declared as well. A declared tag that is ignored is returned as
        declared, whatever its current value.
        """
        seen = {
            name: value
            for name, value in self.visible(found).items()
            if self.default.get(name) != value or name in declared
        }
        return {**seen, **{name: value for name, value in declared.items() if self.ignores(name)}}

    def ignores(self, name: str) -> bool:
        """Whether a tag of this name is ignored."""
        return name in self.ignored or name.startswith(self.ignored_prefixes)


def tagging(values: Values) -> Tagging:
    """Read ``defaultTags`` and ``ignoreTags``; BadSettings if they are invalid, or IVS does not accept such tags."""
    if not values.is_known("defaultTags") or not values.is_known("ignoreTags"):
        return Tagging(known=False)
    default, ignore = values.nested("defaultTags", ["tags"]), values.nested("ignoreTags", ["keys", "keyPrefixes"])
    tags = {} if default is None else default.text_by_name("tags")
    for problem in _tag_problems(tags):
        raise BadSettings(
            f"The setting {values.naming.below('defaultTags').of('tags')} cannot be used for a stream key.",
            expected="tags that IVS accepts",
            got=problem,
            remedy="correct the tag, or leave it out.",
        )
    return Tagging(
        default={**_defaults_in_environment(), **tags},
        ignored=frozenset([*_listed(_IGNORED_IN_ENVIRONMENT), *(ignore.strings("keys") if ignore else ())]),
        ignored_prefixes=(*_listed(_PREFIXES_IN_ENVIRONMENT), *(ignore.strings("keyPrefixes") if ignore else ())),
    )


def _tag_problems(tags: Mapping[str, str]) -> Iterator[str]:
    for name, value in tags.items():
        if name.lower().startswith(_RESERVED):
            yield f"a tag whose key, {kind_of(name)}, begins with {_RESERVED!r}: AWS reserves that prefix"
        yield from _invalid_tags("a tag whose key is", name, limits().tag_key)
        yield from _invalid_tags(f"a tag whose key is {kind_of(name)}, and whose value is", value, limits().tag_value)


def _invalid_tags(subject: str, text: str, limit: TextLimit) -> Iterator[str]:
    if not limit.fits_length(text):
        yield f"{subject} {kind_of(text)}, not of {limit.shortest} to {limit.longest}"
    elif text and not limit.matches(text):
        yield f"{subject} {kind_of(text)} with {control_characters(text) or 'characters'} outside {limit.pattern}"


def _defaults_in_environment() -> dict[str, str]:
    start = len(_DEFAULTS_IN_ENVIRONMENT)
    return {name[start:]: value for name, value in os.environ.items() if name.startswith(_DEFAULTS_IN_ENVIRONMENT)}


def _listed(variable: str) -> list[str]:
    return [item.strip() for item in os.environ.get(variable, "").split(",") if item.strip()]
