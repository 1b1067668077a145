"""Stream sessions: current and past broadcasts, and the operations on a live stream."""

from __future__ import annotations

from typing import Any, cast

from moto.core.responses import ActionResult

from moto_ivs.exceptions import ResourceNotFoundException, ValidationException
from moto_ivs.models import StreamKeyBackend, lock
from moto_ivs.paging import page
from moto_ivs.responses import NoContent, StreamKeyResponse

__all__ = ["StreamSessionBackend", "StreamSessionResponse"]

# Stated in the documentation of the members, but not in the model.
_PAGE_SIZE = 100
_METADATA_BYTES = 1024


class StreamSessionBackend(StreamKeyBackend):
    """Holds the methods that the installation copies onto IVSBackend; it is never instantiated."""

    def get_stream_session(self, channel_arn: str, stream_id: str | None) -> dict[str, Any]:
        """Return the channel's session with the id, or its latest. Raises ResourceNotFoundException."""
        with lock:
            self._find_channel(channel_arn)
            sessions = self._sessions_of(channel_arn)
            wanted = [session for session in sessions if stream_id in (None, session["streamId"])]
        if not wanted:
            raise ResourceNotFoundException(f"Channel: {channel_arn} has no stream session {stream_id or ''}".rstrip())
        return wanted[-1]

    def list_stream_sessions(
        self, channel_arn: str, *, max_results: int | None, next_token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return summaries, the latest first, and the next page's token."""
        with lock:
            self._find_channel(channel_arn)
            sessions = self._sessions_of(channel_arn)
        given, token = page(
            enumerate(sessions),
            lambda numbered: f"{10**9 - numbered[0]:010}",
            of=f"ListStreamSessions {channel_arn}",
            at_most=max_results or _PAGE_SIZE,
            token=next_token,
        )
        members = ("endTime", "startTime", "streamId")
        return [{"hasErrorEvent": False, **{name: session[name] for name in members}} for _, session in given], token

    def put_metadata(self, channel_arn: str, metadata: str) -> None:
        """Check that the channel is live and the metadata fit; there are no viewers to receive them."""
        self.get_stream(channel_arn)
        size = len(metadata.encode())
        if size > _METADATA_BYTES:
            raise ValidationException(
                f"Value (withheld) at 'metadata' failed to satisfy constraint: "
                f"expected at most {_METADATA_BYTES} bytes, not {size}"
            )


class StreamSessionResponse(StreamKeyResponse):
    """Holds the methods that the installation copies onto IVSResponse; it is never instantiated."""

    def get_stream_session(self) -> ActionResult:
        members = self._request_members()
        session = self._session_backend.get_stream_session(members["channelArn"], members.get("streamId"))
        return ActionResult({"streamSession": session})

    def list_stream_sessions(self) -> ActionResult:
        members = self._request_members()
        sessions, token = self._session_backend.list_stream_sessions(
            members["channelArn"], max_results=members.get("maxResults"), next_token=members.get("nextToken")
        )
        return ActionResult({"streamSessions": sessions, "nextToken": token})

    def put_metadata(self) -> ActionResult:
        members = self._request_members()
        self._session_backend.put_metadata(members["channelArn"], members["metadata"])
        return NoContent()

    @property
    def _session_backend(self) -> StreamSessionBackend:
        return cast("StreamSessionBackend", self.ivs_backend)
