"""The effect of settings on a key's lifecycle: default and ignored tags, and the connection of one resource."""

import json

import botocore.client
import botocore.session
import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.output import UNKNOWN

from ivs_stream_key import errors
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY
from ivs_stream_key.provider import StreamKeyProvider
from owners import OWNER

DEFAULTS = {"defaultTags": {"tags": {"team": "live", "env": "prod"}}}
IGNORING = {"ignoreTags": {"keys": ["cost"], "keyPrefixes": ["kubernetes.io/"]}}
ROLE = "arn:aws:iam::210987654321:role/deploy"


def configured_provider(**config):
    made = StreamKeyProvider()
    made.configure(ConfigureRequest(Config({f"aws:{name}": json.dumps(v) for name, v in config.items()}, "shop")))
    return made


def inputs(channel, **given):
    return {"channel_arn": channel, "existing_key": "replace", "when_live": "keep", "owner": OWNER, **given}


def changes(provider, made, given):
    found = provider.diff(made.id, made.outs, given)
    assert found.replaces == []
    return found.changes


@pytest.fixture
def tags_of(cloud):
    def found(arn):
        tags = cloud.client.get_stream_key(arn=arn)["streamKey"]["tags"]
        return {name: value for name, value in tags.items() if name != OWNER_TAG_KEY}

    return found


class TestDefaultTags:
    def test_default_tags_are_set_and_own_tags_win(self, cloud, tags_of):
        made = configured_provider(**DEFAULTS).create(inputs(cloud.channel(), tags={"team": "vod"}))
        assert tags_of(made.id) == made.outs["tags_all"] == {"team": "vod", "env": "prod"}
        assert made.outs["tags"] == {"team": "vod"}

    def test_there_is_no_diff_after_create_and_refresh(self, cloud):
        provider, given = configured_provider(**DEFAULTS), inputs(cloud.channel(), tags={"team": "vod", "a": "b"})
        made = provider.create(given)
        assert changes(provider, made, given) is False
        read = provider.read(made.id, made.outs)
        assert (read.outs, read.inputs["tags"]) == (made.outs, given["tags"])
        assert changes(configured_provider(**DEFAULTS), read, given) is False

    def test_a_change_of_default_tags_is_an_update_in_place(self, cloud, tags_of):
        given = inputs(cloud.channel(), tags={"a": "b"})
        made = configured_provider(**DEFAULTS).create(given)
        other = configured_provider(defaultTags={"tags": {"team": "vod"}})
        assert changes(other, made, given) is True
        cloud.clear_calls()
        updated = other.update(made.id, made.outs, given)
        assert cloud.calls == ["ListStreamKeys", "UntagResource", "TagResource"]
        assert tags_of(made.id) == updated.outs["tags_all"] == {"team": "vod", "a": "b"}
        assert updated.outs["tags"] == {"a": "b"}

    def test_drift_of_a_default_tag_is_repaired(self, cloud, tags_of):
        provider, given = configured_provider(**DEFAULTS), inputs(cloud.channel())
        made = provider.create(given)
        cloud.client.tag_resource(resourceArn=made.id, tags={"team": "changed"})
        cloud.client.untag_resource(resourceArn=made.id, tagKeys=["env"])
        read = provider.read(made.id, made.outs)
        assert (read.outs["tags"], read.outs["tags_all"]) == ({"team": "changed"}, {"team": "changed"})
        assert changes(configured_provider(**DEFAULTS), read, given) is True
        provider.update(made.id, read.outs, given)
        assert tags_of(made.id) == {"team": "live", "env": "prod"}

    def test_moving_a_tag_to_the_default_tags_makes_no_call(self, cloud):
        channel = cloud.channel()
        made = configured_provider().create(inputs(channel, tags={"team": "live", "env": "prod"}))
        provider, given = configured_provider(**DEFAULTS), inputs(channel)
        assert changes(provider, made, given) is True
        cloud.clear_calls()
        assert provider.update(made.id, made.outs, given).outs == {**made.outs, "tags": {}}
        assert cloud.calls == []

    def test_default_tags_count_for_the_limit_of_tags(self):
        provider = configured_provider(defaultTags={"tags": {f"d{n}": "" for n in range(30)}})
        arn = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
        assert provider.check({}, inputs(arn, tags={f"t{n}": "" for n in range(20)})).failures == []
        assert provider.check({}, inputs(arn, tags={f"d{n}": "" for n in range(30)})).failures == []
        (failure,) = provider.check({}, inputs(arn, tags={f"t{n}": "" for n in range(21)})).failures
        assert failure.property == "", "the engine would show the tags"
        assert "got 51, with 30 default tags" in failure.reason

    def test_too_many_default_tags_alone_are_refused(self):
        provider = configured_provider(defaultTags={"tags": {f"d{n}": "" for n in range(51)}})
        (failure,) = provider.check({}, inputs("arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh")).failures
        assert failure.reason.startswith("tags: expected at most 50 tags, got 51")

    def test_a_state_without_tags_all_has_no_diff(self, cloud):
        given = inputs(cloud.channel(), tags={"a": "b"})
        made = configured_provider().create(given)
        del made.outs["tags_all"]
        assert changes(configured_provider(), made, given) is False
        assert changes(configured_provider(**DEFAULTS), made, given) is True


class TestIgnoredTags:
    def test_changes_of_ignored_tags_are_not_seen(self, cloud):
        provider, given = configured_provider(**IGNORING), inputs(cloud.channel(), tags={"a": "b"})
        made = provider.create(given)
        cloud.client.tag_resource(resourceArn=made.id, tags={"cost": "1", "kubernetes.io/x": "y"})
        read = provider.read(made.id, made.outs)
        assert read.outs == made.outs
        assert read.inputs["tags"] == {"a": "b"}
        assert changes(configured_provider(**IGNORING), read, given) is False

    def test_no_update_changes_ignored_tags(self, cloud, tags_of):
        provider, given = configured_provider(**IGNORING), inputs(cloud.channel(), tags={"a": "b"})
        made = provider.create(given)
        cloud.client.tag_resource(resourceArn=made.id, tags={"cost": "1"})
        provider.update(made.id, made.outs, {**given, "tags": {"c": "d"}})
        assert tags_of(made.id) == {"c": "d", "cost": "1"}

    def test_no_adoption_changes_ignored_tags(self, cloud, tags_of):
        channel = cloud.channel()
        key = cloud.key(channel)["arn"]
        cloud.client.tag_resource(resourceArn=key, tags={"cost": "1", "other": "x"})
        made = configured_provider(**IGNORING).create(inputs(channel, existing_key="adopt", tags={"a": "b"}))
        assert made.id == key
        assert tags_of(key) == {"a": "b", "cost": "1"}
        assert made.outs["tags_all"] == {"a": "b"}

    def test_a_declared_ignored_tag_is_set_once(self, cloud, tags_of):
        provider, given = configured_provider(**IGNORING), inputs(cloud.channel(), tags={"cost": "1", "a": "b"})
        made = provider.create(given)
        assert tags_of(made.id) == {"cost": "1", "a": "b"}
        assert made.outs["tags_all"] == {"a": "b"}
        cloud.client.tag_resource(resourceArn=made.id, tags={"cost": "changed"})
        read = provider.read(made.id, made.outs)
        assert changes(configured_provider(**IGNORING), read, given) is False
        provider.update(made.id, read.outs, {**given, "tags": {"cost": "2"}})
        assert tags_of(made.id) == {"cost": "changed"}


@pytest.fixture
def signed_calls(monkeypatch, cloud):
    """Return the operation and the access key of each call."""
    make_call, found = botocore.client.BaseClient._make_api_call, []

    def record_call(self, operation, parameters):
        found.append((operation, self._request_signer._credentials.get_frozen_credentials().access_key))
        return make_call(self, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", record_call)
    return found


def static_credentials(name):
    return {"access_key": name, "secret_key": "s3cret"}


class TestConnection:
    @pytest.mark.slow("every operation on one key, with clients of its own")
    def test_every_operation_uses_the_connection(self, cloud, signed_calls):
        channel = cloud.channel()
        signed_calls.clear()
        given = inputs(channel, connection=static_credentials("AKIAVOD"), tags={"a": "b"})
        made = configured_provider().create(given)
        configured_provider().read(made.id, made.outs)
        configured_provider().update(made.id, made.outs, {**given, "tags": {"c": "d"}})
        configured_provider().diff(made.id, made.outs, {**given, "rotation_triggers": {"a": 1.0}})
        configured_provider().delete(made.id, made.outs)
        assert {access_key for _, access_key in signed_calls} == {"AKIAVOD"}
        assert {"CreateStreamKey", "GetStreamKey", "TagResource", "GetStream", "DeleteStreamKey"} <= dict(
            signed_calls
        ).keys()

    def test_one_program_can_use_several_accounts(self, cloud, new_client):
        sts = botocore.session.Session().create_client("sts", region_name="us-west-2")
        session = sts.assume_role(RoleArn=ROLE, RoleSessionName="test")["Credentials"]
        client = new_client(
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )
        channel = client.create_channel()["channel"]["arn"]
        provider = configured_provider()
        made = provider.create(inputs(channel, connection={"assume_roles": [{"role_arn": ROLE}]}))
        assert ":210987654321:" in made.id
        assert client.get_stream_key(arn=made.id)["streamKey"]["value"] == made.outs["value"]
        own_key = provider.create(inputs(cloud.channel()))
        assert ":123456789012:" in own_key.id

    def test_the_connection_is_in_the_outputs_for_delete_and_read(self, cloud):
        given = inputs(cloud.channel(), connection=static_credentials("AKIAVOD"))
        made = configured_provider().create(given)
        assert made.outs["connection"] == given["connection"]
        read = configured_provider().read(made.id, made.outs)
        assert read.outs == made.outs
        assert read.inputs["connection"] == given["connection"]

    @pytest.mark.parametrize(("old", "new"), [(None, "AKIANEW"), ("AKIAOLD", "AKIANEW"), ("AKIAOLD", None)])
    def test_changing_only_the_connection_is_an_update_without_a_call(self, cloud, old, new):
        before, after = ({"connection": static_credentials(name)} if name else {} for name in (old, new))
        channel = cloud.channel()
        made = configured_provider().create(inputs(channel, **before))
        assert changes(configured_provider(), made, inputs(channel, **after)) is True
        cloud.clear_calls()
        updated = configured_provider().update(made.id, made.outs, inputs(channel, **after))
        assert cloud.calls == []
        assert updated.outs.get("connection") == after.get("connection")
        assert changes(configured_provider(), updated_as(made, updated), inputs(channel, **after)) is False

    def test_the_connection_is_independent_of_the_stacks_config(self, cloud):
        connection = {"default_tags": {"tags": {"of": "connection"}}}
        made = configured_provider(**DEFAULTS).create(inputs(cloud.channel(), connection=connection))
        assert made.outs["tags_all"] == {"of": "connection"}

    def test_an_invalid_connection_is_named_in_the_reason_only(self):
        arn = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
        provider = configured_provider(maxRetries="x")
        for connection, message in (
            ({"max_retries": 0.0}, "connection.max_retries"),
            ({"retries": 1.0}, "connection.retries"),
            ("vod", "a mapping with the arguments of aws.Provider"),
        ):
            (failure,) = provider.check({}, inputs(arn, connection=connection)).failures
            assert failure.property == ""
            assert failure.reason.startswith("connection: ")
            assert message in failure.reason
        assert provider.check({}, inputs(arn, connection={"max_retries": 3.0})).failures == []

    def test_an_account_that_the_connection_forbids_gets_no_call(self, cloud):
        channel = cloud.channel()
        with pytest.raises(errors.BadSettings, match=r"connection\.allowed_account_ids"):
            configured_provider().create(inputs(channel, connection={"allowed_account_ids": ["210987654321"]}))
        assert cloud.calls == []

    @pytest.mark.parametrize("unknown", [UNKNOWN, {"profile": UNKNOWN}, {"assume_roles": [{"role_arn": UNKNOWN}]}])
    def test_an_unknown_connection_passes_and_makes_no_call(self, cloud, signed_calls, unknown):
        channel = cloud.channel()
        made = configured_provider().create(inputs(channel, connection=static_credentials("AKIAOLD")))
        signed_calls.clear()
        provider, given = configured_provider(), inputs(channel, connection=unknown, rotation_triggers={"a": 1.0})
        assert provider.check({}, given).failures == []
        assert provider.diff(made.id, made.outs, given).replaces == ["rotation_triggers"]
        assert signed_calls == [] or {access_key for _, access_key in signed_calls} == {"AKIAOLD"}


def updated_as(made, updated):
    made.outs = updated.outs
    return made
