import heapq
import json
import random
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from ivs_stream_key import errors
from ivs_stream_key.aws import arns
from ivs_stream_key.ivs import rate_limiter
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.ivs.rate_limiter import CallRate, RateLimiter, TurnQueue
from ivs_stream_key.ivs.stream_keys import Ivs

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh"


class Bucket:
    """The quota of one operation as AWS enforces it: `rate` calls a second, with a burst of the same size."""

    def __init__(self, rate):
        self.rate = rate
        self.tokens = self.most = max(1, rate)
        self.filled = 0.0
        self.throttled = 0

    def allows(self, now):
        self.tokens = min(self.most, self.tokens + (now - self.filled) * self.rate)
        self.filled = now
        if self.tokens < 1:
            self.throttled += 1
            return False
        self.tokens -= 1
        return True


def seconds_for(calls, rate, *, pace, at_once=4, latency=0.01):
    """Simulate calls of `at_once` threads with a quota; return the seconds, and how many were throttled."""
    bucket = Bucket(rate)
    free, left, end = [0.0] * at_once, calls, 0.0
    while left:
        now = min(free)
        thread = free.index(now)
        if wait := pace.turn(now):
            free[thread] = now + wait
            continue
        finished = now + latency
        if bucket.allows(now):
            pace.passed(finished)
            left -= 1
            end = max(end, finished)
        else:
            pace.throttled(finished)
        free[thread] = finished
    return end, bucket.throttled


@pytest.mark.parametrize(
    ("rate", "times", "throttled"),
    # Other clients may leave less than one call a second. The limiter never goes below one, to notice a freed quota.
    [(0.8, 1.4, 1.5), (2, 1.05, 0.25), (5, 1.02, 0.1), (10, 1.02, 0.05), (20, 1.02, 0.05), (50, 1.05, 0.05)],
)
def test_many_calls_take_little_longer_than_the_quota_requires_and_few_are_throttled(rate, times, throttled):
    seconds, throttled_calls = seconds_for(400, rate, pace=CallRate(5.0))
    assert seconds <= times * (400 - rate) / rate
    assert throttled_calls <= 400 * throttled


class Machine:
    """A simulation of threads that create keys, as in Pulumi's provider server.

    Each key takes three calls in sequence, of three operations with a quota each. `delay` is the range of seconds that
    it takes to wake a thread up or to transmit a message, `stall` the probability that this takes up to 0.6 s longer.
    `others` is how many calls of each operation other clients make a second.
    """

    def __init__(self, seed, *, quota=5.0, delay=(0.005, 0.05), stall=0.0, others=0.0):
        self._random = random.Random(seed)
        self._delay = delay
        self._stall = stall
        self._others = others
        self._buckets = [Bucket(quota) for _ in range(3)]
        self._paces = [CallRate(5.0) for _ in range(3)]
        self._events = []
        self._count = 0
        self.throttled = 0
        self.longest_refusal = 0.0

    def seconds_for(self, keys, *, at_once=4):
        """Create this many keys; return the simulated seconds."""
        self._left, self._at_work = keys - at_once, at_once
        for _ in range(at_once):
            self._schedule(0.0, "ask", 0, None)
        if self._others:
            self._schedule(0.0, "call_of_others", 0, None)
        now = 0.0
        while self._at_work:
            now, _, event, call, since = heapq.heappop(self._events)
            getattr(self, f"_{event}")(now, call, since)
        return now

    def _call_of_others(self, now, _call, _since):
        for bucket in self._buckets:
            bucket.allows(now)
        self._schedule(now + self._random.expovariate(self._others), "call_of_others", 0, None)

    def _ask(self, now, call, since):
        wait = self._paces[call].turn(now)
        self._schedule(now + wait + self._latency(), "ask" if wait else "arrive", call, since)

    def _arrive(self, now, call, since):
        passes = self._buckets[call].allows(now)
        self._schedule(now + self._latency(), "passed" if passes else "throttled", call, since)

    def _throttled(self, now, call, since):
        self.throttled += 1
        self._paces[call].throttled(now)
        since = now if since is None else since
        self.longest_refusal = max(self.longest_refusal, now - since)
        self._schedule(now, "ask", call, since)

    def _passed(self, now, call, _since):
        self._paces[call].passed(now)
        if call < 2:
            self._schedule(now, "ask", call + 1, None)
        elif self._left:
            self._left -= 1
            self._schedule(now, "ask", 0, None)
        else:
            self._at_work -= 1

    def _schedule(self, time, *event):
        self._count += 1
        heapq.heappush(self._events, (time, self._count, *event))

    def _latency(self):
        stall = self._random.uniform(0, 0.6) if self._random.random() < self._stall else 0.0
        return self._random.uniform(*self._delay) + stall


IDLE = {"delay": (0.001, 0.004)}
BUSY = {"delay": (0.005, 0.05), "stall": 0.02}
OVERLOADED = {"delay": (0.01, 0.15), "stall": 0.1}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("machine", [IDLE, BUSY, OVERLOADED], ids=["idle", "busy", "overloaded"])
@pytest.mark.parametrize(("keys", "times"), [(100, 1.1), (200, 1.05)])
def test_keys_take_little_longer_than_the_quotas_require_on_a_busy_machine(keys, times, machine, seed):
    simulated = Machine(seed, **machine)
    assert simulated.seconds_for(keys) <= times * (keys - 5) / 5
    # A key takes three calls, so this is 5 % of the calls.
    assert simulated.throttled <= keys * 0.15


@pytest.mark.parametrize("seed", range(5))
def test_a_client_that_shares_the_quota_gets_the_rest_of_it(seed):
    simulated = Machine(seed, others=4.0)
    # The other clients use four of the five calls a second.
    assert simulated.seconds_for(50) <= 50 / 1.0
    assert simulated.longest_refusal < rate_limiter.PATIENCE / 4


def longest_call(seed, *, processes=1, at_once=40, rate=5.0, seconds=120.0):
    """Simulate calls in the threads of some processes; return the seconds of the longest call, including waits."""
    rng, bucket, longest = random.Random(seed), Bucket(rate), 0.0
    queues = [TurnQueue(CallRate(5.0)) for _ in range(processes)]
    started = [0.0] * (processes * at_once)
    turns = [queues[thread % processes].join(0.0) for thread in range(len(started))]
    events = [(rng.uniform(0, 0.05), thread, "ask") for thread in range(len(started))]
    heapq.heapify(events)
    while events[0][0] < seconds:
        now, thread, event = heapq.heappop(events)
        queue = queues[thread % processes]
        if event == "ask":
            wait = queue.wait(turns[thread], now)
            following = (now + wait + rng.uniform(0.001, 0.02), "ask" if wait else "arrive")
        elif event == "arrive":
            passes = bucket.allows(now)
            following = (now + rng.uniform(0.001, 0.02), "passed" if passes else "throttled")
        else:
            getattr(queue.pace, event)(now)
            longest = max(longest, now - started[thread])
            if event == "passed":
                started[thread] = now
            turns[thread] = queue.join(started[thread])
            following = (now, "ask")
        heapq.heappush(events, (following[0], thread, following[1]))
    return longest


@pytest.mark.slow("simulates thousands of calls", quick="4-4-*")
@pytest.mark.parametrize(
    ("processes", "at_once", "seconds"),
    # The quota alone makes 40 calls take 8 s, and 64 calls 13 s.
    [(1, 16, 6), (1, 40, 12), (4, 4, 15), (4, 16, 45)],
)
def test_no_call_starves(processes, at_once, seconds):
    assert max(longest_call(seed, processes=processes, at_once=at_once) for seed in range(3)) <= seconds


def test_each_turn_goes_to_the_oldest_call():
    queue = TurnQueue(CallRate(5.0))
    queue.pace.throttled(10.0)
    first, second, third = (queue.join(since) for since in (10.2, 10.1, 10.3))
    assert [round(queue.wait(turn, 10.2), 2) for turn in (first, second, third)] == [0.04] * 3
    assert round(queue.wait(third, 10.25), 2) == 0.19
    assert (queue.wait(second, 10.25), first.has_come) == (0.0, False)
    assert (queue.wait(third, 10.45) > 0, first.has_come) == (True, True)


def relative_time(seed, *, processes=2, calls=100, at_once=4, rate=5.0):
    """Simulate calls of independent processes on one quota; return their time divided by the least possible."""
    rng, bucket, count, end = random.Random(seed), Bucket(rate), 0, 0.0
    paces, left = [CallRate(5.0) for _ in range(processes)], [calls] * processes
    events = [(rng.uniform(0, 0.05), number, number % processes, "ask") for number in range(processes * at_once)]
    heapq.heapify(events)
    while events:
        now, _, process, event = heapq.heappop(events)
        pace, following = paces[process], None
        if event in ("ask", "again"):
            if event == "again" or left[process]:
                left[process] -= event == "ask"
                wait = pace.turn(now)
                following = (now + wait + rng.uniform(0.001, 0.02), "again" if wait else "arrive")
        elif event == "arrive":
            passes = bucket.allows(now)
            following = (now + rng.uniform(0.001, 0.02), "passed" if passes else "throttled")
        else:
            getattr(pace, event)(now)
            end = max(end, now)
            following = (now, "ask" if event == "passed" else "again")
        if following is not None:
            count += 1
            heapq.heappush(events, (following[0], processes * at_once + count, process, following[1]))
    return end / ((processes * calls - rate) / rate)


@pytest.mark.slow("simulates thousands of calls", quick="2-200-*")
@pytest.mark.parametrize(
    ("processes", "calls", "usual", "worst"),
    [(2, 100, 1.05, 1.1), (2, 200, 1.03, 1.05), (3, 100, 1.03, 1.07), (8, 100, 1.02, 1.05)],
)
def test_processes_that_share_a_quota_take_little_longer_than_it_requires(processes, calls, usual, worst):
    times = [relative_time(seed, processes=processes, calls=calls) for seed in range(24)]
    assert sum(times) / len(times) <= usual
    # One process may get less than its share. When the others are done, it uses the whole quota within seconds.
    assert max(times) <= worst


def test_the_last_client_uses_the_whole_quota_within_seconds():
    pace, now = CallRate(5.0), 0.0
    for _ in range(20):
        pace.throttled(now)
        now += 1.01
    assert pace.rate < 1.5
    bucket, alone = Bucket(5.0), now
    while pace.rate < 4.5:
        while wait := pace.turn(now):
            now += wait
        (pace.passed if bucket.allows(now) else pace.throttled)(now)
    assert now - alone < 15


def test_a_freed_quota_is_used_within_a_minute():
    pace, now = CallRate(5.0), 0.0
    for _ in range(20):
        pace.throttled(now)
        now += 1.01
    assert pace.rate < 1.5
    bucket, alone = Bucket(5.0), now
    while now < alone + 60:
        while wait := pace.turn(now):
            now += wait
        (pace.passed if bucket.allows(now) else pace.throttled)(now)
    assert pace.rate > 4.4


def test_missed_turns_are_made_up_within_the_burst_of_the_quota():
    pace = CallRate(5.0)
    pace.throttled(10.0)
    assert [round(pace.turn(20.0), 3) for _ in range(4)] == [0.0, 0.0, 0.1, 0.1]


def test_calls_are_not_delayed_before_the_first_throttling():
    pace = CallRate(5.0)
    assert [pace.turn(n / 1000) for n in range(100)] == [0.0] * 100
    assert pace.rate is None


def test_a_throttled_call_sets_the_documented_rate_with_even_intervals():
    pace = CallRate(5.0)
    pace.throttled(10.0)
    now, turns = 10.0, []
    while len(turns) < 3:
        wait = pace.turn(now)
        now += wait
        turns += [] if wait else [round(now, 3)]
    assert turns == [10.24, 10.44, 10.64]


def test_turns_are_not_reserved_so_a_higher_rate_applies_at_once():
    pace = CallRate(5.0)
    for n in range(40):
        pace.throttled(2.0 * n)
    assert pace.rate == 1.0
    assert [round(pace.turn(78.0), 3) for _ in range(4)] == [1.2] * 4


def test_a_higher_observed_quota_sets_a_higher_rate():
    pace = CallRate(5.0)
    for n in range(60):
        pace.passed(10.0 + n / 120)
    pace.throttled(10.5)
    assert pace.rate == 40.0


def test_concurrent_throttled_calls_lower_the_rate_once():
    pace = CallRate(5.0)
    for n in range(4):
        pace.throttled(10.0 + n / 100)
    assert pace.rate == 5.0
    pace.throttled(11.5)
    assert 4.0 < pace.rate < 5.0


def test_the_rate_never_falls_to_zero():
    pace = CallRate(5.0)
    for n in range(100):
        pace.throttled(10.0 + 2 * n)
    assert pace.rate == 1.0


def test_infrequent_calls_do_not_raise_the_rate():
    pace = CallRate(5.0)
    pace.throttled(10.0)
    for n in range(1000):
        pace.passed(20.0 + 2 * n)
    assert pace.rate == 5.0


class _Body:
    def stream(self, **_options):
        yield json.dumps({"exceptionMessage": "no", "streamKeys": []}).encode()


class Service:
    """A fake IVS: `statuses` are the HTTP statuses of the next attempts. Later attempts get 200."""

    def __init__(self, client, *statuses):
        self.statuses = list(statuses)
        self.attempts = []
        self.time = 0.0
        self.slept = []
        self.ivs = Ivs(client, RateLimiter(now=lambda: self.time, sleep=self._sleep))
        client.meta.events.register_last("before-send.ivs", self._respond)

    def _sleep(self, seconds):
        self.slept.append(seconds)
        self.time += seconds

    def _respond(self, request, event_name, **_rest):
        self.attempts.append(event_name.rpartition(".")[2])
        status = self.statuses.pop(0) if self.statuses else 200
        code = {429: "ThrottlingException", 500: "InternalServerException"}.get(status, "")
        return AWSResponse(request.url, status, {"x-amzn-ErrorType": code}, _Body())


# The adaptive mode is left out: it waits by its own clock.
@pytest.fixture(params=["legacy", "standard"])
def new_service(request, new_client, monkeypatch):
    # Do not wait between botocore's attempts.
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    options = Config(retries={"mode": request.param, "total_max_attempts": 3})
    return lambda *statuses: Service(new_client(config=options), *statuses)


def test_a_throttled_call_is_retried_in_its_turn_regardless_of_botocores_attempts(new_service):
    service = new_service(*[429] * 8)
    assert service.ivs.keys_of(CHANNEL) == []
    assert len(service.attempts) == 9
    assert service.time < 10


def test_a_call_that_is_throttled_for_too_long_fails_with_a_reason(new_service):
    service = new_service(*[429] * 10_000)
    with pytest.raises(errors.Throttled, match="repeatedly") as caught:
        service.ivs.keys_of(CHANNEL)
    assert rate_limiter.PATIENCE <= service.time < rate_limiter.PATIENCE + 5
    assert caught.value.aws.code == "ThrottlingException"


def test_a_throttled_call_keeps_its_place_in_the_queue(new_service, monkeypatch):
    joined, join = [], TurnQueue.join
    monkeypatch.setattr(TurnQueue, "join", lambda queue, since: joined.append(since) or join(queue, since))
    service = new_service(429, 429)
    service.ivs.keys_of(CHANNEL)
    service.time = 100.0
    service.ivs.keys_of(CHANNEL)
    assert joined == [0.0, 0.0, 0.0, 100.0]


def test_each_call_has_its_own_timeout(new_service):
    service = new_service(429)
    for _ in range(3):
        service.ivs.keys_of(CHANNEL)
        service.time += rate_limiter.PATIENCE
        service.statuses = [429]
    assert service.ivs.keys_of(CHANNEL) == []


def test_each_operation_has_its_own_rate(new_service):
    service = new_service(429)
    service.ivs.keys_of(CHANNEL)
    service.slept.clear()
    service.ivs.delete(KEY)
    assert service.slept == []
    service.ivs.keys_of(CHANNEL)
    assert service.slept != []


def test_a_service_failure_is_retried_by_botocore(new_service):
    service = new_service(500, 500, 200)
    assert service.ivs.keys_of(CHANNEL) == []
    assert len(service.attempts) == 3
    service.statuses = [500] * 9
    with pytest.raises(errors.ServiceFailed):
        service.ivs.keys_of(CHANNEL)
    assert len(service.attempts) == 6


class Quotas:
    """A fake IVS with a quota for each operation, and a simulated clock for all waits, those of botocore too."""

    def __init__(self, monkeypatch, rate):
        self.time = 0.0
        self._buckets = defaultdict(lambda: Bucket(rate))
        fake_threading = SimpleNamespace(Lock=threading.Lock, Condition=lambda _: _Condition(self.sleep))
        monkeypatch.setattr("botocore.retries.bucket.threading", fake_threading)
        monkeypatch.setattr("botocore.retries.bucket.Clock.current_time", lambda _: self.time)
        monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=self.sleep))

    def ivs(self, client):
        client.meta.events.register_last("before-send.ivs", self._respond)
        return Ivs(client, RateLimiter(now=lambda: self.time, sleep=self.sleep))

    def sleep(self, seconds):
        self.time += seconds

    def _respond(self, request, event_name, **_rest):
        self.time += 0.01
        if self._buckets[event_name].allows(self.time):
            return AWSResponse(request.url, 200, {}, _Body())
        return AWSResponse(request.url, 429, {"x-amzn-ErrorType": "ThrottlingException"}, _Body())


class _Condition:
    """A condition for botocore's adaptive mode, for one thread."""

    def __init__(self, sleep):
        self._sleep = sleep

    def wait(self, seconds):
        # A shorter wait may be lost when it is added to a float.
        self._sleep(max(seconds, 0.001))

    def notify(self):
        pass

    def __enter__(self):
        pass

    def __exit__(self, *_):
        pass


def raw_client(config=None):
    """Return a client as the provider creates it, without a rate limiter."""
    return Clients((config or {}).get)._client("us-west-2", "these tests")


def seconds_for_keys_one_by_one(ivs, quotas):
    for _ in range(60):
        ivs.keys_of(CHANNEL)
        ivs.delete(KEY)
    return quotas.time


@pytest.mark.slow("hundreds of simulated calls")
def test_a_client_with_default_retries_loses_no_time_on_quotas(monkeypatch):
    quotas = Quotas(monkeypatch, 5)
    assert seconds_for_keys_one_by_one(quotas.ivs(raw_client()), quotas) <= 1.05 * 11


@pytest.mark.slow("hundreds of simulated calls")
def test_the_simulated_clock_works_for_botocores_adaptive_mode(monkeypatch):
    quotas = Quotas(monkeypatch, 5)
    adaptive = raw_client({"aws:retryMode": "adaptive"})
    assert seconds_for_keys_one_by_one(quotas.ivs(adaptive), quotas) > 1.1 * 11


def test_threads_wait_for_their_turns(new_service):
    service = new_service(429)
    service.ivs.keys_of(CHANNEL)
    service.slept.clear()
    start = threading.Barrier(8)

    def list_keys():
        start.wait()
        service.ivs.keys_of(CHANNEL)

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(list_keys) for _ in range(8)]:
            future.result()
    assert len(service.attempts) == 10
    assert sum(service.slept) > 0


def retries_of(**config):
    arn = arns.parse(CHANNEL, arns.CHANNEL)
    client = Clients({f"aws:{name}": value for name, value in config.items()}.get).client(arn.region)
    return client.meta.config.retries


def test_calls_are_retried_in_botocores_standard_mode_with_five_attempts():
    assert retries_of() == {"mode": "standard", "total_max_attempts": 5}


def test_settings_and_environment_override_the_retry_mode(monkeypatch, tmp_path):
    assert retries_of(retryMode="adaptive", maxRetries="7") == {"mode": "adaptive", "total_max_attempts": 7}
    (tmp_path / "config").write_text("[default]\nretry_mode = adaptive\nmax_attempts = 4\n")
    assert retries_of(sharedConfigFiles=[str(tmp_path / "config")]) == {"mode": "adaptive", "total_max_attempts": 4}
    monkeypatch.setenv("AWS_RETRY_MODE", "legacy")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    assert retries_of() == {"mode": "legacy", "total_max_attempts": 3}
