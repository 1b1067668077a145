"""Reads and writes the config of a stack, ``Pulumi.STACK.yaml``, with its plain and encrypted values."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from rehearsal.config.yaml_file import mapping_in, read_mapping, text_in
from rehearsal.errors import ConfigError, PassphraseError
from rehearsal.paths import exists
from rehearsal.state.passphrase import Crypter, Keyring
from rehearsal.state.private_files import write_whole
from rehearsal.state.property_values import Secret

__all__ = ["StackConfig", "read_stack_config", "write_stack_config"]

_CONFIG: Final = "config"
_SALT: Final = "encryptionsalt"
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
        """Return the decrypted values of these keys; None if there is no salt or no passphrase.

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
    """Read a config file. `full_key` returns a key with its namespace.

    :raises ProjectError: if it is not a config file.
    """
    if not must_exist and not exists(path):
        return StackConfig(path)
    data = read_mapping(path)
    values = {full_key(key): value for key, value in mapping_in(path, data, _CONFIG).items()}
    encrypted = {key: value for key, value in values.items() if _holds_secure(value)}
    return StackConfig(
        path=path,
        readable={key: value for key, value in values.items() if key not in encrypted},
        encrypted=encrypted,
        salt=text_in(path, data, _SALT, "") or None,
        has_environment=bool(data.get("environment")),
    )


def write_stack_config(path: Path, config: Mapping[str, str | Secret], keyring: Keyring) -> None:
    """Replace the config in a file, by full keys, and keep the rest of the file. Secrets are encrypted.

    :raises ProjectError: if the file is not a config file.
    :raises PassphraseError: if the salt in the file is for another passphrase than this run's.
    """
    data = read_mapping(path) if exists(path) else {}
    if any(isinstance(value, Secret) for value in config.values()):
        salt = text_in(path, data, _SALT, "")
        crypter = keyring.crypter(salt) if salt else keyring.new_crypter()
        data[_SALT] = crypter.salt
        config = {key: _secure(value, crypter) for key, value in config.items()}
    # Quote all strings: some that PyYAML reads as text are numbers in Go's YAML.
    text = yaml.safe_dump({**data, _CONFIG: dict(config)}, default_style='"')
    write_whole(path, text.encode())


def _secure(value: str | Secret, crypter: Crypter) -> Any:
    return {_SECURE: crypter.encrypt(value.value)} if isinstance(value, Secret) else value


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
