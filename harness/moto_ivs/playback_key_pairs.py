"""Playback key pairs: the public keys that verify viewers' tokens for private channels."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from moto.core.responses import ActionResult

from moto_ivs.exceptions import ValidationException
from moto_ivs.models import StreamKeyBackend, lock
from moto_ivs.resources import resource_by_arn
from moto_ivs.responses import NoContent, StreamKeyResponse

__all__ = ["PlaybackKeyPairBackend", "PlaybackKeyPairResponse"]

# Stated in the documentation of `maxResults`, but not in the model.
_PAGE_SIZE = 100


class PlaybackKeyPairBackend(StreamKeyBackend):
    """Holds the methods that the installation copies onto IVSBackend; it is never instantiated.

    A key pair is a dict of arn, fingerprint, name and tags: the members of botocore's shape.
    """

    @property
    def playback_key_pairs(self) -> dict[str, dict[str, Any]]:
        """The playback key pairs, by their ARN."""
        return self._stored("playback_key_pairs")

    def import_playback_key_pair(self, public_key: str, *, name: str, tags: Mapping[str, str]) -> dict[str, Any]:
        """Store a public key in PEM; it must be an ECDSA key on the curve P-384, as the user guide says.

        Raises ValidationException.
        """
        members = {"fingerprint": _fingerprint(public_key), "name": name, "tags": tags}
        return self._create_stored("playback_key_pairs", "playback-key", members)

    def get_playback_key_pair(self, arn: str) -> dict[str, Any]:
        return resource_by_arn(self.playback_key_pairs, arn)

    def list_playback_key_pairs(
        self, *, max_results: int | None, next_token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return summaries, which have no fingerprint, and the next page's token."""
        return self._page_of_stored(
            "playback_key_pairs",
            ("arn", "name", "tags"),
            of="ListPlaybackKeyPairs",
            at_most=max_results or _PAGE_SIZE,
            token=next_token,
        )

    def delete_playback_key_pair(self, arn: str) -> None:
        with lock:
            self.get_playback_key_pair(arn)
            del self.playback_key_pairs[arn]


class PlaybackKeyPairResponse(StreamKeyResponse):
    """Holds the methods that the installation copies onto IVSResponse; it is never instantiated."""

    def import_playback_key_pair(self) -> ActionResult:
        members = self._request_members()
        pair = self._playback_backend.import_playback_key_pair(
            members["publicKeyMaterial"], name=members.get("name", ""), tags=members.get("tags", {})
        )
        return ActionResult({"keyPair": pair})

    def get_playback_key_pair(self) -> ActionResult:
        return ActionResult({"keyPair": self._playback_backend.get_playback_key_pair(self._request_members()["arn"])})

    def list_playback_key_pairs(self) -> ActionResult:
        return self._list_response("keyPairs", self._playback_backend.list_playback_key_pairs)

    def delete_playback_key_pair(self) -> ActionResult:
        self._playback_backend.delete_playback_key_pair(self._request_members()["arn"])
        return NoContent()

    @property
    def _playback_backend(self) -> PlaybackKeyPairBackend:
        return cast("PlaybackKeyPairBackend", self.ivs_backend)


def _fingerprint(public_key: str) -> str:
    try:
        key = load_pem_public_key(public_key.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP384R1):
        raise ValidationException("publicKeyMaterial must be an ECDSA public key on the curve P-384, in PEM")
    digest = hashlib.md5(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), usedforsecurity=False)
    return digest.digest().hex(":")
