"""The table of docs/permissions.md lists the calls of each operation, for each value of each argument.

If it is outdated, the test fails and prints the correct table.
"""

import functools
import itertools
import re
from contextlib import suppress
from pathlib import Path

import pytest

from ivs_stream_key import errors
from ivs_stream_key.ivs import stream_keys
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.ivs.ownership import Owner, owner_tag_for
from ivs_stream_key.ivs.rate_limiter import RateLimiter
from ivs_stream_key.ivs.stream_keys import Ivs
from ivs_stream_key.lifecycle.operation import Operation
from ivs_stream_key.provider import StreamKeyProvider
from ivs_stream_key.resource import StreamKey
from moto_ivs import go_live, go_offline
from owners import OWNER, owner

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
EXISTING_KEY = (None, "replace", "adopt", "fail")
WHEN_LIVE = ("keep", "fail", "stop")
CHOICES = tuple(itertools.product(EXISTING_KEY, WHEN_LIVE))
# In their order in the table.
CALLS = (
    "ListStreamKeys",
    "GetStream",
    "GetStreamKey",
    "CreateStreamKey",
    "DeleteStreamKey",
    "StopStream",
    "TagResource",
    "UntagResource",
)
# The value that each argument is changed to.
ARGUMENTS = {
    "tags": {"new": "1"},
    "rotation_triggers": {"season": 2.0},
    "rotation_days": 30.0,
    "rotation_schedule": {"phase": 3.0},
    "existing_key": "adopt",
    "when_live": "stop",
    "deletion_protection": True,
    "connection": {"region": "us-west-2", "skip_credentials_validation": True},
}


class Recorder:
    """Runs a provider's operations as the engine does, and returns the calls that they make."""

    def __init__(self, cloud):
        self.cloud, self._clients = cloud, Clients()

    def provider(self):
        provider = StreamKeyProvider()
        provider._operation = Operation(self._clients)
        return provider

    def inputs(self, channel, existing_key, when_live, **given):
        given = {name: value for name, value in {"existing_key": existing_key, **given}.items() if value is not None}
        return {"channel_arn": channel, "when_live": when_live, "owner": OWNER, **given}

    def channel(self, key):
        """Create a channel with the key of IVS ("unmarked"), a key of the owner `key`, or no key ("no key")."""
        made = self.cloud.client.create_channel(name="live")
        arn = made["streamKey"]["arn"]
        if key == "no key":
            self.cloud.client.delete_stream_key(arn=arn)
        else:
            owner_tag = owner_tag_for(Owner.of(key), {}, "2026-01-31T23:59:59Z") if isinstance(key, dict) else {}
            self.cloud.client.tag_resource(resourceArn=arn, tags={**owner_tag, "other": "x"})
        return made["channel"]["arn"]

    def create_key(self, existing_key, when_live, **given):
        wanted = self.inputs(self.channel("no key"), existing_key, when_live, tags={"a": "1"}, **given)
        return self.provider().create(wanted), wanted

    def calls(self, *steps, live=None):
        """Return the calls made until the end of each step. A refused step counts too."""
        if live is not None:
            go_live(live)
        self.cloud.clear_calls()
        calls = []
        for step in steps:
            with suppress(errors.KeyExists, errors.OnAir):
                step()
            calls.append(frozenset(self.cloud.calls))
        if live is not None:
            go_offline(live)
        return calls

    def create(self, key, existing_key, when_live, *, live=False):
        """Return the calls of the preview, and of the up, of a create on a channel with such a key."""
        channel = self.channel(key)
        wanted = self.inputs(channel, existing_key, when_live, tags={"a": "1"})
        provider = self.provider()
        steps = (lambda: provider.check({}, wanted), lambda: provider.create(wanted))
        return self.calls(*steps, live=channel if live else None)

    def rotation(self, existing_key, when_live, *, live=False, **change):
        """Return the calls of the preview, and of the up, of a rotation."""
        made, olds = self.create_key(existing_key, when_live, rotation_triggers={"season": 1.0})
        news = {**olds, **(change or {"rotation_triggers": {"season": 2.0}})}
        provider = self.provider()

        def plan():
            provider.check(olds, news)
            assert provider.diff(made.id, made.outs, news).replaces
            provider.check({}, news)

        def apply():
            provider.delete(made.id, made.outs)
            provider.create(news)

        return self.calls(plan, apply, live=olds["channel_arn"] if live else None)

    def lifecycle(self, existing_key, when_live, *, live=False):
        """Return the calls of a refresh, with those of StreamKey.get, and of a deletion."""
        made, olds = self.create_key(existing_key, when_live)

        def refresh():
            provider = self.provider()
            read = provider.read(made.id, made.outs)
            provider.diff(made.id, read.outs, olds)
            self.provider().read(made.id, {})

        (refreshed,) = self.calls(refresh)
        provider = self.provider()
        channel = olds["channel_arn"] if live else None
        (deleted,) = self.calls(lambda: provider.delete(made.id, made.outs), live=channel)
        return refreshed, deleted

    def update(self, name, value):
        """Return the calls of the preview, and of the up, of a change in place."""
        made, olds = self.create_key(None, "keep")
        news = {**olds, name: value}
        provider = self.provider()

        def plan():
            provider.check(olds, news)
            diff = provider.diff(made.id, made.outs, news)
            assert diff.changes
            assert not diff.replaces

        return self.calls(plan, lambda: provider.update(made.id, made.outs, news))


@pytest.fixture
def recorder(cloud, monkeypatch):
    # All operations share a client, whose rate limiter would wait for IVS's quota.
    monkeypatch.setattr(
        stream_keys, "RateLimiter", functools.partial(RateLimiter, itertools.count().__next__, lambda _: None)
    )
    return Recorder(cloud)


KEYS = {
    "no key": "no key",
    "a key without an owner tag": "unmarked",
    "a key of this stack": owner("other"),
    "a key of another stack": owner(stack="dev"),
}


def rows_of_preview_and_up(title, both):
    """Return the rows of an operation and of its preview: the calls by choice."""
    return {
        f"Preview of a {title[0].lower()}{title[1:]}": {choice: calls[0] for choice, calls in both.items()},
        title: {choice: calls[1] for choice, calls in both.items()},
    }


def calls_by_operation(recorder):
    """Return the calls of each operation by `existing_key` and `when_live`."""
    found = {}
    for description, key in KEYS.items():
        both = {choice: recorder.create(key, *choice) for choice in CHOICES}
        found |= rows_of_preview_and_up(f"Create, the channel has {description}", both)
    found |= rows_of_preview_and_up("Rotation", {choice: recorder.rotation(*choice) for choice in CHOICES})
    lifecycles = {choice: recorder.lifecycle(*choice) for choice in CHOICES}
    found["Destroy, or removal from the program"] = {choice: deleted for choice, (_, deleted) in lifecycles.items()}
    found["Refresh, and `StreamKey.get`"] = {choice: refreshed for choice, (refreshed, _) in lifecycles.items()}
    _, changed = recorder.update("tags", ARGUMENTS["tags"])
    found["Change of `tags`"] = dict.fromkeys(CHOICES, changed)
    others = [name for name in ARGUMENTS if name not in ("tags", "rotation_triggers")]
    title = f"Change of {', '.join(f'`{name}`' for name in others[:-1])} or `{others[-1]}` that does not rotate"
    (changed,) = {recorder.update(name, ARGUMENTS[name])[1] for name in others}
    found[title] = dict.fromkeys(CHOICES, changed)
    return found


def rows(calls_by_choice):
    """Return one row for choices whose combinations all make the same calls."""
    groups = {}
    for when_live in WHEN_LIVE:
        by_calls = {}
        for existing_key in EXISTING_KEY:
            by_calls.setdefault(calls_by_choice[existing_key, when_live], []).append(existing_key)
        for calls, existing in by_calls.items():
            groups.setdefault((tuple(existing), calls), []).append(when_live)
    return [(existing, tuple(live), calls) for (existing, calls), live in groups.items()]


def choices_text(values, every):
    if values == every:
        return "any"
    return ", ".join("not given" if value is None else f'`"{value}"`' for value in values)


def table(found):
    lines = ["| operation | `existing_key` | `when_live` | calls |", "|---|---|---|---|"]
    for title, calls_by_choice in found.items():
        for existing, live, calls in rows(calls_by_choice):
            listed = ", ".join(f"`{call}`" for call in CALLS if call in calls) or "none"
            lines.append(
                f"| {title} | {choices_text(existing, EXISTING_KEY)} | {choices_text(live, WHEN_LIVE)} | {listed} |"
            )
    return "\n".join(lines) + "\n"


@pytest.mark.slow("each operation of each resource")
def test_the_table_lists_the_calls_of_each_operation(recorder):
    found = calls_by_operation(recorder)
    assert set().union(*(calls for each in found.values() for calls in each.values())) == set(CALLS)
    wanted = table(found)
    # With an assertion, pytest would compare the long texts slowly, and print a less useful message.
    if wanted not in PAGE.read_text(encoding="utf-8"):
        pytest.fail(f"docs/permissions.md needs this table:\n\n{wanted}")


def test_the_complete_policy_allows_all_calls_of_both_tables():
    tables, _, policy = PAGE.read_text(encoding="utf-8").partition("## By operation")[2].partition("## All of it")
    called = {
        call
        for row in re.findall(r"^\|.*\|([^|]*)\|$", tables, re.MULTILINE)
        for call in re.findall("`([A-Z]\\w+)`", row)
    }
    assert set(CALLS) < called
    assert set(re.findall(r'"ivs:(\w+)"', policy)) == called


def test_every_argument_of_a_stream_key_is_covered_by_the_table():
    names = set(StreamKey.__init__.__annotations__) - {"return", "resource_name", "opts", "channel_arn"}
    assert names == ARGUMENTS.keys()


@pytest.mark.slow("an operation for each choice", quick="stop")
@pytest.mark.parametrize("when_live", WHEN_LIVE)
def test_a_broadcast_causes_no_additional_calls(recorder, when_live):
    for existing_key in (None, "adopt"):
        quiet = recorder.create("unmarked", existing_key, when_live)[1]
        assert recorder.create("unmarked", existing_key, when_live, live=True)[1] <= quiet
    assert recorder.rotation(None, when_live, live=True)[1] <= recorder.rotation(None, when_live)[1]
    assert recorder.lifecycle(None, when_live, live=True)[1] <= recorder.lifecycle(None, when_live)[1]


@pytest.mark.slow("an update or a rotation for each argument")
def test_a_rotation_makes_the_same_calls_for_each_cause(recorder):
    usual = recorder.rotation(None, "keep")
    elsewhere = recorder.channel("unmarked")
    assert recorder.rotation(None, "keep", channel_arn=elsewhere)[1] == usual[1]
    given = {name: ARGUMENTS[name] for name in ("tags", "rotation_days", "rotation_triggers", "connection")}
    assert recorder.rotation(None, "keep", **given) == usual


@pytest.mark.slow("an update or a rotation for each argument")
def test_the_preview_without_create_or_replacement_makes_no_call(recorder):
    for name, value in ARGUMENTS.items():
        if name != "rotation_triggers":
            assert recorder.update(name, value)[0] == frozenset()


def test_a_key_with_deletion_protection_is_only_read(recorder):
    made, _ = recorder.create_key(None, "keep", deletion_protection=True)
    recorder.cloud.clear_calls()
    with pytest.raises(errors.DeletionProtected):
        recorder.provider().delete(made.id, made.outs)
    assert recorder.cloud.calls == ["ListStreamKeys"]


def test_a_lost_response_causes_an_additional_getstreamkey(recorder, monkeypatch):
    create = Ivs.create

    def create_without_response(self, *arguments):
        create(self, *arguments)
        raise errors.Unreachable("The response got lost.", remedy="run again.")

    _, usual = recorder.create("no key", None, "keep")
    monkeypatch.setattr(Ivs, "create", create_without_response)
    assert recorder.create("no key", None, "keep")[1] == usual | {"GetStreamKey"}
