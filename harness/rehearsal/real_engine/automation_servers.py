"""Automation's gRPC servers in this process: only this user's CLI may call them.

Automation serves the program and listens to events on loopback ports, which every user of the machine can reach.
Whoever calls the program's server has it run, with an engine of the caller's choice.
"""

from __future__ import annotations

from typing import Any

import grpc
from pulumi.automation import _stack

from rehearsal.providers.peers import SameUserInterceptor

__all__ = ["guard"]


class _Grpc:
    """The module grpc, whose servers refuse other users."""

    def __getattr__(self, name: str) -> Any:
        return getattr(grpc, name)

    @staticmethod
    def server(*arguments: Any, **options: Any) -> Any:
        return grpc.server(*arguments, **options, interceptors=[SameUserInterceptor()])


def guard() -> None:
    """Have automation's servers refuse other users from now on, where the system tells them apart."""
    setattr(_stack, "grpc", _Grpc())  # noqa: B010 - mypy takes a module's name for constant
