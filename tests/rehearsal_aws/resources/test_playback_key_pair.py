from __future__ import annotations

from typing import Any

import pulumi_aws as aws
import pytest

REPLACED = ["create-replacement", "replace", "delete-replaced"]
P384 = """-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEZ1mGAXNA3SN4I7XOIhW4+EnSeCWlt9Mw
LfLUIoR5ye1912cs6ot2YAVvT+hfBn7UxzaEf+W/wzLV2gxqLghM7E+053cuR4xQ
8Q9MtCBdCQa5/ccuNd2Et6upaxB5yYdK
-----END PUBLIC KEY-----
"""


@pytest.fixture
def pair(lifecycle: Any) -> Any:
    return lifecycle(lambda **given: aws.ivs.PlaybackKeyPair("viewers", **{"public_key": P384, **given}))


@pytest.mark.slow("a lifecycle")
def test_a_key_pair_completes_its_lifecycle(pair: Any, client: Any) -> None:
    assert pair.up() == ["create"]
    first = pair.state["id"]
    assert pair.outputs["arn"] == first
    assert pair.outputs["publicKey"] == P384
    fingerprint = client("ivs").get_playback_key_pair(arn=first)["keyPair"]["fingerprint"]
    assert pair.outputs["fingerprint"] == fingerprint
    assert pair.up(name="other") == REPLACED
    assert [k["name"] for k in client("ivs").list_playback_key_pairs()["keyPairs"]] == ["other"]
    assert pair.up(name="other", tags={"team": "video"}) == REPLACED
    pair.destroy()
    assert client("ivs").list_playback_key_pairs()["keyPairs"] == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_drift_of_tags_replaces_the_key_pair(pair: Any, client: Any) -> None:
    pair.up(tags={"team": "video"})
    client("ivs").tag_resource(resourceArn=pair.state["id"], tags={"team": "other"})
    assert pair.drift() == REPLACED


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_deleted_resource_is_recreated(pair: Any, client: Any) -> None:
    pair.up()
    client("ivs").delete_playback_key_pair(arn=pair.state["id"])
    assert pair.drift() == ["create"]


def test_the_services_message_about_an_invalid_key_is_the_error(pair: Any) -> None:
    pair.given = {"public_key": "nonsense"}
    report = pair.stack.up()
    assert not report.ok
    assert "creating IVS Playback Key Pair (viewers-" in report.errors[0]
    assert (
        "ImportPlaybackKeyPair: ValidationException: publicKeyMaterial must be an ECDSA public key" in report.errors[0]
    )
