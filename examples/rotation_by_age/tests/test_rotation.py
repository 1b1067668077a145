"""The key rotates when it is old enough, and not during a broadcast: offline, with a clock that the test moves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import moto_ivs
from ivs_stream_key import clock
from rehearsal.testing import OperationFailed

PROGRAM = Path(__file__).parents[1]
START = datetime(2026, 1, 1, 4, tzinfo=UTC)


@pytest.fixture
def nightly(rehearse):
    """Return a function that runs `pulumi up` a number of nights after the first one."""
    stack = rehearse(PROGRAM, provider_process=False, config={"rotation_days": "30"})

    def up(nights):
        with clock.clock_set_to(lambda: START + timedelta(days=nights)):
            return stack.up()

    return up


def test_the_key_rotates_in_the_thirtieth_night(nightly):
    first = nightly(0).outputs["stream_key"].value
    assert nightly(29).outputs["stream_key"].value == first
    assert nightly(30).outputs["stream_key"].value != first


def test_a_broadcast_delays_the_rotation_to_the_next_night(nightly):
    first = nightly(0).outputs
    moto_ivs.go_live(first["channel_arn"].value)
    with pytest.raises(OperationFailed, match="is live"):
        nightly(30)
    moto_ivs.go_offline(first["channel_arn"].value)
    assert nightly(31).outputs["stream_key"].value != first["stream_key"].value
