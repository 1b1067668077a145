"""Runs a Pulumi program in this process, as Pulumi's language host runs it in its own."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

from pulumi import runtime

from rehearsal.engine.call_order import InOrderExecutor
from rehearsal.engine.deployment import Deployment
from rehearsal.made_up.absent_outputs import known_in_previews
from rehearsal.program.body import pickle_as_it_was, program_error, run_body
from rehearsal.program.event_loops import end_loop
from rehearsal.program.resource_monitor import Engine, ResourceMonitor
from rehearsal.program.start import Program
from rehearsal.state.property_values import Secret

__all__ = ["Program", "run_program"]


def run_program(
    program: Program,
    operation: Deployment,
    *,
    stack: str,
    project: str,
    folder: Path,
    config: Mapping[str, str | Secret],
    parallel: int,
    then: Callable[[], None] = lambda: None,
) -> None:
    """Run the program against the operation. Its exceptions become errors in the report.

    When the program has registered all resources, `then` is called; after that the program ends. The program has its
    own thread, context and event loop. The caller isolates it with `isolation.run_in`. `folder` is the project's.
    """
    outcome: list[BaseException] = []

    def body() -> None:
        try:
            _run(program, operation, stack, project, folder, config, parallel)
        except SystemExit as end:
            # As in Pulumi, a program that exits with code 0 has succeeded.
            if end.code:
                outcome.append(end)
        except BaseException as error:  # noqa: BLE001 - it ends the program and not this process
            outcome.append(error)
        finally:
            operation.program_over.set()

    with pickle_as_it_was(), known_in_previews():
        thread = threading.Thread(
            target=contextvars.Context().run, args=(body,), name=f"program-{project}", daemon=True
        )
        thread.start()
        operation.program_over.wait()
        try:
            if not outcome:
                then()
        finally:
            operation.finished.set()
            thread.join()
    if not outcome:
        return
    failed_before = operation.is_aborted()
    operation.abort()
    # After a failure the SDK raises an error for every resource that it awaits. Do not report these.
    if not failed_before:
        operation.report.say("error", str(program_error(outcome[0])))
    operation.report.ok = False


def _run(
    program: Program,
    operation: Deployment,
    stack: str,
    project: str,
    folder: Path,
    config: Mapping[str, str | Secret],
    parallel: int,
) -> None:
    plain = {k: v.value if isinstance(v, Secret) else v for k, v in config.items()}
    runtime.set_all_config(plain, [k for k, v in config.items() if isinstance(v, Secret)])
    settings = runtime.Settings(
        project=project,
        stack=stack,
        monitor=ResourceMonitor(operation),
        engine=Engine(operation.report),
        parallel=parallel,
        dry_run=operation.dry_run,
        organization="organization",
        root_directory=str(folder),
    )
    runtime.configure(settings)

    loop = asyncio.new_event_loop()
    # Ignore errors in futures that a failed program has not awaited: asyncio would log each of them.
    loop.set_exception_handler(lambda *_: None)
    # Each registration occupies a thread until its resource is done, so more threads than parallel steps are needed.
    executor = InOrderExecutor(max(parallel, 1) * 4, "registration")
    loop.set_default_executor(executor)
    asyncio.set_event_loop(loop)
    with warnings.catch_warnings():
        # Suppress this warning: if a coroutine of an output fails, the SDK does not await the output's others.
        warnings.filterwarnings("ignore", r"coroutine 'Output\.\w+' was never awaited", RuntimeWarning)
        try:
            loop.run_until_complete(runtime.run_in_stack(lambda: run_body(program)))
        finally:
            end_loop(loop, executor)
