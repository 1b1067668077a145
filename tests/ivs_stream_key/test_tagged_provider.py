"""The common base of the providers of resources with an ARN, a region and tags."""

from typing import Any

import boto3
import pytest

from ivs_stream_key.playback_restriction_policy import PlaybackRestrictionPolicyProvider
from ivs_stream_key.properties import ARN, CONNECTION, TAGS, TAGS_ALL
from ivs_stream_key.recording_configuration import RecordingConfigurationProvider
from ivs_stream_key.tagged_provider import REGION, TaggedProvider

KINDS = [
    (PlaybackRestrictionPolicyProvider, {"allowed_countries": ["CH"]}, {"allowed_countries": ["CH", "DE"]}),
    (RecordingConfigurationProvider, {"bucket_name": "recordings"}, {"bucket_name": "others"}),
]

pytestmark = pytest.mark.parametrize(("kind", "given", "other"), KINDS)


@pytest.fixture(autouse=True)
def _buckets(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    for name in ("recordings", "others"):
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=name)
    cloud.clear_calls()


def test_known_inputs_are_kept_and_others_dropped(kind: type[TaggedProvider[Any]], given: Any, other: Any) -> None:
    every = {**given, TAGS: {"a": "1"}, REGION: "us-east-1", CONNECTION: {"region": "us-east-1"}}
    checked = kind().check({}, {**every, "__provider": "x", ARN: None})
    assert checked.failures == []
    assert checked.inputs == every
    assert kind().defaults.keys() > given.keys()


@pytest.mark.slow("creates a resource of each type in moto")
def test_the_outputs_are_inputs_arn_and_tags_all(kind: type[TaggedProvider[Any]], given: Any, other: Any) -> None:
    made = kind().create({**given, TAGS: {"a": "1"}})
    assert made.outs == {**given, TAGS: {"a": "1"}, TAGS_ALL: {"a": "1"}, ARN: made.id}


def test_a_change_without_an_update_call_replaces(kind: type[TaggedProvider[Any]], given: Any, other: Any) -> None:
    made = kind().create(given)
    diff = kind().diff(made.id, made.outs, other)
    assert (diff.changes, diff.replaces) == (True, [] if kind.in_place else list(given))
    assert diff.delete_before_replace is False


@pytest.mark.slow("creates a resource of each type in moto")
def test_another_region_replaces_and_an_equal_explicit_region_does_not(
    kind: type[TaggedProvider[Any]], given: Any, other: Any
) -> None:
    made = kind().create(given)
    named = kind().diff(made.id, made.outs, {**given, REGION: "us-east-1"})
    moved = kind().diff(made.id, made.outs, {**given, REGION: "us-west-2"})
    assert (named.changes, named.replaces) == (True, [])
    assert moved.replaces == [REGION]


@pytest.mark.slow("creates a resource of each type in moto")
def test_an_update_without_changes_makes_no_call(
    cloud: Any, kind: type[TaggedProvider[Any]], given: Any, other: Any
) -> None:
    made = kind().create({**given, TAGS: {"a": "1"}})
    cloud.clear_calls()
    assert kind().diff(made.id, made.outs, {**given, TAGS: {"a": "1"}}).changes is False
    assert kind().update(made.id, made.outs, {**given, TAGS: {"a": "1"}}).outs == made.outs
    assert cloud.calls == []
