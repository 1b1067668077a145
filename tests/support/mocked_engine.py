"""Runs a program against a mocked engine, for tests that look at the requests to the engine."""

import asyncio
import threading

import pulumi
from pulumi.runtime.stack import wait_for_rpcs


def resolve_outputs(program, engine, *, preview=False):
    """Run a program in a new thread: the SDK has settings and an event loop per thread.

    Return, for each output that the program returned by name: (value, whether it is known, whether it is secret).
    """
    found, failed = {}, []

    async def main():
        # A thread without its own settings shares the set of outstanding outputs with other threads.
        pulumi.runtime.configure(pulumi.runtime.Settings("project", "stack"))
        pulumi.runtime.set_mocks(None, monitor=engine, preview=preview)
        try:
            outputs = program() or {}
        finally:
            # The next program would await the remaining RPCs in another event loop, which fails.
            await wait_for_rpcs()
        for name, output in outputs.items():
            found[name] = (
                await output.future(with_unknowns=False),
                await output.is_known(),
                await output.is_secret(),
            )

    def run_in_thread():
        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            failed.append(error)

    thread = threading.Thread(target=run_in_thread, daemon=True)
    thread.start()
    thread.join(timeout=60)
    assert not thread.is_alive(), "the program hangs"
    if failed:
        raise failed[0]
    return found
