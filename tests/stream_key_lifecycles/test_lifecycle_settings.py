"""The effects of the stack's `aws:*` config and of a connection on a key's lifecycle."""

import json

import pytest

from ivs_stream_key import Connection
from rehearsal.testing import OperationFailed


def set_config(lifecycle, **given):
    for name, value in given.items():
        lifecycle.stack.set_config(f"aws:{name}", value)


@pytest.mark.real("the stack's config reaches the provider")
@pytest.mark.slow("a lifecycle")
def test_default_tags_are_merged_with_own_tags_and_change_in_place(lifecycle):
    set_config(lifecycle, defaultTags={"tags": {"team": "live", "stage": "prod"}})
    lifecycle.inputs["tags"] = {"stage": "test"}
    lifecycle.up()
    before = lifecycle.key_in_state()
    outputs = lifecycle.stack.resource("key").outputs
    assert (outputs["tags"], outputs["tags_all"]) == ({"stage": "test"}, {"team": "live", "stage": "test"})
    assert lifecycle.tags() == outputs["tags_all"]
    lifecycle.stack.refresh(expect_no_changes=True)
    set_config(lifecycle, defaultTags={"tags": {"team": "stage"}})
    assert lifecycle.up().plan == {"key": "update"}
    assert lifecycle.tags() == {"team": "stage", "stage": "test"}
    assert lifecycle.key_in_state()["arn"] == before["arn"]


@pytest.mark.slow("several operations of a stack with a key")
def test_ignored_tags_are_not_compared_and_stay(lifecycle):
    set_config(lifecycle, ignoreTags={"keys": ["cost"], "keyPrefixes": ["audit:"]})
    lifecycle.inputs["tags"] = {"team": "live"}
    lifecycle.up()
    others = {"cost": "1", "audit:by": "me"}
    lifecycle.ivs.tag_resource(resourceArn=lifecycle.key_in_state()["arn"], tags=others)
    lifecycle.stack.refresh(expect_no_changes=True)
    lifecycle.inputs["tags"] = {"team": "night"}
    lifecycle.up()
    assert lifecycle.tags() == {"team": "night", **others}
    assert lifecycle.stack.resource("key").outputs["tags_all"] == {"team": "night"}


def test_the_account_in_the_arn_has_to_be_allowed(lifecycle):
    set_config(lifecycle, allowedAccountIds=["210987654321"])
    with pytest.raises(OperationFailed, match="123456789012"):
        lifecycle.up()
    assert lifecycle.keys_on_channel() == []


@pytest.mark.real("an error of check")
def test_an_unsupported_setting_fails_the_preview_by_name(lifecycle):
    set_config(lifecycle, maxRetries="often")
    with pytest.raises(OperationFailed, match=r"The setting aws:maxRetries cannot be used.*") as failure:
        lifecycle.preview()
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
def test_a_misspelt_setting_fails_the_preview_and_no_later_destroy(lifecycle, setting, line):
    lifecycle.up()
    set_config(lifecycle, **setting)
    with pytest.raises(OperationFailed) as failure:
        lifecycle.preview()
    assert line in str(failure.value)
    lifecycle.stack.refresh(expect_no_changes=True)


def test_an_arn_in_an_invalid_region_fails_the_preview_unless_validation_is_skipped(lifecycle):
    lifecycle.channel = "arn:aws:ivs:mars-1:123456789012:channel/abcdABCDefgh"
    with pytest.raises(
        OperationFailed, match=r"expected an ARN in a region of AWS such as us-west-2, got one in 'mars"
    ):
        lifecycle.preview()
    set_config(lifecycle, skipRegionValidation="true")
    lifecycle.preview()


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("secrets in a nested input")
def test_a_connection_is_independent_of_the_stacks_settings_and_its_secrets_are_secret(lifecycle):
    set_config(lifecycle, defaultTags={"tags": {"team": "live"}})
    lifecycle.inputs["connection"] = lambda: Connection(access_key="AKIAOTHER", secret_key="s3cret-of-connection")
    lifecycle.up()
    before = lifecycle.key_in_state()
    assert lifecycle.tags() == {}
    text = json.dumps(lifecycle.stack.export_stack().deployment)
    assert '"plaintext": "\\"s3cret-of-connection\\""' in text
    lifecycle.inputs["connection"] = lambda: Connection(
        access_key="AKIAOTHER", secret_key="s3cret-of-connection", default_tags={"tags": {"crew": "night"}}
    )
    assert lifecycle.up().plan == {"key": "update"}
    assert lifecycle.tags() == {"crew": "night"}
    lifecycle.stack.refresh(expect_no_changes=True)
    del lifecycle.inputs["connection"]
    lifecycle.up()
    assert lifecycle.tags() == {"team": "live"}
    assert lifecycle.key_in_state()["arn"] == before["arn"]


@pytest.mark.parametrize(
    "connection",
    [
        {"secret_key": "s3cret-of-connection"},
        {"access_key": "AKIAOTHER", "secret_key": "s3cret-of-connection", "nonsense": 1},
        {"access_key": "AKIAOTHER", "secret_key": "s3cret-of-connection", "max_retries": "often"},
    ],
    ids=["incomplete", "unknown", "invalid"],
)
def test_an_invalid_connection_fails_the_preview_without_showing_its_secrets(lifecycle, connection):
    lifecycle.inputs["connection"] = lambda: connection
    with pytest.raises(OperationFailed, match="has a problem: connection: ") as failure:
        lifecycle.preview()
    assert "s3cret-of-connection" not in str(failure.value)


@pytest.mark.slow("several operations of a stack with a key")
def test_a_key_passed_as_an_arn_is_never_shown(lifecycle):
    lifecycle.up()
    lifecycle.channel = lifecycle.key_in_state()["value"]
    with pytest.raises(OperationFailed, match="channel_arn: expected the ARN of an IVS channel") as failure:
        lifecycle.preview()
    assert lifecycle.channel not in str(failure.value)
