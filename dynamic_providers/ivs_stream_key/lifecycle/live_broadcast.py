"""What rotating or deleting a key does while its channel is live, as `when_live` says.

A running broadcast is not interrupted when its key is deleted, but its encoder cannot reconnect with that key.
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
"""What happens to a broadcast when the key of its channel is replaced, by `when_live`."""

# For how many seconds the result of the last GetStream is used.
_LOOK_AGE: Final = 10.0
_AFTER_DELETE: Final = "The broadcast goes on, but its encoder cannot reconnect: its key is deleted."


def announce(operation: Operation, channel_arn: Any, choice: str) -> None:
    """Warn, while a rotation is planned, what it does to a running broadcast; OnAir if `choice` is ``"fail"``."""
    channel = arns.parse(channel_arn, arns.CHANNEL)
    stream = _stream(operation, channel, choice)
    if stream is None:
        return
    if choice == FAIL:
        raise _refusal(channel, stream)
    operation.announced.add(channel.text)
    diagnostics.warn(f"Rotating the key of {_live(channel, stream)}. {CONSEQUENCES[choice]}")


def before_create(operation: Operation, channel: arns.Arn, choice: str) -> str | None:
    """Return a description of the channel's running broadcast, or None, before a create deletes the channel's key.

    OnAir if `choice` is ``"fail"``. The result is cached for the create.
    """
    stream = _stream(operation, channel, choice)
    operation.looks[channel.text] = (stream, operation.seconds())
    if stream is None:
        return None
    if choice == FAIL:
        raise _refusal(channel, stream)
    operation.announced.add(channel.text)
    return _described(stream)


def before_delete(operation: Operation, channel: arns.Arn, choice: str) -> None:
    """Warn of a running broadcast before the channel's key is deleted, once a run; OnAir if `choice` is ``"fail"``."""
    if choice == STOP or (choice == KEEP and channel.text in operation.announced):
        return
    looked = operation.looks.pop(channel.text, None)
    if looked is not None and operation.seconds() - looked[1] < _LOOK_AGE:
        stream = looked[0]
    else:
        stream = _stream(operation, channel, choice)
    if stream is not None and choice == FAIL:
        raise _refusal(channel, stream)
    if stream is not None:
        operation.announced.add(channel.text)
        diagnostics.warn(f"Deleting the key of {_live(channel, stream)}. {_AFTER_DELETE}")


def end_broadcast(operation: Operation, channel: arns.Arn, choice: str) -> None:
    """Stop the running broadcast if `choice` is ``"stop"``, once a run. Call this after the key is deleted.

    Before that, the encoder would reconnect automatically with its key.
    """
    if choice != STOP or channel.text in operation.stopped:
        return
    try:
        operation.clients.ivs(channel).stop_stream(channel.text)
    except StreamKeyError as error:
        error.aftermath = (
            "the old key is deleted, but a running broadcast goes on. The next run tries again to stop it."
        )
        raise
    operation.stopped.add(channel.text)


def _stream(operation: Operation, channel: arns.Arn, choice: str) -> "Stream | None":
    """Return the running broadcast. A failed call is an error only if `choice` is ``"fail"``, else a message."""
    try:
        return operation.clients.ivs(channel).stream(channel.text)
    except StreamKeyError as error:
        if choice == FAIL:
            raise
        hint = " Allow ivs:GetStream to find out." if isinstance(error, AccessDenied) else ""
        if channel.text not in operation.announced:
            diagnostics.info(f"Could not find out whether {channel} is live: {error.summary}{hint}")
        operation.announced.add(channel.text)
        return None


def _refusal(channel: arns.Arn, stream: "Stream") -> OnAir:
    return OnAir(
        f"The channel {channel} is live, and when_live='fail' leaves its stream key alone.",
        resource=channel.text,
        expected="a channel that is not live",
        got=_described(stream),
        aftermath="nothing was deleted: the key is unchanged.",
        remedy="wait until the broadcast has ended and run again, or set when_live='keep' (the broadcast goes on) or "
        "'stop' (it is ended); for a `pulumi destroy`, set it and run `pulumi up` first.",
    )


def _live(channel: arns.Arn, stream: "Stream") -> str:
    return f"{channel}, which is live ({_described(stream)})"


def _described(stream: "Stream") -> str:
    since = f", live since {stream.since}" if stream.since else ""
    return f"stream {stream.id or 'without an id'}{since}"
