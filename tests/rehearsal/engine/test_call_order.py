"""Calls of the SDK arrive in the order in which they were made, whatever their threads do."""

import threading
import time
from concurrent.futures import wait

import pytest

from rehearsal.engine.call_order import InOrderExecutor, arrived


@pytest.fixture
def executor():
    with InOrderExecutor(16) as made:
        yield made


def of_the_sdk(function):
    function.__module__ = "pulumi.runtime._context"
    return function


def test_calls_arrive_in_the_order_in_which_they_were_made(executor):
    order = []

    def call(number):
        time.sleep((20 - number) / 2000)  # the first threads are the slowest
        order.append(number)
        arrived()

    wait([executor.submit(of_the_sdk(lambda n=n: call(n))) for n in range(20)])
    assert order == list(range(20))


def test_who_has_arrived_holds_nobody_up(executor):
    second = threading.Event()

    def first():
        arrived()
        return second.wait(20)

    waiting = executor.submit(of_the_sdk(first))
    executor.submit(of_the_sdk(lambda: second.set() or True))
    assert waiting.result()


def test_a_call_that_fails_or_is_cancelled_holds_nobody_up():
    with InOrderExecutor(1) as executor:
        free = threading.Event()
        executor.submit(free.wait)
        failing = executor.submit(of_the_sdk(lambda: 1 // 0))
        cancelled = executor.submit(of_the_sdk(lambda: "never"))
        last = executor.submit(of_the_sdk(lambda: "done"))
        assert cancelled.cancel()
        free.set()
        assert last.result(20) == "done"
        assert isinstance(failing.exception(), ZeroDivisionError)


def test_what_the_program_runs_on_threads_itself_waits_for_nothing(executor):
    free = threading.Event()
    registration = executor.submit(of_the_sdk(lambda: free.wait(20)))
    executor.submit(free.set)
    assert registration.result()


def test_resources_are_planned_in_the_order_of_the_program_however_busy_the_machine_is(rig, monkeypatch):
    """Threads that are slow to get to the engine, the first of them the slowest."""
    from rehearsal.program.resource_monitor import ResourceMonitor

    register, begun = ResourceMonitor.RegisterResource, iter(range(1000))

    def late(self, request):
        time.sleep(0.02 if next(begun) % 2 == 0 else 0)
        return register(self, request)

    monkeypatch.setattr(ResourceMonitor, "RegisterResource", late)

    def program():
        for n in range(8):
            rig.Thing(f"t{n}")

    rig.up(program)
    assert [name for method, name, _ in rig.cloud.calls if method == "check"] == [f"t{n}" for n in range(8)]
