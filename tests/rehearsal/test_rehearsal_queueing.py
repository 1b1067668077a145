import threading
import time

import pytest

from rehearsal.queueing import QueueingLock


def test_threads_get_it_in_the_order_in_which_they_came():
    lock, order = QueueingLock(), []

    def take(number):
        with lock:
            order.append(number)

    threads = [threading.Thread(target=take, args=(n,)) for n in range(20)]
    with lock:
        for number, thread in enumerate(threads):
            thread.start()
            while len(lock._queue) <= number:
                time.sleep(0)
    for thread in threads:
        thread.join()
    assert order == list(range(20))


def test_one_thread_at_a_time_holds_it():
    lock, inside, most = QueueingLock(), [], []

    def take():
        for _ in range(50):
            with lock:
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 200


def test_what_is_raised_inside_releases_it():
    lock = QueueingLock()
    with pytest.raises(ValueError, match="no"), lock:
        raise ValueError("no")
    with lock:
        pass
