"""The server creates its application on the first connection."""

from __future__ import annotations

import gc
import threading
import urllib.request
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from rehearsal_aws.cloud.server import LazyServer
from rehearsal_aws.cloud.wsgi import Application


class CountingFactory:
    """Creates applications that return a greeting, and counts how many it has created."""

    created = 0

    def __call__(self) -> Application:
        self.created += 1

        def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"hello from " + environ["PATH_INFO"].encode()]

        return hello


def get(url: str) -> bytes:
    with urllib.request.urlopen(url) as response:  # noqa: S310 - the server's own address
        return response.read()


def test_the_application_is_created_once_on_the_first_connection():
    make = CountingFactory()
    server = LazyServer(make)
    try:
        assert make.created == 0
        assert get(server.url + "/a") == b"hello from /a"
        assert get(server.url + "/b") == b"hello from /b"
        assert make.created == 1
    finally:
        server.close()


def test_an_unused_server_creates_nothing_and_ends_at_once():
    make = CountingFactory()
    before = set(threading.enumerate())
    server = LazyServer(make)
    server.close()
    server.close()
    assert make.created == 0
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_collection_is_paused_while_the_application_is_created(enabled):
    during = []

    def make() -> Application:
        during.append(gc.isenabled())
        return CountingFactory()()

    server = LazyServer(make)
    try:
        if not enabled:
            gc.disable()
        get(server.url)
        assert during == [False]
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
        server.close()


def test_clients_are_served_concurrently():
    barrier = threading.Barrier(3, timeout=10)

    def make() -> Application:
        def wait(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            barrier.wait()
            start_response("200 OK", [])
            return [b""]

        return wait

    server = LazyServer(make)
    try:
        clients = [threading.Thread(target=get, args=(server.url,)) for _ in range(2)]
        for client in clients:
            client.start()
        barrier.wait()
        for client in clients:
            client.join()
    finally:
        server.close()
    assert not barrier.broken


def test_each_server_has_its_own_port():
    servers = [LazyServer(CountingFactory()) for _ in range(2)]
    try:
        assert servers[0].url != servers[1].url
    finally:
        for server in servers:
            server.close()
