"""What moto holds, as a file: the embedded AWS lives on between commands."""

from __future__ import annotations

import collections
import io
import os
import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import dill
import moto
from moto.backends import get_backend
from moto.core.base_backend import BackendDict, BaseBackend
from moto.moto_api._internal.models import moto_api_backend

from rehearsal.errors import StateError

__all__ = ["forget", "load", "save"]

# What a backend is made with: a new one of another version of moto, or in another process, has its own.
_IDENTITY: Final = ("region_name", "account_id", "partition")


def forget() -> None:
    """Leave moto without a single resource, in all accounts and regions."""
    moto_api_backend.reset()


def save(path: Path) -> list[str]:
    """Write what moto holds; return the services that can't be written, whose resources end with this process.

    The file is readable by its owner alone: there are stream keys and other secrets in it, if only worthless ones.
    """
    kept: list[tuple[str, str, str, bytes]] = []
    lost: set[str] = set()
    in_use: list[BackendDict[BaseBackend]] = list(
        BackendDict._instances  # type: ignore[misc]  # noqa: SLF001 - moto offers no list of the backends in use
    )
    for service in in_use:
        for account, region, backend in service.iter_backends():
            try:
                kept.append((service.service_name, account, region, _written(backend)))
            except Exception:  # noqa: BLE001 - what can't be written, or not be read again, may raise anything
                lost.add(service.service_name)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(path.name + ".new")
    with open(aside, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
        _Pickler(out, recurse=False).dump({"moto": moto.__version__, "backends": kept})
        out.flush()
        os.fsync(out.fileno())
    aside.replace(path)
    return sorted(lost)


def load(path: Path) -> None:
    """Bring back what `save` wrote; nothing if there is no file.

    :raises StateError: if the file can't be read.
    """
    if not path.exists():
        return
    try:
        with path.open("rb") as file:
            saved = dill.load(file)  # noqa: S301 - a file of our own, in a folder of the user's
        for service, account, region, written in saved["backends"]:
            get_backend(service)[account][region].__dict__.update(dill.loads(written))  # noqa: S301
    except Exception as error:  # a pickle of another version may raise anything
        raise StateError(
            f"{path} can't be read ({type(error).__name__}: {error}); it holds the embedded cloud's resources: delete "
            "it, and the stack's state beside it, to start from nothing"
        ) from error


def _written(backend: BaseBackend) -> bytes:
    held: dict[str, Any] = {name: value for name, value in vars(backend).items() if name not in _IDENTITY}
    out = io.BytesIO()
    _Pickler(out, recurse=False).dump(held)
    written = out.getvalue()
    # There are objects that pickle writes and can't make again. Better to know that now.
    dill.loads(written)  # noqa: S301 - written two lines above
    return written


class _Pickler(dill.Pickler):  # type: ignore[misc]  # dill has no types
    """Takes dictionaries that make their values, and whose constructor wants to be told more than pickle knows."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, collections.defaultdict) and type(obj) is not collections.defaultdict:
            return _bare, (type(obj), obj.default_factory), vars(obj), None, iter(obj.items())
        return NotImplemented

    def _batch_setitems(self, items: Iterable[tuple[Any, Any]], *_: object) -> None:
        # Pulumi's SDK puts one more layer around pickle's own with every dynamic resource that a program makes, which
        # sorts what can't be sorted and ends in a RecursionError after a thousand of them.
        for key, value in items:
            self.save(key)
            self.save(value)
            self.write(pickle.SETITEM)


def _bare(kind: Any, default_factory: Any) -> Any:
    made = kind.__new__(kind)
    made.default_factory = default_factory
    return made
