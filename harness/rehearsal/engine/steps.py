"""The steps of an operation, which call providers and change the state (Pulumi's ``pkg/resource/deploy/step.go``)."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import ClassVar, Final, Protocol

from rehearsal.engine.events import Op, StepRecord
from rehearsal.engine.goal import INTERNAL
from rehearsal.engine.hooks import HookKind, Hooks
from rehearsal.engine.snapshot import Snapshot
from rehearsal.errors import Protected, RehearsalError
from rehearsal.provider import CreateResult, PropertyMap
from rehearsal.providers.secret_guard import GuardedProvider
from rehearsal.state.property_values import UNKNOWN_WIRE, Secret, identical, make_secret, same_value
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import is_provider_type

__all__ = [
    "Create",
    "Delete",
    "Import",
    "Read",
    "Refresh",
    "RemovePendingReplace",
    "Replace",
    "Same",
    "SkippedCreate",
    "Step",
    "StepContext",
    "Update",
    "input_diff",
]

# Inputs that diffs do not show: the code of a dynamic provider, and the list of defaults of a bridged provider.
_INTERNAL: Final = frozenset({"__provider", "__defaults"})


class StepContext(Protocol):
    """The interface of the deployment for steps."""

    snapshot: Snapshot
    hooks: Hooks
    dry_run: bool

    @property
    def urns_to_delete(self) -> Collection[str]:
        """The URNs of the resources that this operation deletes."""
        ...

    def provider_of(self, state: ResourceState) -> GuardedProvider:
        """Return the provider that manages the resource."""
        ...

    def provider_changed(self, state: ResourceState) -> None:
        """Record a provider resource that was created, changed or found unchanged."""
        ...

    @property
    def now(self) -> Callable[[], dt.datetime]:
        """The clock: returns the current time."""
        ...


def input_diff(old: PropertyMap, new: PropertyMap) -> Mapping[str, str]:
    """Return the differences between two sets of inputs, by property, without those in `_INTERNAL`."""
    diff = {}
    for key in sorted((old.keys() | new.keys()) - _INTERNAL):
        if key not in old:
            diff[key] = "add"
        elif key not in new:
            diff[key] = "delete"
        elif not same_value(old[key], new[key]):
            diff[key] = "update"
    return diff


def _hide_secrets(state: ResourceState) -> None:
    for key in state.additional_secret_outputs:
        if key in state.outputs and key != "id":
            state.outputs[key] = make_secret(state.outputs[key])
    for key, value in state.inputs.items():
        if isinstance(value, Secret) and key in state.outputs:
            state.outputs[key] = make_secret(state.outputs[key])


@contextlib.contextmanager
def _pending(around: StepContext, kind: str, state: ResourceState) -> Iterator[None]:
    """Record a pending operation in the state; it stays there if the run is killed during the provider's call.

    After the block, the caller puts the result into the snapshot, which removes the record.
    """
    if around.dry_run:
        yield
        return
    around.snapshot.begin(kind, state)
    try:
        yield
    except BaseException:
        around.snapshot.end(state)
        raise


@dataclasses.dataclass(slots=True, eq=False)
class Step:
    """One step. `old` is the state before the step, `new` the state after it."""

    op: ClassVar[Op]
    old: ResourceState | None = None
    new: ResourceState | None = None
    keys: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def subject(self) -> ResourceState:
        """The state of the step's resource: `new`, or `old` if there is no new one."""
        state = self.new or self.old
        if state is None:
            raise TypeError("a step is about a resource")
        return state

    @property
    def kind(self) -> Op:
        """The name of the step."""
        return self.op

    def record(self) -> StepRecord:
        """Return the step for the report."""
        record = StepRecord(self.kind, self.subject.urn, self.keys)
        if self.old is not None and self.new is not None and self.old is not self.new:
            record.old, record.new = self.old.inputs, self.new.inputs
            diff = input_diff(record.old, record.new)
            record.diff = {k: v for k, v in diff.items() if k not in self.hidden}
        elif self.new is not None and self.old is None:
            record.new = self.new.inputs
        return record

    def apply(self, around: StepContext) -> Op | None:
        """Execute the step. Return the kind by which it is counted, if that is not `kind`."""
        raise NotImplementedError


class Same(Step):
    """Keep a resource. Only data of the engine may have changed, such as options, dependencies and the parent."""

    __slots__ = ()
    op = Op.SAME

    def apply(self, around: StepContext) -> Op | None:
        old, new = self.old, self.subject
        if old is not None:
            new.id, new.outputs = old.id, dict(old.outputs)
            new.created, new.modified = old.created, old.modified
            new.unmodelled = old.unmodelled
        _hide_secrets(new)
        if is_provider_type(new.type):
            # If its diff shows no change, a provider keeps its old inputs.
            around.provider_changed(new if old is None else new.copy(inputs=old.inputs))
        around.snapshot.supersede(old, new)
        return None


@dataclasses.dataclass(slots=True, eq=False)
class SkippedCreate(Step):
    """Do not create a resource that is not targeted. The program continues, but the resource is not in the state."""

    op = Op.SAME

    def apply(self, around: StepContext) -> Op | None:
        del around
        return None


@dataclasses.dataclass(slots=True, eq=False)
class Create(Step):
    """Create a resource. With `old`, it is a replacement; `deletes_later` means that the old resource still exists."""

    op = Op.CREATE
    deletes_later: bool = False

    @property
    def kind(self) -> Op:
        return Op.CREATE if self.old is None else Op.CREATE_REPLACEMENT

    def apply(self, around: StepContext) -> Op | None:
        new = self.subject
        around.hooks.before(HookKind.BEFORE_CREATE, None, new)
        if is_provider_type(new.type):
            new.id = UNKNOWN_WIRE if around.dry_run else str(uuid.uuid4())
            new.outputs = {k: v for k, v in new.inputs.items() if k != INTERNAL}
            around.provider_changed(new)
        elif new.custom:
            with _pending(around, "creating", new):
                result = around.hooks.retrying("create", None, new, lambda: self._create(around, new))
            new.id, new.outputs = result.id, result.outputs
        _hide_secrets(new)
        new.created = ""
        new.touch(around.now())
        with around.snapshot.at_once():
            around.snapshot.put(new)
            if self.old is not None and self.deletes_later:
                self.old.delete = True
            if self.old is not None and self.deletes_later and not self.old.pending_replacement:
                around.snapshot.put(self.old)
            elif self.old is not None:
                around.snapshot.drop(self.old)
        if new.custom:
            around.hooks.after(HookKind.AFTER_CREATE, None, new)
        return None

    @staticmethod
    def _create(around: StepContext, new: ResourceState) -> CreateResult:
        result = around.provider_of(new).create(new.urn, new.inputs, preview=around.dry_run)
        if not around.dry_run and not result.id:
            raise RehearsalError("provider did not return an ID from Create")
        return result


class Update(Step):
    """Change a resource in place."""

    __slots__ = ()
    op = Op.UPDATE

    def apply(self, around: StepContext) -> Op | None:
        old, new = self.old, self.subject
        if old is None:
            raise TypeError("an update has a state before it")
        new.id, new.created, new.modified = old.id, old.created, old.modified
        new.unmodelled = old.unmodelled
        around.hooks.before(HookKind.BEFORE_UPDATE, old, new)
        if is_provider_type(new.type):
            new.outputs = {k: v for k, v in new.inputs.items() if k != INTERNAL}
            around.provider_changed(new)
        elif new.custom:
            with _pending(around, "updating", new):
                new.outputs = around.hooks.retrying(
                    "update",
                    old,
                    new,
                    lambda: around.provider_of(new).update(old, new.inputs, preview=around.dry_run),
                )
        if new.custom:
            new.touch(around.now())
        _hide_secrets(new)
        around.snapshot.supersede(old, new)
        if old.custom:
            around.hooks.after(HookKind.AFTER_UPDATE, old, new)
        return None


class Replace(Step):
    """Report a replacement. Deleting and creating are separate steps."""

    __slots__ = ()
    op = Op.REPLACE

    def apply(self, around: StepContext) -> Op | None:
        del around
        return None


@dataclasses.dataclass(slots=True, eq=False)
class Delete(Step):
    """Delete a resource.

    `replacing`: the delete is part of a replacement. `recreates`: the new resource is created afterwards; until then,
    the state has the old one as pending replacement.
    """

    op = Op.DELETE
    replacing: bool = False
    recreates: bool = False

    @property
    def kind(self) -> Op:
        if self.subject.external:
            return Op.DISCARD_REPLACED if self.replacing else Op.DISCARD
        return Op.DELETE_REPLACED if self.replacing else Op.DELETE

    def apply(self, around: StepContext) -> Op | None:
        state = self.subject
        around.hooks.before(HookKind.BEFORE_DELETE, state, None)
        if state.protect and not self.replacing:
            raise Protected(
                f"resource {state.urn!r} cannot be deleted\nbecause it is protected. To unprotect the resource, "
                "either remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`, "
                f"or use the command:\n`pulumi state unprotect '{state.urn}'`"
            )
        spared = state.external or state.retain_on_delete or state.deleted_with in around.urns_to_delete
        if state.custom and not (around.dry_run or spared or is_provider_type(state.type)):
            with _pending(around, "deleting", state):
                around.hooks.retrying("delete", state, None, lambda: around.provider_of(state).delete(state))
        if self.recreates:
            state.pending_replacement = True
            around.snapshot.put(state)
        else:
            around.snapshot.drop(state)
        around.hooks.after(HookKind.AFTER_DELETE, state, None)
        return None


class RemovePendingReplace(Step):
    """Remove from the state a resource that was deleted for a replacement and is not in the program any more."""

    __slots__ = ()
    op = Op.REMOVE_PENDING_REPLACE

    def apply(self, around: StepContext) -> Op | None:
        around.snapshot.drop(self.subject)
        return None


@dataclasses.dataclass(slots=True, eq=False)
class Read(Step):
    """Read an external resource, also in a preview if the id is known. `relinquishes`: `old` is deleted later."""

    op = Op.READ
    relinquishes: bool = False

    @property
    def kind(self) -> Op:
        return Op.READ_REPLACEMENT if self.relinquishes else Op.READ

    def apply(self, around: StepContext) -> Op | None:
        new = self.subject
        if new.id == UNKNOWN_WIRE:
            new.outputs = {}
        else:
            with _pending(around, "reading", new):
                result = around.provider_of(new).read(new.urn, new.id, new.inputs, new.inputs)
            if result is None:
                raise RehearsalError(f"resource '{new.id}' does not exist")
            # The server of dynamic providers cannot report a missing resource: it returns an empty id and no outputs.
            new.id, new.outputs = result.id or new.id, result.outputs
        _hide_secrets(new)
        changed = False
        if self.old is not None:
            new.created, new.modified = self.old.created, self.old.modified
            changed = not identical(self.old.outputs, new.outputs)
            if changed or not identical(self.old.inputs, new.inputs):
                new.touch(around.now())
        if self.old is not None and self.relinquishes:
            # As in Pulumi, the state does not contain `old` any more, although it is deleted later.
            self.old.delete = True
        around.snapshot.supersede(self.old, new)
        return Op.READ if changed and not self.relinquishes else None


class Import(Step):
    """Import an existing resource unchanged. `old` is the previous state with the same URN."""

    __slots__ = ()
    op = Op.IMPORT

    @property
    def kind(self) -> Op:
        return Op.IMPORT if self.old is None else Op.IMPORT_REPLACEMENT

    def apply(self, around: StepContext) -> Op | None:
        new = self.subject
        with _pending(around, "importing", new):
            result = around.provider_of(new).adopt(new.urn, new.import_id, new.inputs)
        if result is None or not result.id:
            raise RehearsalError(f"resource '{new.import_id}' does not exist")
        if result.inputs is None:
            raise RehearsalError("provider does not support importing resources: its read returns no inputs")
        new.id, new.outputs = result.id, result.outputs
        new.inputs = result.inputs
        new.created = ""
        new.touch(around.now())
        _hide_secrets(new)
        with around.snapshot.at_once():
            around.snapshot.put(new)
            if self.old is not None:
                self.old.delete = True
                around.snapshot.put(self.old)
        return None


@dataclasses.dataclass(slots=True, eq=False)
class Refresh(Step):
    """Read the current state of a resource; remove it from the state if it does not exist any more."""

    loaded: bool = True
    """Whether its provider has been loaded."""
    op = Op.REFRESH

    @property
    def subject(self) -> ResourceState:
        if self.old is None:
            raise TypeError("a refresh has a state before it")
        return self.old

    def record(self) -> StepRecord:
        return StepRecord(self.kind, self.subject.urn)

    def apply(self, around: StepContext) -> Op | None:
        old = self.subject
        self.new = old
        if not old.custom or is_provider_type(old.type) or old.pending_replacement:
            return Op.SAME
        if not self.loaded:
            raise RehearsalError(f"unknown provider '{old.provider}' for resource {old.urn}")
        provider = around.provider_of(old)
        result = provider.read(old.urn, old.id, old.inputs, old.outputs)
        if result is None or not result.id:
            self.new = None
            around.snapshot.drop(old)
            return Op.DELETE
        inputs = old.inputs if result.inputs is None else result.inputs
        new = self.new = old.copy(id=result.id, inputs=inputs, outputs=result.outputs, init_errors=[])
        _hide_secrets(new)
        changed = not (same_value(old.inputs, new.inputs) and same_value(old.outputs, new.outputs))
        if changed:
            new.touch(around.now())
        around.snapshot.supersede(old, new)
        if old.external:
            return Op.SAME if identical(old.outputs, new.outputs) else Op.UPDATE
        # A diff from the new state to the old inputs: would an `up` change the resource back?
        diff = provider.diff(new.urn, new.id, new.inputs, new.outputs, old.inputs, old.ignore_changes)
        return Op.UPDATE if diff.changes else Op.SAME
