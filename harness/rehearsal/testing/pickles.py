"""Loads the pickles of dynamic providers as Pulumi does: in a fresh interpreter."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

__all__ = ["fault_of"]

_LOAD: Final = """
import base64, sys
import dill
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime._serialization import _deserialize
provider = _deserialize(lambda: dill.loads(base64.b64decode(sys.stdin.read())))
sys.stdout.write(serialize_provider(provider))
"""


@functools.cache
def fault_of(pickle: str, folder: Path) -> str:
    """Return what is wrong with a provider's pickle for a program in `folder`; empty if nothing is.

    If a pickle refers to its class, pickling the loaded provider again gives the same bytes. If it contains the code of
    its class, the bytes differ; then two interpreters with different hash seeds must give the same result. The result
    is cached for each pickle.
    """
    first, error = _reload(pickle, folder, seed="1")
    if error:
        return f"it does not load in a fresh interpreter in {folder}:\n{error}"
    if first == pickle:
        return ""
    second, error = _reload(pickle, folder, seed="2")
    if error or second != first:
        return (
            "it is not the same bytes in every run, so that every `up` would update every resource: keep sets, clocks "
            "and random values out of the provider's attributes, and its class in a module that can be imported"
        )
    return ""


def _reload(pickle: str, folder: Path, *, seed: str) -> tuple[str, str]:
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", _LOAD],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": seed},
        input=pickle,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout, done.stderr.rstrip() if done.returncode else ""
