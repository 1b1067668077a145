"""Resource hooks: functions of the program that run before and after an operation on a resource, or when it fails."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

from pulumi.runtime.proto import alias_pb2, resource_pb2

from rehearsal.engine.callbacks import Callbacks
from rehearsal.engine.events import Report
from rehearsal.errors import RehearsalError
from rehearsal.provider import ProviderError
from rehearsal.state.property_values import properties_to_wire
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import name_of

__all__ = ["HookKind", "Hooks", "hook_names"]

_Result = TypeVar("_Result")

# The maximum number of attempts if error hooks ask for retries, as in Pulumi.
_MOST_ATTEMPTS: Final = 100


class HookKind(enum.StrEnum):
    """When a hook runs. The values are the names in a deployment."""

    BEFORE_CREATE = "BeforeCreate"
    AFTER_CREATE = "AfterCreate"
    BEFORE_UPDATE = "BeforeUpdate"
    AFTER_UPDATE = "AfterUpdate"
    BEFORE_DELETE = "BeforeDelete"
    AFTER_DELETE = "AfterDelete"
    ON_ERROR = "OnError"


_FIELDS: Final = {kind: kind.name.lower() for kind in HookKind}


def hook_names(binding: resource_pb2.RegisterResourceRequest.ResourceHooksBinding) -> dict[str, list[str]]:
    """Return the names of the hooks of a registration, as a deployment stores them."""
    names = {kind.value: list(getattr(binding, field)) for kind, field in _FIELDS.items()}
    return {kind: given for kind, given in names.items() if given}


class Hooks:
    """The hooks that a program has registered.

    If a hook before a step fails, the step is not executed. If a hook after a step fails, the run fails, but the step
    has succeeded.
    """

    def __init__(self, callbacks: Callbacks, report: Report, fail: Callable[[], None]) -> None:
        self._callbacks = callbacks
        self._report = report
        self._fail = fail
        self._lock = threading.Lock()
        self._hooks: dict[str, resource_pb2.RegisterResourceHookRequest] = {}
        self._error_hooks: dict[str, resource_pb2.RegisterErrorHookRequest] = {}

    def register(self, request: resource_pb2.RegisterResourceHookRequest) -> None:
        """Register a hook.

        :raises RehearsalError: if it has no name, or the name is already registered.
        """
        with self._lock:
            self._check_name(request.name)
            self._hooks[request.name] = request

    def register_error_hook(self, request: resource_pb2.RegisterErrorHookRequest) -> None:
        """Register an error hook."""
        with self._lock:
            self._check_name(request.name)
            self._error_hooks[request.name] = request

    def _check_name(self, name: str) -> None:
        if not name:
            raise RehearsalError("resource hook name cannot be empty")
        if name in self._hooks or name in self._error_hooks:
            raise RehearsalError(f"resource hook already registered for name {name!r}")

    def before(self, kind: HookKind, old: ResourceState | None, new: ResourceState | None) -> None:
        """Run the hooks before a step.

        :raises RehearsalError: if one of the hooks fails; then the step must not be executed.
        """
        self._run(kind, old, new)

    def after(self, kind: HookKind, old: ResourceState | None, new: ResourceState | None) -> None:
        """Run the hooks after a step. After a failure, report it and start no new steps."""
        try:
            self._run(kind, old, new)
        except RehearsalError as error:
            self._report.say("error", str(error), _subject(old, new).urn)
            self._fail()

    def _run(self, kind: HookKind, old: ResourceState | None, new: ResourceState | None) -> None:
        subject = _subject(old, new)
        for name in subject.resource_hooks.get(kind, ()):
            hook = self._hooks.get(name)
            if hook is None:
                raise RehearsalError(f"hook {name!r} was not registered")
            if self._report.dry_run and not hook.on_dry_run:
                continue
            error = self._failure(hook, self._request(kind, old, new))
            if error and hook.ignore_errors:
                self._report.say("warning", f"{kind} hook {name!r} failed: {error}", subject.urn)
            elif error:
                when = "before" if kind.startswith("Before") else "after"
                raise RehearsalError(f"{when} hook {name!r} failed: {error}")

    def _failure(
        self, hook: resource_pb2.RegisterResourceHookRequest, request: resource_pb2.ResourceHookRequest
    ) -> str:
        try:
            return str(self._callbacks.invoke(hook.callback, request, resource_pb2.ResourceHookResponse).error)
        except RehearsalError as error:
            return str(error)

    @staticmethod
    def _request(
        kind: HookKind, old: ResourceState | None, new: ResourceState | None
    ) -> resource_pb2.ResourceHookRequest:
        known_after = new if kind in (HookKind.AFTER_CREATE, HookKind.AFTER_UPDATE) else None
        return resource_pb2.ResourceHookRequest(
            **_common_fields(old, new),
            new_outputs=properties_to_wire(known_after.outputs) if known_after else None,
        )

    def retrying(
        self, operation: str, old: ResourceState | None, new: ResourceState | None, attempt: Callable[[], _Result]
    ) -> _Result:
        """Return the result of `attempt`. After a failure, repeat it as long as an error hook asks for a retry."""
        names = _subject(old, new).resource_hooks.get(HookKind.ON_ERROR, ())
        failures: list[str] = []
        while True:
            try:
                return attempt()
            except (RehearsalError, ProviderError) as error:
                failures.insert(0, str(error))
                if not names:
                    raise
                urn = _subject(old, new).urn
                if len(failures) >= _MOST_ATTEMPTS:
                    self._report.say("warning", f"maximum number of error hook retries ({_MOST_ATTEMPTS}) reached", urn)
                    raise
                wishes = [self._wants_retry(name, operation, old, new, failures) for name in names]
                if not any(wishes):
                    raise
                self._report.say(
                    "warning",
                    f"retrying {operation} due to on-error hook request ({len(failures)}/{_MOST_ATTEMPTS})",
                    urn,
                )

    def _wants_retry(
        self, name: str, operation: str, old: ResourceState | None, new: ResourceState | None, failures: list[str]
    ) -> bool:
        hook = self._error_hooks.get(name)
        if hook is None:
            raise RehearsalError(f"error hook {name!r} was not registered")
        request = resource_pb2.ErrorHookRequest(
            **_common_fields(old, new),
            failed_operation=operation,
            errors=failures,
        )
        try:
            response = self._callbacks.invoke(hook.callback, request, resource_pb2.ErrorHookResponse)
        except RehearsalError as error:
            raise RehearsalError(f"error hooks execution failed: error hook {name!r} failed: {error}") from None
        if response.error:
            raise RehearsalError(f"error hooks execution failed: error hook {name!r} failed: {response.error}")
        return bool(response.retry)


def _subject(old: ResourceState | None, new: ResourceState | None) -> ResourceState:
    state = new or old
    if state is None:
        raise TypeError("a hook is about a resource")
    return state


def _options(state: ResourceState) -> resource_pb2.ResourceOptions:
    binding = resource_pb2.RegisterResourceRequest.ResourceHooksBinding(
        **{_FIELDS[HookKind(kind)]: names for kind, names in state.resource_hooks.items()}
    )
    timeouts = {name: f"{seconds:g}s" for name, seconds in state.custom_timeouts.items() if seconds}
    options = resource_pb2.ResourceOptions(
        depends_on=state.dependencies,
        protect=state.protect,
        ignore_changes=state.ignore_changes,
        replace_on_changes=state.replace_on_changes,
        aliases=[alias_pb2.Alias(urn=urn) for urn in state.aliases],
        provider=state.provider,
        retain_on_delete=state.retain_on_delete,
        deleted_with=state.deleted_with,
        replace_with=state.replace_with,
        additional_secret_outputs=state.additional_secret_outputs,
        hide_diff=state.hide_diff,
        hooks=binding if state.resource_hooks else None,
        custom_timeouts=(resource_pb2.RegisterResourceRequest.CustomTimeouts(**timeouts) if timeouts else None),
        parent=state.parent,
    )
    setattr(options, "import", state.import_id)
    return options


def _common_fields(old: ResourceState | None, new: ResourceState | None) -> dict[str, Any]:
    """Return the common fields of requests to hooks."""
    subject = _subject(old, new)
    return {
        "urn": subject.urn,
        "id": subject.id,
        "name": name_of(subject.urn),
        "type": subject.type,
        "new_inputs": properties_to_wire(new.inputs) if new else None,
        "old_inputs": properties_to_wire(old.inputs) if old else None,
        "old_outputs": properties_to_wire(old.outputs) if old else None,
        "new_options": _options(new) if new else None,
        "old_options": _options(old) if old else None,
    }
