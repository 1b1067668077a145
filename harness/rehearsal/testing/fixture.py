"""The object of the fixture ``rehearse``: creates the stacks of one test, and destroys them at its end."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args, overload

from pulumi.runtime.mocks import Mocks

from rehearsal.paths import exists, is_folder
from rehearsal.project import Project, project_file, valid_name
from rehearsal.provider import Cloud, ImportingCloud, NamingCloud, ObservableCloud, ProviderFactory
from rehearsal.stack import CloudFactory, Stack, Unmodelled, installed_clouds
from rehearsal.testing.checks import CheckFailed, Checks
from rehearsal.testing.mocked_stack import MockedStack
from rehearsal.testing.stack import RehearsedStack, the_only

__all__ = ["EngineName", "Rehearse"]

_NAME: Final = "rehearsal"

EngineName = Literal["rehearsal", "pulumi"]


class Rehearse:
    """Creates stacks: ``rehearse(path)`` for a project's folder or a program, ``rehearse(function)`` for a function.

    All stacks of one test share the same clouds, which start at their first request.
    """

    def __init__(self, *, provider_process: bool = False, engine: EngineName = "rehearsal") -> None:
        self._provider_process = provider_process
        self.engine = engine
        """The engine of stacks that name none: "rehearsal", or "pulumi", the real one."""
        self._stacks: list[RehearsedStack] = []
        self._mocked: list[MockedStack] = []
        self._clouds: list[Cloud] | None = None
        self._factories: list[CloudFactory] = installed_clouds()
        self._there_before: set[str] = set()

    @overload
    def __call__(
        self,
        program: str | Path | Callable[[], object],
        *,
        mocks: Mocks,
        config: Mapping[str, Any] | None = ...,
        stack: str = ...,
        project: str | None = ...,
        check_secrets: bool = ...,
        check_pickle: bool = ...,
        check_asserts: bool = ...,
    ) -> MockedStack: ...

    @overload
    def __call__(
        self,
        program: str | Path | Callable[[], object],
        *,
        config: Mapping[str, Any] | None = ...,
        stack: str = ...,
        project: str | None = ...,
        clouds: Collection[CloudFactory] | None = ...,
        providers: Mapping[str, ProviderFactory] | None = ...,
        unmodelled: Unmodelled | None = ...,
        stack_references: Mapping[str, Mapping[str, Any]] | None = ...,
        given_outputs: Mapping[str, Mapping[str, Any]] | None = ...,
        provider_process: bool | None = ...,
        provider_startup: Path | None = ...,
        engine: EngineName | None = ...,
        parallel: int | None = ...,
        check_preview: bool = ...,
        check_destroy: bool = ...,
        check_secrets: bool = ...,
        check_pickle: bool = ...,
        check_asserts: bool = ...,
        check_faults: bool = ...,
    ) -> RehearsedStack: ...

    def __call__(
        self,
        program: str | Path | Callable[[], object],
        *,
        mocks: Mocks | None = None,
        config: Mapping[str, Any] | None = None,
        stack: str = "test",
        project: str | None = None,
        clouds: Collection[CloudFactory] | None = None,
        providers: Mapping[str, ProviderFactory] | None = None,
        unmodelled: Unmodelled | None = None,
        stack_references: Mapping[str, Mapping[str, Any]] | None = None,
        given_outputs: Mapping[str, Mapping[str, Any]] | None = None,
        provider_process: bool | None = None,
        provider_startup: Path | None = None,
        engine: EngineName | None = None,
        parallel: int | None = None,
        check_preview: bool = True,
        check_destroy: bool = True,
        check_secrets: bool = True,
        check_pickle: bool = True,
        check_asserts: bool = True,
        check_faults: bool = True,
    ) -> RehearsedStack | MockedStack:
        """Return a stack of the program, with an empty state of its own.

        `config` maps keys to text, `ConfigValue`s, or data that is converted to JSON. `clouds` are used instead of the
        installed ones; only the first stack of a test can set them. `providers` maps patterns of types to providers.
        Types without a provider are refused, or with `unmodelled="made-up"` get made-up outputs.

        Stack references find the other stacks of the test, and outputs in `stack_references`, by
        ``ORGANIZATION/PROJECT/STACK``; a secret output is a `ConfigValue`. `given_outputs` maps types and functions
        that are not run to outputs, such as ``{"command:local:Command": {"stdout": "built"}}``.

        `provider_process` None runs dynamic providers in this process, unless pytest was started with
        --rehearse-provider-process. `engine` "pulumi" is the real engine, which needs the Pulumi CLI; None is the
        engine with which pytest was started (--rehearse-engine). On the real engine, dynamic providers always run in
        their own process; `provider_startup` is a Python file that this process runs first. A `check_…` argument that
        is False turns that check off.

        With `mocks`, only the program runs: see `MockedStack`. Arguments about providers and clouds are then a
        ValueError.
        """
        checks = Checks(check_preview, check_destroy, check_secrets, check_pickle, check_asserts, check_faults)
        if mocks is not None:
            given: dict[str, object] = {"clouds": clouds, "providers": providers, "unmodelled": unmodelled}
            given |= {"provider_process": provider_process, "parallel": parallel, "engine": engine}
            given |= {"provider_startup": provider_startup, "stack_references": stack_references}
            given |= {"given_outputs": given_outputs}
            for name, value in given.items():
                if value is not None:
                    raise ValueError(f"{name}: mocks run no provider and no cloud; leave it out, or the mocks")
            mocked = MockedStack(
                _project(program, project), stack, program if callable(program) else None, mocks, checks
            )
            mocked.set_all_config(config or {})
            self._mocked.append(mocked)
            return mocked
        if clouds is not None:
            if self._clouds is not None:
                raise ValueError("clouds: the clouds of this test are made already; give them to its first stack")
            self._factories = list(clouds)
        options = {
            "name": stack,
            "program": program if callable(program) else None,
            "providers": providers,
            "unmodelled": unmodelled,
            "stack_references": stack_references,
            "given_outputs": given_outputs,
            "parallel": parallel,
            "clouds": [functools.partial(self._share_cloud, number) for number in range(len(self._factories))],
        }
        made = self._stack(
            engine or self.engine, _project(program, project), options, provider_process, provider_startup
        )
        rehearsed = RehearsedStack(made, checks, lambda: self.clouds)
        rehearsed.set_all_config(config or {})
        self._stacks.append(rehearsed)
        return rehearsed

    def _stack(
        self,
        engine: str,
        project: Project,
        options: Mapping[str, Any],
        provider_process: bool | None,
        provider_startup: Path | None,
    ) -> Stack:
        if engine not in get_args(EngineName):
            raise ValueError(f"engine: expected one of {', '.join(map(repr, get_args(EngineName)))}, got {engine!r}")
        if engine == "rehearsal":
            in_process = not (self._provider_process if provider_process is None else provider_process)
            if provider_startup is not None and not in_process:
                raise ValueError(
                    "provider_startup: rehearsal's own engine can't do that; use engine=\"pulumi\", or leave "
                    "provider_process out: a provider in this process shares all with the test"
                )
            living = lambda: [stack.resources() for stack in self._stacks]  # noqa: E731
            return Stack(project, provider_process=not in_process, living_stacks=living, **options)
        if options["stack_references"] is not None:
            raise ValueError("stack_references: the real engine asks its backend; rehearse the other stack before")
        if options["given_outputs"] is not None:
            raise ValueError("given_outputs: the real engine asks its plugins; give a provider (providers={…})")
        if provider_process is False:
            raise ValueError("provider_process=False: the real engine runs dynamic providers in a process of their own")
        from rehearsal.real_engine.stack import PulumiStack  # noqa: PLC0415 - gRPC, which other tests need not load

        return PulumiStack(project, provider_startup=provider_startup, **options)

    @property
    def clouds(self) -> list[Any]:
        """The clouds of this test."""
        return list(self._made_clouds({}))

    @property
    def cloud(self) -> Any:
        """The cloud of this test; the only one.

        :raises LookupError: if no installed package offers one, or several do.
        """
        return the_only(self.clouds)

    @property
    def faults(self) -> Any:
        """The faults of the cloud."""
        return self.cloud.faults

    def finish(self) -> None:
        """Destroy the stacks, and check that nothing is left.

        :raises CheckFailed: with all problems.
        """
        problems: list[str] = []
        observed = self._observed()
        checked = [stack.checks for stack in self._stacks]
        for cloud in observed:
            unfired = cloud.faults.unfired()
            cloud.faults.clear()
            if all(c.faults for c in checked):
                problems += [f"{fault} (must_fire=False allows that)" for fault in unfired]
        for stack in reversed(self._stacks):
            problems += stack.finish()
        for mocked in self._mocked:
            problems += mocked.finish()
        if all(c.destroy for c in checked):
            left = [name for cloud in observed for name in cloud.remaining() if name not in self._there_before]
            if left:
                head = "after destroy there is left in the cloud (rehearse(…, check_destroy=False) allows that):"
                problems.append("\n  ".join([head, *left]))
        if problems:
            raise CheckFailed("\n".join(problems))

    def close(self) -> None:
        """Close stacks and clouds."""
        for stack in reversed(self._stacks):
            stack.close()
        for cloud in self._clouds or ():
            cloud.close()

    def _made_clouds(self, config: Mapping[str, Any]) -> list[Cloud]:
        if self._clouds is None:
            self._clouds = [factory(None, config) for factory in self._factories]
            for cloud in self._observed():
                cloud.faults.crash = self._crash
        return self._clouds

    def _observed(self) -> list[ObservableCloud]:
        return [cloud for cloud in self._clouds or () if isinstance(cloud, ObservableCloud)]

    def _share_cloud(self, number: int, folder: Path | None, config: Mapping[str, Any]) -> Cloud:
        """Return a cloud for a stack that is about to run its first operation."""
        del folder
        cloud = self._made_clouds(config)[number]
        if isinstance(cloud, ObservableCloud) and not any(stack.has_run for stack in self._stacks):
            # Resources that the test itself has created must be removed by the test.
            self._there_before.update(cloud.remaining())
        return _SharedCloud(cloud)

    def _crash(self) -> bool:
        return True in [stack.crash_providers() for stack in self._stacks]


class _SharedCloud:
    """A cloud that several stacks use: `close` does nothing."""

    def __init__(self, cloud: Cloud) -> None:
        self.environment = cloud.environment
        self.providers = cloud.providers
        if isinstance(cloud, ImportingCloud):
            self.put_existing = cloud.put_existing
        if isinstance(cloud, NamingCloud):
            self.make_up, self.replaces, self.derived = cloud.make_up, cloud.replaces, cloud.derived

    def close(self) -> None:
        """Do nothing, because other stacks may use the cloud."""


def _project(program: str | Path | Callable[[], object], name: str | None) -> Project:
    if callable(program):
        folder = _home(program)
        return Project(name or _NAME, folder, folder)
    path = Path(program).resolve()
    if not exists(path):
        raise ValueError(f"program: expected a project's folder, a program's folder or file, or a function; no {path}")
    if is_folder(path) and project_file(path) is not None:
        return Project.load(path)
    folder = path if is_folder(path) else path.parent
    return Project(name or valid_name(folder.name), folder, path)


def _home(program: Callable[[], object]) -> Path:
    """Return the folder from which the function's module is imported, which a provider's process needs."""
    while isinstance(program, functools.partial):
        program = program.func
    module = sys.modules.get(getattr(inspect.unwrap(program), "__module__", None) or "")
    file = getattr(module, "__file__", None)
    if module is None or file is None:
        return Path.cwd()
    parts = module.__name__.split(".")
    path = Path(file).resolve()
    path = path.parent if path.stem == "__init__" else path.with_suffix("")
    if list(path.parts[-len(parts) :]) == parts:
        return path.parents[len(parts) - 1]
    return Path(file).resolve().parent
