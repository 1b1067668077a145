"""Modules of pulumi-aws that are loaded when their first attribute is read.

Before Python 3.11.9 a second thread that reads one meanwhile finds a module without attributes. With the Automation
API, programs run in threads.
"""

import threading
from types import ModuleType
from typing import Any, Final

__all__ = ["loaded"]

_ONE_AT_A_TIME: Final = threading.RLock()


def loaded(module: ModuleType, name: str) -> Any:
    """Return what `module` has by this name, loading the module first if no thread has."""
    with _ONE_AT_A_TIME:
        return getattr(module, name)
