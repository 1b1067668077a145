"""Requests that violate the model are refused in both transports; responses match botocore's model."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from moto_ivs.validate import operation_model

ARN = "arn:aws:ivs:us-west-2:123456789012:channel/abc"
KEY_ARN = "arn:aws:ivs:us-west-2:123456789012:stream-key/abc"
PUBLIC_KEY = """-----BEGIN PUBLIC KEY-----
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEZ1mGAXNA3SN4I7XOIhW4+EnSeCWlt9Mw
LfLUIoR5ye1912cs6ot2YAVvT+hfBn7UxzaEf+W/wzLV2gxqLghM7E+053cuR4xQ
8Q9MtCBdCQa5/ccuNd2Et6upaxB5yYdK
-----END PUBLIC KEY-----
"""


def test_every_response_matches_botocores_model(cloud: Any, ivs: Any) -> None:
    channel = ivs.create_channel(tags={"a": "1"}, type="ADVANCED_HD", preset="HIGHER_BANDWIDTH_DELIVERY")
    arn, key = channel["channel"]["arn"], channel["streamKey"]["arn"]
    ivs.create_channel(name="standard")
    ivs.get_channel(arn=arn)
    ivs.batch_get_channel(arns=[arn, ARN])
    ivs.list_channels(maxResults=1)
    ivs.update_channel(arn=arn, authorized=True)
    ivs.get_stream_key(arn=key)
    ivs.batch_get_stream_key(arns=[key, KEY_ARN])
    ivs.list_stream_keys(channelArn=arn, maxResults=1)
    ivs.tag_resource(resourceArn=key, tags={"a": "1"})
    ivs.list_tags_for_resource(resourceArn=key)
    ivs.untag_resource(resourceArn=key, tagKeys=["a"])
    cloud.go_live(arn)
    ivs.get_stream(channelArn=arn)
    ivs.list_streams()
    ivs.put_metadata(channelArn=arn, metadata="a goal")
    ivs.get_stream_session(channelArn=arn)
    ivs.list_stream_sessions(channelArn=arn)
    ivs.start_viewer_session_revocation(channelArn=arn, viewerId="somebody")
    revoked = [{"channelArn": arn, "viewerId": "somebody"}, {"channelArn": ARN, "viewerId": "somebody"}]
    ivs.batch_start_viewer_session_revocation(viewerSessions=revoked)
    ivs.stop_stream(channelArn=arn)
    ivs.delete_stream_key(arn=key)
    ivs.create_stream_key(channelArn=arn, tags={"a": "1"})
    ivs.delete_channel(arn=arn)
    cloud.bucket("recordings")
    recording = ivs.create_recording_configuration(destinationConfiguration={"s3": {"bucketName": "recordings"}})
    ivs.list_recording_configurations()
    ivs.get_recording_configuration(arn=recording["recordingConfiguration"]["arn"])
    ivs.delete_recording_configuration(arn=recording["recordingConfiguration"]["arn"])
    pair = ivs.import_playback_key_pair(publicKeyMaterial=PUBLIC_KEY)["keyPair"]
    ivs.list_playback_key_pairs()
    ivs.get_playback_key_pair(arn=pair["arn"])
    ivs.delete_playback_key_pair(arn=pair["arn"])

    policy = ivs.create_playback_restriction_policy(allowedCountries=["AT"])["playbackRestrictionPolicy"]
    ivs.list_playback_restriction_policies()
    ivs.get_playback_restriction_policy(arn=policy["arn"])
    ivs.update_playback_restriction_policy(arn=policy["arn"], name="at-home")
    ivs.delete_playback_restriction_policy(arn=policy["arn"])
    operations = set(ivs.meta.method_to_api_mapping.values())
    if "CreateAdConfiguration" in operations:
        call_ad_operations(cloud, ivs)
    if "CreateFailoverSlateConfiguration" in operations:
        slate = ivs.create_failover_slate_configuration()["failoverSlateConfiguration"]
        ivs.list_failover_slate_configurations()
        ivs.get_failover_slate_configuration(arn=slate["arn"])
        ivs.update_failover_slate_configuration(arn=slate["arn"], name="back-soon")
        ivs.delete_failover_slate_configuration(arn=slate["arn"])

    # The clients of `cloud` compare each response with the model. Check that every operation was called.
    assert {name for name, status in cloud.checked_responses if status < 300} == operations


def call_ad_operations(cloud: Any, ivs: Any) -> None:
    playback_configuration = "arn:aws:mediatailor:us-west-2:123456789012:playbackConfiguration/abc"
    ads = ivs.create_ad_configuration(
        mediaTailorPlaybackConfigurations=[{"playbackConfigurationArn": playback_configuration}]
    )
    ads_arn = ads["adConfiguration"]["arn"]
    ivs.list_ad_configurations()
    ivs.get_ad_configuration(arn=ads_arn)
    if hasattr(ivs, "update_ad_configuration"):  # an older botocore lacks it
        ivs.update_ad_configuration(arn=ads_arn, name="ads")
    channel = ivs.create_channel(adConfigurationArn=ads_arn)["channel"]["arn"]
    cloud.go_live(channel)
    ivs.insert_ad_break(channelArn=channel, durationSeconds=30)
    cloud.go_offline(channel)
    ivs.delete_channel(arn=channel)
    ivs.delete_ad_configuration(arn=ads_arn)


def response(body: str, *, status: int = 200, operation: str = "ListStreamKeys") -> tuple[Any, ...]:
    return operation_model(operation), status, {}, json.dumps(body).encode() if body is not None else b""


SUMMARY = {"arn": KEY_ARN, "channelArn": ARN, "tags": {}}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (response({}), "'streamKeys'.*must not be null"),
        (response({"streamKeys": [SUMMARY | {"value": "x"}]}), "value is no member of StreamKeySummary"),
        (response({"streamKeys": [SUMMARY | {"arn": ARN}]}), "regular expression"),
        (response({"streamKeys": [SUMMARY | {"tags": None, "arn": 5}]}), "must be a string"),
        (response({"streamKeys": []}, status=201), "status 201"),
        (response({}, operation="DeleteStreamKey", status=204), "has no body"),
        ((operation_model("ListStreams"), 404, {"x-amzn-errortype": "ConflictException"}, b"{}"), "has no error"),
    ],
)
def test_the_response_check_finds_errors(response_problems: Any, given: Any, problem: str) -> None:
    found = response_problems(*given)
    assert any(re.search(problem, text) for text in found)


def test_the_response_check_accepts_valid_responses(response_problems: Any) -> None:
    assert response_problems(*response({"streamKeys": [SUMMARY]})) == []


@pytest.mark.parametrize(
    ("operation", "parameters", "member"),
    [
        ("create_stream_key", {}, "channelArn"),
        ("create_stream_key", {"channelArn": ARN, "tags": {"k": "v" * 257}}, "tags.k.member"),
        ("get_stream_key", {"arn": "x" * 129}, "arn"),
        ("batch_get_stream_key", {"arns": [KEY_ARN] * 51}, "arns"),
        ("list_stream_keys", {"channelArn": ARN, "maxResults": 51}, "maxResults"),
        ("delete_stream_key", {"arn": ARN}, "arn"),
        ("tag_resource", {"resourceArn": "nonsense/nonsense", "tags": {"a": "1"}}, "resourceArn"),
        ("tag_resource", {"resourceArn": KEY_ARN}, "tags"),
        ("untag_resource", {"resourceArn": KEY_ARN, "tagKeys": [f"k{n}" for n in range(51)]}, "tagKeys"),
        ("untag_resource", {"resourceArn": "nonsense", "tagKeys": ["a"]}, "resourceArn"),
        ("list_tags_for_resource", {"resourceArn": "nonsense"}, "resourceArn"),
        ("get_stream", {}, "channelArn"),
        ("list_streams", {"filterBy": {"health": "WELL"}}, "filterBy.health"),
        ("list_streams", {"maxResults": 101}, "maxResults"),
        ("stop_stream", {"channelArn": KEY_ARN}, "channelArn"),
        ("create_channel", {"name": "no spaces"}, "name"),
        ("create_channel", {"type": "PREMIUM"}, "type"),
        ("create_channel", {"tags": {f"k{n}": "" for n in range(51)}}, "tags"),
        ("update_channel", {"name": "nameless"}, "arn"),
        ("delete_channel", {"arn": KEY_ARN}, "arn"),
        ("get_channel", {"arn": "nonsense"}, "arn"),
        ("batch_get_channel", {"arns": []}, "arns"),
        ("list_channels", {"maxResults": 101}, "maxResults"),
    ],
)
def test_a_request_that_violates_the_model_is_refused(
    cloud: Any, operation: str, parameters: dict[str, Any], member: str
) -> None:
    ivs = cloud.client(checks_parameters=False)
    with pytest.raises(ivs.exceptions.ValidationException, match=f"at '{member}' failed to satisfy constraint"):
        getattr(ivs, operation)(**parameters)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("list_stream_keys", {"channelArn": ARN, "maxResults": "many"}),
        ("create_stream_key", {"channelArn": ARN, "tags": "a=1"}),
        ("list_streams", {"filterBy": "HEALTHY"}),
    ],
)
def test_members_of_the_wrong_type_are_refused(cloud: Any, operation: str, parameters: dict[str, Any]) -> None:
    ivs = cloud.client(checks_parameters=False)

    def send_parameters(params: dict[str, Any], **_: Any) -> None:
        params["body"] = json.dumps(parameters).encode()

    ivs.meta.events.register("before-call.ivs", send_parameters)
    with pytest.raises(ivs.exceptions.ValidationException):
        getattr(ivs, operation)(**{"channelArn": ARN} if "channelArn" in parameters else {})


def test_a_body_that_is_not_json_is_refused(cloud: Any) -> None:
    ivs = cloud.client()

    def send_nonsense(params: dict[str, Any], **_: Any) -> None:
        params["body"] = b"channelArn: yes"

    ivs.meta.events.register("before-call.ivs", send_nonsense)
    with pytest.raises(ivs.exceptions.ValidationException, match="channelArn"):
        ivs.create_stream_key(channelArn=ARN)
