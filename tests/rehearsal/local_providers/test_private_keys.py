import re

import pytest
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
    load_ssh_public_key,
)

TYPE = "tls:index/privateKey:PrivateKey"


def key_numbers(key):
    return key.public_bytes_raw() if hasattr(key, "public_bytes_raw") else key.public_numbers()


@pytest.mark.parametrize(
    "given",
    [{"algorithm": "RSA", "rsaBits": 1024}, {"algorithm": "ECDSA", "ecdsaCurve": "P256"}, {"algorithm": "ED25519"}],
)
def test_all_formats_are_of_the_same_key(local, given):
    made = local.up_with(TYPE, **given)
    public = key_numbers(load_pem_public_key(made["publicKeyPem"].encode()))
    assert key_numbers(load_ssh_public_key(made["publicKeyOpenssh"].encode())) == public
    for name in ("privateKeyPem", "privateKeyPemPkcs8"):
        assert key_numbers(load_pem_private_key(made[name].encode(), None).public_key()) == public
    assert key_numbers(load_ssh_private_key(made["privateKeyOpenssh"].encode(), None).public_key()) == public
    assert re.fullmatch(r"SHA256:[A-Za-z0-9+/]{43}", made["publicKeyFingerprintSha256"])
    assert re.fullmatch(r"([0-9a-f]{2}:){15}[0-9a-f]{2}", made["publicKeyFingerprintMd5"])
    assert re.fullmatch(r"[0-9a-f]{40}", local.state["id"])


def test_the_smallest_curve_has_no_openssh_format(local):
    made = local.up_with(TYPE, algorithm="ECDSA")
    assert (made["privateKeyOpenssh"], made["publicKeyOpenssh"]) == ("", "")
    assert made["privateKeyPem"].startswith("-----BEGIN EC PRIVATE KEY-----")


def test_a_change_creates_a_new_key(local):
    first = local.up_with(TYPE, algorithm="ED25519")["publicKeyPem"]
    local.given = {"algorithm": "ECDSA", "ecdsaCurve": "P384"}
    assert local.up()["publicKeyPem"] != first


@pytest.mark.parametrize("given", [{}, {"algorithm": "DSA"}, {"algorithm": "ECDSA", "ecdsaCurve": "P192"}])
def test_other_algorithms_are_refused(local, given):
    assert "expected one of" in local.preview_errors(TYPE, **given)
