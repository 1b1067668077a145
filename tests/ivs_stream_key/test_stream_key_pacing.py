import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from ivs_stream_key import arns, errors, pacing
from ivs_stream_key.clients import Clients
from ivs_stream_key.ivs import Ivs
from ivs_stream_key.pacing import Pace, Pacer

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh"


class Bucket:
    """The quota of one operation as AWS enforces it: `rate` calls a second, and as many at once."""

    def __init__(self, rate):
        self.rate = rate
        self.tokens = self.most = max(1, rate)
        self.filled = 0.0
        self.turned_away = 0

    def lets_through(self, now):
        self.tokens = min(self.most, self.tokens + (now - self.filled) * self.rate)
        self.filled = now
        if self.tokens < 1:
            self.turned_away += 1
            return False
        self.tokens -= 1
        return True


def seconds_for(calls, rate, *, pace, at_once=4, latency=0.01):
    """Play `calls` calls by `at_once` threads against a quota; return the seconds, and how many were turned away."""
    bucket = Bucket(rate)
    free, left, end = [0.0] * at_once, calls, 0.0
    while left:
        now = min(free)
        thread = free.index(now)
        sent = now + pace.turn(now)
        answered = sent + latency
        if bucket.lets_through(sent):
            pace.passed(answered)
            left -= 1
            end = max(end, answered)
        else:
            pace.turned_away(answered)
        free[thread] = answered
    return end, bucket.turned_away


@pytest.mark.parametrize("rate", [0.8, 2, 5, 10, 20, 50])
def test_many_calls_take_little_longer_than_the_quota_imposes_and_few_are_turned_away(rate):
    seconds, turned_away = seconds_for(400, rate, pace=Pace(5.0))
    assert seconds <= 1.2 * (400 - rate) / rate
    assert turned_away <= 400 * 0.15


def test_nothing_is_held_up_before_a_call_was_turned_away():
    pace = Pace(5.0)
    assert [pace.turn(n / 1000) for n in range(100)] == [0.0] * 100
    assert pace.rate is None


def test_a_call_that_was_turned_away_sets_the_documented_pace_and_turns_are_evenly_apart():
    pace = Pace(5.0)
    pace.turned_away(10.0)
    assert [round(10.0 + pace.turn(10.0), 3) for _ in range(3)] == [10.2, 10.4, 10.6]


def test_where_more_went_through_than_is_documented_the_pace_is_what_the_quota_must_be():
    pace = Pace(5.0)
    for n in range(60):
        pace.passed(10.0 + n / 120)
    pace.turned_away(10.5)
    assert pace.rate == 40.0


def test_calls_that_were_on_their_way_when_the_first_was_turned_away_slow_it_down_once():
    pace = Pace(5.0)
    for n in range(4):
        pace.turned_away(10.0 + n / 100)
    assert pace.rate == 5.0
    pace.turned_away(11.5)
    assert 4.0 < pace.rate < 5.0


def test_it_never_comes_to_a_standstill():
    pace = Pace(5.0)
    for n in range(100):
        pace.turned_away(10.0 + 2 * n)
    assert pace.rate == 0.5


def test_what_is_asked_seldom_does_not_make_the_pace_grow():
    pace = Pace(5.0)
    pace.turned_away(10.0)
    for n in range(1000):
        pace.passed(20.0 + 2 * n)
    assert pace.rate == 5.0


class _Body:
    def stream(self, **_options):
        yield json.dumps({"exceptionMessage": "no", "streamKeys": []}).encode()


class Service:
    """IVS as far as it counts here: `answers` are the statuses of the next attempts, 200 from then on."""

    def __init__(self, client, *answers):
        self.answers = list(answers)
        self.attempts = []
        self.time = 0.0
        self.slept = []
        self.ivs = Ivs(client, Pacer(now=lambda: self.time, sleep=self._sleep))
        client.meta.events.register_last("before-send.ivs", self._answer)

    def _sleep(self, seconds):
        self.slept.append(seconds)
        self.time += seconds

    def _answer(self, request, event_name, **_rest):
        self.attempts.append(event_name.rpartition(".")[2])
        status = self.answers.pop(0) if self.answers else 200
        code = {429: "ThrottlingException", 500: "InternalServerException"}.get(status, "")
        return AWSResponse(request.url, status, {"x-amzn-ErrorType": code}, _Body())


# The adaptive mode's own waiting cannot be given another clock.
@pytest.fixture(params=["legacy", "standard"])
def service(request, new_client, monkeypatch):
    # What botocore sleeps for between attempts is no business of these tests.
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    options = Config(retries={"mode": request.param, "total_max_attempts": 3})
    return lambda *answers: Service(new_client(config=options), *answers)


def test_a_call_that_is_turned_away_is_sent_again_in_its_turn_whatever_botocores_attempts_are(service):
    ours = service(*[429] * 8)
    assert ours.ivs.keys_of(CHANNEL) == []
    assert len(ours.attempts) == 9
    assert ours.time < 10


def test_a_call_that_is_turned_away_for_too_long_fails_and_says_so(service):
    ours = service(*[429] * 10_000)
    with pytest.raises(errors.Throttled, match="again and again") as caught:
        ours.ivs.keys_of(CHANNEL)
    assert pacing.PATIENCE <= ours.time < pacing.PATIENCE + 5
    assert caught.value.aws.code == "ThrottlingException"


def test_the_patience_is_each_calls_own(service):
    ours = service(429)
    for _ in range(3):
        ours.ivs.keys_of(CHANNEL)
        ours.time += pacing.PATIENCE
        ours.answers = [429]
    assert ours.ivs.keys_of(CHANNEL) == []


def test_each_operation_has_its_own_pace(service):
    ours = service(429)
    ours.ivs.keys_of(CHANNEL)
    ours.slept.clear()
    ours.ivs.delete(KEY)
    assert ours.slept == []
    ours.ivs.keys_of(CHANNEL)
    assert ours.slept != []


def test_a_failure_of_the_service_is_left_to_botocore(service):
    ours = service(500, 500, 200)
    assert ours.ivs.keys_of(CHANNEL) == []
    assert len(ours.attempts) == 3
    ours.answers = [500] * 9
    with pytest.raises(errors.ServiceFailed):
        ours.ivs.keys_of(CHANNEL)
    assert len(ours.attempts) == 6


def test_threads_take_turns(service):
    ours = service(429)
    ours.ivs.keys_of(CHANNEL)
    ours.slept.clear()
    start = threading.Barrier(8)

    def ask():
        start.wait()
        ours.ivs.keys_of(CHANNEL)

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(ask) for _ in range(8)]:
            future.result()
    assert len(ours.attempts) == 10
    assert sum(ours.slept) > 0


def retries_of(**config):
    arn = arns.parse(CHANNEL, arns.CHANNEL)
    client = Clients({f"aws:{name}": value for name, value in config.items()}.get).client(arn.region)
    return client.meta.config.retries


def test_calls_are_repeated_in_botocores_adaptive_mode_five_times_at_most():
    assert retries_of() == {"mode": "adaptive", "total_max_attempts": 5}


def test_the_settings_and_the_environment_come_before_that(monkeypatch, tmp_path):
    assert retries_of(retryMode="standard", maxRetries="7") == {"mode": "standard", "total_max_attempts": 7}
    (tmp_path / "config").write_text("[default]\nretry_mode = standard\nmax_attempts = 4\n")
    assert retries_of(sharedConfigFiles=[str(tmp_path / "config")]) == {"mode": "standard", "total_max_attempts": 4}
    monkeypatch.setenv("AWS_RETRY_MODE", "legacy")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    assert retries_of() == {"mode": "legacy", "total_max_attempts": 3}
