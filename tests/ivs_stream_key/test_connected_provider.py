"""What the providers with a connection have in common."""

import pytest

from ivs_stream_key.channel_settings import ChannelSettingsProvider
from ivs_stream_key.playback_restriction_policy import PlaybackRestrictionPolicyProvider
from ivs_stream_key.provider import StreamKeyProvider
from ivs_stream_key.recording_configuration import RecordingConfigurationProvider

PROVIDERS = [
    ChannelSettingsProvider,
    PlaybackRestrictionPolicyProvider,
    RecordingConfigurationProvider,
    StreamKeyProvider,
]


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("name", ["connection", "tags", "anything"])
def test_an_input_that_is_nested_too_deep_is_named(provider, name):
    value = "x"
    for _ in range(5000):
        value = {"k": [value]}
    (failure,) = provider().check({}, {name: value}).failures
    assert failure.reason.startswith(f"{name}: expected lists and mappings nested at most 100 deep")
