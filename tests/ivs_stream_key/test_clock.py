from datetime import UTC, datetime, timedelta, timezone

import pytest

from ivs_stream_key import clock


def test_timestamps_are_in_utc_for_any_clock():
    tokyo = timezone(timedelta(hours=9))
    with clock.clock_set_to(lambda: datetime(2026, 1, 1, 8, 59, 59, 999_999, tzinfo=tokyo)):
        assert clock.timestamp() == "2025-12-31T23:59:59Z"


def test_the_system_clock_is_restored_after_the_block_even_if_it_fails():
    with pytest.raises(KeyError), clock.clock_set_to(lambda: datetime(1999, 1, 1, tzinfo=UTC)):
        raise KeyError
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= datetime.fromisoformat(clock.timestamp()) <= datetime.now(UTC)


def test_any_time_is_formatted_like_now():
    tokyo = timezone(timedelta(hours=9))
    assert clock.timestamp(datetime(2026, 1, 1, 9, 0, 0, tzinfo=tokyo)) == "2026-01-01T00:00:00Z"


def test_now_is_in_utc():
    tokyo = timezone(timedelta(hours=9))
    with clock.clock_set_to(lambda: datetime(2026, 1, 1, 9, 0, 0, tzinfo=tokyo)):
        assert clock.now().isoformat() == "2026-01-01T00:00:00+00:00"
