"""Rotation and delete during a broadcast: the choices of `when_live` in preview, up and destroy."""

import pytest


@pytest.fixture
def live(lifecycle):
    """Return a function that prepares a rotation on a live channel, and returns the Lifecycle."""

    def live(when_live):
        lifecycle.inputs = {"rotation_triggers": {"season": 1}, "when_live": when_live}
        lifecycle.up()
        lifecycle.go_live()
        lifecycle.inputs = {"rotation_triggers": {"season": 2}, "when_live": when_live}
        return lifecycle

    yield live
    lifecycle.go_offline()


@pytest.mark.slow("several operations of a stack with a key")
def test_keep_rotates_keeps_the_broadcast_and_warns_once_in_preview_and_up(live, messages):
    lifecycle = live("keep")
    before = lifecycle.key_in_state()
    warning = f"warning: Rotating the key of {lifecycle.channel}, which is live (stream st-"
    assert warning in messages(lifecycle.preview())
    text = messages(lifecycle.up())
    assert text.count(warning) == text.count("warning: ") == 1
    assert "its encoder needs the new key to reconnect" in text
    assert lifecycle.key_in_state()["arn"] != before["arn"]
    assert lifecycle.is_live()


@pytest.mark.real("an error of diff, in a preview too")
@pytest.mark.slow("a lifecycle")
def test_fail_refuses_in_preview_and_up_before_anything_is_deleted(live):
    lifecycle = live("fail")
    before = lifecycle.key_in_state()
    for operation in (lifecycle.preview, lifecycle.up):
        error = lifecycle.assert_refused(operation, "OnAir")
        assert f"The channel {lifecycle.channel} is live" in error
        assert "\n  got: stream st-" in error
        assert ", live since 20" in error
        assert "\n  now: nothing was deleted" in error
        assert lifecycle.key_in_state() == before
    lifecycle.go_offline()
    lifecycle.up()
    assert lifecycle.key_in_state()["arn"] != before["arn"]


@pytest.mark.slow("starts processes")
@pytest.mark.real("a delete-first replacement during a broadcast")
def test_stop_rotates_and_then_stops_the_broadcast(live):
    lifecycle = live("stop")
    before = lifecycle.key_in_state()
    lifecycle.preview()
    assert lifecycle.is_live()
    calls = [call.operation for call in lifecycle.up().calls]
    assert calls.index("DeleteStreamKey") < calls.index("StopStream")
    assert lifecycle.key_in_state()["arn"] != before["arn"]
    assert not lifecycle.is_live()


@pytest.mark.slow("several operations of a stack with a key")
def test_a_refused_rotation_succeeds_with_another_choice(live):
    lifecycle = live("fail")
    lifecycle.assert_refused(lifecycle.up, "OnAir")
    lifecycle.inputs["when_live"] = "stop"
    lifecycle.up()
    assert lifecycle.key_in_state()
    assert not lifecycle.is_live()


@pytest.mark.slow("several operations of a stack with a key")
def test_fail_refuses_a_replacement_on_request_before_the_delete(lifecycle):
    lifecycle.inputs["when_live"] = "fail"
    lifecycle.up()
    before = lifecycle.key_in_state()
    lifecycle.go_live()
    lifecycle.assert_refused(lambda: lifecycle.up(replace=[lifecycle.stack.resource("key").urn]), "OnAir")
    assert lifecycle.key_in_state() == before
    lifecycle.go_offline()


@pytest.mark.slow("several operations of a stack with a key")
def test_a_destroy_uses_the_choice_of_the_last_up(lifecycle):
    for when_live, ends in (("keep", False), ("stop", True)):
        lifecycle.inputs["when_live"] = when_live
        lifecycle.up()
        lifecycle.go_live()
        lifecycle.stack.destroy()
        assert lifecycle.keys_on_channel() == []
        assert lifecycle.is_live() is not ends
        lifecycle.go_offline()
    lifecycle.inputs["when_live"] = "fail"
    lifecycle.up()
    lifecycle.go_live()
    error = lifecycle.assert_refused(lifecycle.stack.destroy, "OnAir")
    assert "for a `pulumi destroy`, set it and run `pulumi up` first" in error
    assert lifecycle.key_in_state()
    lifecycle.go_offline()


@pytest.mark.slow("a long lifecycle")
def test_with_fail_a_removed_key_is_not_deleted_during_a_broadcast(lifecycle):
    lifecycle.inputs["when_live"] = "fail"
    lifecycle.up()
    lifecycle.go_live()
    lifecycle.inputs = None
    lifecycle.assert_refused(lifecycle.up, "OnAir")
    assert len(lifecycle.keys_on_channel()) == 1
    lifecycle.go_offline()
    lifecycle.up()
    assert lifecycle.keys_on_channel() == []


@pytest.mark.slow("several operations of a stack with a key")
def test_without_permission_keep_warns_and_continues(live, messages):
    lifecycle = live("keep")
    lifecycle.faults.error("GetStream", "AccessDeniedException", "no", times=None)
    assert "Could not find out whether" in messages(lifecycle.up())
    assert lifecycle.key_in_state()


@pytest.mark.slow("several operations of a stack with a key")
def test_a_broadcast_that_could_not_be_stopped_is_stopped_by_the_next_up(live):
    lifecycle = live("stop")
    lifecycle.faults.error("StopStream", "AccessDeniedException", "no")
    assert "a running broadcast goes on" in lifecycle.assert_refused(lifecycle.up, "AccessDenied")
    assert lifecycle.is_live()
    lifecycle.up()
    assert lifecycle.key_in_state()
    assert not lifecycle.is_live()
