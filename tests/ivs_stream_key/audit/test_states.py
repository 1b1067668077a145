import json

import pytest

from ivs_stream_key.audit.states import BadState, Copy, read

KEY_TYPE = "pulumi-python:dynamic/ivs:StreamKey"
OUTPUTS = {"arn": "arn:key", "channel_arn": "arn:channel", "created_at": "2026-03-01T00:00:00Z"}


def write_state(tmp_path, *resources):
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": list(resources)}}))
    return str(file)


def test_keys_and_their_published_copies_are_read_without_decrypting_secrets(tmp_path):
    encrypted = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "…"}
    key = {"type": KEY_TYPE, "urn": "urn:k::live", "outputs": {**OUTPUTS, "value": encrypted}}
    parameter = {
        "type": "aws:ssm/parameter:Parameter",
        "urn": "urn:p",
        "dependencies": ["urn:k::live"],
        "outputs": {"name": "/live", "region": "eu-west-1", "value": encrypted},
    }
    version = {
        "type": "aws:secretsmanager/secretVersion:SecretVersion",
        "urn": "urn:s",
        "dependencies": ["urn:k::live"],
        "outputs": {"secretId": "arn:secret"},
    }
    other = {**parameter, "dependencies": [], "outputs": {"name": "/other"}}
    (found,) = read(write_state(tmp_path, key, parameter, version, other))
    assert (found.arn, found.channel_arn, found.name, found.due_at) == ("arn:key", "arn:channel", "live", None)
    assert found.copies == (Copy("parameter", "/live", "eu-west-1"), Copy("secret", "arn:secret", ""))


@pytest.mark.parametrize("more", [{"external": True}, {"delete": True}])
def test_external_and_pending_delete_resources_are_left_out(tmp_path, more):
    assert read(write_state(tmp_path, {"type": KEY_TYPE, "urn": "urn:k", "outputs": OUTPUTS, **more})) == []


def test_a_stack_without_resources_has_no_keys(tmp_path):
    file = tmp_path / "state.json"
    file.write_text('{"version": 3, "deployment": {}}')
    assert read(str(file)) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"deployment": 1}', '{"deployment": {"resources": 1}}'])
def test_an_invalid_state_is_refused(tmp_path, text):
    file = tmp_path / "state.json"
    file.write_text(text)
    with pytest.raises(BadState, match="pulumi stack export"):
        read(str(file))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(BadState, match="No such file"):
        read(str(tmp_path / "none"))


def secret_property(**value):
    return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", **value}


def test_a_channel_arn_may_be_secret_and_an_encrypted_one_is_an_error_with_a_remedy(tmp_path):
    key = {
        "type": KEY_TYPE,
        "urn": "urn:k::live",
        "outputs": {**OUTPUTS, "channel_arn": secret_property(plaintext='"arn:c"')},
    }
    (found,) = read(write_state(tmp_path, key))
    assert found.channel_arn == "arn:c"
    key["outputs"]["channel_arn"] = secret_property(ciphertext="v1:abc")
    with pytest.raises(BadState, match="The channel_arn of urn:k::live is a secret") as raised:
        read(write_state(tmp_path, key))
    assert "--show-secrets" in str(raised.value)


def test_a_dependent_without_a_secret_is_not_a_copy(tmp_path):
    key = {"type": KEY_TYPE, "urn": "urn:k::live", "outputs": OUTPUTS}
    parameter = {
        "type": "aws:ssm/parameter:Parameter",
        "urn": "urn:p",
        "dependencies": ["urn:k::live"],
        "inputs": {"value": "arn:key"},
        "outputs": {"name": "/live/arn", "value": secret_property(ciphertext="v1:abc")},
    }
    (found,) = read(write_state(tmp_path, key, parameter))
    assert found.copies == ()
    (found,) = read(
        write_state(tmp_path, key, {**parameter, "inputs": {"value": secret_property(ciphertext="v1:abc")}})
    )
    assert found.copies == (Copy("parameter", "/live/arn", ""),)


@pytest.mark.parametrize("time", ["soon", "", 5, None, {}])
def test_an_invalid_time_is_unknown(tmp_path, time):
    outputs = {**OUTPUTS, "created_at": time, "rotation_due_at": time}
    (found,) = read(write_state(tmp_path, {"type": KEY_TYPE, "urn": "urn:k::live", "outputs": outputs}))
    assert (found.created_at, found.due_at) == (None, None)
