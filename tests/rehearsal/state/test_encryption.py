"""State files with encrypted secrets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from rehearsal.engine.file_backend import StateFile
from rehearsal.errors import PassphraseError, StateError
from rehearsal.state import passphrase
from rehearsal.state.encryption import Encryption, decrypted, encrypted, with_plaintext
from rehearsal.state.passphrase import Keyring
from rehearsal.state.property_values import Secret, from_state, to_state
from rehearsal.state.resource import ResourceState

# `pulumi` 3.274.1 exported this with the passphrase correct-horse.
SALT = "v1:4w9VoHvDCbQ=:v1:BFXZA9QEVjg5c2eb:394ULb+CUeGzN3AM/rxbwCfaGfZpBQ=="
SIGNATURE = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
EXPORTED = {
    "secrets_providers": {"type": "passphrase", "state": {"salt": SALT}},
    "resources": [
        {
            "urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
            "custom": False,
            "type": "pulumi:pulumi:Stack",
            "outputs": {"pin": {**SIGNATURE, "ciphertext": "v1:BgOLqyecyRDA/vKy:+zsuad2yaAy8EKOZJUQZi6Jc6y2n0x4Wzg=="}},
        }
    ],
}


def keyring(phrase="correct-horse"):
    return Keyring({} if phrase is None else {"PULUMI_CONFIG_PASSPHRASE": phrase})


@pytest.fixture
def few_iterations(monkeypatch):
    """Derive keys with few iterations of PBKDF2."""
    monkeypatch.setattr(passphrase, "_ITERATIONS", 10)
    passphrase._cipher.cache_clear()
    yield
    passphrase._cipher.cache_clear()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "dev.json"


def resource(name, **fields):
    return ResourceState(
        urn=f"urn:pulumi:dev::p::toy:index:Thing::{name}", type="toy:index:Thing", custom=True, **fields
    )


def state(path, phrase="a", salt=None):
    return StateFile(path, Encryption(keyring(phrase), lambda: salt))


def put(path, phrase="a", **outputs):
    with state(path, phrase).open() as snapshot:
        snapshot.put(resource("a", outputs={"pin": Secret("hunter2"), **outputs}))


def outputs(file):
    (only,) = file.export()["deployment"]["resources"]
    return {key: from_state(value) for key, value in only["outputs"].items()}


@pytest.mark.slow("derives a key with a million rounds of PBKDF2")
def test_a_deployment_of_pulumi_is_decrypted_with_its_passphrase():
    (resource,) = with_plaintext(EXPORTED, keyring())["resources"]
    assert from_state(resource["outputs"]["pin"]) == Secret("hunter2")


def test_no_secret_of_a_state_with_a_passphrase_is_in_its_file(few_iterations, path):
    put(path, nested=[{"pin": Secret({"deep": Secret("hunter2")})}])
    text = path.read_text()
    assert "hunter2" not in text
    assert text.count('"ciphertext"') == 2
    assert json.loads(text)["deployment"]["secrets_providers"]["type"] == "passphrase"
    assert outputs(state(path)) == {"pin": Secret("hunter2"), "nested": [{"pin": Secret({"deep": Secret("hunter2")})}]}


@pytest.mark.slow("starts processes")
def test_no_secret_is_in_the_journal_of_a_killed_run(few_iterations, path):
    code = f"""
        import os, signal
        from pathlib import Path
        from rehearsal.state import passphrase
        from rehearsal.state.encryption import Encryption
        from rehearsal.state.passphrase import Keyring
        from rehearsal.state.resource import ResourceState
        from rehearsal.engine.file_backend import StateFile
        from rehearsal.state.property_values import Secret

        passphrase._ITERATIONS = 10
        state = StateFile(Path({str(path)!r}), Encryption(Keyring(os.environ)))
        outputs = {{"pin": Secret("hunter2")}}
        thing = ResourceState(urn="urn:pulumi:dev::p::t::a", type="t", custom=True, outputs=outputs)
        with state.open() as snapshot:
            snapshot.begin("creating", thing)
            snapshot.put(thing)
            os.kill(os.getpid(), signal.SIGKILL)
    """
    environment = os.environ | {"PULUMI_CONFIG_PASSPHRASE": "correct-horse"}
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], env=environment, check=False)
    assert result.returncode == -signal.SIGKILL
    journal = path.with_name("dev.json.journal").read_text()
    assert "hunter2" not in journal
    assert journal.count('"ciphertext"') == 2
    assert outputs(state(path, "correct-horse")) == {"pin": Secret("hunter2")}


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        ("b", r"dev.json can't be read: the passphrase in PULUMI_CONFIG_PASSPHRASE is not the one"),
        (None, r"dev.json can't be read: .* encrypted with a passphrase: set PULUMI_CONFIG_PASSPHRASE or "),
    ],
)
def test_without_the_passphrase_the_state_is_refused_and_kept(few_iterations, path, phrase, message):
    put(path)
    before = path.read_bytes()
    with pytest.raises(StateError, match=message) as caught, state(path, phrase).open():
        pass
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert {p.name for p in path.parent.iterdir()} == {"dev.json", "dev.json.lock"}


def test_a_damaged_secret_is_reported_and_the_state_kept(few_iterations, path):
    put(path)
    text = path.read_text()
    start = text.index('"ciphertext": "v1:') + len('"ciphertext": "v1:')
    path.write_text(text[:start] + "AAAA" + text[start + 4 :])
    before = path.read_bytes()
    with pytest.raises(StateError, match=r"dev.json can't be read: a ciphertext in it is damaged"), state(path).open():
        pass
    assert path.read_bytes() == before


def test_a_plaintext_state_is_encrypted_by_the_next_run_with_a_passphrase(few_iterations, path):
    put(path, None)
    assert "hunter2" in path.read_text()
    with state(path).open():
        pass
    assert "hunter2" not in path.read_text()
    assert outputs(state(path)) == {"pin": Secret("hunter2")}


def test_a_state_keeps_its_salt_and_a_new_one_has_that_of_the_config(few_iterations, path):
    config_salt = keyring("a").new_crypter().salt
    for salt in (config_salt, None, keyring("a").new_crypter().salt):
        with state(path, salt=salt).open():
            pass
        assert json.loads(path.read_text())["deployment"]["secrets_providers"]["state"]["salt"] == config_salt


def test_a_salt_of_another_passphrase_is_not_used(few_iterations, path):
    path.write_text(json.dumps({"version": 3, "deployment": {**EXPORTED, "resources": []}}))
    with state(path, salt=SALT).open() as snapshot:
        snapshot.put(resource("a", outputs={"pin": Secret("hunter2")}))
    assert SALT not in path.read_text()
    assert outputs(state(path)) == {"pin": Secret("hunter2")}


def test_exports_are_encrypted_unless_show_secrets_is_set(few_iterations, path):
    put(path)
    assert "hunter2" not in json.dumps(state(path).export(show_secrets=False))
    assert "hunter2" in json.dumps(state(path).export())
    put(path.with_name("other.json"), None)
    assert "hunter2" in json.dumps(state(path.with_name("other.json"), None).export(show_secrets=False))


@pytest.mark.parametrize("provider", [None, 5, {"type": "service", "state": {}}, {"type": "passphrase", "state": 5}])
def test_secrets_of_other_secrets_providers_are_refused(provider):
    with pytest.raises(PassphraseError, match="encrypted otherwise than with a passphrase"):
        with_plaintext({**EXPORTED, "secrets_providers": provider}, keyring())


def test_plain_values_are_unchanged(few_iterations):
    data = {"ciphertext": "x", "plaintext": "y", "a": [SIGNATURE, 5, None, {**SIGNATURE, "plaintext": 5}]}
    assert encrypted(data, keyring("a").new_crypter()) == data
    assert with_plaintext(data, keyring(None)) == data


def test_a_nested_secret_encrypted_twice_is_decrypted(few_iterations):
    crypter = keyring("a").new_crypter()
    inner = {**SIGNATURE, "ciphertext": crypter.encrypt('"hunter2"')}
    outer = {**SIGNATURE, "ciphertext": crypter.encrypt(json.dumps({"deep": inner}))}
    assert from_state(decrypted(outer, crypter)) == Secret({"deep": Secret("hunter2")})


@pytest.mark.slow("derives a key with a million rounds of PBKDF2")
@pytest.mark.parametrize("broken", ["{", ": [}", "[" * 5000 + "]" * 5000])
def test_a_correctly_encrypted_invalid_secret_is_refused_and_not_quoted(rig, monkeypatch, broken):
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "correct-horse")
    secret_key = next(iter(SIGNATURE))
    text = broken.replace("[]", f'["{secret_key}"]') if broken[0] == "[" else f"hunter2 {secret_key} {broken}"
    output = {**SIGNATURE, "ciphertext": keyring().crypter(SALT).encrypt(text)}
    (resource,) = EXPORTED["resources"]
    deployment = EXPORTED | {"resources": [resource | {"outputs": {"pin": output}}]}
    stack = type(rig)(rig.project.folder).stack
    with pytest.raises(
        StateError, match=r"p-dev: outputs: (the plaintext of a secret is no JSON|nested more than 200 levels)"
    ) as refused:
        stack.import_deployment(json.dumps({"version": 3, "deployment": deployment}))
    assert "hunter2" not in str(refused.value)


@pytest.mark.slow("derives keys of a passphrase")
def test_encrypted_deployments_can_be_imported_and_exported(rig, monkeypatch):
    exported = json.dumps({"version": 3, "deployment": EXPORTED})
    with pytest.raises(StateError, match=r"state.json can't be imported: .*set PULUMI_CONFIG_PASSPHRASE or"):
        rig.stack.import_deployment(exported, "state.json")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "correct-horse")
    stack = type(rig)(rig.project.folder).stack
    stack.import_deployment(exported)
    given = stack.export(show_secrets=False)["deployment"]
    assert given["secrets_providers"] == EXPORTED["secrets_providers"]
    assert "hunter2" not in json.dumps(given)
    assert with_plaintext(given, keyring())["resources"][0]["outputs"] == {"pin": to_state(Secret("hunter2"))}
