"""Adds a hint to errors of refresh and destroy: they do not use the current settings.

Pulumi stores the config and the inputs of a dynamic resource, including `connection`, at the last `pulumi up`.
"""

import contextlib
from collections.abc import Iterator
from typing import Final

from ivs_stream_key.errors import AccessDenied, BadCredentials, BadSettings, Unreachable

__all__ = ["by_settings_of_the_last_up"]

_HINT: Final = (
    "Refresh and destroy use the settings of the last `pulumi up`: if those are outdated, run `pulumi up` first, or "
    "run this with --run-program."
)


@contextlib.contextmanager
def by_settings_of_the_last_up() -> Iterator[None]:
    """Add the hint to errors in the block that outdated settings may have caused."""
    try:
        yield
    except (AccessDenied, BadCredentials, BadSettings, Unreachable) as error:
        error.remedy = f"{error.remedy} {_HINT}"
        raise
