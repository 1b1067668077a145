"""What a create does with an existing key of each owner, and when it lists the keys again."""

import pytest

from ivs_stream_key import errors
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY, Owner, owner_tag_for
from ivs_stream_key.provider import StreamKeyProvider
from owners import OWNER, owner

MADE = "2026-01-31T23:59:59Z"
OWNER_TAGS = {
    "unmanaged": {},
    "its own": owner_tag_for(Owner.of(OWNER), {}, MADE),
    "its own, of a version before": {OWNER_TAG_KEY: Owner.of(OWNER).old_owner_tag},
    "the stack's": owner_tag_for(Owner.of(owner("other")), {}, MADE),
    "another stack's": owner_tag_for(Owner.of(owner(stack="dev")), {}, MADE),
    "of another version": {OWNER_TAG_KEY: Owner.of(owner("other")).old_owner_tag},
}
# What happens to the key, by existing_key: not given, "replace", "adopt", "fail".
TABLE = {
    "unmanaged": ("replaced", "replaced", "taken over", "refused"),
    "its own": ("replaced", "replaced", "taken over", "taken over"),
    "its own, of a version before": ("replaced", "replaced", "taken over", "taken over"),
    "the stack's": ("replaced", "replaced", "taken over", "taken over"),
    "another stack's": ("refused", "replaced", "taken over", "refused"),
    "of another version": ("refused", "replaced", "taken over", "refused"),
}
CHOICES = (None, "replace", "adopt", "fail")
CASES = [(found, choice, outcome) for found, row in TABLE.items() for choice, outcome in zip(CHOICES, row, strict=True)]


def inputs(channel, **given):
    return {"channel_arn": channel, "when_live": "keep", "owner": OWNER, **given}


def existing_key_input(choice):
    return {} if choice is None else {"existing_key": choice}


@pytest.mark.parametrize(("found", "choice", "outcome"), CASES)
def test_an_existing_key_is_handled_by_its_owner_and_existing_key(cloud, found, choice, outcome):
    channel = cloud.channel()
    before = cloud.key(channel)
    if OWNER_TAGS[found]:
        cloud.client.tag_resource(resourceArn=before["arn"], tags=OWNER_TAGS[found])
    provider, given = StreamKeyProvider(), inputs(channel, **existing_key_input(choice))
    if outcome == "refused":
        with pytest.raises(errors.KeyExists) as refused:
            provider.check({}, given)
        assert before["arn"] in refused.value.got
        with pytest.raises(errors.KeyExists):
            provider.create(given)
        assert cloud.key(channel)["value"] == before["value"]
        return
    provider.check({}, given)
    made = provider.create(given)
    after = cloud.key(channel)
    assert (made.id, made.outs["value"]) == (after["arn"], after["value"])
    assert (after["value"] == before["value"]) is (outcome == "taken over")
    assert made.outs["owner_tag"] == after["tags"][OWNER_TAG_KEY]


def provider_after_check(cloud, **given):
    """Return a provider that has checked a create on a channel, the inputs, and the channel."""
    channel = cloud.channel()
    provider, declared = StreamKeyProvider(), inputs(channel, **given)
    provider.check({}, declared)
    cloud.clear_calls()
    return provider, declared, channel


class TestOutdated:
    """The list of keys from check may be outdated at the create."""

    def replace_key(self, cloud, channel):
        cloud.client.delete_stream_key(arn=cloud.key(channel)["arn"])
        return cloud.client.create_stream_key(channelArn=channel)["streamKey"]

    def test_a_key_replaced_since_the_check_is_replaced(self, cloud):
        provider, declared, channel = provider_after_check(cloud)
        other = self.replace_key(cloud, channel)
        made = provider.create(declared)
        assert cloud.key(channel)["arn"] == made.id != other["arn"]

    def test_a_key_replaced_since_the_check_is_taken_over_with_adopt(self, cloud):
        provider, declared, channel = provider_after_check(cloud, existing_key="adopt")
        other = self.replace_key(cloud, channel)
        assert provider.create(declared).id == cloud.key(channel)["arn"] == other["arn"]

    @pytest.mark.slow("creates and deletes several keys in moto")
    def test_a_key_replaced_since_the_check_by_another_stack_is_refused(self, cloud):
        provider, declared, channel = provider_after_check(cloud)
        cloud.client.delete_stream_key(arn=cloud.key(channel)["arn"])
        tags = OWNER_TAGS["another stack's"]
        other = cloud.client.create_stream_key(channelArn=channel, tags=tags)["streamKey"]
        with pytest.raises(errors.KeyExists):
            provider.create(declared)
        assert cloud.key(channel)["arn"] == other["arn"]

    def test_a_key_deleted_since_the_check_is_created(self, cloud):
        provider, declared, channel = provider_after_check(cloud, existing_key="adopt")
        cloud.client.delete_stream_key(arn=cloud.key(channel)["arn"])
        assert provider.create(declared).id == cloud.key(channel)["arn"]

    def test_an_outdated_list_of_keys_is_requested_again(self, cloud):
        provider, declared, _ = provider_after_check(cloud)
        seconds = provider._operation.seconds
        object.__setattr__(provider._operation, "seconds", lambda: seconds() + 61)
        provider.create(declared)
        assert cloud.calls == ["ListStreamKeys", "GetStream", "DeleteStreamKey", "CreateStreamKey"]

    def test_a_recent_list_of_keys_is_reused(self, cloud):
        provider, declared, _ = provider_after_check(cloud)
        provider.create(declared)
        assert cloud.calls == ["DeleteStreamKey", "CreateStreamKey"]


def test_secret_rotation_triggers_are_not_in_the_owner_tag(cloud):
    channel = cloud.channel(with_key=False)
    given = inputs(channel, rotation_triggers={"pin": "1234"})
    given["owner"] = owner(secret_triggers=True)
    tag = StreamKeyProvider().create(given).outs["owner_tag"]
    assert " triggers=secret " in tag
