"""Pulumi's encryption with a passphrase. `pulumi` 3.274.1 wrote the salt and the ciphertexts."""

from __future__ import annotations

import os

import pytest

from rehearsal.errors import PassphraseError
from rehearsal.state import passphrase
from rehearsal.state.passphrase import Keyring

PASSPHRASE = "correct-horse"
SALT = "v1:4w9VoHvDCbQ=:v1:BFXZA9QEVjg5c2eb:394ULb+CUeGzN3AM/rxbwCfaGfZpBQ=="
RECORDED = {
    "v1:U7yb1dH4CAXG9VL+:TtBisIdS9FBGDIxbrBfnzsmVpa35iq8=": "hunter2",
    "v1:2m92JrYvEA6DQQxE:d062Rouvx4kE0j2wyJ/vIqPQmnksARF0f3I=": 'geh"eim☃',
}


@pytest.fixture(scope="module")
def crypter():
    return Keyring({"PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}).crypter(SALT)


def test_values_encrypted_by_pulumi_are_decrypted(crypter):
    assert {ciphertext: crypter.decrypt(ciphertext) for ciphertext in RECORDED} == RECORDED


def test_ciphertexts_differ_each_time(crypter):
    first, second = crypter.encrypt("hunter2"), crypter.encrypt("hunter2")
    assert first != second
    assert {crypter.decrypt(first), crypter.decrypt(second)} == {"hunter2"}
    assert first.split(":")[0] == "v1"


def test_a_new_salt_is_valid_only_for_its_passphrase(monkeypatch):
    monkeypatch.setattr(passphrase, "_ITERATIONS", 10)
    keyring = Keyring({"PULUMI_CONFIG_PASSPHRASE": "a"})
    made = keyring.new_crypter()
    assert keyring.crypter(made.salt).decrypt(made.encrypt("x")) == "x"
    assert keyring.new_crypter().salt != made.salt
    with pytest.raises(PassphraseError, match="the passphrase in PULUMI_CONFIG_PASSPHRASE is not the one"):
        Keyring({"PULUMI_CONFIG_PASSPHRASE": "b"}).crypter(made.salt)


@pytest.mark.parametrize(
    "damaged",
    ["", "v1", "v2:U7yb1dH4CAXG9VL+:TtBisIdS9FBGDIxbrBfnzsmVpa35iq8=", "v1:AA==:AA==", "v1:!:!", "v1::", SALT],
)
def test_a_damaged_ciphertext_is_refused_and_not_quoted(crypter, damaged):
    with pytest.raises(PassphraseError, match=r"a ciphertext in it is damaged, or was encrypted with another key$"):
        crypter.decrypt(damaged)


@pytest.mark.parametrize("salt", [None, 5, "", "v1:x", "v2:4w9VoHvDCbQ=:v1:a:b", "v1:!!!:v1:a:b"])
def test_an_invalid_salt_is_refused(salt):
    with pytest.raises(PassphraseError, match="expected a salt that Pulumi has made"):
        Keyring({"PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}).crypter(salt)


def test_a_missing_passphrase_is_an_error_with_a_remedy():
    keyring = Keyring({})
    assert keyring.passphrase is None
    for method in (keyring.new_crypter, lambda: keyring.crypter(SALT)):
        with pytest.raises(PassphraseError, match="set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE"):
            method()


def test_an_empty_passphrase_is_valid_and_an_empty_file_name_is_unset():
    """As in Pulumi."""
    assert Keyring({"PULUMI_CONFIG_PASSPHRASE": ""}).passphrase == ""
    assert Keyring({"PULUMI_CONFIG_PASSPHRASE_FILE": ""}).passphrase is None


def test_whitespace_around_a_files_passphrase_is_removed(tmp_path, monkeypatch):
    (tmp_path / "file").write_text(" a b\n")
    monkeypatch.chdir(tmp_path)
    keyring = Keyring({"PULUMI_CONFIG_PASSPHRASE_FILE": "file"})
    monkeypatch.chdir("/")
    assert keyring.passphrase == "a b"
    both = {"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "file"), "PULUMI_CONFIG_PASSPHRASE": "c"}
    assert Keyring(both).passphrase == "c"


def test_an_unreadable_file_is_named_with_its_variable(tmp_path):
    file = tmp_path / "file"
    with pytest.raises(PassphraseError, match=rf"PULUMI_CONFIG_PASSPHRASE_FILE: {file} can't be read: No such file"):
        _ = Keyring({"PULUMI_CONFIG_PASSPHRASE_FILE": str(file)}).passphrase


def test_a_passphrase_can_be_any_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(passphrase, "_ITERATIONS", 10)
    (tmp_path / "file").write_bytes(b"a\xff\n")
    file_keyring = Keyring({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "file")})
    environment_keyring = Keyring({"PULUMI_CONFIG_PASSPHRASE": os.fsdecode(b"a\xff")})
    made = file_keyring.new_crypter()
    assert environment_keyring.crypter(made.salt).decrypt(made.encrypt("x")) == "x"


def test_neither_passphrase_nor_key_is_in_a_repr(crypter):
    assert PASSPHRASE not in repr(Keyring({"PULUMI_CONFIG_PASSPHRASE": PASSPHRASE}))
    assert repr(crypter) == "Crypter()"


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (b"two\r\nlines\r\n", "two\r\nlines"),
        (b"old\rmac\r", "old\rmac"),
        (b"\x1fseparated\x1c\n", "\x1fseparated\x1c"),
        (b"\t\x0b\x0c \xc2\x85\xc2\xa0spaces\xe2\x80\xa8\xe3\x80\x80\n", "spaces"),
        (b"\xe2\x80\x8bno space\xef\xbb\xbf", "\u200bno space\ufeff"),
    ],
)
def test_a_files_passphrase_is_read_as_by_pulumi(tmp_path, content, phrase):
    """Whitespace is trimmed as by Go's `strings.TrimSpace`."""
    (tmp_path / "phrase").write_bytes(content)
    assert Keyring({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / "phrase")}).passphrase == phrase
