"""Encrypts and decrypts the secrets of a deployment, or of a part of one, in place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from rehearsal.errors import PassphraseError
from rehearsal.state.passphrase import Crypter, Keyring
from rehearsal.state.property_values import SECRET_SIGNATURE, SIGNATURE

__all__ = ["Encryption", "decrypted", "encrypted", "with_plaintext"]

_PROVIDERS: Final = "secrets_providers"
_JOURNAL: Final = " journal"  # differs from all fields of a deployment
_PASSPHRASE: Final = "passphrase"  # noqa: S105 - the name of a kind of encryption
_PLAINTEXT: Final = "plaintext"
_CIPHERTEXT: Final = "ciphertext"


def encrypted(data: Any, crypter: Crypter) -> Any:
    """Return JSON data of a deployment with every secret's plaintext encrypted."""
    return _with_secrets_changed(data, _PLAINTEXT, _CIPHERTEXT, crypter.encrypt)


def decrypted(data: Any, crypter: Crypter) -> Any:
    """Return JSON data of a deployment with every secret's ciphertext decrypted.

    :raises PassphraseError: if a secret can't be decrypted.
    """

    def decrypt(ciphertext: str) -> str:
        text = crypter.decrypt(ciphertext)
        if SIGNATURE not in text:
            return text
        # Pulumi encrypts a nested secret twice.
        try:
            return json.dumps(decrypted(json.loads(text), crypter))
        except (ValueError, RecursionError):  # invalid JSON, which is reported when the value is read
            return text

    return _with_secrets_changed(data, _CIPHERTEXT, _PLAINTEXT, decrypt)


def with_plaintext(deployment: dict[str, Any], keyring: Keyring) -> dict[str, Any]:
    """Return a deployment with its secrets in plaintext.

    :raises PassphraseError: if they are not encrypted with the passphrase of this run.
    """
    if not _contains_ciphertext(deployment):
        return deployment
    salt = _salt_of(deployment)
    if salt is None:
        raise PassphraseError("there are secrets in it that are encrypted otherwise than with a passphrase")
    return dict(decrypted(deployment, keyring.crypter(salt)))


def _contains_ciphertext(data: Any) -> bool:
    if isinstance(data, dict):
        return _is_secret(data, _CIPHERTEXT) or any(map(_contains_ciphertext, data.values()))
    return isinstance(data, list) and any(map(_contains_ciphertext, data))


def _salt_of(deployment: dict[str, Any]) -> str | None:
    provider = deployment.get(_PROVIDERS)
    if not isinstance(provider, dict) or provider.get("type") != _PASSPHRASE:
        return None
    state = provider.get("state")
    salt = state.get("salt") if isinstance(state, dict) else None
    return salt if isinstance(salt, str) else None


def _is_secret(data: dict[str, Any], kind: str) -> bool:
    return data.get(SIGNATURE) == SECRET_SIGNATURE and isinstance(data.get(kind), str)


def _with_secrets_changed(data: Any, before: str, after: str, change: Callable[[str], str]) -> Any:
    if isinstance(data, dict):
        if _is_secret(data, before):
            return {SIGNATURE: SECRET_SIGNATURE, after: change(data[before])}
        return {key: _with_secrets_changed(value, before, after, change) for key, value in data.items()}
    if isinstance(data, list):
        return [_with_secrets_changed(value, before, after, change) for value in data]
    return data


class Encryption:
    """Encrypts and decrypts a stored state with the passphrase of this run; without one, it is not encrypted.

    The salt is the state's, or else the salt of the stack's config (`salt_of_config`), if it matches the passphrase.
    Otherwise a new salt is created.
    """

    def __init__(self, keyring: Keyring, salt_of_config: Callable[[], str | None] = lambda: None) -> None:
        self._keyring = keyring
        self._salt_of_config = salt_of_config
        self._crypter: Crypter | None = None

    def choose(self, deployment: dict[str, Any]) -> dict[str, Any]:
        """Choose the key for a deployment that is about to be written; return the deployment with its salt.

        :raises PassphraseError: if the passphrase can't be read.
        """
        self._crypter = None
        if self._keyring.passphrase is None:
            return deployment
        salts = filter(None, (_salt_of(deployment), self._salt_of_config()))
        self._crypter = next(filter(None, map(self._crypter_for, salts)), None) or self._keyring.new_crypter()
        return deployment | {_PROVIDERS: {"type": _PASSPHRASE, "state": {"salt": self._crypter.salt}}}

    def encrypted(self, data: Any) -> Any:
        """Return JSON data of the deployment as it is stored, encrypted with the chosen key."""
        return data if self._crypter is None else encrypted(data, self._crypter)

    def plain(self, deployment: dict[str, Any], journal: list[Any]) -> tuple[dict[str, Any], list[Any]]:
        """Return a deployment, and the entries of its journal, with their secrets in plaintext.

        :raises PassphraseError: if a secret can't be decrypted.
        """
        together = with_plaintext({**deployment, _JOURNAL: journal}, self._keyring)
        entries = together.pop(_JOURNAL)
        return together, entries

    def _crypter_for(self, salt: str) -> Crypter | None:
        try:
            return self._keyring.crypter(salt)
        except PassphraseError:
            return None
