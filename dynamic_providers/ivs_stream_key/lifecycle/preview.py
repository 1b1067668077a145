"""Reports what a create will do with the channel's existing key, during check: in previews and in updates.

Before a create, check is the only call that the engine also makes in a preview. It then gets no old inputs, so that it
can tell a create from other changes.
"""

from collections.abc import Mapping
from typing import Any, Final

from pulumi.output import Unknown

from ivs_stream_key.aws import arns
from ivs_stream_key.aws_config.setting_values import has_unknown
from ivs_stream_key.errors import BadCredentials, StreamKeyError, Unreachable
from ivs_stream_key.ivs.ownership import Owner, Ownership, ownership_of
from ivs_stream_key.lifecycle import live_broadcast
from ivs_stream_key.lifecycle.existing_keys import Decision, decide, described, keys_on, place_of, refuse_other_stacks
from ivs_stream_key.lifecycle.operation import Operation
from ivs_stream_key.lifecycle.takeovers import refuse_taken_over
from ivs_stream_key.messages import diagnostics
from ivs_stream_key.messages.formatting import format_value
from ivs_stream_key.properties import (
    CHANNEL_ARN,
    CONNECTION,
    EXISTING_KEY,
    KEEP,
    OWNER,
    TAGS,
    WHEN_LIVE,
    WHEN_LIVE_CHOICES,
)

__all__ = ["announce_create", "announce_resumption"]

_UNKNOWN_CONNECTION: Final = "its connection is not known yet."
_KEEP: Final = "To keep such a key with its value, set existing_key='adopt'."


def announce_create(operation: Operation, news: Mapping[str, Any]) -> None:
    """Report what a create with the valid inputs `news` will do to the channel's key, if the channel's ARN is known.

    KeyExists or OnAir if the create will raise that error. If AWS cannot be called, report that as a note.
    """
    if not isinstance(news.get(CHANNEL_ARN), str) or isinstance(news.get(EXISTING_KEY), Unknown):
        return
    connection = news.get(CONNECTION)
    if has_unknown(connection):
        _say_unanswered(operation, news, _UNKNOWN_CONNECTION)
        return
    operation, channel = operation.at(connection), arns.parse(news[CHANNEL_ARN], arns.CHANNEL)
    if place_of(news) in operation.established:
        _confirm_rotation(operation, channel, news)
        return
    if str(connection) in operation.unanswered:
        return
    try:
        found, _ = keys_on(operation, channel)
    except StreamKeyError as error:
        if isinstance(error, BadCredentials | Unreachable):
            # Make no more calls with this connection: they would fail too, after a long wait.
            operation.unanswered.add(str(connection))
        _say_unanswered(operation, news, error.summary)
        return
    _say(operation, channel, news, decide(found, news, operation, channel))


def announce_resumption(operation: Operation, key_arn: str, name: str) -> None:
    """Warn, once, that a create keeps a key of its own instead of rotating it.

    With ``pulumi up --replace`` and `retain_on_delete` the engine makes the same calls as after an interrupted run or
    with a lost state: a create without old inputs, and no delete. The provider cannot tell these cases apart.
    """
    if key_arn in operation.said:
        return
    operation.said.add(key_arn)
    diagnostics.warn(
        f"{name} keeps {key_arn} with its value: it created that key in a run that was interrupted, or whose state "
        "was lost. If you wanted to rotate the key (`pulumi up --replace` with retain_on_delete), change "
        "rotation_triggers."
    )


def _confirm_rotation(operation: Operation, channel: arns.Arn, news: Mapping[str, Any]) -> None:
    """Check, before a rotation deletes a key, that no other stack has taken it over."""
    held = operation.held_on.get(place_of(news))
    if held is None:
        return
    try:
        found, _ = keys_on(operation, channel)
    except StreamKeyError:
        # The delete lists the keys again.
        return
    refuse_other_stacks([key for key in found if key.arn != held], news, operation, channel)
    holder, tags = operation.held[held], operation.clients.tagging().merged(news.get(TAGS))
    for key in found:
        if key.arn != held:
            continue
        owners = (Owner.of(holder.owner), Owner.of(news.get(OWNER)))
        refuse_taken_over(key, holder.owner_tag, owners, tags, channel)
        operation.confirmed.add(key.arn)


def _say(operation: Operation, channel: arns.Arn, news: Mapping[str, Any], decision: Decision) -> None:
    owner = Owner.of(news.get(OWNER))
    name = f"StreamKey {owner.name!r}" if owner else "A StreamKey"
    for key in decision.found:
        ownership = ownership_of(key.owner_tag, owner)
        if key == decision.takes_over:
            if ownership in (Ownership.OTHER_STACK, Ownership.UNKNOWN):
                diagnostics.info(f"{name} takes over {key.arn} of {channel}, {described(key, owner)}.")
            elif ownership is Ownership.RESOURCE:
                announce_resumption(operation, key.arn, name)
            continue
        if ownership is Ownership.RESOURCE:
            # The resource's own key, which `pulumi up --replace` replaces or an interrupted create left.
            continue
        choice = news[WHEN_LIVE] if news.get(WHEN_LIVE) in WHEN_LIVE_CHOICES else KEEP
        stream = live_broadcast.before_create(operation, channel, choice)
        if stream is not None:
            diagnostics.warn(
                f"{name} replaces {key.arn} of {channel}, which is live ({stream}). "
                f"{live_broadcast.CONSEQUENCES[choice]} "
                f"It has one key, {described(key, owner)}. {_KEEP}"
            )
            continue
        # One line for each channel; the hint is shown once.
        hint = "" if _KEEP in operation.said else f" {_KEEP}"
        operation.said.add(_KEEP)
        diagnostics.info(f"{name} replaces {key.arn}, {described(key, owner)}.{hint}")


def _say_unanswered(operation: Operation, news: Mapping[str, Any], reason: str) -> None:
    kind = reason.replace(news[CHANNEL_ARN], "")
    if kind in operation.unanswered:
        return
    operation.unanswered.add(kind)
    diagnostics.info(
        f"Could not find out whether {format_value(news[CHANNEL_ARN])} has a stream key: {reason} A new StreamKey "
        "replaces the key that its channel has, unless existing_key='adopt' or 'fail'."
    )
