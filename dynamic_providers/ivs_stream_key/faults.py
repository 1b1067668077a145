"""How what goes wrong in the provider reaches the user.

The SDK's server turns whatever a dynamic provider raises into the text of a Python traceback, and the engine shows
that. Nothing but the exception is in the provider's hands, so a foreseeable error gives no more to that text than it
must, with its own words last; a mistake of ours keeps its traceback and says where to report it.
"""

import functools
from collections.abc import Callable
from importlib import metadata
from typing import Final, ParamSpec, TypeVar

from ivs_stream_key.errors import StreamKeyError

__all__ = ["presentable"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

_DISTRIBUTION: Final = "pulumi-ivs-stream-key"


def presentable(method: Callable[_P, _R]) -> Callable[_P, _R]:
    """Let a StreamKeyError leave `method` without the frames and causes below it; any other says where to report it."""

    @functools.wraps(method)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return method(*args, **kwargs)
        except StreamKeyError as error:
            raise error.with_traceback(None) from None
        except Exception as error:
            error.add_note(_how_to_report())
            raise

    return call


def _how_to_report() -> str:
    try:
        data = metadata.metadata(_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return f"This is a bug in {_DISTRIBUTION}: please report it, with the lines above, where you got it from."
    urls = dict(url.split(", ", 1) for url in data.get_all("Project-URL") or ())
    where = urls.get("Issues", "where you got it from")
    return f"This is a bug in {_DISTRIBUTION} {data['Version']}: please report it, with the lines above, {where}."
