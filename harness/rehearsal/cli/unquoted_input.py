"""Commands whose usage errors do not quote the input: it may contain a secret."""

from __future__ import annotations

import difflib
from typing import Any, Final

from typer.core import TyperCommand, TyperGroup

__all__ = ["Command", "Commands"]

_LONGEST_SLIP: Final = 32


class Command(TyperCommand):
    """A command whose errors do not quote extra arguments, which may be secrets without their --config."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.allow_extra_args = True
        rest: list[str] = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            hint = "; config is given as --config K=V" if any(p.name == "config" for p in self.params) else ""
            ctx.fail(f"Got {len(rest)} unexpected extra argument{'s' if len(rest) > 1 else ''}{hint}.")
        return rest


class Commands(TyperGroup):
    """A group whose errors do not quote an unknown command, for the same reason."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-") and not ctx.resilient_parsing:
            known = self.list_commands(ctx)
            close = difflib.get_close_matches(args[0][:_LONGEST_SLIP], known, n=1)
            ctx.fail(f"No such command. {f'Did you mean {close[0]}? ' if close else ''}Expected {', '.join(known)}.")
        return super().resolve_command(ctx, args)
