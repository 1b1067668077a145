"""``aws:ivs/playbackKeyPair:PlaybackKeyPair``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.provider import PropertyMap
from rehearsal_aws.resources.ivs_resource import IvsResource

__all__ = ["PlaybackKeyPair"]


class PlaybackKeyPair(IvsResource):
    """A public key for viewers' tokens, with the behaviour of Terraform's ``aws_ivs_playback_key_pair``.

    Its id is the ARN. The API can't change one, and does not return the key, so that an import has no `publicKey`.
    """

    title = "IVS Playback Key Pair"
    arguments = ("name", "publicKey")
    required = frozenset({"publicKey"})
    kept = frozenset({"name"})
    identity = frozenset({*arguments, "tags"})
    computed = ("arn", "fingerprint")

    def make(self, client: Any, inputs: PropertyMap, tags: Mapping[str, str]) -> str:
        response = client.import_playback_key_pair(
            publicKeyMaterial=inputs["publicKey"], name=inputs["name"], tags=dict(tags)
        )
        made: str = response["keyPair"]["arn"]
        return made

    def find(self, client: Any, id: str, known: PropertyMap) -> PropertyMap:
        pair = client.get_playback_key_pair(arn=id)["keyPair"]
        found = {name: pair.get(name) for name in ("name", *self.computed, "tags")}
        return found | ({"publicKey": known["publicKey"]} if "publicKey" in known else {})

    def remove(self, client: Any, id: str, known: PropertyMap) -> None:
        del known
        client.delete_playback_key_pair(arn=id)
