"""The types of a WSGI application."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

__all__ = ["Application"]

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
