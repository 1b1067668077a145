"""Prevents side effects of moto outside this process: starting containers, and writing its recorder's files.

A persistent cloud repeats the calls in its file when it is opened, and the file may come from an untrusted repository.
`rehearsal_aws.cloud.repeatable` suppresses the HTTP requests of repeated calls.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator
from typing import Any, Final, Never

from moto.moto_api._internal.recorder.models import Recorder
from moto.utilities.docker_utilities import DockerModel

from moto_ivs.patching import patch

__all__ = ["contained"]

# The methods of moto's recorder. It writes a file in the working directory, whose content comes from requests.
_RECORDER_METHODS: Final = (
    "download_recording",
    "replay_recording",
    "reset_recording",
    "start_recording",
    "upload_recording",
)


@contextlib.contextmanager
def contained() -> Iterator[None]:
    """Prevent moto from starting containers and recording requests while the block runs."""
    with contextlib.ExitStack() as held:
        for name in _RECORDER_METHODS:
            held.callback(patch(Recorder, name, lambda _: _refusing("recordings")))
        held.callback(patch(DockerModel, "docker_client", lambda _: property(_no_docker)))
        yield


def _refusing(what: str) -> Callable[..., Never]:
    def refuse(*_: Any, **__: Any) -> Never:
        raise NotImplementedError(f"the embedded AWS makes no {what}")

    return refuse


def _no_docker(_: DockerModel) -> Never:
    # moto catches only this error of the package `docker`, which it has imported at this point.
    raise importlib.import_module("docker.errors").DockerException("the embedded AWS runs no containers")
