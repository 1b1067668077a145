"""``tls:index/privateKey:PrivateKey``: a key that is generated here and stored in the state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from rehearsal.local_providers.local_resource import LocalResource
from rehearsal.provider import CheckFailure, CheckResult, PropertyMap

__all__ = ["PrivateKey"]

_ALGORITHMS: Final = ("RSA", "ECDSA", "ED25519")
_CURVES: Final = ("P224", "P256", "P384", "P521")


class PrivateKey(LocalResource):
    """A key pair in the formats of OpenSSL and OpenSSH."""

    computed = (
        "privateKeyOpenssh",
        "privateKeyPem",
        "privateKeyPemPkcs8",
        "publicKeyFingerprintMd5",
        "publicKeyFingerprintSha256",
        "publicKeyOpenssh",
        "publicKeyPem",
    )
    defaults: ClassVar[PropertyMap] = {"ecdsaCurve": "P224", "rsaBits": 2048}

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        del urn, olds
        return CheckResult(dict(news), tuple(self._failures(news)))

    @staticmethod
    def _failures(news: PropertyMap) -> Iterator[CheckFailure]:
        for name, allowed in (("algorithm", _ALGORITHMS), ("ecdsaCurve", _CURVES)):
            value = news.get(name)
            missing = value is None and name == "algorithm"
            if missing or (isinstance(value, str) and value not in allowed):
                yield CheckFailure(name, f"expected one of {', '.join(allowed)}")

    def make(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        # Imported late, because the import is slow.
        from cryptography.hazmat.primitives import serialization as form  # noqa: PLC0415

        key = _generate_key(inputs)
        plain = form.NoEncryption()
        public = key.public_key()
        # OpenSSH does not support P224.
        openssh = inputs["algorithm"] != "ECDSA" or inputs["ecdsaCurve"] != "P224"
        traditional = (
            form.PrivateFormat.PKCS8 if inputs["algorithm"] == "ED25519" else form.PrivateFormat.TraditionalOpenSSL
        )
        line = public.public_bytes(form.Encoding.OpenSSH, form.PublicFormat.OpenSSH).decode() + "\n" if openssh else ""
        pem = public.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo).decode()
        made = {
            "privateKeyOpenssh": key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, plain).decode()
            if openssh
            else "",
            "privateKeyPem": key.private_bytes(form.Encoding.PEM, traditional, plain).decode(),
            "privateKeyPemPkcs8": key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, plain).decode(),
            "publicKeyOpenssh": line,
            "publicKeyPem": pem,
            **_fingerprints(line),
        }
        return hashlib.sha1(pem.encode(), usedforsecurity=False).hexdigest(), made


def _fingerprints(line: str) -> dict[str, str]:
    import base64  # noqa: PLC0415

    if not line:
        return {"publicKeyFingerprintMd5": "", "publicKeyFingerprintSha256": ""}
    data = base64.b64decode(line.split()[1])
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    sha256 = base64.b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return {
        "publicKeyFingerprintMd5": ":".join(md5[at : at + 2] for at in range(0, len(md5), 2)),
        "publicKeyFingerprintSha256": f"SHA256:{sha256}",
    }


def _generate_key(inputs: PropertyMap) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415

    if inputs["algorithm"] == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=int(inputs["rsaBits"]))
    if inputs["algorithm"] == "ED25519":
        return ed25519.Ed25519PrivateKey.generate()
    curves: dict[str, Any] = {"P224": ec.SECP224R1, "P256": ec.SECP256R1, "P384": ec.SECP384R1, "P521": ec.SECP521R1}
    return ec.generate_private_key(curves[inputs["ecdsaCurve"]]())
