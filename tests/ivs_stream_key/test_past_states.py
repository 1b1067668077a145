"""States of past versions stay usable. `states/` holds what each version wrote; never edit it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivs_stream_key import clock
from ivs_stream_key.provider import StreamKeyProvider
from owners import OWNER

STATES = sorted((Path(__file__).parent / "states").glob("*.json"))


class PastKey:
    """A key in `cloud`, with its id, inputs and outputs in the state of a past version."""

    def __init__(self, cloud, file):
        self.channel = cloud.channel()
        key = cloud.key(self.channel)
        self.value = key["value"]
        text = file.read_text(encoding="utf-8")
        for word, real in (("CHANNEL", self.channel), ("KEY", key["arn"]), ("VALUE", self.value)):
            text = text.replace(f'"{word}"', f'"{real}"')
        state = json.loads(text)
        self.id, self.inputs, self.outputs = state["id"], state["inputs"], state["outputs"]
        tags = self.outputs["tags"]
        if tags:
            cloud.client.tag_resource(resourceArn=self.id, tags=tags)
        cloud.clear_calls()

    def program(self, **changes):
        """Return the inputs that the current StreamKey sends for the program of that version."""
        return {**self.inputs, "when_live": "keep", "owner": OWNER, **changes}

    def diff(self, news, outputs=None):
        provider = StreamKeyProvider()
        checked = provider.check(self.inputs, news)
        assert checked.failures == []
        return provider.diff(self.id, outputs or self.outputs, checked.inputs)


@pytest.fixture(params=STATES, ids=[file.stem for file in STATES])
def past(cloud, request):
    return PastKey(cloud, request.param)


def test_states_of_the_first_version_are_recorded():
    assert {file.stem.partition("-")[0] for file in STATES} >= {"0.1.0"}


def test_an_up_changes_nothing_and_makes_no_call(cloud, past):
    result = past.diff(past.program())
    assert (result.changes, result.replaces) == (False, [])
    assert cloud.calls == []


@pytest.mark.slow("each recorded state", quick="*-all")
def test_a_refresh_finds_no_drift_and_the_next_up_changes_nothing(past):
    read = StreamKeyProvider().read(past.id, past.outputs)
    assert (read.id, read.inputs) == (past.id, past.inputs)
    # Later versions add outputs, and change none of the older ones.
    assert read.outs.items() >= past.outputs.items()
    assert past.diff(past.program(), read.outs).changes is False


@pytest.mark.slow("each recorded state", quick="*-all")
def test_an_update_keeps_the_key_and_has_no_further_changes(cloud, past):
    news = past.program(existing_key="replace", tags={"new": "1"})
    outputs = StreamKeyProvider().update(past.id, past.outputs, news).outs
    assert cloud.key(past.channel)["arn"] == past.id
    assert outputs["value"] == past.value
    assert outputs.get("created_at") == past.outputs.get("created_at")
    assert past.diff(news, outputs).changes is False


def test_rotation_by_age_can_be_enabled_and_counts_from_the_known_age(past):
    news = past.program(rotation_days=30.0)
    with clock.clock_set_to(lambda: datetime(2026, 2, 1, tzinfo=UTC)):
        result = past.diff(news)
        assert (result.changes, result.replaces) == (True, [])
        outputs = StreamKeyProvider().update(past.id, past.outputs, news).outs
        assert past.diff(news, outputs).changes is False
    assert outputs["rotation_due_at"] in {"2026-03-02T23:59:59Z", "2026-03-03T00:00:00Z"}


@pytest.mark.slow("each recorded state")
def test_a_rotation_replaces_the_key(cloud, past):
    news = past.program(rotation_triggers={"season": 9.0})
    assert past.diff(news).replaces == ["rotation_triggers"]
    provider = StreamKeyProvider()
    provider.delete(past.id, past.outputs)
    made = provider.create(news)
    assert cloud.key(past.channel)["arn"] == made.id != past.id
    assert made.outs["value"] != past.value


@pytest.mark.slow("each recorded state", quick="*-all")
def test_a_destroy_leaves_no_key(cloud, past):
    StreamKeyProvider().delete(past.id, past.outputs)
    assert cloud.keys(past.channel) == []
