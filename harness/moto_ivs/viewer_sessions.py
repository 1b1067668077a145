"""The revocation of viewers' sessions. There are no viewers: a request is checked, and nothing comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from moto.core.responses import ActionResult

from moto_ivs.exceptions import ResourceNotFoundException
from moto_ivs.models import StreamKeyBackend
from moto_ivs.responses import NoContent, StreamKeyResponse

__all__ = ["ViewerSessionBackend", "ViewerSessionResponse"]


class ViewerSessionBackend(StreamKeyBackend):
    """Holds what the installation copies onto IVSBackend; no backend is ever made of this class."""

    def start_viewer_session_revocation(self, channel_arn: str) -> None:
        """See that there is such a channel. Raises ResourceNotFoundException."""
        self._find_channel(channel_arn)

    def batch_start_viewer_session_revocation(self, sessions: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
        """Do so for several; return an error for each whose channel is not there."""
        errors = []
        for session in sessions:
            try:
                self.start_viewer_session_revocation(session["channelArn"])
            except ResourceNotFoundException as error:
                whose = {name: session[name] for name in ("channelArn", "viewerId")}
                # A status, in AWS's own example of this operation, where other operations' batches have a name.
                errors.append({**whose, "code": str(error.code), "message": error.message})
        return errors


class ViewerSessionResponse(StreamKeyResponse):
    """Holds what the installation copies onto IVSResponse; no request is ever answered by this class."""

    def start_viewer_session_revocation(self) -> ActionResult:
        self._viewer_backend.start_viewer_session_revocation(self._asked()["channelArn"])
        return NoContent()

    def batch_start_viewer_session_revocation(self) -> ActionResult:
        errors = self._viewer_backend.batch_start_viewer_session_revocation(self._asked()["viewerSessions"])
        return ActionResult({"errors": errors})

    @property
    def _viewer_backend(self) -> ViewerSessionBackend:
        return cast("ViewerSessionBackend", self.ivs_backend)
