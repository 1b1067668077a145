import pytest

from ivs_stream_key.aws import arns
from ivs_stream_key.errors import BadArn

CHANNEL = "arn:aws:ivs:eu-west-1:123456789012:channel/abcdABCDefgh"
KEY = "arn:aws:ivs:us-west-2:210987654321:stream-key/abcdABCDefgh"


def test_region_and_account_are_read_from_the_arn():
    arn = arns.parse(CHANNEL, arns.CHANNEL)
    assert (arn.text, arn.region, arn.account) == (CHANNEL, "eu-west-1", "123456789012")
    assert arns.parse(KEY, arns.STREAM_KEY).region == "us-west-2"


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        "",
        "arn:aws:s3:::bucket",
        CHANNEL + "/more",
        CHANNEL + "\n",
        "\n" + CHANNEL,
        CHANNEL.replace("/", "/\n"),
        CHANNEL + "\0",
        CHANNEL.replace("eu-west-1", "eu-west-1\0"),
        CHANNEL.replace("abcd", "../../"),
        CHANNEL.replace("eu-west-1", "../../evil"),
        CHANNEL.replace("eu-west-1", "example.com/"),
        CHANNEL.replace("eu-west-1", "eu-west-1@example.com"),
        "arn:aws:ivs::123456789012:channel/a",
        None,
        1.0,
    ],
)
def test_an_invalid_channel_arn_is_refused_with_the_expected_format(text):
    with pytest.raises(BadArn) as caught:
        arns.parse(text, arns.CHANNEL)
    assert caught.value.expected == "arn:aws:ivs:REGION:ACCOUNT:channel/ID"


def test_a_key_given_for_an_arn_is_not_quoted():
    with pytest.raises(BadArn) as caught:
        arns.parse("sk_us-west-2_abcdABCDefgh_567890abcdef", arns.STREAM_KEY)
    assert "abcdABCDefgh" not in str(caught.value)
    assert caught.value.got == "'[secret]'"


@pytest.mark.parametrize("text", [CHANNEL + "/" * 10_000_000, "arn:aws:ivs:" + "a" * 10_000_000, "aws-" * 2_500_000])
def test_a_ten_megabyte_value_gives_a_short_error(text):
    with pytest.raises(BadArn) as caught:
        arns.parse(text, arns.CHANNEL)
    assert len(str(caught.value)) < 1_000
