"""Errors of arguments that decide which resources exist: they name the problem and quote no value."""

import asyncio

import pulumi
import pytest

from ivs_channel import PlaybackRestriction, Recording
from ivs_channel.resource_arguments import validated

ARN = "arn:aws:ivs:eu-west-1:123456789012:recording-configuration/abcdABCDefgh"
PEM = "-----BEGIN PUBLIC KEY-----\nMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE\n-----END PUBLIC KEY-----\n"
P_256 = PEM.replace("MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE")
PRIVATE = "-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----\n"
KEY = "sk_us-west-2_hunter2"
COUNTRIES = PlaybackRestriction(allowed_countries=["CH"])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"recording": "my-bucket"}, "recording: expected the ARN of .*, got a string of 9 characters. For a bucket"),
        ({"recording": KEY}, r"recording: expected .*write Recording\(bucket=…\)"),
        ({"recording": "arn:aws:s3:::hunter2"}, "recording: expected the ARN of a recording configuration"),
        ({"recording": True}, "recording: expected .*, got a boolean"),
        ({"recording": ["x"]}, "recording: expected .*, got a list"),
        ({"recording": Recording}, "recording: expected .*, got a value of type type"),
        (
            {"recording": Recording(bucket=None)},
            "recording: bucket: expected an aws.s3.Bucket or its name, got nothing",
        ),
        ({"recording": Recording(bucket=3)}, "recording: bucket: expected .*, got a number"),
        ({"recording": {"buckt": "x"}}, "recording: there is no field buckt. There are bucket, name"),
        ({"recording": {KEY: "x"}}, "recording: there is no field a string of 20 characters. There are"),
        ({"recording": {"name": "x"}}, "recording: bucket: expected .*, got nothing"),
        ({"playback_restriction": ["CH"]}, "playback_restriction: expected a PlaybackRestriction, got a list"),
        ({"playback_restriction": KEY}, "playback_restriction: expected .*, got a string of 20 characters"),
        (
            {"playback_restriction": {"hunter2": ["CH"]}},
            "there is no field a string of 7 characters. There are allowed_countries",
        ),
        ({"playback_authorization": ""}, "playback_authorization: expected True, False, or .*, got an empty string"),
        ({"playback_authorization": 1}, "playback_authorization: expected .*, got a number"),
        ({"playback_authorization": KEY}, "playback_authorization: expected .*, got a string of 20 characters"),
        ({"playback_authorization": PRIVATE}, "got a private key. Give the public one, and keep the private one"),
        (
            {"playback_authorization": P_256},
            "for ECDSA on the curve P-384, got a string of .*, or a key of another kind",
        ),
        ({"playback_authorization": PEM.partition("-----END")[0]}, "for ECDSA on the curve P-384"),
        ({"playback_authorization": PEM.replace("MHYw", "MH%w")}, "for ECDSA on the curve P-384"),
        ({"srt": "yes"}, "srt: expected True or False, got a string of 3 characters"),
        ({"srt": 1}, "srt: expected True or False, got a number"),
    ],
)
def test_an_invalid_value_is_refused_and_not_quoted(given, message):
    with pytest.raises((TypeError, ValueError), match=f"^LiveChannel 'live': .*{message}") as error:
        validated(given, "LiveChannel 'live'")
    assert "hunter2" not in str(error.value)


def test_an_output_cannot_decide_which_resources_exist():
    async def given():
        return validated({"srt": pulumi.Output.from_input(True)}, "LiveChannel 'live'")

    with pytest.raises(TypeError, match=r"srt: expected True or False, got a value of type Output\. .* a plain value"):
        asyncio.run(given())


@pytest.mark.parametrize(
    "given",
    [
        {"recording": None, "playback_restriction": None, "playback_authorization": None, "srt": False},
        {"recording": ARN, "playback_authorization": True, "srt": True},
        # An empty string ends the recording.
        {"recording": ""},
        {"recording": Recording(bucket="my-bucket"), "playback_authorization": False},
        {"playback_authorization": PEM, "playback_restriction": COUNTRIES},
        {"latency_mode": "checked elsewhere"},
    ],
)
def test_valid_arguments_are_unchanged(given):
    assert validated(given, "LiveChannel 'live'") == given


def test_mappings_are_converted_to_the_resources_they_describe():
    given = {"recording": {"bucket": "my-bucket"}, "playback_restriction": {"allowed_countries": ["CH"]}}
    assert validated(given, "x") == {"recording": Recording(bucket="my-bucket"), "playback_restriction": COUNTRIES}


@pytest.mark.parametrize("value", [PEM, PRIVATE])
def test_a_public_key_that_is_an_output_is_checked_when_it_resolves(value):
    async def resolved():
        given = validated({"playback_authorization": pulumi.Output.secret(value)}, "LiveChannel 'live'")
        return await given["playback_authorization"].future()

    if value == PEM:
        assert asyncio.run(resolved()) == PEM
        return
    with pytest.raises(ValueError, match="got a private key") as error:
        asyncio.run(resolved())
    assert "hunter2" not in str(error.value)
