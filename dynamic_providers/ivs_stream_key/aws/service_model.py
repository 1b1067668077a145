"""The limits that IVS sets, read from botocore's model of the service (ivs 2020-07-14), and the model's loader."""

import functools
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from botocore.loaders import Loader

__all__ = ["Limits", "TextLimit", "limits", "loader"]

_UNICODE_CLASS: Final = re.compile(r"\(?\[(?P<members>(?:\\.|[^\]\\])+)\][+*]\)?")
_CATEGORY: Final = re.compile(r"\\p\{(\w+)\}")


@functools.cache
def loader() -> "Loader":
    """Return this process's loader of service models, so that checks and clients parse the model of IVS once."""
    from botocore.loaders import Loader  # noqa: PLC0415 - takes a quarter of a second, so only where needed

    return Loader()


@dataclass(frozen=True, slots=True)
class TextLimit:
    """What the model says about one kind of text: its length in characters and its pattern."""

    shortest: int
    longest: int
    pattern: str

    def fits_length(self, text: str) -> bool:
        """Whether `text` is neither too short nor too long."""
        return self.shortest <= len(text) <= self.longest

    def matches(self, text: str) -> bool:
        """Whether all of `text` matches the pattern, whatever its length."""
        allowed = _allowed_character(self.pattern)
        if allowed is None:
            return re.fullmatch(self.pattern, text) is not None
        return all(map(allowed, text))

    def disallowed_characters(self, text: str) -> list[str]:
        """Return the characters of `text` that a pattern of the form ``[…]*`` forbids, each once, in order."""
        allowed = _allowed_character(self.pattern)
        return [] if allowed is None else list(dict.fromkeys(c for c in text if not allowed(c)))


@functools.cache
def _allowed_character(pattern: str) -> Callable[[str], bool] | None:
    r"""Return a test of one character for a pattern of the form ``([\p{L}_.]+)``; None for any other pattern.

    The model's patterns use Java's syntax. Python's `re` has no ``\p{…}``, so the category is looked up instead.
    """
    match = _UNICODE_CLASS.fullmatch(pattern)
    if match is None or not _CATEGORY.search(match["members"]):
        return None
    categories = tuple(_CATEGORY.findall(match["members"]))
    literal = re.compile(f"[{_CATEGORY.sub('', match['members'])}]")
    return lambda c: unicodedata.category(c).startswith(categories) or literal.fullmatch(c) is not None


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a stream key. `most_tags` counts tags, `largest_page` the keys of one ListStreamKeys."""

    channel_arn: TextLimit
    tag_key: TextLimit
    tag_value: TextLimit
    most_tags: int
    largest_page: int


@functools.cache
def limits() -> Limits:
    """Read the limits, once a process. Needs no credentials, no region and no network."""
    # Load the model under the name that botocore's clients use, so that they find it in the loader's cache.
    shapes: Mapping[str, Any] = loader().load_service_model("ivs", "service-2", api_version=None)["shapes"]

    def text(name: str) -> TextLimit:
        shape = shapes[name]
        return TextLimit(shape["min"], shape["max"], shape["pattern"])

    return Limits(
        channel_arn=text("ChannelArn"),
        tag_key=text("TagKey"),
        tag_value=text("TagValue"),
        most_tags=shapes["Tags"]["max"],
        largest_page=shapes["MaxStreamKeyResults"]["max"],
    )
