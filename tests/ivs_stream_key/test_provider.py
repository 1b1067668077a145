import base64
import pickletools
import subprocess
import sys
import traceback
from datetime import UTC, datetime

import botocore.client
import pytest
from botocore.exceptions import ClientError
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import Unknown

from ivs_stream_key import clock, errors
from ivs_stream_key.errors import StreamKeyError
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY
from ivs_stream_key.ivs.stream_keys import Ivs, Listed
from ivs_stream_key.provider import StreamKeyProvider
from owners import OWNER

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
NO_CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/nonexistent0"
NO_KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/nonexistent0"
OLD = {
    "arn": NO_KEY,
    "value": "a password",
    "created_at": "2026-01-01T00:00:00Z",
    "channel_arn": CHANNEL,
    "tags": {"a": "b"},
    "rotation_triggers": {"season": 1.0},
    "existing_key": "replace",
    "__provider": "old",
}
NEW = {name: OLD[name] for name in ("channel_arn", "tags", "rotation_triggers", "existing_key")}


def configured_provider(**config):
    made = StreamKeyProvider()
    made.configure(ConfigureRequest(Config({f"aws:{k}": v for k, v in config.items()}, "live")))
    return made


def inputs(channel, **given):
    """Return the result of check for a program's inputs."""
    return {
        "channel_arn": channel,
        "existing_key": "replace",
        "when_live": "keep",
        "owner": OWNER,
        "__provider": "…",
        **given,
    }


def own_tags(key):
    return {name: value for name, value in key["tags"].items() if name != OWNER_TAG_KEY}


def refuse(monkeypatch, operation, code, message="no", times=1):
    """Make AWS refuse the next calls of `operation`."""
    make_call = botocore.client.BaseClient._make_api_call
    left = [times]

    def refuse_call(self, name, parameters):
        if name == operation and left[0]:
            left[0] -= 1
            raise ClientError({"Error": {"Code": code, "Message": message}}, name)
        return make_call(self, name, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refuse_call)


class TestPickle:
    def test_the_pickle_is_a_reference_to_the_class(self):
        pickled = base64.b64decode(serialize_provider(StreamKeyProvider()))
        texts = [argument for _, argument, _ in pickletools.genops(pickled) if isinstance(argument, str | bytes)]
        assert texts == ["ivs_stream_key.provider", "StreamKeyProvider"]

    def test_the_pickle_is_stable_and_unaffected_by_use(self):
        used = configured_provider(secretKey="s3cret")
        used.check({}, inputs(CHANNEL))
        assert serialize_provider(used) == serialize_provider(StreamKeyProvider())

    @pytest.mark.slow("starts processes")
    def test_the_pickle_loads_in_a_fresh_interpreter_without_importing_aws(self):
        code = (
            "import base64, sys, dill; p = dill.loads(base64.b64decode(sys.argv[1])); "
            "print(type(p).__module__, type(p).__name__, vars(p), *{'boto3', 'botocore'} & sys.modules.keys())"
        )
        run = subprocess.run(
            [sys.executable, "-c", code, serialize_provider(StreamKeyProvider())],
            check=True,
            capture_output=True,
            text=True,
        )
        assert run.stdout.split() == ["ivs_stream_key.provider", "StreamKeyProvider", "{}"]

    def test_a_new_provider_has_no_attributes(self):
        assert vars(StreamKeyProvider()) == {}

    def test_the_pickle_is_not_a_secret_in_the_state(self):
        assert StreamKeyProvider.serialize_as_secret_always is False


class TestCheck:
    def test_check_returns_the_inputs_with_defaults(self):
        given = {"channel_arn": CHANNEL, "tags": {"a": "b"}, "__provider": "…"}
        result = StreamKeyProvider().check({}, given)
        assert result.failures == []
        assert result.inputs == {**given, "when_live": "keep"}
        assert "when_live" not in given

    def test_none_values_are_left_out(self):
        result = StreamKeyProvider().check({}, inputs(CHANNEL, tags=None, existing_key=None, when_live=None))
        assert result.inputs == {name: value for name, value in inputs(CHANNEL).items() if name != "existing_key"}

    def test_check_returns_unknown_values_unchanged(self):
        result = StreamKeyProvider().check({}, inputs(Unknown(), tags={"a": Unknown()}))
        assert result.failures == []
        assert isinstance(result.inputs["channel_arn"], Unknown)
        assert isinstance(result.inputs["tags"]["a"], Unknown)

    def test_failures_name_their_property(self):
        result = StreamKeyProvider().check({}, inputs("arn:x", tags={"aws:a": ""}))
        assert [f.property for f in result.failures] == ["channel_arn", 'tags["aws:a"]']

    def test_unsupported_config_is_reported_by_check(self):
        result = configured_provider(assumeRoles='[{"roleArn": "r"}]', maxRetries="x").check({}, inputs(CHANNEL))
        assert [f.property for f in result.failures] == ["", ""]
        assert "aws:assumeRoles" in result.failures[0].reason
        assert "aws:maxRetries" in result.failures[1].reason

    def test_configuring_never_fails(self):
        configured_provider(endpoints=object(), assumeRoles=object())


class TestDiff:
    def test_a_different_pickle_alone_is_no_change(self):
        result = StreamKeyProvider().diff(NO_KEY, OLD, {**NEW, "__provider": "new"})
        assert (result.changes, result.replaces, result.delete_before_replace) == (False, [], False)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("channel_arn", NO_CHANNEL), ("rotation_triggers", {"season": 2.0}), ("channel_arn", Unknown())],
    )
    def test_a_change_of_the_identity_replaces_delete_first(self, name, value):
        result = StreamKeyProvider().diff(NO_KEY, OLD, {**NEW, name: value})
        assert (result.changes, result.replaces, result.delete_before_replace) == (True, [name], True)

    @pytest.mark.parametrize(
        ("name", "value"),
        [("tags", {"a": "c"}), ("tags", Unknown()), ("existing_key", "adopt"), ("existing_key", Unknown())],
    )
    def test_other_changes_are_updates_in_place(self, name, value):
        result = StreamKeyProvider().diff(NO_KEY, OLD, {**NEW, name: value})
        assert (result.changes, result.replaces, result.delete_before_replace) == (True, [], False)

    def test_check_and_a_diff_without_replacement_make_no_call(self, cloud):
        provider = configured_provider()
        provider.check(inputs(CHANNEL), inputs(CHANNEL))
        provider.diff(NO_KEY, OLD, NEW)
        provider.diff(NO_KEY, OLD, {**NEW, "tags": {}, "rotation_days": 1e4, "when_live": "stop"})
        assert cloud.calls == []

    @pytest.mark.slow("creates, changes and deletes a key in moto")
    def test_the_diff_of_a_replacement_calls_only_get_stream(self, cloud):
        configured_provider().diff(NO_KEY, OLD, {**NEW, "channel_arn": NO_CHANNEL})
        assert cloud.calls == ["GetStream"]


class TestCreate:
    def test_a_create_on_a_channel_without_a_key_takes_two_calls(self, cloud):
        channel = cloud.channel(with_key=False)
        result = configured_provider().create(inputs(channel, tags={"team": "live"}))
        assert cloud.calls == ["ListStreamKeys", "CreateStreamKey"]
        key = cloud.key(channel)
        assert result.id == key["arn"]
        assert result.outs["value"] == key["value"]
        assert own_tags(key) == {"team": "live"}

    def test_a_create_replaces_the_channels_default_key_in_four_calls(self, cloud):
        channel = cloud.channel()
        (first,) = cloud.keys(channel)
        cloud.clear_calls()
        result = configured_provider().create(inputs(channel))
        assert cloud.calls == ["ListStreamKeys", "GetStream", "DeleteStreamKey", "CreateStreamKey"]
        assert cloud.key(channel)["arn"] == result.id != first["arn"]
        assert result.outs["value"] != first["value"]

    def test_the_outputs_are_sufficient_for_diff_update_and_read(self, cloud):
        moment = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
        with clock.clock_set_to(lambda: moment):
            given = inputs(cloud.channel(), tags={"a": "b"}, rotation_triggers={"season": 1.0})
            result = configured_provider().create(given)
        assert result.outs == {
            "arn": result.id,
            "value": result.outs["value"],
            "created_at": "2026-01-31T23:59:59Z",
            "channel_arn": given["channel_arn"],
            "tags": {"a": "b"},
            "tags_all": {"a": "b"},
            "rotation_triggers": {"season": 1.0},
            "existing_key": "replace",
            "when_live": "keep",
            "owner": OWNER,
            "owner_tag": cloud.key(given["channel_arn"])["tags"][OWNER_TAG_KEY],
        }

    def test_there_is_no_diff_after_a_create(self, cloud):
        provider, given = configured_provider(), inputs(cloud.channel())
        result = provider.create(given)
        assert provider.diff(result.id, result.outs, given).changes is False

    def test_the_region_is_that_of_the_arn(self, cloud, new_client):
        elsewhere = "us-east-1"
        client = new_client(elsewhere)
        channel = client.create_channel()["channel"]["arn"]
        result = configured_provider(region=cloud.client.meta.region_name).create(inputs(channel))
        assert f":{elsewhere}:" in result.id
        assert client.get_stream_key(arn=result.id)["streamKey"]["channelArn"] == channel

    def test_adopting_keeps_the_value_and_sets_the_tags(self, cloud):
        channel = cloud.channel()
        first = cloud.key(channel)
        cloud.client.tag_resource(resourceArn=first["arn"], tags={"other": "x", "team": "vod"})
        result = configured_provider().create(inputs(channel, existing_key="adopt", tags={"team": "live"}))
        assert (result.id, result.outs["value"]) == (first["arn"], first["value"])
        assert own_tags(cloud.key(channel)) == result.outs["tags"] == {"team": "live"}

    def test_adopting_an_unchanged_key_takes_three_calls_including_the_owner_tag(self, cloud):
        channel = cloud.channel()
        configured_provider().create(inputs(channel, existing_key="adopt"))
        assert cloud.calls == ["ListStreamKeys", "GetStreamKey", "TagResource"]

    def test_adopting_without_a_key_creates_one(self, cloud):
        channel = cloud.channel(with_key=False)
        assert configured_provider().create(inputs(channel, existing_key="adopt")).id == cloud.key(channel)["arn"]

    def test_adopting_a_key_that_is_deleted_meanwhile_creates_one(self, cloud, monkeypatch):
        channel = cloud.channel()
        first = cloud.key(channel)["arn"]
        get = Ivs.get

        def delete_and_get(self, arn):
            self.delete(arn)
            return get(self, arn)

        monkeypatch.setattr(Ivs, "get", delete_and_get)
        result = configured_provider().create(inputs(channel, existing_key="adopt"))
        assert result.id == cloud.key(channel)["arn"] != first

    def test_fail_keeps_the_existing_key_and_names_it(self, cloud):
        channel = cloud.channel()
        first = cloud.key(channel)
        cloud.clear_calls()
        with pytest.raises(errors.KeyExists) as caught:
            configured_provider().create(inputs(channel, existing_key="fail"))
        assert cloud.calls == ["ListStreamKeys"]
        assert cloud.key(channel) == first
        assert caught.value.got == first["arn"]
        assert caught.value.resource == channel
        assert first["value"] not in str(caught.value)

    def test_fail_creates_a_key_if_there_is_none(self, cloud):
        channel = cloud.channel(with_key=False)
        assert configured_provider().create(inputs(channel, existing_key="fail")).id == cloud.key(channel)["arn"]

    def test_several_keys_cannot_be_adopted(self, cloud, monkeypatch):
        channel = cloud.channel()
        monkeypatch.setattr(Ivs, "keys_of", lambda *_: [Listed(f"{NO_KEY}{n}", {}, None) for n in (1, 2)])
        with pytest.raises(errors.KeyExists, match="several"):
            configured_provider().create(inputs(channel, existing_key="adopt"))

    def test_a_second_stream_key_on_the_channel_in_the_same_run_does_not_delete_the_first(self, cloud):
        channel = cloud.channel()
        provider = configured_provider()
        first = provider.create(inputs(channel)).id
        for existing_key in ("replace", "adopt", "fail"):
            with pytest.raises(errors.KeyExists, match="Another StreamKey"):
                provider.create(inputs(channel, existing_key=existing_key))
        assert cloud.key(channel)["arn"] == first

    def test_a_key_created_concurrently_is_kept(self, cloud, monkeypatch):
        channel = cloud.channel()
        other_key = cloud.key(channel)["arn"]
        monkeypatch.setattr(Ivs, "keys_of", lambda *_: [])
        cloud.clear_calls()
        with pytest.raises(errors.QuotaExceeded) as caught:
            configured_provider().create(inputs(channel))
        assert cloud.calls == ["CreateStreamKey"]
        assert caught.value.aftermath is None
        assert cloud.key(channel)["arn"] == other_key

    def test_a_missing_channel_is_an_error_that_names_it(self, cloud):
        with pytest.raises(errors.NotFound, match=NO_CHANNEL):
            configured_provider().create(inputs(NO_CHANNEL))

    @pytest.mark.parametrize("code", ["PendingVerification", "AccessDeniedException", "ThrottlingException"])
    def test_a_failed_create_after_the_delete_says_that_there_is_no_key(self, cloud, monkeypatch, code):
        channel = cloud.channel()
        refuse(monkeypatch, "CreateStreamKey", code)
        with pytest.raises(StreamKeyError) as caught:
            configured_provider().create(inputs(channel))
        assert "the channel has no stream key" in str(caught.value)
        assert cloud.keys(channel) == []
        assert configured_provider().create(inputs(channel)).id == cloud.key(channel)["arn"]

    def test_an_unknown_outcome_of_a_create_is_reported(self, cloud, monkeypatch):
        channel = cloud.channel()
        refuse(monkeypatch, "CreateStreamKey", "InternalServerException")
        listed = iter([Ivs(cloud.client).keys_of(channel)])

        def keys_of(*_):
            for keys in listed:
                return keys
            raise errors.Unreachable("No answer.", remedy="wait.")

        monkeypatch.setattr(Ivs, "keys_of", keys_of)
        with pytest.raises(errors.ServiceFailed) as caught:
            configured_provider().create(inputs(channel))
        assert "the channel may have no stream key" in str(caught.value)

    def test_a_failed_delete_of_the_old_key_keeps_it(self, cloud, monkeypatch):
        channel = cloud.channel()
        first = cloud.key(channel)
        refuse(monkeypatch, "DeleteStreamKey", "AccessDeniedException")
        with pytest.raises(errors.AccessDenied) as caught:
            configured_provider().create(inputs(channel))
        assert caught.value.aftermath is None
        assert cloud.key(channel) == first


class TestRead:
    def test_an_unchanged_key_is_read_in_one_call_and_shows_no_change(self, cloud):
        provider, given = configured_provider(), inputs(cloud.channel(), tags={"a": "b"}, rotation_triggers={"s": 1.0})
        made = provider.create(given)
        cloud.clear_calls()
        result = provider.read(made.id, {**made.outs, "__provider": "…"})
        assert cloud.calls == ["GetStreamKey"]
        assert (result.id, result.outs) == (made.id, made.outs)
        assert result.inputs == {k: v for k, v in given.items() if k != "__provider"}
        assert provider.diff(result.id, result.outs, given).changes is False

    def test_get_of_a_missing_key_is_an_error(self, cloud):
        with pytest.raises(errors.NotFound, match=NO_KEY):
            configured_provider().read(NO_KEY, {"__provider": "…"})

    def test_a_deleted_key_is_read_without_id_and_outputs(self, cloud):
        result = configured_provider().read(NO_KEY, {"__provider": "…", "arn": NO_KEY})
        assert (result.id, result.outs) == ("", {})

    def test_a_key_of_a_deleted_channel_is_read_as_deleted(self, cloud):
        provider, channel = configured_provider(), cloud.channel()
        made = provider.create(inputs(channel))
        cloud.client.delete_channel(arn=channel)
        assert provider.read(made.id, made.outs).id == ""

    def test_an_access_denied_error_does_not_count_as_deleted(self, cloud, monkeypatch):
        provider = configured_provider()
        made = provider.create(inputs(cloud.channel()))
        refuse(monkeypatch, "GetStreamKey", "AccessDeniedException")
        with pytest.raises(errors.AccessDenied):
            provider.read(made.id, made.outs)

    @pytest.mark.slow("creates, changes and deletes a key in moto")
    def test_drift_of_tags_is_found_and_the_next_update_repairs_it(self, cloud):
        provider, given = configured_provider(), inputs(cloud.channel(), tags={"a": "b", "c": "d"})
        made = provider.create(given)
        cloud.client.tag_resource(resourceArn=made.id, tags={"a": "x", "e": "f"})
        cloud.client.untag_resource(resourceArn=made.id, tagKeys=["c"])

        result = provider.read(made.id, made.outs)
        assert result.outs["tags"] == result.inputs["tags"] == {"a": "x", "e": "f"}
        diff = provider.diff(made.id, result.outs, given)
        assert (diff.changes, diff.replaces) == (True, [])

        updated = provider.update(made.id, result.outs, given)
        assert own_tags(cloud.key(given["channel_arn"])) == {"a": "b", "c": "d"}
        assert updated.outs == made.outs
        assert provider.diff(made.id, updated.outs, given).changes is False

    def test_get_by_arn_returns_value_channel_and_tags(self, cloud):
        channel = cloud.channel()
        key = cloud.key(channel)
        result = configured_provider().read(key["arn"], {"__provider": "…"})
        empty = {"tags": {}, "tags_all": {}, "owner_tag": ""}
        assert result.outs == {"arn": key["arn"], "value": key["value"], "channel_arn": channel, **empty}
        assert result.inputs == {"channel_arn": channel}

    def test_an_arn_of_another_type_is_refused(self, cloud):
        with pytest.raises(errors.BadArn) as caught:
            configured_provider().read(CHANNEL, {"__provider": "…"})
        assert caught.value.expected.endswith("stream-key/ID")
        assert cloud.calls == []


class TestUpdate:
    @pytest.mark.slow("creates, changes and deletes a key in moto")
    def test_an_update_changes_tags_and_keeps_all_outputs(self, cloud):
        provider, given = configured_provider(), inputs(cloud.channel(), tags={"a": "b"}, rotation_triggers={"s": 1.0})
        made = provider.create(given)
        result = provider.update(made.id, made.outs, {**given, "tags": {"c": "d"}})
        assert result.outs == {**made.outs, "tags": {"c": "d"}, "tags_all": {"c": "d"}}
        assert own_tags(cloud.key(given["channel_arn"])) == {"c": "d"}

    def test_an_update_with_equal_tags_makes_no_call(self, cloud):
        provider, given = configured_provider(), inputs(cloud.channel(), tags={"a": "b"})
        made = provider.create(given)
        cloud.clear_calls()
        changed = {**given, "existing_key": "fail"}
        result = provider.update(made.id, made.outs, changed)
        assert cloud.calls == []
        assert result.outs == {**made.outs, "existing_key": "fail"}
        assert provider.diff(made.id, result.outs, changed).changes is False

    def test_omitted_tags_are_removed(self, cloud):
        provider, given = configured_provider(), inputs(cloud.channel(), tags={"a": "b"})
        made = provider.create(given)
        result = provider.update(made.id, made.outs, inputs(given["channel_arn"]))
        assert result.outs["tags"] == own_tags(cloud.key(given["channel_arn"])) == {}

    def test_a_deleted_key_is_an_error_that_recommends_a_refresh(self, cloud):
        provider, given = configured_provider(), inputs(cloud.channel(), tags={"a": "b"})
        made = provider.create(given)
        cloud.client.delete_stream_key(arn=made.id)
        with pytest.raises(errors.NotFound) as caught:
            provider.update(made.id, made.outs, inputs(given["channel_arn"], tags={"c": "d"}))
        assert "pulumi refresh" in caught.value.remedy

    def test_a_state_from_an_import_without_the_time_of_creation_is_updated(self, cloud):
        channel = cloud.channel()
        key = cloud.key(channel)
        provider = configured_provider()
        read = provider.read(key["arn"], {"__provider": "…"})
        result = provider.update(key["arn"], read.outs, inputs(channel, tags={"a": "b"}))
        assert result.outs == {
            **read.outs,
            "tags": {"a": "b"},
            "tags_all": {"a": "b"},
            "existing_key": "replace",
            "when_live": "keep",
            "owner": OWNER,
        }


class TestDelete:
    @pytest.mark.slow("creates, changes and deletes a key in moto")
    def test_a_delete_checks_owner_and_broadcast_and_keeps_the_channel(self, cloud):
        provider, channel = configured_provider(), cloud.channel()
        made = provider.create(inputs(channel))
        cloud.clear_calls()
        configured_provider().delete(made.id, made.outs)
        assert cloud.calls == ["ListStreamKeys", "GetStream", "DeleteStreamKey"]
        assert cloud.keys(channel) == []

    def test_deleting_a_deleted_key_is_no_error(self, cloud):
        configured_provider().delete(NO_KEY, OLD)
        assert cloud.calls == ["ListStreamKeys", "GetStream", "DeleteStreamKey"]

    def test_deleting_a_key_of_a_deleted_channel_is_no_error(self, cloud):
        provider, channel = configured_provider(), cloud.channel()
        made = provider.create(inputs(channel))
        cloud.client.delete_channel(arn=channel)
        provider.delete(made.id, made.outs)


class TestReplacement:
    """A replacement as the engine runs it: each operation of the stack has its own provider."""

    @pytest.mark.slow("creates, changes and deletes a key in moto")
    def test_a_delete_first_replacement_changes_the_key_and_keeps_the_channel(self, cloud):
        channel = cloud.channel()
        first = configured_provider().create(inputs(channel, rotation_triggers={"s": 1.0}))
        provider = configured_provider()
        provider.delete(first.id, first.outs)
        second = provider.create(inputs(channel, rotation_triggers={"s": 2.0}))
        assert cloud.key(channel)["arn"] == second.id != first.id
        assert second.outs["value"] != first.outs["value"]

    @pytest.mark.parametrize("existing_key", ["replace", "adopt", "fail"])
    def test_a_delete_first_replacement_rotates_with_each_existing_key_choice(self, cloud, existing_key):
        channel = cloud.channel(with_key=False)
        first = configured_provider().create(inputs(channel, existing_key=existing_key))
        provider = configured_provider()
        provider.delete(first.id, first.outs)
        second = provider.create(inputs(channel, existing_key=existing_key))
        assert cloud.key(channel)["value"] == second.outs["value"] != first.outs["value"]

    def test_in_a_create_first_replacement_the_engines_delete_finds_no_key(self, cloud):
        channel = cloud.channel()
        first = configured_provider().create(inputs(channel))
        provider = configured_provider()
        second = provider.create(inputs(channel))
        provider.delete(first.id, first.outs)
        assert cloud.key(channel)["arn"] == second.id != first.id

    def test_a_renamed_resource_with_adopt_keeps_the_key_when_the_old_name_is_deleted(self, cloud):
        channel = cloud.channel()
        first = configured_provider().create(inputs(channel, existing_key="adopt"))
        provider = configured_provider()
        second = provider.create(inputs(channel, existing_key="adopt"))
        provider.delete(first.id, first.outs)
        assert cloud.key(channel)["arn"] == second.id == first.id

    def test_an_adopted_key_is_deleted_by_a_later_operation(self, cloud):
        channel = cloud.channel()
        made = configured_provider().create(inputs(channel, existing_key="adopt"))
        configured_provider().delete(made.id, made.outs)
        assert cloud.keys(channel) == []


class TestAftermath:
    """A rotation whose create fails reports which key the channel has now. The next create repairs it."""

    @pytest.fixture
    def provider_after_delete(self, cloud):
        """Return a provider that has deleted the old key, and the program's inputs."""
        channel = cloud.channel(with_key=False)
        declared = inputs(channel, existing_key="fail")
        made = configured_provider().create(declared)
        provider = configured_provider()
        provider.delete(made.id, made.outs)
        return provider, declared

    @pytest.mark.parametrize("operation", ["ListStreamKeys", "CreateStreamKey"])
    @pytest.mark.parametrize("code", ["AccessDeniedException", "PendingVerification", "ServiceQuotaExceededException"])
    def test_the_error_says_that_the_channel_has_no_key(
        self, cloud, monkeypatch, provider_after_delete, operation, code
    ):
        provider, declared = provider_after_delete
        # Without a remembered list, create calls ListStreamKeys.
        provider._operation.listings.clear()
        refuse(monkeypatch, operation, code)
        with pytest.raises(StreamKeyError) as caught:
            provider.create(declared)
        assert "now: " in str(caught.value)
        assert ("has no stream key" in caught.value.aftermath) is (code != "ServiceQuotaExceededException")
        assert configured_provider().create(declared).id == cloud.key(declared["channel_arn"])["arn"]

    def test_a_key_created_concurrently_is_reported_and_kept(self, cloud, provider_after_delete):
        provider, declared = provider_after_delete
        other_key = cloud.client.create_stream_key(channelArn=declared["channel_arn"])["streamKey"]["arn"]
        with pytest.raises(errors.KeyExists) as caught:
            provider.create(declared)
        assert "the one that the channel has is not its own" in caught.value.aftermath
        assert cloud.key(declared["channel_arn"])["arn"] == other_key

    def test_an_unknown_outcome_of_a_delete_is_reported(self, cloud, monkeypatch):
        channel = cloud.channel()
        refuse(monkeypatch, "DeleteStreamKey", "InternalServerException")
        with pytest.raises(errors.ServiceFailed) as caught:
            configured_provider().create(inputs(channel))
        assert "may have no stream key" in caught.value.aftermath


class TestErrors:
    def test_an_expected_error_has_no_inner_frames_and_no_causes(self, cloud, monkeypatch):
        refuse(monkeypatch, "ListStreamKeys", "AccessDeniedException")
        try:
            configured_provider().create(inputs(CHANNEL))
        except errors.AccessDenied:
            text = traceback.format_exc()
        assert "botocore" not in text
        assert "During handling" not in text
        assert text.count("File ") == 2
        assert f"AWS does not allow ivs:ListStreamKeys on {CHANNEL}." in text

    def test_an_internal_error_keeps_its_traceback(self):
        try:
            configured_provider().create({})
        except KeyError:
            text = traceback.format_exc()
        assert "in create" in text

    def test_no_error_contains_a_key_value(self, cloud, monkeypatch, caplog, capfd):
        caplog.set_level("DEBUG")
        channel = cloud.channel()
        made = configured_provider().create(inputs(channel))
        value = made.outs["value"]
        caplog.clear()
        calls = {
            "ListStreamKeys": lambda provider: provider.create(inputs(channel)),
            "GetStreamKey": lambda provider: provider.read(made.id, made.outs),
            "TagResource": lambda provider: provider.update(made.id, made.outs, inputs(channel, tags={"a": "b"})),
            "DeleteStreamKey": lambda provider: provider.delete(made.id, made.outs),
        }
        for operation, call in calls.items():
            with monkeypatch.context() as patch:
                refuse(patch, operation, "ValidationException", f"what is {value}?")
                with pytest.raises(StreamKeyError) as caught:
                    call(configured_provider())
            assert value not in f"{caught.value} {caught.value!r} {caught.value.args}"
        assert value not in caplog.text
        assert value not in "".join(capfd.readouterr())
