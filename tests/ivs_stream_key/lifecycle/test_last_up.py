import pytest

from ivs_stream_key import errors
from ivs_stream_key.lifecycle.last_up import by_settings_of_the_last_up
from ivs_stream_key.provider import StreamKeyProvider

KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/nonexistent0"
OUTPUTS = {
    "channel_arn": "arn:aws:ivs:us-west-2:123456789012:channel/nonexistent0",
    "connection": {"profile": "gone"},
}


@pytest.mark.parametrize("kind", [errors.AccessDenied, errors.BadCredentials, errors.BadSettings, errors.Unreachable])
def test_errors_that_outdated_settings_can_cause_name_the_last_up(kind):
    with pytest.raises(kind) as caught, by_settings_of_the_last_up():
        raise kind("No.", remedy="sign in.")
    assert caught.value.remedy.startswith("sign in. Refresh and destroy use the settings of the last `pulumi up`")


def test_errors_unrelated_to_settings_are_unchanged():
    with pytest.raises(errors.ServiceFailed) as caught, by_settings_of_the_last_up():
        raise errors.ServiceFailed("No.", remedy="wait.")
    assert caught.value.remedy == "wait."


def test_read_and_delete_name_the_last_up_and_create_does_not():
    with pytest.raises(errors.BadSettings) as caught:
        StreamKeyProvider().read(KEY, OUTPUTS)
    assert "last `pulumi up`" in caught.value.remedy
    with pytest.raises(errors.BadSettings) as caught:
        StreamKeyProvider().delete(KEY, OUTPUTS)
    assert "last `pulumi up`" in caught.value.remedy
    with pytest.raises(errors.BadSettings) as caught:
        StreamKeyProvider().create(OUTPUTS)
    assert "last `pulumi up`" not in caught.value.remedy
