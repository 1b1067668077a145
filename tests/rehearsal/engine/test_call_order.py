"""Requests of the SDK reach the engine in the order of the calls, whichever threads send them."""

import threading
import time
from concurrent.futures import wait

import pytest

from rehearsal.engine.call_order import InOrderExecutor, arrived


@pytest.fixture
def executor():
    with InOrderExecutor(16) as in_order_executor:
        yield in_order_executor


def as_sdk_call(function):
    function.__module__ = "pulumi.runtime._context"
    return function


def test_calls_arrive_in_call_order(executor):
    order = []

    def call(number):
        time.sleep((20 - number) / 2000)  # earlier calls are slower
        order.append(number)
        arrived()

    wait([executor.submit(as_sdk_call(lambda n=n: call(n))) for n in range(20)])
    assert order == list(range(20))


def test_an_arrived_call_does_not_block_others(executor):
    second = threading.Event()

    def first():
        arrived()
        return second.wait(20)

    waiting = executor.submit(as_sdk_call(first))
    executor.submit(as_sdk_call(lambda: second.set() or True))
    assert waiting.result()


def test_a_failed_or_cancelled_call_does_not_block_others():
    with InOrderExecutor(1) as executor:
        free = threading.Event()
        executor.submit(free.wait)
        failing = executor.submit(as_sdk_call(lambda: 1 // 0))
        cancelled = executor.submit(as_sdk_call(lambda: "never"))
        last = executor.submit(as_sdk_call(lambda: "done"))
        assert cancelled.cancel()
        free.set()
        assert last.result(20) == "done"
        assert isinstance(failing.exception(), ZeroDivisionError)


def test_the_programs_own_threads_are_not_delayed(executor):
    free = threading.Event()
    registration = executor.submit(as_sdk_call(lambda: free.wait(20)))
    executor.submit(free.set)
    assert registration.result()


def test_resources_are_planned_in_program_order_on_a_busy_machine(rig, monkeypatch):
    """Every second registration is delayed on its way to the engine."""
    from rehearsal.program.resource_monitor import ResourceMonitor

    register, begun = ResourceMonitor.RegisterResource, iter(range(1000))

    def register_late(self, request):
        time.sleep(0.02 if next(begun) % 2 == 0 else 0)
        return register(self, request)

    monkeypatch.setattr(ResourceMonitor, "RegisterResource", register_late)

    def program():
        for n in range(8):
            rig.Thing(f"t{n}")

    rig.up(program)
    assert [name for method, name, _ in rig.cloud.calls if method == "check"] == [f"t{n}" for n in range(8)]
