"""Config files of stacks. `pulumi config set` 3.274.1 wrote the encrypted values."""

import json
import os

import pytest

from rehearsal.config.stack_config import StackConfig, read_stack_config, write_stack_config
from rehearsal.errors import ConfigError, ProjectError
from rehearsal.state import passphrase
from rehearsal.state.passphrase import Keyring
from rehearsal.state.property_values import Secret

TEXT = """\
encryptionsalt: v1:4w9VoHvDCbQ=:v1:BFXZA9QEVjg5c2eb:394ULb+CUeGzN3AM/rxbwCfaGfZpBQ==
config:
  pin:
    secure: v1:U7yb1dH4CAXG9VL+:TtBisIdS9FBGDIxbrBfnzsmVpa35iq8=
  obj:
    pin:
      secure: v1:2m92JrYvEA6DQQxE:d062Rouvx4kE0j2wyJ/vIqPQmnksARF0f3I=
    "n": 5
  list:
    - secure: v1:y0EtVHafmXPHgf8s:PclzMyV6FbnIQOcUmXREK0kmgw==
  open: text
"""
KEYRING = Keyring({"PULUMI_CONFIG_PASSPHRASE": "correct-horse"})


@pytest.fixture
def read(tmp_path):
    def read(text=TEXT):
        (tmp_path / "Pulumi.dev.yaml").write_text(text)
        return read_stack_config(tmp_path / "Pulumi.dev.yaml", lambda key: f"p:{key}")

    return read


def test_encrypted_values_are_decrypted_at_any_depth(read):
    config = read()
    assert config.readable == {"p:open": "text"}
    assert config.decrypted(KEYRING, config.encrypted) == {
        "p:pin": "hunter2",
        "p:obj": {"pin": 'geh"eim☃', "n": 5},
        "p:list": ["one"],
    }


def test_without_a_passphrase_or_salt_nothing_is_decrypted(read):
    config = read()
    assert config.decrypted(Keyring({}), config.encrypted) is None
    assert read(TEXT.partition("\n")[2]).decrypted(KEYRING, ["p:pin"]) is None


@pytest.mark.parametrize(
    ("text", "phrase", "message"),
    [
        (TEXT, "wrong", "Pulumi.dev.yaml: the passphrase in PULUMI_CONFIG_PASSPHRASE is not the one"),
        ("encryptionsalt: v1:x\n" + TEXT.partition("\n")[2], "a", "Pulumi.dev.yaml: expected a salt that Pulumi has"),
    ],
)
def test_a_failed_decryption_is_reported_with_the_file(read, monkeypatch, text, phrase, message):
    monkeypatch.setattr(passphrase, "_ITERATIONS", 10)
    config = read(text)
    with pytest.raises(ConfigError, match=message):
        config.decrypted(Keyring({"PULUMI_CONFIG_PASSPHRASE": phrase}), config.encrypted)


def test_a_damaged_value_is_reported_with_its_key(read):
    config = read(TEXT.replace("U7yb1dH4CAXG9VL+", "AAAAAAAAAAAAAAAA"))
    with pytest.raises(ConfigError, match=r"Pulumi.dev.yaml: p:pin: a ciphertext in it is damaged"):
        config.decrypted(KEYRING, ["p:pin"])


def test_a_missing_file_is_an_empty_config_unless_it_was_named(tmp_path):
    path = tmp_path / "none.yaml"
    assert read_stack_config(path, str) == StackConfig(path)
    with pytest.raises(ProjectError, match=r"none.yaml can't be read"):
        read_stack_config(path, str, must_exist=True)


# Texts that unquoted are numbers, booleans, times or null in YAML 1.1 or 1.2, and characters that YAML must escape.
TEXTS = [
    "1e3",
    "0x1F",
    "0o17",
    "yes",
    "true",
    "null",
    "~",
    "",
    "2026-01-01",
    " a\n",
    "\u2603\U0001f600\x7f\u2028",
    "{secure: x}",
]


@pytest.fixture
def few_iterations(monkeypatch):
    monkeypatch.setattr(passphrase, "_ITERATIONS", 10)


def test_written_config_reads_back_as_the_same_text_with_its_secrets_encrypted(tmp_path, few_iterations):
    path = tmp_path / "Pulumi.dev.yaml"
    plain = {f"p:{number}": text for number, text in enumerate(TEXTS)}
    write_stack_config(path, {**plain, "p:pin": Secret("hunter2")}, KEYRING)
    assert "hunter2" not in path.read_text()
    assert os.name == "nt" or path.stat().st_mode & 0o077 == 0
    config = read_stack_config(path, str)
    assert config.readable == plain
    assert config.decrypted(KEYRING, config.encrypted) == {"p:pin": "hunter2"}
    # Each text is quoted: Go's YAML parser takes more texts for numbers than PyYAML does.
    assert '"p:0": "1e3"' in path.read_text()


def test_writing_replaces_the_config_and_keeps_salt_and_other_settings(tmp_path, few_iterations):
    path = tmp_path / "Pulumi.dev.yaml"
    write_stack_config(path, {"p:pin": Secret("hunter2"), "p:gone": "x"}, KEYRING)
    salt = read_stack_config(path, str).salt
    path.write_text(f"{path.read_text()}environment: [dev]\n")
    write_stack_config(path, {"p:pin": Secret("swordfish")}, KEYRING)
    config = read_stack_config(path, str)
    assert (config.salt, config.has_environment, dict(config.readable)) == (salt, True, {})
    assert config.decrypted(KEYRING, config.encrypted) == {"p:pin": "swordfish"}


def test_no_value_is_in_a_repr(read):
    assert "text" not in repr(read())
    assert json.dumps("secure") not in repr(read())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("encryptionsalt: 5", "encryptionsalt: expected text, got int"),
        ("config: {5: a}", "config: expected keys of text, got 5; put it in quotes"),
    ],
)
def test_an_invalid_field_is_named(read, text, message):
    with pytest.raises(ProjectError, match=message):
        read(text)
