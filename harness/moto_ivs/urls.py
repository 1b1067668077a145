"""The paths that moto's IVS lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ivs.responses import IVSResponse

from moto_ivs.broadcast import PREFIX, handle_go_live, handle_go_offline

__all__ = ["url_paths", "with_added_paths"]

_OPERATIONS = (
    "CreateStreamKey",
    "GetStreamKey",
    "BatchGetStreamKey",
    "ListStreamKeys",
    "DeleteStreamKey",
    "GetStream",
    "ListStreams",
    "StopStream",
    "PutMetadata",
    "GetStreamSession",
    "ListStreamSessions",
    "StartViewerSessionRevocation",
    "BatchStartViewerSessionRevocation",
    "InsertAdBreak",
    "CreateRecordingConfiguration",
    "GetRecordingConfiguration",
    "ListRecordingConfigurations",
    "DeleteRecordingConfiguration",
    "ImportPlaybackKeyPair",
    "GetPlaybackKeyPair",
    "ListPlaybackKeyPairs",
    "DeletePlaybackKeyPair",
    "CreatePlaybackRestrictionPolicy",
    "GetPlaybackRestrictionPolicy",
    "ListPlaybackRestrictionPolicies",
    "UpdatePlaybackRestrictionPolicy",
    "DeletePlaybackRestrictionPolicy",
    "CreateAdConfiguration",
    "GetAdConfiguration",
    "ListAdConfigurations",
    "UpdateAdConfiguration",
    "DeleteAdConfiguration",
    "CreateFailoverSlateConfiguration",
    "GetFailoverSlateConfiguration",
    "ListFailoverSlateConfigurations",
    "UpdateFailoverSlateConfiguration",
    "DeleteFailoverSlateConfiguration",
)

_Routes = dict[str, Callable[..., Any]]

url_paths: _Routes = {
    **{f"{{0}}/{operation}$": IVSResponse.dispatch for operation in _OPERATIONS},
    # ARNs contain a slash, which clients send percent-encoded and servers decode.
    "{0}/tags/(?P<resourceArn>.+)$": IVSResponse.dispatch,
    f"{{0}}{PREFIX}go-live$": handle_go_live,
    f"{{0}}{PREFIX}go-offline$": handle_go_offline,
}

_merged: tuple[_Routes, _Routes] = ({}, {})


def with_added_paths(moto_paths: _Routes) -> _Routes:
    """Return moto's routes with the added ones. The same input gives the same dict, by which servers cache."""
    global _merged  # noqa: PLW0603 - created once in a process
    if _merged[0] is not moto_paths:
        _merged = (moto_paths, {**moto_paths, **url_paths})
    return _merged[1]
