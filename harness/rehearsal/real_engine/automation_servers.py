"""Restricts the Automation API's gRPC servers in this process to calls of this user.

The Automation API serves the program, and receives events, on loopback ports, which every user of the machine can
reach. Without this module, another user could run the program with an engine of their choice.
"""

from __future__ import annotations

from typing import Any

import grpc
from pulumi.automation import _stack

from rehearsal.providers.peers import SameUserInterceptor

__all__ = ["guard"]


class _Grpc:
    """A replacement for the module grpc, whose servers refuse other users."""

    def __getattr__(self, name: str) -> Any:
        return getattr(grpc, name)

    @staticmethod
    def server(*arguments: Any, **options: Any) -> Any:
        return grpc.server(*arguments, **options, interceptors=[SameUserInterceptor()])


def guard() -> None:
    """Make the Automation API's servers refuse other users from now on, if the system can recognize them."""
    setattr(_stack, "grpc", _Grpc())  # noqa: B010 - mypy takes a module's name for constant
