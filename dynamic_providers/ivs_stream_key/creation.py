"""How a channel gets its key: what becomes of one that is there, and of a create that ran before and was cut off.

A create may run twice: botocore repeats a call whose answer was lost, and the engine a create whose end it did not see.
So a key bears its maker's mark from the start, and a create that finds its own does not take it for a stranger's.
docs/decisions/0010-whose-key-it-is.md says why it is done so.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ivs_stream_key import arns, on_air
from ivs_stream_key.errors import (
    KeyExists,
    NotFound,
    QuotaExceeded,
    ServiceFailed,
    StreamKeyError,
    Throttled,
    Unreachable,
)
from ivs_stream_key.keys import ADOPT, CHANNEL_ARN, EXISTING_KEY, FAIL, KEEP, OWNER, REPLACE, STOP, TAGS, WHEN_LIVE
from ivs_stream_key.marks import mark_of
from ivs_stream_key.run import Run

if TYPE_CHECKING:
    from ivs_stream_key.ivs import Ivs, Key, Listed

__all__ = ["key_for"]

_WITHOUT_KEY: Final = (
    "the channel {}, and an earlier key of it no longer works: nobody can go live on it, though a broadcast that runs "
    "goes on. The next `pulumi up` that succeeds mends it."
)
_ANOTHERS: Final = "the earlier key of this StreamKey is deleted, and the one that the channel has is not its own."
_HAS_NONE: Final = "has no stream key"
_MAY_HAVE_NONE: Final = "may have no stream key"

# After these it is not known what a call did: it, or a repetition that botocore made of it, may have been carried out.
_UNCERTAIN: Final = (QuotaExceeded, ServiceFailed, Throttled, Unreachable)


def key_for(props: Mapping[str, Any], run: Run) -> "Key":
    """Give the channel its key: two calls for a channel without one, three for one whose key is replaced.

    KeyExists where `existing_key`, or another StreamKey of this very run, forbids to touch the key found; OnAir where
    `when_live` does; QuotaExceeded if somebody else made one in between; any other StreamKeyError as AWS has it.
    """
    channel = arns.parse(props[CHANNEL_ARN], arns.CHANNEL)
    ivs = run.clients.ivs(channel)
    tagging, mark = run.clients.tagging(), mark_of(props.get(OWNER))
    tags: dict[str, str] = tagging.merged(props.get(TAGS))
    existing_key, when_live = props.get(EXISTING_KEY) or REPLACE, props.get(WHEN_LIVE) or KEEP
    with _bereft_if_it_fails(channel, run):
        found = ivs.keys_of(channel.text)
        _refuse(found, existing_key, [key.arn for key in found if key.bears(mark, tags)], channel, run)
        if existing_key in (ADOPT, FAIL) and found:
            key = ivs.get(found[0].arn)
            if key is not None:
                ivs.retag(key.arn, tagging.visible(key.tags), tagging.visible(tags))
                (run.adopted if existing_key == ADOPT else run.made).add(key.arn)
                return key
        elif found:
            if when_live == FAIL:
                on_air.before_delete(run, channel, when_live)
            _delete(ivs, found)
            run.bereft.add(channel.text)
        key = _made(ivs, channel, tags, mark)
    run.made.add(key.arn)
    run.bereft.discard(channel.text)
    if when_live == STOP:
        on_air.end_broadcast(run, channel, when_live)
    return key


def _refuse(found: list["Listed"], existing_key: str, own: list[str], channel: arns.Arn, run: Run) -> None:
    """Raise KeyExists if a key that was found on the channel may be neither deleted nor taken over.

    `own` are those that an earlier try of this create made.
    """
    found_arns = [key.arn for key in found]
    ours = [arn for arn in found_arns if arn in run.made or arn in run.adopted]
    if ours:
        raise KeyExists(
            f"Another StreamKey has just made {ours[0]} for the channel {channel}: IVS has room for one key a channel.",
            resource=channel.text,
            expected="one StreamKey a channel",
            got="two or more",
            remedy="take one of them out of the program, or give it a channel of its own.",
        )
    if existing_key == FAIL and found_arns != own:
        raise KeyExists(
            f"The channel {channel} has a stream key, and existing_key='fail' leaves it alone.",
            resource=channel.text,
            expected="a channel without a stream key",
            got=", ".join(found_arns),
            remedy="delete that key, or set existing_key='replace' (deletes it) or 'adopt' (takes it over).",
        )
    if existing_key in (ADOPT, FAIL) and len(found) > 1:
        raise KeyExists(
            f"The channel {channel} has several stream keys, of which existing_key={existing_key!r} can take over one.",
            resource=channel.text,
            expected="one stream key or none",
            got=", ".join(found_arns),
            remedy="delete the keys that are not to be taken over.",
        )


def _delete(ivs: "Ivs", found: list["Listed"]) -> None:
    try:
        for key in found:
            ivs.delete(key.arn)
    except _UNCERTAIN as error:
        error.aftermath = _WITHOUT_KEY.format(_MAY_HAVE_NONE)
        raise


def _made(ivs: "Ivs", channel: arns.Arn, tags: Mapping[str, str], mark: Mapping[str, str]) -> "Key":
    """Make the key; where it is not known whether that worked, look, and take the one that this call made."""
    try:
        return ivs.create(channel.text, tags, mark)
    except NotFound:
        raise
    except StreamKeyError as error:
        if not isinstance(error, _UNCERTAIN):
            error.aftermath = _WITHOUT_KEY.format(_HAS_NONE)
            raise
        try:
            own = [key.arn for key in ivs.keys_of(channel.text) if key.bears(mark, tags)]
            made = ivs.get(own[0]) if own else None
        except StreamKeyError:
            # The first error says more; the next create looks again.
            if not isinstance(error, QuotaExceeded):
                error.aftermath = _WITHOUT_KEY.format(_MAY_HAVE_NONE)
            raise error from None
        if made is None:
            if not isinstance(error, QuotaExceeded):
                error.aftermath = _WITHOUT_KEY.format(_HAS_NONE)
            raise
        return made


@contextlib.contextmanager
def _bereft_if_it_fails(channel: arns.Arn, run: Run) -> Iterator[None]:
    """Say what state the channel is in, if the block fails when its key is gone, and does not say so itself."""
    try:
        yield
    except StreamKeyError as error:
        if error.aftermath is None and channel.text in run.bereft and not isinstance(error, NotFound):
            anothers = isinstance(error, (KeyExists, QuotaExceeded))
            error.aftermath = _ANOTHERS if anothers else _WITHOUT_KEY.format(_HAS_NONE)
        raise
