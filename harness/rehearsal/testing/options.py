"""The keyword arguments of the Automation API's operations: those that are supported, and those that are refused."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypedDict

from pulumi.automation import EngineEvent

__all__ = ["Common", "DestroyOptions", "Options", "PreviewOptions", "RefreshOptions", "UpOptions", "urns"]

_COLORS: Final = ("always", "never", "auto")


class Common(TypedDict, total=False):
    """Arguments of every operation besides those in its signature.

    `parallel` is the number of parallel steps. `message` is part of the summary. `on_output` is called with each line
    of output, `on_event` with each event of the engine. `on_error` is never called, because all output goes to standard
    output. `diff` False does not show changed values; `suppress_outputs` does not show the stack's outputs.
    `target_dependents` includes the dependents of the targets. `color` "always" allows colours. The other arguments are
    those of the Automation API, and are refused if they ask for something that rehearsal does not support.
    """

    parallel: int | None
    message: str | None
    diff: bool | None
    color: str | None
    on_output: Callable[[str], Any] | None
    on_error: Callable[[str], Any] | None
    on_event: Callable[[EngineEvent], Any] | None
    suppress_outputs: bool | None
    suppress_progress: bool | None
    exclude: list[str] | None
    target_dependents: bool | None
    exclude_dependents: bool | None
    log_flow: bool | None
    log_verbosity: int | None
    log_to_std_err: bool | None
    tracing: str | None
    debug: bool | None
    run_program: bool | None
    config_file: str | None


class PreviewOptions(Common, total=False):
    """Further arguments of a preview."""

    policy_packs: list[str] | None
    policy_pack_configs: list[str] | None
    plan: str | None
    import_file: str | None
    attach_debugger: bool | None
    json: bool | None


class _StateChanging(Common, total=False):
    """Further arguments of operations that change the state. `show_secrets` False redacts secrets in the summary."""

    show_secrets: bool


class UpOptions(_StateChanging, total=False):
    """Further arguments of an `up`."""

    policy_packs: list[str] | None
    policy_pack_configs: list[str] | None
    plan: str | None
    continue_on_error: bool | None
    attach_debugger: bool | None


class RefreshOptions(_StateChanging, total=False):
    """Further arguments of a refresh."""

    preview_only: bool | None


class DestroyOptions(_StateChanging, total=False):
    """Further arguments of a destroy."""

    exclude_protected: bool | None
    continue_on_error: bool | None
    remove: bool | None
    preview_only: bool | None


_TARGETS: Final = "name what to touch with target=[…], where * and ** match any"
_LOGS: Final = "what program and provider log is captured by pytest"
_REFUSED: Final[Mapping[str, tuple[str, str]]] = {
    "attach_debugger": ("a debugger's port", "a breakpoint in program or provider works"),
    "config_file": ("other files of config than Pulumi.STACK.yaml", "give values with set_all_config(…)"),
    "continue_on_error": ("operations that go on after an error", ""),
    "debug": ("the engine's debug messages", _LOGS),
    "exclude": ("exclusion of resources", _TARGETS),
    "exclude_dependents": ("exclusion of resources", _TARGETS),
    "exclude_protected": ("exclusion of resources", _TARGETS),
    "import_file": ("import files", ""),
    "json": ("Pulumi's JSON", "the result has steps, plan and diagnostics"),
    "log_flow": ("the engine's logs", _LOGS),
    "log_to_std_err": ("the engine's logs", _LOGS),
    "log_verbosity": ("the engine's logs", _LOGS),
    "plan": ("update plans", "compare with the plan of the result"),
    "policy_pack_configs": ("policies", ""),
    "policy_packs": ("policies", ""),
    "preview_only": ("results of two kinds", "use preview_refresh() or preview_destroy()"),
    "remove": ("the removal of a stack", "its state is gone with the test"),
    "tracing": ("traces", ""),
}
_RUNS: Final = {"up": True, "preview": True, "refresh": False, "destroy": False}


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """The supported arguments."""

    parallel: int | None = None
    message: str = ""
    diff: bool = True
    coloured: bool = False
    on_output: Callable[[str], Any] | None = None
    on_event: Callable[[EngineEvent], Any] | None = None
    show_secrets: bool = True
    suppress_outputs: bool = False
    target_dependents: bool = False

    @classmethod
    def read(cls, op: str, kind: type[Common], given: Mapping[str, Any], named: Collection[str]) -> Options:
        """Return an operation's arguments besides those in its signature, which are in `named`.

        :raises TypeError: for an argument that neither rehearsal nor the Automation API has.
        :raises ValueError: for an invalid value, or for one that asks for something that rehearsal does not support.
        """
        names = kind.__annotations__
        unknown = [name for name in given if name not in names]
        if unknown:
            close = difflib.get_close_matches(unknown[0], [*names, *named], 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise TypeError(f"{op}() got an unexpected keyword argument {unknown[0]!r}{hint}")
        for name, value in given.items():
            if name in _REFUSED and value not in (None, False, [], ()):
                what, remedy = _REFUSED[name]
                raise ValueError(
                    f"{op}({name}=…): rehearsal does not model {what}; leave it out" + (f": {remedy}" if remedy else "")
                )
        runs = given.get("run_program")
        if runs is not None and bool(runs) is not _RUNS[op]:
            does = "always runs" if _RUNS[op] else "never runs"
            raise ValueError(f"{op}(run_program={runs!r}): rehearsal's {op} {does} the program; leave it out")
        parallel = given.get("parallel")
        if parallel is not None and (isinstance(parallel, bool) or not isinstance(parallel, int) or parallel < 1):
            raise ValueError(f"{op}(parallel=…): expected a number of 1 or more, got {parallel!r}")
        color = given.get("color") or "never"
        if color not in _COLORS:
            raise ValueError(f"{op}(color=…): expected one of {', '.join(map(repr, _COLORS))}, got {color!r}")
        diff, show_secrets = given.get("diff"), given.get("show_secrets", True)
        return cls(
            parallel=parallel,
            message=given.get("message") or "",
            diff=diff is not False,
            coloured=color == "always",
            on_output=given.get("on_output"),
            on_event=given.get("on_event"),
            show_secrets=show_secrets is not False,
            suppress_outputs=bool(given.get("suppress_outputs")),
            target_dependents=bool(given.get("target_dependents")),
        )


def urns(name: str, given: Collection[str] | None) -> Collection[str]:
    """Return a list of URNs.

    :raises TypeError: for a string instead of a list.
    """
    if isinstance(given, str):
        raise TypeError(f"{name}: expected a list of URNs, got the text {given!r}; write [{given!r}]")
    return given or ()
