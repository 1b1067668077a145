"""The revocation of viewers' sessions. moto has no viewers: a request is validated, but has no effect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from moto.core.responses import ActionResult

from moto_ivs.exceptions import ResourceNotFoundException
from moto_ivs.models import StreamKeyBackend
from moto_ivs.responses import NoContent, StreamKeyResponse

__all__ = ["ViewerSessionBackend", "ViewerSessionResponse"]


class ViewerSessionBackend(StreamKeyBackend):
    """Holds the methods that the installation copies onto IVSBackend; it is never instantiated."""

    def start_viewer_session_revocation(self, channel_arn: str) -> None:
        """Check that the channel exists. Raises ResourceNotFoundException."""
        self._find_channel(channel_arn)

    def batch_start_viewer_session_revocation(self, sessions: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
        """Check several channels; return an error for each channel that does not exist."""
        errors = []
        for session in sessions:
            try:
                self.start_viewer_session_revocation(session["channelArn"])
            except ResourceNotFoundException as error:
                whose = {name: session[name] for name in ("channelArn", "viewerId")}
                # AWS's own example of this operation has a status here, where other batch operations have a name.
                errors.append({**whose, "code": str(error.code), "message": error.message})
        return errors


class ViewerSessionResponse(StreamKeyResponse):
    """Holds the methods that the installation copies onto IVSResponse; it is never instantiated."""

    def start_viewer_session_revocation(self) -> ActionResult:
        self._viewer_backend.start_viewer_session_revocation(self._request_members()["channelArn"])
        return NoContent()

    def batch_start_viewer_session_revocation(self) -> ActionResult:
        errors = self._viewer_backend.batch_start_viewer_session_revocation(self._request_members()["viewerSessions"])
        return ActionResult({"errors": errors})

    @property
    def _viewer_backend(self) -> ViewerSessionBackend:
        return cast("ViewerSessionBackend", self.ivs_backend)
