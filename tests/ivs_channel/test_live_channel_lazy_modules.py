"""Threads that publish their first keys at the same time do not use a module before it is loaded."""

import importlib.util
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from ivs_channel.lazy_modules import loaded

SOURCE = """\
import time

time.sleep(0.05)
there = True
"""


def test_no_thread_sees_a_partially_loaded_module(tmp_path):
    file = tmp_path / "slow_to_load.py"
    file.write_text(SOURCE, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("slow_to_load", file)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    both = threading.Barrier(2)

    def read(pause):
        both.wait()
        time.sleep(pause)
        return loaded(module, "there")

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(read, (0, 0.02))) == [True, True]
