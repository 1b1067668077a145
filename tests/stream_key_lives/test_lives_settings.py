"""The stack's `aws:*` config and a connection, as they take effect over a key's life."""

import json

import pytest

from ivs_stream_key import Connection
from rehearsal.testing import OperationFailed


def settings(life, **given):
    for name, value in given.items():
        life.stack.set_config(f"aws:{name}", value)


@pytest.mark.real("the stack's config reaches the provider")
def test_default_tags_are_merged_with_own_tags_and_change_in_place(life):
    settings(life, defaultTags={"tags": {"team": "live", "stage": "prod"}})
    life.wish["tags"] = {"stage": "test"}
    life.up()
    before = life.held()
    outputs = life.stack.resource("key").outputs
    assert (outputs["tags"], outputs["tags_all"]) == ({"stage": "test"}, {"team": "live", "stage": "test"})
    assert life.tags() == outputs["tags_all"]
    life.stack.refresh(expect_no_changes=True)
    settings(life, defaultTags={"tags": {"team": "stage"}})
    assert life.up().plan == {"key": "update"}
    assert life.tags() == {"team": "stage", "stage": "test"}
    assert life.held()["arn"] == before["arn"]


@pytest.mark.slow("several operations of a stack with a key")
def test_ignored_tags_are_not_compared_and_stay(life):
    settings(life, ignoreTags={"keys": ["cost"], "keyPrefixes": ["audit:"]})
    life.wish["tags"] = {"team": "live"}
    life.up()
    others = {"cost": "1", "audit:by": "me"}
    life.ivs.tag_resource(resourceArn=life.held()["arn"], tags=others)
    life.stack.refresh(expect_no_changes=True)
    life.wish["tags"] = {"team": "night"}
    life.up()
    assert life.tags() == {"team": "night", **others}
    assert life.stack.resource("key").outputs["tags_all"] == {"team": "night"}


def test_the_account_in_the_arn_has_to_be_allowed(life):
    settings(life, allowedAccountIds=["210987654321"])
    with pytest.raises(OperationFailed, match="123456789012"):
        life.up()
    assert life.on_channel() == []


@pytest.mark.real("an error of check, in its own words")
def test_an_unsupported_setting_fails_the_preview_by_name(life):
    settings(life, maxRetries="often")
    with pytest.raises(OperationFailed, match=r"The setting aws:maxRetries cannot be used.*") as failure:
        life.preview()
    assert "Traceback" not in str(failure.value)


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ({"maxRetrys": "3"}, "There is no setting aws:maxRetrys."),
        ({"profile": "nobody"}, "The setting aws:profile cannot be used."),
        ({"stsRegion": "mars-1"}, "The setting aws:stsRegion cannot be used."),
    ],
    ids=["name", "profile", "region"],
)
def test_a_misspelt_setting_fails_the_preview_and_no_later_destroy(life, setting, line):
    life.up()
    settings(life, **setting)
    with pytest.raises(OperationFailed) as failure:
        life.preview()
    assert line in str(failure.value)
    life.stack.refresh(expect_no_changes=True)


def test_an_arn_in_an_invalid_region_fails_the_preview_unless_validation_is_skipped(life):
    life.channel = "arn:aws:ivs:mars-1:123456789012:channel/abcdABCDefgh"
    with pytest.raises(
        OperationFailed, match=r"expected an ARN in a region of AWS such as us-west-2, got one in 'mars"
    ):
        life.preview()
    settings(life, skipRegionValidation="true")
    life.preview()


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("secrets in a nested input")
def test_a_connection_is_independent_of_the_stacks_settings_and_its_secrets_are_secret(life):
    settings(life, defaultTags={"tags": {"team": "live"}})
    life.wish["connection"] = lambda: Connection(access_key="AKIAOTHER", secret_key="s3cret-of-connection")
    life.up()
    before = life.held()
    assert life.tags() == {}
    text = json.dumps(life.stack.export_stack().deployment)
    assert '"plaintext": "\\"s3cret-of-connection\\""' in text
    life.wish["connection"] = lambda: Connection(
        access_key="AKIAOTHER", secret_key="s3cret-of-connection", default_tags={"tags": {"crew": "night"}}
    )
    assert life.up().plan == {"key": "update"}
    assert life.tags() == {"crew": "night"}
    life.stack.refresh(expect_no_changes=True)
    del life.wish["connection"]
    life.up()
    assert life.tags() == {"team": "live"}
    assert life.held()["arn"] == before["arn"]


@pytest.mark.parametrize(
    "connection",
    [
        {"secret_key": "s3cret-of-connection"},
        {"access_key": "AKIAOTHER", "secret_key": "s3cret-of-connection", "nonsense": 1},
        {"access_key": "AKIAOTHER", "secret_key": "s3cret-of-connection", "max_retries": "often"},
    ],
    ids=["half", "unknown", "bad"],
)
def test_an_invalid_connection_fails_the_preview_without_showing_its_secrets(life, connection):
    life.wish["connection"] = lambda: connection
    with pytest.raises(OperationFailed, match="has a problem: connection: ") as failure:
        life.preview()
    assert "s3cret-of-connection" not in str(failure.value)


@pytest.mark.slow("several operations of a stack with a key")
def test_a_key_passed_as_an_arn_is_never_shown(life):
    life.up()
    life.channel = life.held()["value"]
    with pytest.raises(OperationFailed, match="channel_arn: expected the ARN of an IVS channel") as failure:
        life.preview()
    assert life.channel not in str(failure.value)
