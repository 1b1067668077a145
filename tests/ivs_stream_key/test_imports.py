import base64
import subprocess
import sys

import dill
import pytest

import ivs_stream_key
from ivs_stream_key import (
    channel_settings,
    connection,
    errors,
    playback_restriction_policy,
    provider,
    recording_configuration,
    resource,
)

PROVIDERS = [
    channel_settings.ChannelSettingsProvider,
    playback_restriction_policy.PlaybackRestrictionPolicyProvider,
    provider.StreamKeyProvider,
    recording_configuration.RecordingConfigurationProvider,
]


@pytest.mark.slow("starts processes")
def test_importing_the_package_imports_nothing_of_aws():
    # The provider's server imports the package for each operation, and many operations make no call to AWS.
    code = (
        "import sys, ivs_stream_key, ivs_stream_key.provider; "
        "print(*{'boto3', 'botocore', 'pulumi_aws', 'moto'} & sys.modules.keys())"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == ""


def test_public_module_paths_are_stable():
    assert provider.StreamKeyProvider.__module__ == "ivs_stream_key.provider"
    assert ivs_stream_key.Connection is connection.Connection
    assert ivs_stream_key.StreamKey is resource.StreamKey
    assert ivs_stream_key.StreamKeyError is errors.StreamKeyError
    assert channel_settings.ChannelSettingsProvider.__module__ == "ivs_stream_key.channel_settings"
    policies = playback_restriction_policy.PlaybackRestrictionPolicyProvider
    assert policies.__module__ == "ivs_stream_key.playback_restriction_policy"
    recordings = recording_configuration.RecordingConfigurationProvider
    assert recordings.__module__ == "ivs_stream_key.recording_configuration"
    assert ivs_stream_key.RecordingConfiguration is recording_configuration.RecordingConfiguration
    assert ivs_stream_key.ChannelSettings is channel_settings.ChannelSettings
    assert ivs_stream_key.PlaybackRestrictionPolicy is playback_restriction_policy.PlaybackRestrictionPolicy
    assert ivs_stream_key.__all__ == [
        "ChannelSettings",
        "Connection",
        "PlaybackRestrictionPolicy",
        "RecordingConfiguration",
        "StreamKey",
        "StreamKeyError",
    ]


@pytest.mark.slow("starts processes")
def test_a_provider_is_pickled_by_reference_and_loads_in_another_process():
    pickled = [base64.b64encode(dill.dumps(provider(), recurse=True)).decode() for provider in PROVIDERS]
    code = f"import base64, dill; print(*[type(dill.loads(base64.b64decode(one))).__qualname__ for one in {pickled}])"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.split() == [provider.__qualname__ for provider in PROVIDERS]
    assert max(map(len, pickled)) < 200
