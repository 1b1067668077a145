import subprocess
import sys

import pytest

import ivs_channel
from ivs_channel import arguments, component


@pytest.mark.slow("starts processes")
def test_importing_the_package_imports_neither_boto3_nor_test_packages():
    code = (
        "import sys, ivs_channel; "
        "print(*{'boto3', 'botocore', 'moto', 'moto_ivs', 'rehearsal', 'rehearsal_aws', 'pytest'} & sys.modules.keys())"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == ""


def test_the_public_names_are_the_component_its_arguments_and_the_publishing_functions():
    assert ivs_channel.__all__ == [
        "KeyToPublish",
        "LiveChannel",
        "LiveChannelArgs",
        "LiveChannels",
        "PlaybackRestriction",
        "Publisher",
        "Recording",
        "secrets_manager",
        "ssm",
    ]
    assert ivs_channel.LiveChannel is component.LiveChannel
    assert ivs_channel.LiveChannelArgs is arguments.LiveChannelArgs
