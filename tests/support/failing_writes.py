"""Makes `os.write` fail, as on a full disk."""

import os


def fail_writes(monkeypatch, number, after=0):
    """Make `os.write` raise OSError with this errno once `after` more bytes are written."""
    write, written = os.write, 0

    def write_or_fail(handle, data):
        nonlocal written
        if written >= after:
            raise OSError(number, os.strerror(number))
        done = write(handle, bytes(data[: after - written]))
        written += done
        return done

    monkeypatch.setattr(os, "write", write_or_fail)
