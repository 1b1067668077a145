"""What rotating or deleting a key does while its channel is on the air, as `when_live` says.

A broadcast that runs is not cut off when its key goes, but its encoder cannot reconnect with that key.
"""

from typing import TYPE_CHECKING, Any, Final

from ivs_stream_key.aws import arns
from ivs_stream_key.errors import AccessDenied, OnAir, StreamKeyError
from ivs_stream_key.lifecycle.operation import Operation
from ivs_stream_key.messages import diagnostics
from ivs_stream_key.properties import FAIL, KEEP, STOP

if TYPE_CHECKING:
    from ivs_stream_key.ivs.stream_keys import Stream

__all__ = ["CONSEQUENCES", "announce", "before_create", "before_delete", "end_broadcast"]

CONSEQUENCES: Final = {
    KEEP: "The broadcast goes on, but its encoder needs the new key to reconnect.",
    STOP: "when_live='stop' ends that broadcast; its encoder needs the new key to go live again.",
}
"""What becomes of a broadcast when the key of its channel is replaced, by `when_live`."""

# Seconds for which a look at the channel is good enough for a refusal.
_LOOK_AGE: Final = 10.0
_AFTER_DELETE: Final = "The broadcast goes on, but its encoder cannot reconnect: its key is deleted."


def announce(run: Operation, channel_arn: Any, choice: str) -> None:
    """Say, while a rotation is planned, what it will do to the broadcast that runs; OnAir if it is refused."""
    channel = arns.parse(channel_arn, arns.CHANNEL)
    stream = _stream(run, channel, choice)
    if stream is None:
        return
    if choice == FAIL:
        raise _refusal(channel, stream)
    run.announced.add(channel.text)
    diagnostics.warn(f"Rotating the key of {_live(channel, stream)}. {CONSEQUENCES[choice]}")


def before_create(run: Operation, channel: arns.Arn, choice: str) -> str | None:
    """Look at a channel whose key a create is to delete: return the broadcast that runs, in words, or None.

    OnAir if that is refused. The create that follows does not ask again.
    """
    stream = _stream(run, channel, choice)
    run.looks[channel.text] = (stream, run.seconds())
    if stream is None:
        return None
    if choice == FAIL:
        raise _refusal(channel, stream)
    run.announced.add(channel.text)
    return _described(stream)


def before_delete(run: Operation, channel: arns.Arn, choice: str) -> None:
    """Look at the channel before its key goes: OnAir if that is refused, a warning if none was given yet."""
    if choice == STOP or (choice == KEEP and channel.text in run.announced):
        return
    looked = run.looks.pop(channel.text, None)
    if looked is not None and run.seconds() - looked[1] < _LOOK_AGE:
        stream = looked[0]
    else:
        stream = _stream(run, channel, choice)
    if stream is not None and choice == FAIL:
        raise _refusal(channel, stream)
    if stream is not None:
        run.announced.add(channel.text)
        diagnostics.warn(f"Deleting the key of {_live(channel, stream)}. {_AFTER_DELETE}")


def end_broadcast(run: Operation, channel: arns.Arn, choice: str) -> None:
    """Stop the broadcast that runs if `choice` says so; once a run. To be called when the key is gone.

    An encoder reconnects by itself, and as long as its key is valid that succeeds.
    """
    if choice != STOP or channel.text in run.stopped:
        return
    try:
        run.clients.ivs(channel).stop_stream(channel.text)
    except StreamKeyError as error:
        error.aftermath = (
            "the old key is deleted, but a broadcast that ran goes on. The next run tries again to stop it."
        )
        raise
    run.stopped.add(channel.text)


def _stream(run: Operation, channel: arns.Arn, choice: str) -> "Stream | None":
    """Return the broadcast that runs; where nothing depends on it but a warning, a failure to look is one too."""
    try:
        return run.clients.ivs(channel).stream(channel.text)
    except StreamKeyError as error:
        if choice == FAIL:
            raise
        hint = " Allow ivs:GetStream to be told." if isinstance(error, AccessDenied) else ""
        if channel.text not in run.announced:
            diagnostics.info(f"Whether {channel} is live could not be found out: {error.summary}{hint}")
        run.announced.add(channel.text)
        return None


def _refusal(channel: arns.Arn, stream: "Stream") -> OnAir:
    return OnAir(
        f"The channel {channel} is live, and when_live='fail' leaves its stream key alone.",
        resource=channel.text,
        expected="a channel that is not live",
        got=_described(stream),
        aftermath="nothing was deleted: the key is the one that it was.",
        remedy="wait until the broadcast has ended and run again, or set when_live='keep' (the broadcast goes on) or "
        "'stop' (it is ended); for a `pulumi destroy`, set it and run `pulumi up` first.",
    )


def _live(channel: arns.Arn, stream: "Stream") -> str:
    return f"{channel}, which is live ({_described(stream)})"


def _described(stream: "Stream") -> str:
    since = f", live since {stream.since}" if stream.since else ""
    return f"stream {stream.id or 'without an id'}{since}"
