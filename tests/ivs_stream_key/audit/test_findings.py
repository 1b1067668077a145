from datetime import UTC, datetime

import pytest

from ivs_stream_key.audit.findings import PROBLEMS, Channel, CopyState, rows
from ivs_stream_key.audit.states import StateKey
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY, Owner, owner_tag_for
from owners import OWNER

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
CHANNEL = "arn:aws:ivs:eu-west-1:123456789012:channel/a"
KEY = "arn:aws:ivs:eu-west-1:123456789012:stream-key/a"
OWNER_TAG = owner_tag_for(Owner.of(OWNER), None, "2026-03-01T00:00:00Z")[OWNER_TAG_KEY]


def state_key(**given):
    known = {"created_at": "2026-03-21T12:00:00Z", "due_at": "2026-04-20T12:00:00Z", "copies": ()}
    return StateKey(**{"arn": KEY, "channel_arn": CHANNEL, "urn": "urn:x::live", **known, **given})


def row(channel, *states, copies=(), states_are_all=False):
    (found,) = rows([channel], states, {"urn:x::live": copies}, NOW, states_are_all=states_are_all)
    return found


def test_the_age_comes_from_the_state_or_the_owner_tag():
    assert row(Channel(CHANNEL, "live", KEY, OWNER_TAG), state_key()).age_days == 10
    assert row(Channel(CHANNEL, "live", KEY, OWNER_TAG)).age_days == 30
    assert row(Channel(CHANNEL, "live", KEY)).age_days is None
    assert row(Channel(CHANNEL, "live", KEY, OWNER_TAG), state_key(created_at=None)).since == "2026-03-01T00:00:00Z"


@pytest.mark.parametrize(
    ("channel", "states", "given", "problems"),
    [
        (Channel(CHANNEL, "live", KEY, OWNER_TAG), [state_key()], {}, ()),
        (Channel(CHANNEL, "live"), [state_key()], {}, ("no-key",)),
        (Channel(CHANNEL, "live", is_there=False), [state_key()], {}, ("no-channel",)),
        (Channel(CHANNEL, "live", KEY + "2", OWNER_TAG), [state_key()], {}, ("key-gone",)),
        (Channel(CHANNEL, "live", KEY, OWNER_TAG), [state_key(due_at="2026-03-31T12:00:00Z")], {}, ("overdue",)),
        (Channel(CHANNEL, "live", KEY, OWNER_TAG), [], {"states_are_all": True}, ("not-in-state",)),
        (Channel(CHANNEL, "live", KEY), [state_key()], {}, ("no-owner",)),
        (
            Channel(CHANNEL, "live", KEY, OWNER_TAG),
            [state_key()],
            {"copies": [CopyState("a", "copy-differs"), CopyState("b", None), CopyState("c", "copy-missing")]},
            ("copy-differs", "copy-missing"),
        ),
    ],
)
def test_each_problem_is_reported_by_its_code(channel, states, given, problems):
    found = row(channel, *states, **given)
    assert found.problems == problems
    assert set(problems) <= set(PROBLEMS)
    assert found.fails is (bool(problems) and problems != ("no-owner",))


def test_the_json_has_everything_except_key_values():
    found = row(Channel(CHANNEL, "live", KEY, OWNER_TAG, is_live=True), state_key()).to_json()
    assert found == {
        "channel_arn": CHANNEL,
        "channel": "live",
        "stream_key_arn": KEY,
        "resource": "urn:x::live",
        "owner": "shop/prod/live",
        "since": "2026-03-21T12:00:00Z",
        "age_days": 10,
        "rotation_due_at": "2026-04-20T12:00:00Z",
        "live": True,
        "copies": [],
        "problems": [],
    }


def test_a_channel_has_a_row_per_key_in_the_states():
    channel, other = Channel(CHANNEL, "live", KEY, OWNER_TAG), state_key(arn=f"{KEY}2", urn="urn:y::live")
    found = list(rows([channel], [state_key(), other, state_key()], {}, NOW, states_are_all=True))
    assert [(one.resource, one.problems) for one in found] == [
        ("urn:x::live", ()),
        ("urn:y::live", ("key-gone",)),
    ]
