"""Runs a program against a mocked engine, for tests that look at the requests which the engine gets."""

import asyncio
import threading

import pulumi
from pulumi.runtime.stack import wait_for_rpcs


def resolved(program, engine, *, preview=False):
    """Run a program, in a thread of its own: the SDK's settings and event loop are a thread's.

    Gives, of each output that the program returned by name, what it resolved to: (value, is it known, is it secret).
    """
    found, failed = {}, []

    async def main():
        # A thread without settings of its own shares a set of unfinished outputs with every other one.
        pulumi.runtime.configure(pulumi.runtime.Settings("project", "stack"))
        pulumi.runtime.set_mocks(None, monitor=engine, preview=preview)
        try:
            outputs = program() or {}
        finally:
            # What is not awaited here would be awaited by the next program, in a loop that is not its own.
            await wait_for_rpcs()
        for name, output in outputs.items():
            found[name] = (
                await output.future(with_unknowns=False),
                await output.is_known(),
                await output.is_secret(),
            )

    def in_a_thread():
        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001 - raised again where the test sees it
            failed.append(error)

    thread = threading.Thread(target=in_a_thread, daemon=True)
    thread.start()
    thread.join(timeout=60)
    assert not thread.is_alive(), "the program hangs"
    if failed:
        raise failed[0]
    return found
