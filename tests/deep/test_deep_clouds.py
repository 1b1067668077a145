"""Random calls to stored clouds: after each kill, a reopened cloud has the same state."""

import contextlib
import functools
import shutil
from random import Random

import pytest

from random_aws import RandomCalls, read_resources
from rehearsal_aws import EmbeddedAws
from rehearsal_aws.cloud import persistence

QUICK, DEEP = 2, 20


def pytest_generate_tests(metafunc):
    """Run few lifecycles, or with ``--hypothesis-profile deep`` many."""
    if "lifecycle" in metafunc.fixturenames:
        deep = metafunc.config.getoption("--hypothesis-profile") == "deep"
        metafunc.parametrize("lifecycle", range(DEEP if deep else QUICK))


@contextlib.contextmanager
def open_cloud(folder):
    cloud = EmbeddedAws(folder)
    try:
        yield functools.cache(lambda service: cloud.boto3(service, "us-east-1"))
    finally:
        cloud.close()


@pytest.mark.slow("random lifecycles of all services")
def test_a_cloud_has_the_same_state_after_each_kill(tmp_path, monkeypatch, lifecycle):
    random = Random(lifecycle)
    monkeypatch.setattr(persistence, "_MOST_CALLS", random.choice([1, 10, 50, 1000]))
    folder, calls, seen = tmp_path / "0", None, None
    for kill in range(1, 5):
        with open_cloud(folder) as clients:
            calls = RandomCalls(clients, random) if calls is None else calls
            calls.clients = clients
            if seen is not None:
                assert read_resources(clients, calls) == seen
            for _ in range(random.randrange(1, 25)):
                calls.call_once()
            seen = read_resources(clients, calls)
            if random.random() < 0.5 and folder.exists():
                # A kill leaves the files as they are now. The journal may end with a partially written call.
                shutil.copytree(folder, tmp_path / str(kill))
                folder = tmp_path / str(kill)
                if random.random() < 0.5:
                    with (folder / "aws.journal").open("ab") as file:
                        file.write(b'00000000 {"at":1')
    with open_cloud(folder) as clients:
        assert read_resources(clients, calls) == seen
