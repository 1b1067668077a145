"""The members of a channel that moto lacks, and refusals."""

from __future__ import annotations

from typing import Any

import pytest
from moto.core.utils import get_service_model

REGION = "us-west-2"
OWNER = f"arn:aws:ivs:{REGION}:123456789012"
MULTITRACK = {"enabled": True, "policy": "ALLOW", "maximumResolution": "FULL_HD"}

KINDS = {
    "playbackRestrictionPolicyArn": "playback-restriction-policy",
    "adConfigurationArn": "ad-configuration",
    "failoverSlateConfigurationArn": "failover-slate-configuration",
    "recordingConfigurationArn": "recording-configuration",
}
# An older botocore knows only some of them.
KNOWN = [
    name for name in KINDS if name in get_service_model("ivs").operation_model("CreateChannel").input_shape.members
]


def has_members(ivs: Any, arn: str, /, **members: Any) -> bool:
    """Check that GetChannel and BatchGetChannel return these members."""
    (in_batch,) = ivs.batch_get_channel(arns=[arn])["channels"]
    for channel in (ivs.get_channel(arn=arn)["channel"], in_batch):
        assert {name: channel.get(name) for name in members} == members
    return True


@pytest.fixture
def referred_arns(cloud: Any, ivs: Any) -> dict[str, str]:
    """Create the resources that a channel can refer to; return their ARNs by the channel's member."""
    tailor = f"arn:aws:mediatailor:{REGION}:123456789012:playbackConfiguration/abc"
    bucket = {"s3": {"bucketName": cloud.bucket("recordings")}}
    creators = {
        "playbackRestrictionPolicyArn": ivs.create_playback_restriction_policy,
        "adConfigurationArn": lambda: ivs.create_ad_configuration(
            mediaTailorPlaybackConfigurations=[{"playbackConfigurationArn": tailor}]
        ),
        "failoverSlateConfigurationArn": lambda: ivs.create_failover_slate_configuration(name="back-soon"),
        "recordingConfigurationArn": lambda: ivs.create_recording_configuration(destinationConfiguration=bucket),
    }
    responses = {name: creators[name]() for name in KNOWN}
    return {
        name: next(body["arn"] for part, body in responses[name].items() if part != "ResponseMetadata")
        for name in responses
    }


def test_omitted_members_have_the_documented_defaults(ivs: Any) -> None:
    channel = ivs.create_channel()["channel"]
    defaults = {
        "authorized": False,
        "containerFormat": "TS",
        "insecureIngest": False,
        "latencyMode": "LOW",
        "name": "",
        "preset": "",
        "tags": {},
        "type": "STANDARD",
        **dict.fromkeys(KNOWN, ""),
    }
    assert {name: channel.get(name) for name in defaults} == defaults
    assert "multitrackInputConfiguration" not in channel
    assert has_members(ivs, channel["arn"], **defaults)


def test_container_format_and_multitrack_input_are_stored_and_updated(ivs: Any) -> None:
    given = {"containerFormat": "FRAGMENTED_MP4", "multitrackInputConfiguration": MULTITRACK}
    channel = ivs.create_channel(name="studio", **given)["channel"]
    assert {name: channel[name] for name in given} == given
    assert has_members(ivs, channel["arn"], **given)

    off = {"containerFormat": "TS", "multitrackInputConfiguration": {"enabled": False}}
    assert ivs.update_channel(arn=channel["arn"], **off)["channel"]["containerFormat"] == "TS"
    assert has_members(ivs, channel["arn"], name="studio", **off)
    ivs.update_channel(arn=channel["arn"], name="renamed")
    assert has_members(ivs, channel["arn"], name="renamed", **off)


@pytest.mark.parametrize(
    ("given", "member"),
    [
        ({"containerFormat": "TS", "multitrackInputConfiguration": MULTITRACK}, "containerFormat"),
        ({"multitrackInputConfiguration": MULTITRACK}, "containerFormat"),
        ({"containerFormat": "FRAGMENTED_MP4", "multitrackInputConfiguration": MULTITRACK, "type": "BASIC"}, "type"),
        (
            {"containerFormat": "FRAGMENTED_MP4", "multitrackInputConfiguration": {"enabled": True, "policy": "ALLOW"}},
            "maximumResolution",
        ),
        ({"preset": "CONSTRAINED_BANDWIDTH_DELIVERY"}, "preset"),
        ({"preset": "CONSTRAINED_BANDWIDTH_DELIVERY", "type": "BASIC"}, "preset"),
    ],
)
def test_conflicting_members_are_refused_and_change_nothing(
    ivs: Any, channel: dict[str, Any], given: dict[str, Any], member: str
) -> None:
    with pytest.raises(ivs.exceptions.ValidationException, match=f"{member}' failed to satisfy constraint"):
        ivs.create_channel(name="other", **given)
    with pytest.raises(ivs.exceptions.ValidationException, match=f"{member}' failed to satisfy constraint"):
        ivs.update_channel(arn=channel["channel"]["arn"], **given)
    assert [summary["name"] for summary in ivs.list_channels()["channels"]] == ["studio"]
    assert has_members(ivs, channel["channel"]["arn"], **channel["channel"])


def test_an_update_is_validated_against_the_channels_members(ivs: Any) -> None:
    arn = ivs.create_channel(containerFormat="FRAGMENTED_MP4", multitrackInputConfiguration=MULTITRACK)["channel"][
        "arn"
    ]
    with pytest.raises(ivs.exceptions.ValidationException, match="'type'"):
        ivs.update_channel(arn=arn, type="ADVANCED_HD")
    assert has_members(ivs, arn, type="STANDARD", multitrackInputConfiguration=MULTITRACK)


def test_the_preset_follows_the_type_of_the_channel(ivs: Any) -> None:
    arn = ivs.create_channel(type="ADVANCED_SD")["channel"]["arn"]
    assert has_members(ivs, arn, preset="HIGHER_BANDWIDTH_DELIVERY")
    ivs.update_channel(arn=arn, preset="CONSTRAINED_BANDWIDTH_DELIVERY")
    ivs.update_channel(arn=arn, type="ADVANCED_HD")
    assert has_members(ivs, arn, preset="CONSTRAINED_BANDWIDTH_DELIVERY")
    ivs.update_channel(arn=arn, type="STANDARD")
    assert has_members(ivs, arn, preset="")


def test_srt_has_a_passphrase_per_channel_unless_ingest_is_insecure(ivs: Any) -> None:
    first, second = (ivs.create_channel()["channel"] for _ in range(2))
    assert first["srt"]["endpoint"]
    passphrases_differ = first["srt"]["passphrase"] != second["srt"]["passphrase"]
    assert passphrases_differ
    assert ivs.update_channel(arn=first["arn"], insecureIngest=True)["channel"]["srt"].keys() == {"endpoint"}
    is_kept = ivs.get_channel(arn=second["arn"])["channel"]["srt"] == second["srt"]
    assert is_kept


@pytest.mark.parametrize("member", KNOWN)
def test_a_reference_can_be_set_and_removed_and_protects_its_target(
    ivs: Any, referred_arns: dict[str, str], member: str
) -> None:
    arn = ivs.create_channel(**{member: referred_arns[member]})["channel"]["arn"]
    assert has_members(ivs, arn, **{member: referred_arns[member]})
    (listed,) = ivs.list_channels()["channels"]
    assert listed[member] == referred_arns[member]

    kind = KINDS[member].replace("-", "_")
    with pytest.raises(ivs.exceptions.ConflictException, match=arn):
        getattr(ivs, f"delete_{kind}")(arn=referred_arns[member])
    ivs.update_channel(arn=arn, **{member: ""})
    assert has_members(ivs, arn, **{member: ""})
    getattr(ivs, f"delete_{kind}")(arn=referred_arns[member])


@pytest.mark.parametrize("member", KNOWN)
def test_a_reference_to_a_missing_resource_is_not_found(ivs: Any, channel: dict[str, Any], member: str) -> None:
    nowhere = f"{OWNER}:{KINDS[member]}/nowhere"
    with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=nowhere):
        ivs.create_channel(**{member: nowhere})
    with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=nowhere):
        ivs.update_channel(arn=channel["channel"]["arn"], **{member: nowhere})
    assert len(ivs.list_channels()["channels"]) == 1
    assert has_members(ivs, channel["channel"]["arn"], **{member: ""})


@pytest.mark.parametrize("member", KNOWN)
def test_channels_can_be_listed_by_reference(ivs: Any, referred_arns: dict[str, str], member: str) -> None:
    referring = ivs.create_channel(**{member: referred_arns[member]})["channel"]["arn"]
    other = ivs.create_channel()["channel"]["arn"]
    by = f"filterBy{member[0].upper()}{member[1:]}"
    assert [channel["arn"] for channel in ivs.list_channels(**{by: referred_arns[member]})["channels"]] == [referring]
    assert [channel["arn"] for channel in ivs.list_channels(**{by: ""})["channels"]] == [other]


def test_two_filters_at_once_are_a_conflict(ivs: Any, channel: dict[str, Any]) -> None:
    recording = f"{OWNER}:recording-configuration/nowhere"
    with pytest.raises(ivs.exceptions.ConflictException, match="mutually exclusive"):
        ivs.list_channels(filterByName="studio", filterByRecordingConfigurationArn=recording)
    (one,) = ivs.list_channels(filterByName="studio")["channels"]
    assert one["arn"] == channel["channel"]["arn"]
    assert ivs.list_channels(filterByRecordingConfigurationArn=recording)["channels"] == []


def test_a_list_is_paginated_starting_with_an_empty_token(ivs: Any) -> None:
    arns = {ivs.create_channel(name=f"studio-{n}")["channel"]["arn"] for n in range(5)}
    first = ivs.list_channels(maxResults=2, nextToken="")
    assert first == first | ivs.list_channels(maxResults=2) | {"ResponseMetadata": first["ResponseMetadata"]}
    pages = list(ivs.get_paginator("list_channels").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["channels"]) for page in pages] == [2, 2, 1]
    assert {channel["arn"] for page in pages for channel in page["channels"]} == arns
    with pytest.raises(ivs.exceptions.ValidationException, match="nextToken"):
        ivs.list_channels(filterByName="studio-1", nextToken=first["nextToken"])


def test_a_batch_returns_the_channels_found_and_an_error_for_each_missing_one(
    ivs: Any, channel: dict[str, Any]
) -> None:
    found, missing = channel["channel"], f"{OWNER}:channel/nowhere"
    response = ivs.batch_get_channel(arns=[missing, found["arn"], found["arn"]])
    is_found = response["channels"] == [found]
    assert is_found
    (error,) = response["errors"]
    assert error == {
        "arn": missing,
        "code": "ResourceNotFoundException",
        "message": f"Resource: {missing} not found",
    }
