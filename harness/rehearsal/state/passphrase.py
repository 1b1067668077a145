"""Secrets encrypted with a passphrase, in Pulumi's format (``pkg/secrets/passphrase``, ``config/crypt.go``).

A key is derived from passphrase and salt (PBKDF2), and encrypts with AES-256-GCM. A ciphertext is ``v1:NONCE:DATA``. A
salt is ``v1:SALT:CIPHERTEXT`` with the plaintext "pulumi", which detects a wrong passphrase.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rehearsal.errors import PassphraseError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["FILE_VARIABLE", "VARIABLE", "Crypter", "Keyring"]

VARIABLE: Final = "PULUMI_CONFIG_PASSPHRASE"
FILE_VARIABLE: Final = "PULUMI_CONFIG_PASSPHRASE_FILE"

_VERSION: Final = "v1"
_ITERATIONS: Final = 1_000_000
_KEY_BYTES: Final = 32
_SALT_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_CHECK: Final = "pulumi"
_PARTS: Final = 3
# The error handler for encoding: a passphrase may be invalid UTF-8, which Python reads as surrogates.
_ANY_BYTES: Final = "surrogateescape"
# The white space that Go, and so Pulumi, trims. Python's `strip` would remove more characters.
_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


class Crypter:
    """Encrypts and decrypts text with the key of one passphrase and salt."""

    def __init__(self, salt: str, cipher: AESGCM) -> None:
        self.salt = salt
        """In the form of ``encryptionsalt`` in a stack's config and ``secrets_providers`` in the state."""
        self._cipher = cipher

    def __repr__(self) -> str:
        return "Crypter()"

    def encrypt(self, text: str) -> str:
        """Return a ciphertext, which is different each time."""
        return _encrypt(self._cipher, text)

    def decrypt(self, ciphertext: str) -> str:
        """Return the text of a ciphertext.

        :raises PassphraseError: if it is not a ciphertext, or of another key.
        """
        return _decrypt(self._cipher, ciphertext)


class Keyring:
    """The passphrase of this run, and the keys derived from it. Keys are cached: deriving one takes half a second.

    As in Pulumi, the passphrase is in the variable PULUMI_CONFIG_PASSPHRASE of `environment`, which may be empty, or in
    the file that PULUMI_CONFIG_PASSPHRASE_FILE names. Its path is relative to the working directory at construction.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._given = environment.get(VARIABLE)
        named = environment.get(FILE_VARIABLE)
        self._file = Path(named).absolute() if self._given is None and named else None

    def __repr__(self) -> str:
        return "Keyring()"

    @property
    def source(self) -> str:
        """The variable that the passphrase comes from."""
        return FILE_VARIABLE if self._file else VARIABLE

    @functools.cached_property
    def passphrase(self) -> str | None:
        """The passphrase; None if there is none.

        :raises PassphraseError: if its file can't be read.
        """
        if self._file is None:
            return self._given
        try:
            # Only white space at both ends is removed: line ends within a passphrase belong to it.
            return self._file.read_bytes().decode(errors=_ANY_BYTES).strip(_SPACE)
        except OSError as error:
            raise PassphraseError(f"{FILE_VARIABLE}: {self._file} can't be read: {error.strerror}") from None

    def crypter(self, salt: Any) -> Crypter:
        """Return the crypter for this salt.

        :raises PassphraseError: if there is no passphrase, it does not match the salt, or the salt is invalid.
        """
        if self.passphrase is None:
            raise PassphraseError(
                f"there are secrets in it that are encrypted with a passphrase: set {VARIABLE} or {FILE_VARIABLE}"
            )
        version, encoded, check = _split(salt)
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            version = ""
        if version != _VERSION or not check:
            raise PassphraseError("expected a salt that Pulumi has made (v1:…), got something else")
        cipher = _cipher(self.passphrase, raw)
        try:
            right = _decrypt(cipher, check) == _CHECK
        except PassphraseError:
            right = False
        if not right:
            raise PassphraseError(f"the passphrase in {self.source} is not the one that its secrets are encrypted with")
        return Crypter(salt, cipher)

    def new_crypter(self) -> Crypter:
        """Return a crypter with a new salt.

        :raises PassphraseError: if there is no passphrase.
        """
        if self.passphrase is None:
            raise PassphraseError(f"there is no passphrase: set {VARIABLE} or {FILE_VARIABLE}")
        raw = os.urandom(_SALT_BYTES)
        cipher = _cipher(self.passphrase, raw)
        return Crypter(f"{_VERSION}:{_base64(raw)}:{_encrypt(cipher, _CHECK)}", cipher)


@functools.lru_cache(maxsize=16)
def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - only needed with a passphrase

    return AESGCM(hashlib.pbkdf2_hmac("sha256", passphrase.encode(errors=_ANY_BYTES), salt, _ITERATIONS, _KEY_BYTES))


def _encrypt(cipher: AESGCM, text: str) -> str:
    nonce = os.urandom(_NONCE_BYTES)
    return f"{_VERSION}:{_base64(nonce)}:{_base64(cipher.encrypt(nonce, text.encode(), None))}"


def _decrypt(cipher: AESGCM, ciphertext: str) -> str:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415

    version, nonce, data = _split(ciphertext)
    if version == _VERSION:
        try:
            return cipher.decrypt(
                base64.b64decode(nonce, validate=True), base64.b64decode(data, validate=True), None
            ).decode()
        except (binascii.Error, InvalidTag, ValueError):  # ValueError: a nonce with a wrong length, or invalid UTF-8
            pass
    raise PassphraseError("a ciphertext in it is damaged, or was encrypted with another key")


def _split(text: Any) -> tuple[str, str, str]:
    parts = text.split(":", _PARTS - 1) if isinstance(text, str) else []
    return (parts[0], parts[1], parts[2]) if len(parts) == _PARTS else ("", "", "")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
