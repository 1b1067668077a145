"""The command line: operations on the stack of a project's folder, in a state and a cloud under ``.rehearsal/``.

Imports all other rooms except `testing`.
"""

from __future__ import annotations

from rehearsal.cli.commands import app

__all__ = ["app"]
