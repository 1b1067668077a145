from __future__ import annotations

import re
from typing import Any

import pytest

REGION = "us-west-2"
BUCKET = {"s3": {"bucketName": "recordings"}}
NOWHERE = f"arn:aws:ivs:{REGION}:123456789012:recording-configuration/nowhere"


@pytest.fixture(autouse=True)
def _bucket(cloud: Any) -> None:
    cloud.bucket("recordings")


@pytest.fixture
def configuration(ivs: Any) -> dict[str, Any]:
    made = ivs.create_recording_configuration(name="vod", destinationConfiguration=BUCKET, tags={"team": "video"})
    return made["recordingConfiguration"]


def test_omitted_members_have_the_documented_defaults(configuration: dict[str, Any]) -> None:
    assert re.fullmatch(
        rf"arn:aws:ivs:{REGION}:123456789012:recording-configuration/[A-Za-z0-9]{{12}}", configuration.pop("arn")
    )
    assert configuration == {
        "destinationConfiguration": BUCKET,
        "name": "vod",
        "recordingReconnectWindowSeconds": 0,
        "renditionConfiguration": {"renditionSelection": "ALL", "renditions": []},
        "state": "ACTIVE",
        "tags": {"team": "video"},
        "thumbnailConfiguration": {
            "recordingMode": "INTERVAL",
            "storage": ["SEQUENTIAL"],
            "targetIntervalSeconds": 60,
        },
    }


def test_given_members_are_stored(ivs: Any) -> None:
    given = {
        "destinationConfiguration": BUCKET,
        "recordingReconnectWindowSeconds": 30,
        "renditionConfiguration": {"renditionSelection": "CUSTOM", "renditions": ["HD", "SD"]},
        "thumbnailConfiguration": {"recordingMode": "DISABLED"},
    }
    arn = ivs.create_recording_configuration(**given)["recordingConfiguration"]["arn"]
    found = ivs.get_recording_configuration(arn=arn)["recordingConfiguration"]
    assert {name: found[name] for name in given} == given
    assert found["name"] == ""


def test_a_paginated_list_has_every_configuration(ivs: Any, configuration: dict[str, Any]) -> None:
    other = ivs.create_recording_configuration(destinationConfiguration=BUCKET)["recordingConfiguration"]
    pages = list(ivs.get_paginator("list_recording_configurations").paginate(PaginationConfig={"PageSize": 1}))
    assert [len(page["recordingConfigurations"]) for page in pages] == [1, 1]
    listed = {summary["arn"]: summary for page in pages for summary in page["recordingConfigurations"]}
    assert listed.keys() == {configuration["arn"], other["arn"]}
    members = ("arn", "destinationConfiguration", "name", "state", "tags")
    assert listed[configuration["arn"]] == {name: configuration[name] for name in members}


def test_a_deleted_configuration_is_not_found(ivs: Any, configuration: dict[str, Any]) -> None:
    ivs.delete_recording_configuration(arn=configuration["arn"])
    for operation in (ivs.get_recording_configuration, ivs.delete_recording_configuration):
        with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=configuration["arn"]):
            operation(arn=configuration["arn"])
    assert ivs.list_recording_configurations()["recordingConfigurations"] == []


def test_a_configuration_in_use_cannot_be_deleted(ivs: Any, configuration: dict[str, Any]) -> None:
    arn = configuration["arn"]
    channel = ivs.create_channel(name="studio", recordingConfigurationArn=arn)["channel"]
    with pytest.raises(ivs.exceptions.ConflictException, match=channel["arn"]):
        ivs.delete_recording_configuration(arn=arn)
    ivs.update_channel(arn=channel["arn"], recordingConfigurationArn="")
    ivs.delete_recording_configuration(arn=arn)


def test_a_channel_cannot_use_a_missing_recording_configuration(ivs: Any, channel: dict[str, Any]) -> None:
    with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=NOWHERE):
        ivs.create_channel(name="other", recordingConfigurationArn=NOWHERE)
    with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=NOWHERE):
        ivs.update_channel(arn=channel["channel"]["arn"], recordingConfigurationArn=NOWHERE)
    assert ivs.get_channel(arn=channel["channel"]["arn"])["channel"]["recordingConfigurationArn"] == ""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r"'destinationConfiguration'.*must not be null"),
        ({"destinationConfiguration": {}}, r"'destinationConfiguration.s3'.*must not be null"),
        ({"destinationConfiguration": {"s3": {"bucketName": "No_Such"}}}, r"bucketName.*pattern"),
        ({"destinationConfiguration": BUCKET, "name": "two words"}, r"'name'.*pattern"),
        ({"destinationConfiguration": BUCKET, "recordingReconnectWindowSeconds": 301}, r"Seconds'.*equal to 300"),
        ({"destinationConfiguration": BUCKET, "thumbnailConfiguration": {"recordingMode": "SOMETIMES"}}, r"enum"),
        ({"destinationConfiguration": BUCKET, "tags": {"aws:team": "x"}}, r"reserved"),
    ],
)
def test_requests_that_violate_the_model_are_refused(cloud: Any, given: dict[str, Any], message: str) -> None:
    ivs = cloud.client(checks_parameters=False)
    with pytest.raises(ivs.exceptions.ValidationException, match=message):
        ivs.create_recording_configuration(**given)
    assert ivs.list_recording_configurations()["recordingConfigurations"] == []


def test_a_configuration_for_a_missing_bucket_fails(cloud: Any, ivs: Any) -> None:
    missing = {"s3": {"bucketName": "nowhere"}}
    made = ivs.create_recording_configuration(destinationConfiguration=missing)["recordingConfiguration"]
    assert made["state"] == "CREATE_FAILED"
    cloud.bucket("nowhere")
    assert ivs.get_recording_configuration(arn=made["arn"])["recordingConfiguration"]["state"] == "CREATE_FAILED"
    (listed,) = ivs.list_recording_configurations()["recordingConfigurations"]
    assert listed["state"] == "CREATE_FAILED"
    again = ivs.create_recording_configuration(destinationConfiguration=missing)["recordingConfiguration"]
    assert again["state"] == "ACTIVE"


def test_a_bucket_of_another_region_is_refused_or_fails_in_us_east_1(cloud: Any, ivs: Any) -> None:
    elsewhere = {"s3": {"bucketName": cloud.bucket("elsewhere", "eu-west-1")}}
    with pytest.raises(ivs.exceptions.ValidationException, match=f"must be in {REGION}, not in eu-west-1"):
        ivs.create_recording_configuration(destinationConfiguration=elsewhere)
    assert ivs.list_recording_configurations()["recordingConfigurations"] == []
    in_us_east_1 = cloud.client("us-east-1").create_recording_configuration(destinationConfiguration=elsewhere)
    assert in_us_east_1["recordingConfiguration"]["state"] == "CREATE_FAILED"
    in_eu_west_1 = cloud.client("eu-west-1").create_recording_configuration(destinationConfiguration=elsewhere)
    assert in_eu_west_1["recordingConfiguration"]["state"] == "ACTIVE"


def test_a_bucket_of_another_account_is_not_found(cloud: Any) -> None:
    response = cloud.client(account="111111111111").create_recording_configuration(destinationConfiguration=BUCKET)
    assert response["recordingConfiguration"]["state"] == "CREATE_FAILED"


def test_accounts_and_regions_are_isolated(cloud: Any, configuration: dict[str, Any]) -> None:
    for elsewhere in (cloud.client("eu-west-1"), cloud.client(account="111111111111")):
        with pytest.raises(elsewhere.exceptions.ResourceNotFoundException):
            elsewhere.get_recording_configuration(arn=configuration["arn"])
