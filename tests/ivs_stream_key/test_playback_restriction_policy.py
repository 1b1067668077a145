"""The lifecycle of a PlaybackRestrictionPolicy: create, update in place, drift, and refusals."""

import pytest

from ivs_stream_key import PlaybackRestrictionPolicy
from rehearsal.testing import OperationFailed


class Lifecycle:
    def __init__(self, rehearse, **given):
        self.given = given
        self.stack = rehearse(lambda: PlaybackRestrictionPolicy("alps", **self.given), provider_process=False)

    def up(self, **given):
        self.given = given
        return self.stack.up()

    @property
    def resource(self):
        return self.stack.resource("PlaybackRestrictionPolicy::alps")

    @property
    def policy(self):
        ivs = self.stack.cloud.boto3("ivs", region=self.resource.id.split(":")[3])
        return ivs.get_playback_restriction_policy(arn=self.resource.id)["playbackRestrictionPolicy"]


@pytest.fixture
def lifecycle(rehearse):
    return Lifecycle(rehearse)


@pytest.mark.slow("an operation for each argument")
def test_all_arguments_but_the_region_change_in_place(lifecycle):
    lifecycle.up(allowed_countries=["CH"], name="alps", tags={"a": "1", "b": "1"})
    arn = lifecycle.resource.id
    assert lifecycle.policy["tags"] == {"a": "1", "b": "1"}
    up = lifecycle.up(allowed_origins=["https://a.b"], enable_strict_origin_enforcement=True, tags={"a": "2"})
    assert up.plan == {"PlaybackRestrictionPolicy::alps": "update"}
    assert lifecycle.resource.id == arn
    assert lifecycle.policy == {
        "arn": arn,
        "allowedCountries": [],
        "allowedOrigins": ["https://a.b"],
        "enableStrictOriginEnforcement": True,
        "name": "",
        "tags": {"a": "2"},
    }
    up = lifecycle.up(allowed_origins=["https://a.b"], region="eu-west-1")
    assert up.plan == {"PlaybackRestrictionPolicy::alps": "replace"}
    assert lifecycle.resource.id.split(":")[3] == "eu-west-1"


@pytest.mark.slow("starts processes")
def test_drift_is_found_and_repaired_and_a_deleted_policy_is_recreated(lifecycle):
    lifecycle.up(allowed_countries=["CH"])
    ivs = lifecycle.stack.cloud.boto3("ivs")
    ivs.update_playback_restriction_policy(arn=lifecycle.resource.id, allowedCountries=["LI"], name="other")
    ivs.tag_resource(resourceArn=lifecycle.resource.id, tags={"by": "hand"})
    lifecycle.stack.refresh()
    assert lifecycle.stack.up().plan == {"PlaybackRestrictionPolicy::alps": "update"}
    assert (lifecycle.policy["allowedCountries"], lifecycle.policy["name"], lifecycle.policy["tags"]) == (
        ["CH"],
        "",
        {},
    )
    ivs.delete_playback_restriction_policy(arn=lifecycle.resource.id)
    lifecycle.stack.refresh()
    assert lifecycle.stack.up().plan == {"PlaybackRestrictionPolicy::alps": "create"}


@pytest.mark.slow("two operations of a stack, and a channel that has the policy")
def test_a_policy_in_use_is_not_deleted_and_the_error_has_a_remedy(lifecycle):
    lifecycle.up()
    ivs = lifecycle.stack.cloud.boto3("ivs")
    channel = ivs.create_channel(playbackRestrictionPolicyArn=lifecycle.resource.id)["channel"]["arn"]
    with pytest.raises(OperationFailed, match="take it from the channels that have it"):
        lifecycle.stack.destroy()
    ivs.delete_channel(arn=channel)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"allowed_countries": ["ch"]}, "allowed_countries[0]: expected two capital letters"),
        ({"allowed_countries": "CH"}, "allowed_countries: expected a list, got a string of 2"),
        ({"allowed_origins": ["a.b"]}, "allowed_origins[0]: expected an origin"),
        ({"name": "a b"}, "name: expected at most 128 letters"),
        ({"enable_strict_origin_enforcement": "no"}, "expected True or False"),
        ({"tags": {"aws:x": "1"}}, "AWS reserves that prefix"),
        ({"connection": {"regoin": "x"}}, "connection"),
    ],
)
def test_invalid_arguments_are_reported_before_anything_is_created(rehearse, given, message):
    lifecycle = Lifecycle(rehearse, **given)
    with pytest.raises(OperationFailed) as failed:
        lifecycle.stack.preview()
    assert message in str(failed.value)
