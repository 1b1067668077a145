"""Keeps moto from what reaches beyond this process: containers, and the files of its recorder.

A durable cloud repeats the calls in its file when it is opened, and the file may have come with a repository. What a
repeated call sends over HTTP is held back by `rehearsal_aws.cloud.repeatable`.
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

# Its file is in the working directory, and a request sets the content.
_OF_RECORDER: Final = (
    "download_recording",
    "replay_recording",
    "reset_recording",
    "start_recording",
    "upload_recording",
)


@contextlib.contextmanager
def contained() -> Iterator[None]:
    """Let moto neither start containers nor record while the block runs."""
    with contextlib.ExitStack() as held:
        for name in _OF_RECORDER:
            held.callback(patch(Recorder, name, lambda _: _refusing("recordings")))
        held.callback(patch(DockerModel, "docker_client", lambda _: property(_no_docker)))
        yield


def _refusing(what: str) -> Callable[..., Never]:
    def refuse(*_: Any, **__: Any) -> Never:
        raise NotImplementedError(f"the embedded AWS makes no {what}")

    return refuse


def _no_docker(_: DockerModel) -> Never:
    # Moto's dependency, which it imports for this. It catches no other error.
    raise importlib.import_module("docker.errors").DockerException("the embedded AWS runs no containers")
