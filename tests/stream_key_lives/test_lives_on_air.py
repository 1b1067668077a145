"""A channel that is live while its key is to go: what `when_live` says, in preview, up and destroy."""

import pytest


@pytest.fixture
def live(life):
    """Return a life whose key is about to rotate while its channel is live."""

    def live(when_live):
        life.wish = {"rotation_triggers": {"season": 1}, "when_live": when_live}
        life.up()
        life.go_live()
        life.wish = {"rotation_triggers": {"season": 2}, "when_live": when_live}
        return life

    yield live
    life.go_offline()


@pytest.mark.slow("several operations of a stack with a key")
def test_keep_rotates_keeps_the_broadcast_and_warns_once_in_preview_and_up(live, said):
    life = live("keep")
    before = life.held()
    warning = f"warning: Rotating the key of {life.channel}, which is live (stream st-"
    assert warning in said(life.preview())
    text = said(life.up())
    assert text.count(warning) == text.count("warning: ") == 1
    assert "its encoder needs the new key to reconnect" in text
    assert life.held()["arn"] != before["arn"]
    assert life.is_live()


@pytest.mark.real("diff may refuse, in the preview already")
def test_fail_refuses_in_the_preview_and_in_the_up_before_anything_is_deleted(live):
    life = live("fail")
    before = life.held()
    for operation in (life.preview, life.up):
        error = life.refuses(operation, "OnAir")
        assert f"The channel {life.channel} is live" in error
        assert "\n  got: stream st-" in error
        assert ", live since 20" in error
        assert "\n  now: nothing was deleted" in error
        assert life.held() == before
    life.go_offline()
    life.up()
    assert life.held()["arn"] != before["arn"]


@pytest.mark.slow("starts processes")
@pytest.mark.real("a delete-first replacement with a broadcast that runs")
def test_stop_rotates_and_then_stops_the_broadcast(live):
    life = live("stop")
    before = life.held()
    life.preview()
    assert life.is_live()
    calls = [call.operation for call in life.up().calls]
    assert calls.index("DeleteStreamKey") < calls.index("StopStream")
    assert life.held()["arn"] != before["arn"]
    assert not life.is_live()


@pytest.mark.slow("several operations of a stack with a key")
def test_a_refused_rotation_succeeds_with_another_choice(live):
    life = live("fail")
    life.refuses(life.up, "OnAir")
    life.wish["when_live"] = "stop"
    life.up()
    assert life.held()
    assert not life.is_live()


@pytest.mark.slow("several operations of a stack with a key")
def test_on_request_fail_refuses_before_the_delete(life):
    life.wish["when_live"] = "fail"
    life.up()
    before = life.held()
    life.go_live()
    life.refuses(lambda: life.up(replace=[life.stack.resource("key").urn]), "OnAir")
    assert life.held() == before
    life.go_offline()


@pytest.mark.slow("several operations of a stack with a key")
def test_a_destroy_uses_the_choice_of_the_last_up(life):
    for when_live, ends in (("keep", False), ("stop", True)):
        life.wish["when_live"] = when_live
        life.up()
        life.go_live()
        life.stack.destroy()
        assert life.on_channel() == []
        assert life.is_live() is not ends
        life.go_offline()
    life.wish["when_live"] = "fail"
    life.up()
    life.go_live()
    error = life.refuses(life.stack.destroy, "OnAir")
    assert "for a `pulumi destroy`, set it and run `pulumi up` first" in error
    assert life.held()
    life.go_offline()


@pytest.mark.slow("a long life")
def test_with_fail_a_removed_key_is_not_deleted_during_a_broadcast(life):
    life.wish["when_live"] = "fail"
    life.up()
    life.go_live()
    life.wish = None
    life.refuses(life.up, "OnAir")
    assert len(life.on_channel()) == 1
    life.go_offline()
    life.up()
    assert life.on_channel() == []


@pytest.mark.slow("several operations of a stack with a key")
def test_without_permission_keep_warns_and_continues(live, said):
    life = live("keep")
    life.faults.error("GetStream", "AccessDeniedException", "no", times=None)
    assert "could not be found out" in said(life.up())
    assert life.held()


@pytest.mark.slow("several operations of a stack with a key")
def test_a_broadcast_that_could_not_be_stopped_is_stopped_by_the_next_up(live):
    life = live("stop")
    life.faults.error("StopStream", "AccessDeniedException", "no")
    assert "a running broadcast goes on" in life.refuses(life.up, "AccessDenied")
    assert life.is_live()
    life.up()
    assert life.held()
    assert not life.is_live()
