"""Runs programs in this process, each as if it ran in its own process.

A program finds its files and modules in its folder. Afterwards these are restored: modules, import path, environment,
arguments, working directory, and the configuration of `logging`.

The program's own modules are those that were imported during the run, with three exceptions: installed modules, which
are slow to import; modules of the harness; and modules of packages that were imported before, to which a test may have
references.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import logging
import os
import site
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from pulumi.runtime import rpc

from rehearsal.paths import is_file, is_folder
from rehearsal.providers.harness_work import is_internal

__all__ = ["arguments", "program_directory", "run_in"]

_INSTALLED_PARTS: Final = {"site-packages", "dist-packages"}
# The compiled files of sources that were changed less than so many seconds ago are deleted: Python does not notice a
# change in the same second that does not change the size.
_RECENT: Final = 3.0

_one_at_a_time = threading.Lock()


def program_directory(main: Path) -> Path:
    """Return the working directory that Pulumi uses for a program, which is a folder or a file."""
    return main.parent if main.suffix == ".py" or is_file(main) else main


@contextlib.contextmanager
def arguments(main: Path) -> Iterator[None]:
    """Set `sys.argv` in the block to the arguments that Pulumi passes to a program."""
    before = sys.argv
    sys.argv = [str(main)]
    try:
        yield
    finally:
        sys.argv = before


@contextlib.contextmanager
def run_in(folder: Path) -> Iterator[None]:
    """Prepare the process for a program in this folder, and restore it after the block; one program at a time."""
    with (
        _one_at_a_time,
        _environment_kept(),
        _umask_kept(),
        _logging_kept(),
        _resource_types_kept(),
        _working_directory(folder),
        _modules_kept(folder),
        _path_kept(folder),
    ):
        yield


@contextlib.contextmanager
def _environment_kept() -> Iterator[None]:
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        for name, value in before.items():
            if os.environ.get(name) != value:
                os.environ[name] = value


@contextlib.contextmanager
def _umask_kept() -> Iterator[None]:
    before = os.umask(0o077)  # there is no way to read the umask without setting it
    os.umask(before)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def _working_directory(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    if is_folder(folder):  # a missing folder is reported when the program runs
        os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextlib.contextmanager
def _path_kept(folder: Path) -> Iterator[None]:
    before = list(sys.path)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = before


@contextlib.contextmanager
def _logging_kept() -> Iterator[None]:
    def state(logger: logging.Logger) -> dict[str, Any]:
        lists = {"handlers": list(logger.handlers), "filters": list(logger.filters)}
        return lists | {name: getattr(logger, name) for name in ("level", "propagate", "disabled")}

    loggers = [logging.root, *(known for known in logging.root.manager.loggerDict.values() if _is_logger(known))]
    before = [(logger, state(logger)) for logger in loggers if isinstance(logger, logging.Logger)]
    limit, factory = logging.root.manager.disable, logging.getLogRecordFactory()
    try:
        yield
    finally:
        logging.disable(limit)
        logging.setLogRecordFactory(factory)
        for logger, values in before:
            if state(logger) != values:
                logger.handlers[:], logger.filters[:] = values["handlers"], values["filters"]
                logger.propagate, logger.disabled = values["propagate"], values["disabled"]
                logger.setLevel(values["level"])


def _is_logger(known: object) -> bool:
    return isinstance(known, logging.Logger)


@contextlib.contextmanager
def _resource_types_kept() -> Iterator[None]:
    """Unregister the resource types of the program's own packages, which its next run registers again."""
    registries: list[dict[str, list[Any]]] = [rpc._RESOURCE_PACKAGES, rpc._RESOURCE_MODULES]  # noqa: SLF001
    # The SDK only appends to these lists, so the new entries are at the end.
    before = [{key: len(made) for key, made in registry.items()} for registry in registries]
    try:
        yield
    finally:
        for registry, known in zip(registries, before, strict=True):
            for key, made in registry.items():
                count = known.get(key, 0)
                if len(made) > count:
                    made[count:] = [one for one in made[count:] if type(one).__module__ in sys.modules]


class _HarnessImports(importlib.abc.MetaPathFinder):
    """A finder that finds nothing, but records the modules that the harness imports while a program runs."""

    def __init__(self) -> None:
        self.internal: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if is_internal():
            self.internal.add(fullname)
        return None


@contextlib.contextmanager
def _modules_kept(folder: Path) -> Iterator[None]:
    hidden = {name: sys.modules.pop(name) for name in _modules_to_hide(folder)}
    before = frozenset(sys.modules)
    watch = _HarnessImports()
    sys.meta_path.insert(0, watch)
    try:
        yield
    finally:
        sys.meta_path.remove(watch)
        for name in _program_modules(sys.modules.keys() - before - watch.internal, before):
            _forget_compiled(sys.modules.pop(name))
        sys.modules.update(hidden)


def _program_modules(new: set[str], before: frozenset[str]) -> list[str]:
    """Return the program's own modules among the `new` ones."""
    if not new:
        return []
    packages = {name.partition(".")[0] for name in before}
    return [name for name in new if name.partition(".")[0] not in packages and not _is_installed(sys.modules[name])]


def _modules_to_hide(folder: Path) -> list[str]:
    """Return imported modules of other programs that have the names of this program's own modules."""
    own = {path.stem for path in folder.glob("*.py")} | {path.name for path in folder.glob("*/") if path.is_dir()}
    own -= {"__main__"} | set(sys.builtin_module_names) | sys.stdlib_module_names
    foreign = set()
    for name in own & sys.modules.keys():
        places = _paths_of(sys.modules[name])
        if places and not _is_installed(sys.modules[name]) and not any(p.is_relative_to(folder) for p in places):
            foreign.add(name)
    return [name for name in sys.modules if name.partition(".")[0] in foreign] if foreign else []


def _paths_of(module: ModuleType) -> list[Path]:
    """Return the paths of a module; empty if it does not come from a file."""
    file = getattr(module, "__file__", None)
    return [Path(file)] if file else [Path(place) for place in getattr(module, "__path__", ())]


def _is_installed(module: ModuleType) -> bool:
    places = _paths_of(module)
    return not places or any(
        not _INSTALLED_PARTS.isdisjoint(place.parts) or any(place.is_relative_to(home) for home in _LIBRARY_FOLDERS)
        for place in places
    )


def _forget_compiled(module: ModuleType) -> None:
    file, compiled = getattr(module, "__file__", None), getattr(module, "__cached__", None)
    if file and compiled:
        with contextlib.suppress(OSError):
            if time.time() - Path(file).stat().st_mtime < _RECENT:
                Path(compiled).unlink(missing_ok=True)


def _library_folders() -> tuple[Path, ...]:
    """Return the folders of the standard library and of installed packages."""
    named = sysconfig.get_paths()
    found = {named[name] for name in ("stdlib", "platstdlib", "purelib", "platlib") if name in named}
    found.update(site.getsitepackages(), [site.getusersitepackages()])
    return tuple(Path(place).resolve() for place in found) + tuple(Path(place) for place in found)


_LIBRARY_FOLDERS: Final = _library_folders()
