"""A WSGI server on a loopback port that creates its application at the first connection."""

from __future__ import annotations

import contextlib
import gc
import selectors
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from rehearsal.providers import harness_work
from rehearsal_aws.cloud.wsgi import Application

__all__ = ["LazyServer"]

_HOST: Final = "127.0.0.1"


class LazyServer:
    """Serves the application that `make` returns; calls `make` when the first client connects.

    The port is bound at once, so that `url` is known and early clients are not refused.
    """

    def __init__(self, make: Callable[[], Application]) -> None:
        self._make = make
        self._socket = socket.create_server((_HOST, 0), backlog=128)
        self._port = self._socket.getsockname()[1]
        self._waker, self._wake = socket.socketpair()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="embedded-aws", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The server's address: ``http://127.0.0.1:PORT``."""
        return f"http://{_HOST}:{self._port}"

    def close(self) -> None:
        """Finish running requests, and stop serving. A second call does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._wake.send(b"x")
        self._thread.join()
        for end in (self._socket, self._waker, self._wake):
            end.close()

    def _run(self) -> None:
        with harness_work.muted(), harness_work.work():
            self._serve()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._waker, selectors.EVENT_READ)
            if not self._client_connects(selector):
                return
            with _without_garbage_collection():
                # The import takes most of a second, and is not needed if nothing connects.
                from rehearsal_aws.cloud.serving import bind  # noqa: PLC0415

                server = bind(_HOST, self._port, self._socket.fileno(), _marked_as_harness(self._make()))
            server.timeout = 0  # do not wait for a client that has disconnected
            with contextlib.closing(server.socket):
                while self._client_connects(selector):
                    server.handle_request()

    def _client_connects(self, selector: selectors.BaseSelector) -> bool:
        """Wait until a client connects or `close` is called; return whether it was a client.

        `serve_forever` is not used, because it polls for the end several times a second.
        """
        return self._waker not in {key.fileobj for key, _ in selector.select()}


@contextlib.contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Turn garbage collection off while modules and stored resources are loaded: it took a tenth of that time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _marked_as_harness(application: Application) -> Application:
    """Mark the thread of each request as doing work of the harness."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with harness_work.work():
            yield from application(environ, start_response)

    return answer
