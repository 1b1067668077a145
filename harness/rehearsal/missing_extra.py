"""Reports which extra of this distribution to install if a package is missing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

__all__ = ["MissingExtra", "needing_the_extra"]

_EXTRA: Final = "pulumi-ivs-stream-key[testing]"
_OWN: Final = frozenset({"ivs_channel", "ivs_stream_key", "moto_ivs", "rehearsal", "rehearsal_aws"})


class MissingExtra(ModuleNotFoundError):
    """A package of an extra of this distribution is missing; the text names the extra."""


@contextlib.contextmanager
def needing_the_extra(feature: str) -> Iterator[None]:
    """Import what `feature` needs.

    :raises MissingExtra: if a third-party package is not installed.
    """
    try:
        yield
    except MissingExtra:
        raise
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if not missing or missing in _OWN:
            raise
        raise MissingExtra(
            f"{feature} needs {missing}, which is not installed: pip install '{_EXTRA}'", name=error.name
        ) from None
