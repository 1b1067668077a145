from __future__ import annotations

import re
from typing import Any

import pytest

REGION = "us-west-2"
P384 = """-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEZ1mGAXNA3SN4I7XOIhW4+EnSeCWlt9Mw
LfLUIoR5ye1912cs6ot2YAVvT+hfBn7UxzaEf+W/wzLV2gxqLghM7E+053cuR4xQ
8Q9MtCBdCQa5/ccuNd2Et6upaxB5yYdK
-----END PUBLIC KEY-----
"""
P256 = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEWOlAidaeuTP0GxCFMreApeXPQplb
wvoQB0PeuiuI8CPRrrwjA4K+XwwGSjGvofYnWMkuJWdHRwQJ0boWohskiQ==
-----END PUBLIC KEY-----
"""


@pytest.fixture
def pair(ivs: Any) -> dict[str, Any]:
    return ivs.import_playback_key_pair(publicKeyMaterial=P384, name="viewers", tags={"team": "video"})["keyPair"]


def test_an_imported_key_has_an_arn_and_the_md5_fingerprint_of_its_material(ivs: Any, pair: dict[str, Any]) -> None:
    assert re.fullmatch(rf"arn:aws:ivs:{REGION}:123456789012:playback-key/[A-Za-z0-9]{{12}}", pair["arn"])
    assert pair["fingerprint"] == "3f:43:bf:13:bf:4c:b0:ba:41:6f:b2:3f:7e:8f:39:05"
    assert (pair["name"], pair["tags"]) == ("viewers", {"team": "video"})
    assert ivs.get_playback_key_pair(arn=pair["arn"])["keyPair"] == pair


def test_the_name_and_the_tags_may_be_left_out(ivs: Any) -> None:
    pair = ivs.import_playback_key_pair(publicKeyMaterial=P384)["keyPair"]
    assert (pair["name"], pair["tags"]) == ("", {})


@pytest.mark.parametrize("material", ["", "no key", P256, P384.replace("PUBLIC", "PRIVATE")])
def test_a_key_that_is_not_a_p384_public_key_is_refused(ivs: Any, material: str) -> None:
    with pytest.raises(ivs.exceptions.ValidationException, match=r"publicKeyMaterial.*P-384"):
        ivs.import_playback_key_pair(publicKeyMaterial=material)
    assert ivs.list_playback_key_pairs()["keyPairs"] == []


def test_a_paginated_list_has_every_pair_without_fingerprints(ivs: Any, pair: dict[str, Any]) -> None:
    other = ivs.import_playback_key_pair(publicKeyMaterial=P384)["keyPair"]
    pages = list(ivs.get_paginator("list_playback_key_pairs").paginate(PaginationConfig={"PageSize": 1}))
    assert [len(page["keyPairs"]) for page in pages] == [1, 1]
    listed = {summary["arn"]: summary for page in pages for summary in page["keyPairs"]}
    assert listed.keys() == {pair["arn"], other["arn"]}
    assert listed[pair["arn"]] == {name: pair[name] for name in ("arn", "name", "tags")}


def test_a_deleted_pair_is_not_found(ivs: Any, pair: dict[str, Any]) -> None:
    ivs.delete_playback_key_pair(arn=pair["arn"])
    for operation in (ivs.get_playback_key_pair, ivs.delete_playback_key_pair):
        with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=pair["arn"]):
            operation(arn=pair["arn"])


def test_accounts_and_regions_are_isolated(cloud: Any, pair: dict[str, Any]) -> None:
    for elsewhere in (cloud.client("eu-west-1"), cloud.client(account="111111111111")):
        with pytest.raises(elsewhere.exceptions.ResourceNotFoundException):
            elsewhere.get_playback_key_pair(arn=pair["arn"])
