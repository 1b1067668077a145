"""Rotation for each cause: a new key under the same URN, the old one deleted first, and no further changes."""

import pulumi
import pytest

from ivs_stream_key import StreamKey
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY
from provider_startup import STARTUP
from rehearsal.testing import OperationFailed


def rotated(lifecycle, before):
    """Return whether the channel has a new key, after checking that it is the one in the state."""
    after = lifecycle.key_in_state()
    return after["arn"] != before["arn"] and after["value"] != before["value"]


@pytest.mark.real("a rotation by a changed trigger")
def test_a_changed_trigger_replaces_the_key_and_deletes_first(lifecycle):
    lifecycle.inputs["rotation_triggers"] = {"season": 1}
    lifecycle.up()
    before = lifecycle.key_in_state()
    lifecycle.inputs["rotation_triggers"] = {"season": 2}
    planned = lifecycle.preview()
    assert planned.plan == {"key": "replace"}
    assert planned.deletes_before_creating("key")
    assert lifecycle.key_in_state() == before
    assert lifecycle.up().deletes_before_creating("key")
    assert rotated(lifecycle, before)


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("secrets in inputs that are compared")
def test_triggers_can_be_secret(lifecycle):
    lifecycle.inputs["rotation_triggers"] = lambda: {"leak": pulumi.Output.secret("incident-4711")}
    lifecycle.up()
    before = lifecycle.key_in_state()
    lifecycle.inputs["rotation_triggers"] = lambda: {"leak": pulumi.Output.secret("incident-4712")}
    lifecycle.up()
    assert rotated(lifecycle, before)


@pytest.mark.slow("a lifecycle")
def test_the_first_up_after_the_due_time_replaces_the_key(lifecycle, pass_days, messages):
    lifecycle.inputs["rotation_days"] = 30
    lifecycle.up()
    before = lifecycle.key_in_state()
    assert lifecycle.stack.resource("key").outputs["rotation_due_at"] == "2026-01-31T00:00:00Z"
    pass_days(29)
    lifecycle.up(expect_no_changes=True)
    pass_days(1)
    assert lifecycle.stack.refresh(expect_no_changes=True)
    preview = lifecycle.preview()
    assert preview.plan == {"key": "replace"}
    assert "is due for rotation: it came under Pulumi at 2026-01-01T00:00:00Z" in messages(preview)
    assert lifecycle.key_in_state() == before
    lifecycle.up()
    assert rotated(lifecycle, before)
    assert lifecycle.stack.resource("key").outputs["rotation_due_at"] == "2026-03-02T00:00:00Z"


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("a provider's process with another clock")
def test_an_adopted_key_is_due_by_its_time_of_adoption(lifecycle_with_key, pass_days):
    lifecycle = lifecycle_with_key
    pass_days(1000)
    lifecycle.inputs |= {"existing_key": "adopt", "rotation_days": 7}
    lifecycle.up()
    assert lifecycle.key_in_state()["value"] == lifecycle.default_key["value"]
    pass_days(6)
    lifecycle.up(expect_no_changes=True)
    lifecycle.inputs["existing_key"] = "replace"
    lifecycle.up()
    pass_days(1)
    lifecycle.up()
    assert rotated(lifecycle, lifecycle.default_key)


@pytest.mark.slow("several operations of a stack with a key")
def test_rotation_days_added_later_rotate_only_due_keys(lifecycle, pass_days):
    lifecycle.up()
    before = lifecycle.key_in_state()
    pass_days(10)
    lifecycle.inputs["rotation_days"] = 11
    assert lifecycle.up().plan == {"key": "update"}
    assert lifecycle.key_in_state() == before
    lifecycle.inputs["rotation_days"] = 10
    assert lifecycle.up().plan == {"key": "replace"}
    assert rotated(lifecycle, before)


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("--replace and delete_before_replace")
def test_replace_on_request_deletes_first(lifecycle):
    lifecycle.up()
    before = lifecycle.key_in_state()
    urn = lifecycle.stack.resource("key").urn
    assert lifecycle.preview(replace=[urn]).plan == {"key": "replace"}
    assert lifecycle.up(replace=[urn]).deletes_before_creating("key")
    assert rotated(lifecycle, before)


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("--replace, create-first")
def test_replace_on_request_creates_first_if_the_program_says_so(lifecycle):
    lifecycle.opts["delete_before_replace"] = False
    lifecycle.up()
    before = lifecycle.key_in_state()
    lifecycle.up(replace=[lifecycle.stack.resource("key").urn])
    assert rotated(lifecycle, before)


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("the option replacement_trigger")
def test_a_changed_replacement_trigger_rotates_the_key(lifecycle):
    lifecycle.opts["replacement_trigger"] = "spring"
    lifecycle.up()
    before = lifecycle.key_in_state()
    lifecycle.opts["replacement_trigger"] = "summer"
    assert lifecycle.up().plan == {"key": "replace"}
    assert rotated(lifecycle, before)


@pytest.mark.slow("several operations of a stack with a key")
def test_another_channel_replaces_the_key_and_the_old_channel_has_none(lifecycle):
    lifecycle.up()
    old = lifecycle.channel
    lifecycle.channel = lifecycle.ivs.create_channel(name="new")["channel"]["arn"]
    lifecycle.up()
    assert lifecycle.key_in_state()["channelArn"] == lifecycle.channel
    assert lifecycle.ivs.list_stream_keys(channelArn=old)["streamKeys"] == []
    lifecycle.inputs = None
    lifecycle.up()
    lifecycle.ivs.delete_channel(arn=lifecycle.channel)


@pytest.mark.slow("a lifecycle for each error")
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        pytest.param(
            "PendingVerification",
            "PendingVerification",
            marks=pytest.mark.real("a replacement that fails between delete and create"),
        ),
        ("AccessDeniedException", "AccessDenied"),
        ("ServiceQuotaExceededException", "QuotaExceeded"),
    ],
)
def test_a_rotation_with_a_failed_create_is_reported_and_repaired_by_the_next_up(lifecycle, code, kind):
    lifecycle.inputs["rotation_triggers"] = {"season": 1}
    lifecycle.up()
    before = lifecycle.key_in_state()
    lifecycle.inputs["rotation_triggers"] = {"season": 2}
    # If the quota is exceeded, create lists the keys and tries once more before it fails.
    lifecycle.faults.error("CreateStreamKey", code, "not now", times=2 if kind == "QuotaExceeded" else 1)
    error = lifecycle.assert_refused(lifecycle.up, kind)
    assert "\n  AWS said: " in error
    assert "\n  remedy: " in error
    assert lifecycle.keys_on_channel() == []
    if kind != "QuotaExceeded":
        assert "\n  now: the channel has no stream key" in error
    lifecycle.up()
    assert rotated(lifecycle, before)


@pytest.mark.slow("a crash after each call")
@pytest.mark.parametrize(
    "operation",
    [
        "GetStream",
        pytest.param("DeleteStreamKey", marks=pytest.mark.real("a provider that dies between delete and create")),
        "ListStreamKeys",
        pytest.param(
            "CreateStreamKey",
            marks=pytest.mark.real("a provider that dies before the engine gets the result of its create"),
        ),
    ],
)
def test_a_crash_after_any_call_of_a_rotation_is_repaired_by_the_next_up(lifecycle, operation):
    lifecycle.inputs["rotation_triggers"] = {"season": 1}
    lifecycle.up()
    before = lifecycle.key_in_state()
    lifecycle.inputs["rotation_triggers"] = {"season": 2}
    lifecycle.faults.crash_after(operation)
    with pytest.raises(OperationFailed, match="process ended during"):
        lifecycle.up()
    lifecycle.up()
    assert rotated(lifecycle, before)


@pytest.mark.slow("a lifecycle for each call")
@pytest.mark.parametrize("operation", ["GetStream", "DeleteStreamKey", "ListStreamKeys", "CreateStreamKey"])
def test_a_lost_response_during_a_rotation_is_no_failure(lifecycle, operation):
    lifecycle.inputs["rotation_triggers"] = {"season": 1}
    lifecycle.up()
    before = lifecycle.key_in_state()
    lifecycle.inputs["rotation_triggers"] = {"season": 2}
    lifecycle.faults.lose_response(operation)
    lifecycle.up()
    assert rotated(lifecycle, before)


class Retaining(pulumi.ComponentResource):
    """A component whose children are not deleted with it."""

    def __init__(self):
        super().__init__("vod:index:Retaining", "studio", None, pulumi.ResourceOptions(retain_on_delete=True))


@pytest.fixture
def retained(rehearse):
    """Return a class of stacks with a StreamKey that has retain_on_delete, of its own or from its component."""

    class Retained:
        def __init__(self, inherited, **inputs):
            self.ivs = rehearse.cloud.boto3("ivs")
            self.channel = self.ivs.create_channel()["channel"]["arn"]
            (key,) = self.ivs.list_stream_keys(channelArn=self.channel)["streamKeys"]
            if inputs["existing_key"] == "fail":
                self.ivs.delete_stream_key(arn=key["arn"])
            self.inherited, self.inputs, self.replacement_trigger = inherited, inputs, 1
            self.stack = rehearse(self._program, provider_startup=STARTUP)

        def _program(self):
            opts = {"parent": Retaining()} if self.inherited else {"retain_on_delete": True}
            StreamKey(
                "key",
                self.channel,
                **self.inputs,
                opts=pulumi.ResourceOptions(replacement_trigger=self.replacement_trigger, **opts),
            )

        def key_in_state(self):
            (listed,) = self.ivs.list_stream_keys(channelArn=self.channel)["streamKeys"]
            key = self.ivs.get_stream_key(arn=listed["arn"])["streamKey"]
            state = self.stack.resource("key")
            assert (state.id, state.outputs["value"].value) == (key["arn"], key["value"])
            return key

        def finish(self):
            self.stack.up(expect_no_changes=True)
            self.stack.destroy()
            (retained_key,) = self.ivs.list_stream_keys(channelArn=self.channel)["streamKeys"]
            self.ivs.delete_stream_key(arn=retained_key["arn"])

    return Retained


@pytest.mark.slow("a long lifecycle for each choice")
@pytest.mark.parametrize("inherited", [False, True], ids=["own", "inherited"])
@pytest.mark.parametrize("existing_key", ["replace", "adopt", "fail"])
def test_a_key_with_retain_on_delete_is_rotated(retained, pass_days, existing_key, inherited):
    case = retained(inherited, existing_key=existing_key, rotation_triggers={"season": 1}, rotation_days=30)
    case.stack.up()
    values = [case.key_in_state()["value"]]

    def rotated():
        case.stack.up()
        values.append(case.key_in_state()["value"])
        return len(values) == len(set(values))

    case.inputs["rotation_triggers"] = {"season": 2}
    assert rotated()
    pass_days(31)
    assert rotated()
    case.replacement_trigger = 2
    assert rotated()
    case.finish()


@pytest.mark.slow("several operations of a stack with a key")
def test_replacing_a_retained_key_on_request_keeps_it_with_a_warning(retained, messages):
    case = retained(False, existing_key="adopt")
    case.stack.up()
    before = case.key_in_state()
    for operation in (case.stack.preview, case.stack.up):
        result = operation(replace=[case.stack.resource("key").urn])
        assert messages(result).count("change rotation_triggers") == 1
    assert case.key_in_state()["value"] == before["value"]
    case.finish()


@pytest.mark.slow("a lifecycle for each choice")
@pytest.mark.parametrize("existing_key", ["adopt", "fail"])
def test_a_retained_key_without_an_owner_tag_is_rotated_after_a_diff(retained, existing_key):
    full = {f"tag-{n}": "" for n in range(50)}
    case = retained(False, existing_key=existing_key, rotation_triggers={"season": 1}, tags=full)
    case.stack.up()
    before = case.key_in_state()
    assert before["tags"] == full
    case.inputs["rotation_triggers"] = {"season": 2}
    case.stack.up()
    assert case.key_in_state()["value"] != before["value"]
    case.finish()


@pytest.fixture
def imported_key(retained):
    """Return a function that creates a stack with a retained key without an owner tag, as after an import."""

    def create(**inputs):
        case = retained(False, existing_key="adopt", **inputs)
        case.stack.up()
        exported = case.stack.export_stack()
        (state,) = [one for one in exported.deployment["resources"] if one["urn"].endswith("StreamKey::key")]
        del state["inputs"]["owner"], state["outputs"]["owner"]
        state["outputs"]["owner_tag"] = ""
        case.stack.import_stack(exported)
        case.ivs.untag_resource(resourceArn=state["id"], tagKeys=[OWNER_TAG_KEY])
        return case

    return create


@pytest.mark.slow("several operations of a stack with a key")
def test_an_imported_retained_key_is_rotated_without_a_diff(imported_key):
    case = imported_key()
    before = case.key_in_state()
    assert OWNER_TAG_KEY not in before["tags"]
    case.replacement_trigger = 2
    case.stack.up()
    assert case.key_in_state()["value"] != before["value"]
    case.finish()


@pytest.mark.slow("a crash at each call")
@pytest.mark.parametrize("cause", ["triggers", "replacement_trigger"])
@pytest.mark.parametrize("call", ["ListStreamKeys", "DeleteStreamKey", "CreateStreamKey"])
def test_an_imported_retained_key_is_rotated_after_an_interrupted_rotation(imported_key, cause, call):
    case = imported_key(rotation_triggers={"season": 1})
    before = case.key_in_state()
    if cause == "triggers":
        case.inputs["rotation_triggers"] = {"season": 2}
    else:
        case.replacement_trigger = 2
    case.stack.faults.crash_after(call)
    with pytest.raises(OperationFailed, match="process ended during"):
        case.stack.up()
    case.stack.faults.clear()
    case.stack.up()
    assert case.key_in_state()["value"] != before["value"]
    case.finish()
