"""The examples do what they say of themselves."""

import json
from pathlib import Path

import boto3
import pytest

import moto_ivs
from rehearsal import Project, Stack

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def example(request):
    name, config = request.param
    with Stack(Project.load(EXAMPLES / name), config=config) as stack:
        yield stack


def of(name, **config):
    return pytest.mark.parametrize("example", [(name, config)], indirect=True, ids=[name])


def changed(report):
    assert report.ok, report.errors
    return {op: count for op, count in report.changes.items() if count and op != "same"}


def ends_as_it_should(stack):
    """Assert that nothing is left to change, and after a destroy nothing at all."""
    assert changed(stack.preview()) == {}
    assert changed(stack.refresh()) == {}
    assert set(changed(stack.destroy())) == {"delete"}
    assert stack.export()["deployment"]["resources"] == []
    return True


def key_of(channel_arn):
    ivs = boto3.client("ivs")
    (key,) = ivs.list_stream_keys(channelArn=channel_arn)["streamKeys"]
    return ivs.get_stream_key(arn=key["arn"])["streamKey"]


@of("published_keys")
def test_published_keys_are_those_of_the_channels_before_and_after_a_rotation(example):
    def published():
        ssm, secrets = boto3.client("ssm"), boto3.client("secretsmanager")
        names = ["main-stage", "side-stage"]
        parameters = [ssm.get_parameter(Name=f"/live/{n}/stream-key", WithDecryption=True) for n in names]
        encoders = [json.loads(secrets.get_secret_value(SecretId=f"live/{n}/encoder")["SecretString"]) for n in names]
        assert [p["Parameter"]["Value"] for p in parameters] == [e["stream_key"] for e in encoders]
        return {e["stream_key"] for e in encoders}

    def in_the_channels():
        return {key_of(channel["arn"])["value"] for channel in boto3.client("ivs").list_channels()["channels"]}

    changed(example.up())
    before = published()
    assert before == in_the_channels()
    changed(example.up(replace=["**ivs:StreamKey::**"]))
    assert published() == in_the_channels()
    assert published().isdisjoint(before)
    assert ends_as_it_should(example)


@of("rotation_by_age")
def test_a_key_that_is_not_old_enough_stays_and_says_when_it_will_go(example):
    first = example.up()
    assert changed(first) == {"create": 4}
    assert first.outputs["rotation_due_at"] > "2026"
    assert ends_as_it_should(example)


@of("rotation_by_age")
def test_a_lower_age_changes_no_key_that_is_younger(example):
    changed(example.up())
    example.config["rotation_days"] = "1"
    assert changed(example.up()) == {"update": 1}
    assert ends_as_it_should(example)


@of("existing_channel", channel_arn="not there yet")
def test_an_existing_key_keeps_its_value_until_it_is_rotated(example):
    channel = boto3.client("ivs").create_channel(name="studio")["channel"]["arn"]
    before = key_of(channel)
    example.config["channel_arn"] = channel
    moto_ivs.go_live(channel)
    assert changed(example.up()) == {"create": 2}
    assert key_of(channel)["value"] == before["value"]

    example.config["season"] = "2"
    assert changed(example.up()) == {"replace": 1}
    assert key_of(channel)["arn"] != before["arn"]
    assert ends_as_it_should(example)


STUDIOS = [
    {"name": "north", "region": "eu-west-1", "role": "arn:aws:iam::111111111111:role/live"},
    {"name": "south", "region": "eu-central-1", "role": "arn:aws:iam::222222222222:role/live"},
]


@of("several_accounts", studios=json.dumps(STUDIOS))
def test_channels_and_keys_are_in_the_accounts_and_regions_of_their_studios(example):
    up = example.up()
    assert set(changed(up)) == {"create"}
    where = {name: arn.split(":")[3:5] for name, arn in up.outputs.items()}
    north, south = ["eu-west-1", "111111111111"], ["eu-central-1", "222222222222"]
    assert where == {
        "north-channel": north,
        "north-stream-key-arn": north,
        "south-channel": south,
        "south-stream-key-arn": south,
    }
    assert ends_as_it_should(example)
