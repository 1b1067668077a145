"""A system whose writes fail, as on a disk that is full."""

import os


def fail_writes(monkeypatch, number, after=0):
    """Allow so many more bytes to be written, and then fail with the error of that number."""
    write, written = os.write, 0

    def failing(handle, data):
        nonlocal written
        if written >= after:
            raise OSError(number, os.strerror(number))
        done = write(handle, bytes(data[: after - written]))
        written += done
        return done

    monkeypatch.setattr(os, "write", failing)
