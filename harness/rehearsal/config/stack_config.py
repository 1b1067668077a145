"""The config of a stack, ``Pulumi.STACK.yaml``: plain and encrypted values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final

from rehearsal.config.yaml_file import mapping_in, read_mapping, text_in
from rehearsal.errors import ConfigError, PassphraseError
from rehearsal.state.passphrase import Crypter, Keyring

__all__ = ["StackConfig", "read_stack_config"]

_SECURE: Final = "secure"


@dataclasses.dataclass(frozen=True, slots=True)
class StackConfig:
    """The config in a file, by full keys; empty if there is no file."""

    path: Path
    readable: Mapping[str, Any] = dataclasses.field(default_factory=dict, repr=False)
    encrypted: Mapping[str, Any] = dataclasses.field(default_factory=dict, repr=False)
    """Values that are, or contain, ``{secure: CIPHERTEXT}``."""
    salt: str | None = None
    """The salt of their passphrase encryption (``encryptionsalt``)."""
    has_environment: bool = False
    """Whether values come from Pulumi ESC too."""

    def decrypted(self, keyring: Keyring, keys: Collection[str]) -> dict[str, Any] | None:
        """Return the encrypted values of these keys in plaintext; None if there is no passphrase for them.

        :raises ConfigError: if the passphrase is wrong.
        """
        try:
            if self.salt is None or keyring.passphrase is None:
                return None
            crypter = keyring.crypter(self.salt)
        except PassphraseError as error:
            raise ConfigError(f"{self.path}: {error}") from None
        return {key: self._decrypted(key, crypter) for key in keys}

    def _decrypted(self, key: str, crypter: Crypter) -> Any:
        try:
            return _plain(self.encrypted[key], crypter)
        except PassphraseError as error:
            raise ConfigError(f"{self.path}: {key}: {error}") from None


def read_stack_config(path: Path, full_key: Callable[[str], str], *, must_exist: bool = False) -> StackConfig:
    """Read a file of config; `full_key` gives a key its namespace.

    :raises ProjectError: if it is not a config file.
    """
    if not must_exist and not path.exists():
        return StackConfig(path)
    data = read_mapping(path)
    values = {full_key(key): value for key, value in mapping_in(path, data, "config").items()}
    encrypted = {key: value for key, value in values.items() if _holds_secure(value)}
    return StackConfig(
        path=path,
        readable={key: value for key, value in values.items() if key not in encrypted},
        encrypted=encrypted,
        salt=text_in(path, data, "encryptionsalt", "") or None,
        has_environment=bool(data.get("environment")),
    )


def _holds_secure(value: Any) -> bool:
    if isinstance(value, dict):
        return _SECURE in value or any(map(_holds_secure, value.values()))
    return isinstance(value, list) and any(map(_holds_secure, value))


def _plain(value: Any, crypter: Crypter) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_SECURE} and isinstance(value[_SECURE], str):
            return crypter.decrypt(value[_SECURE])
        return {key: _plain(inner, crypter) for key, inner in value.items()}
    return [_plain(inner, crypter) for inner in value] if isinstance(value, list) else value
