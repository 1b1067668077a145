"""Thread-safe access to pulumi-aws's lazy modules, which are loaded when their first attribute is read.

Before Python 3.11.9, a second thread that reads an attribute during the load finds an empty module. With the Automation
API, programs run in threads.
"""

import threading
from types import ModuleType
from typing import Any, Final

__all__ = ["loaded"]

_LOCK: Final = threading.RLock()


def loaded(module: ModuleType, name: str) -> Any:
    """Return an attribute of `module`; only one thread at a time may load it."""
    with _LOCK:
        return getattr(module, name)
