"""The findings of an audit: a row for each channel, and what is wrong with it. Pure: makes no calls."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ivs_stream_key.audit.states import StateKey
from ivs_stream_key.ivs.ownership import parse_owner_tag

__all__ = ["PROBLEMS", "Channel", "CopyState", "Row", "rows"]

PROBLEMS: Final[Mapping[str, str]] = {
    "no-channel": "the channel in the state does not exist",
    "no-key": "the channel has no stream key: nobody can go live on it",
    "key-gone": "the key in the state is not the one that the channel has",
    "overdue": "the key is older than rotation_days allows",
    "not-in-state": "the key is in none of the states given",
    "no-owner": "the key has no owner tag: its owner is unknown",
    "copy-differs": "a published copy is not the key that the channel has",
    "copy-missing": "a published copy does not exist",
    "copy-unreadable": "a published copy, or the key to compare it with, could not be read",
}
"""The problems, by code; ``no-owner`` alone does not fail an audit: an adopted key may be so."""

_NOTES: Final = frozenset({"no-owner"})


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel in IVS; the key's ARN and owner tag are None if there is none."""

    arn: str
    name: str
    key_arn: str | None = None
    owner_tag: str | None = None
    is_live: bool = False
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class CopyState:
    """The state of a published copy: `problem` is a code of PROBLEMS, or None if the copy holds the key."""

    place: str
    problem: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """The data of a channel; `age_days` and times are None if they are unknown."""

    channel_arn: str
    channel: str
    key_arn: str | None
    resource: str | None
    owner: str | None
    since: str | None
    age_days: int | None
    due_at: str | None
    is_live: bool
    copies: tuple[CopyState, ...] = ()
    problems: tuple[str, ...] = field(default=())

    @property
    def fails(self) -> bool:
        """Whether something is wrong that has to be fixed."""
        return any(problem not in _NOTES for problem in self.problems)

    def to_json(self) -> dict[str, Any]:
        """Return the row as JSON data, with the codes of its problems."""
        return {
            "channel_arn": self.channel_arn,
            "channel": self.channel,
            "stream_key_arn": self.key_arn,
            "resource": self.resource,
            "owner": self.owner,
            "since": self.since,
            "age_days": self.age_days,
            "rotation_due_at": self.due_at,
            "live": self.is_live,
            "copies": [{"place": copy.place, "problem": copy.problem} for copy in self.copies],
            "problems": list(self.problems),
        }


def rows(
    channels: Iterable[Channel],
    states: Sequence[StateKey],
    copies: Mapping[str, Sequence[CopyState]],
    now: datetime,
    *,
    states_are_all: bool,
) -> Iterator[Row]:
    """Yield one row for each channel, or one for each of its keys in `states` if there are several.

    `copies` maps the URN of a key to its published copies. With `states_are_all`, a key in none of the states is a
    problem.
    """
    by_channel: dict[str, list[StateKey | None]] = {}
    # The user may pass the same state twice.
    for key in dict.fromkeys(states):
        by_channel.setdefault(key.channel_arn, []).append(key)
    for channel in channels:
        for known in by_channel.get(channel.arn) or [None]:
            yield _row(channel, known, copies.get(known.urn, ()) if known else (), now, states_are_all=states_are_all)


def _row(
    channel: Channel, known: StateKey | None, copies: Sequence[CopyState], now: datetime, *, states_are_all: bool
) -> Row:
    owner_tag = parse_owner_tag(channel.owner_tag)
    is_this = known is not None and known.arn == channel.key_arn
    since = (known.created_at if known and is_this else None) or (owner_tag.time if owner_tag else None)
    due = known.due_at if known and is_this else None
    return Row(
        channel_arn=channel.arn,
        channel=channel.name,
        key_arn=channel.key_arn,
        resource=known.urn if known else None,
        owner=owner_tag.name if owner_tag else None,
        since=since,
        age_days=_days(since, now),
        due_at=due,
        is_live=channel.is_live,
        copies=tuple(copies),
        problems=tuple(_problems(channel, known, due, copies, now, states_are_all)),
    )


def _problems(
    channel: Channel,
    known: StateKey | None,
    due: str | None,
    copies: Sequence[CopyState],
    now: datetime,
    states_are_all: bool,
) -> Iterator[str]:
    if not channel.is_there:
        yield "no-channel"
        return
    if channel.key_arn is None:
        yield "no-key"
    elif known is not None and known.arn != channel.key_arn:
        yield "key-gone"
    elif known is None and states_are_all:
        yield "not-in-state"
    if channel.key_arn is not None and not channel.owner_tag:
        yield "no-owner"
    moment = _moment(due)
    if moment is not None and moment <= now:
        yield "overdue"
    yield from sorted({copy.problem for copy in copies if copy.problem})


def _days(since: str | None, now: datetime) -> int | None:
    moment = _moment(since)
    return None if moment is None else max(0, (now - moment).days)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
