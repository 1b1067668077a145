"""Tags on every kind of resource."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from moto_ivs.validate import shape_for

KINDS = [
    ("streamKey", "get_stream_key"),
    ("channel", "get_channel"),
    ("recordingConfiguration", "get_recording_configuration"),
    ("keyPair", "get_playback_key_pair"),
]
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEZ1mGAXNA3SN4I7XOIhW4+EnSeCWlt9Mw
LfLUIoR5ye1912cs6ot2YAVvT+hfBn7UxzaEf+W/wzLV2gxqLghM7E+053cuR4xQ
8Q9MtCBdCQa5/ccuNd2Et6upaxB5yYdK
-----END PUBLIC KEY-----
"""
MOST_TAGS = shape_for("Tags").metadata["max"]


@pytest.fixture(params=KINDS, ids=[kind for kind, _ in KINDS])
def resource(request: pytest.FixtureRequest, ivs: Any, channel: Any) -> tuple[str, Callable[[], dict[str, str]]]:
    """Return the ARN of a resource with the tag a=1, and a function that reads its tags with its own operation."""
    kind, getter = request.param
    resources = {
        **channel,
        **ivs.create_recording_configuration(destinationConfiguration={"s3": {"bucketName": "recordings"}}),
        **ivs.import_playback_key_pair(publicKeyMaterial=PUBLIC_KEY),
    }
    arn = resources[kind]["arn"]
    ivs.untag_resource(resourceArn=arn, tagKeys=["team"])
    ivs.tag_resource(resourceArn=arn, tags={"a": "1"})
    return arn, lambda: getattr(ivs, getter)(arn=arn)[kind]["tags"]


def test_tagging_adds_and_replaces(ivs: Any, resource: Any) -> None:
    arn, tags = resource
    ivs.tag_resource(resourceArn=arn, tags={"a": "2", "b": ""})
    assert tags() == {"a": "2", "b": ""}
    assert ivs.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "2", "b": ""}


def test_untagging_removes_given_keys_and_ignores_missing_ones(ivs: Any, resource: Any) -> None:
    arn, tags = resource
    ivs.tag_resource(resourceArn=arn, tags={"b": "2", "c": "3"})
    ivs.untag_resource(resourceArn=arn, tagKeys=["a", "c", "never there"])
    assert tags() == {"b": "2"}
    ivs.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert tags() == {"b": "2"}


def test_tags_can_have_characters_of_any_alphabet(ivs: Any, resource: Any) -> None:
    arn, tags = resource
    unusual = {"équipe vidéo": "東京 7", "a/b:c=d+e-f@g.h_i": "1+1=2", "x=y": ""}
    ivs.tag_resource(resourceArn=arn, tags=unusual)
    assert tags() == {"a": "1", **unusual}
    ivs.untag_resource(resourceArn=arn, tagKeys=list(unusual))
    assert tags() == {"a": "1"}


def test_a_resource_has_at_most_the_models_number_of_tags(ivs: Any, resource: Any) -> None:
    arn, tags = resource
    full = {f"k{number}": "v" for number in range(MOST_TAGS - 1)}
    ivs.tag_resource(resourceArn=arn, tags=full)
    with pytest.raises(ivs.exceptions.ValidationException, match=f"less than or equal to {MOST_TAGS}"):
        ivs.tag_resource(resourceArn=arn, tags={"one": "more"})
    assert tags() == {"a": "1", **full}
    ivs.tag_resource(resourceArn=arn, tags={"a": "replaced"})
    assert tags() == {"a": "replaced", **full}


@pytest.mark.parametrize("tags", [{"aws:team": "video"}, {"AWS:team": "video"}, {"team": "aws:video"}])
def test_the_reserved_prefix_is_refused_wherever_tags_are_given(ivs: Any, channel: Any, tags: dict[str, str]) -> None:
    arn = channel["channel"]["arn"]
    for operation in (
        lambda: ivs.tag_resource(resourceArn=arn, tags=tags),
        lambda: ivs.create_channel(name="other", tags=tags),
        lambda: ivs.create_stream_key(channelArn=arn, tags=tags),
    ):
        with pytest.raises(ivs.exceptions.ValidationException, match="reserved"):
            operation()
    assert ivs.get_channel(arn=arn)["channel"]["tags"] == {"team": "video"}


def test_invalid_tags_change_nothing(ivs: Any, resource: Any) -> None:
    arn, tags = resource
    with pytest.raises(ivs.exceptions.ValidationException):
        ivs.tag_resource(resourceArn=arn, tags={"good": "1", "bad$": "2"})
    assert tags() == {"a": "1"}


@pytest.mark.parametrize("kind", ["channel", "stream-key", "recording-configuration", "playback-key"])
def test_tags_of_a_missing_resource_are_not_found(ivs: Any, kind: str) -> None:
    arn = f"arn:aws:ivs:us-west-2:123456789012:{kind}/nowhere"
    for operation in (
        lambda: ivs.tag_resource(resourceArn=arn, tags={"a": "1"}),
        lambda: ivs.untag_resource(resourceArn=arn, tagKeys=["a"]),
        lambda: ivs.list_tags_for_resource(resourceArn=arn),
    ):
        with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=arn):
            operation()


def test_untagging_without_keys_is_a_missing_parameter(ivs: Any, channel: Any) -> None:
    with pytest.raises(ivs.exceptions.ValidationException, match=r"'tagKeys'.*must not be null"):
        ivs.untag_resource(resourceArn=channel["streamKey"]["arn"], tagKeys=[])
