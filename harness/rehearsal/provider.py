"""What rehearsal asks of a provider, and of the cloud that providers work on.

A provider is a small class with the methods of Pulumi's provider protocol (``pulumi/provider.proto``), over plain
Python values: ``None``, ``bool``, ``int``, ``float``, ``str``, ``list`` and ``dict``, and, during a preview, `UNKNOWN`
in any place where a value is not known yet. Secrets are taken off before a provider sees them and put back after.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, Protocol, runtime_checkable

__all__ = [
    "UNKNOWN",
    "CheckFailure",
    "CheckResult",
    "Cloud",
    "CreateResult",
    "DiffResult",
    "ExistingResource",
    "Faults",
    "ImportingCloud",
    "InvokeResult",
    "MadeUp",
    "NamingCloud",
    "ObservableCloud",
    "PropertyMap",
    "Provider",
    "ProviderError",
    "ProviderFactory",
    "ReadResult",
    "Unknown",
]

PropertyMap = dict[str, Any]


class Unknown:
    """A value that a preview can't know; `UNKNOWN` is the only one."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("a value that is not known yet is neither true nor false")

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


class ProviderError(Exception):
    """A provider refused, with a text for the person who runs the program; shown without a traceback."""


@dataclasses.dataclass(frozen=True, slots=True)
class CheckFailure:
    """An input that a provider refuses; `property` is empty where none in particular is wrong."""

    property: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class CheckResult:
    """The inputs with defaults filled in, and what is wrong with them."""

    inputs: PropertyMap = dataclasses.field(repr=False)
    failures: tuple[CheckFailure, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class DiffResult:
    """What a change of inputs means.

    `changes` None lets the engine compare old and new inputs itself. `detailed` maps a property path to one of
    Pulumi's kinds of difference ("add", "delete", "update", and each with "-replace").
    """

    changes: bool | None = None
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False
    stables: tuple[str, ...] = ()
    detailed: Mapping[str, str] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class CreateResult:
    """What was made: its id and all its outputs (inputs included)."""

    id: str
    outputs: PropertyMap = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class ReadResult:
    """What exists: its outputs, and the inputs that would make it so (None: keep those of the state)."""

    id: str
    outputs: PropertyMap = dataclasses.field(repr=False)
    inputs: PropertyMap | None = dataclasses.field(default=None, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class InvokeResult:
    """What a function returned, or why it refused its arguments."""

    outputs: PropertyMap = dataclasses.field(repr=False)
    failures: tuple[CheckFailure, ...] = ()


class Provider:
    """Resources of one or several types. Methods may be called from several threads at once.

    Raise `ProviderError` for what the user can fix; any other exception is shown as a bug of the provider.
    """

    def configure(self, config: PropertyMap) -> None:
        """Take the provider's inputs: the stack's config of this package, or those of an explicit provider."""

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        """Validate the inputs `news` and fill in defaults; `olds` are the inputs of the last run, or empty."""
        del urn, olds
        return CheckResult(dict(news))

    def diff(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> DiffResult:
        """Say what it takes to get from the old inputs and outputs to the inputs `news`."""
        raise NotImplementedError

    def create(self, urn: str, inputs: PropertyMap) -> CreateResult:
        """Make the resource; not called during a preview."""
        raise NotImplementedError

    def preview_create(self, urn: str, inputs: PropertyMap) -> PropertyMap:
        """Return the outputs a create would have, as far as they are known; the rest `UNKNOWN`."""
        del urn
        return dict(inputs)

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult | None:
        """Return what exists under `id`, or None if nothing does. `inputs` and `outputs` are empty for an import."""
        raise NotImplementedError

    def adopt(self, urn: str, id: str, wanted: PropertyMap) -> ReadResult | None:
        """Read what exists under an id, for an import; `wanted` are the inputs that the program gives."""
        del wanted
        return self.read(urn, id, {}, {})

    def update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        """Change the resource in place and return its outputs; not called during a preview."""
        raise NotImplementedError

    def preview_update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        """Return the outputs an update would leave, as far as they are known; the rest `UNKNOWN`."""
        del urn, id, old_inputs
        return {**old_outputs, **news}

    def delete(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> None:
        """Delete the resource; one that is gone already is not an error."""
        raise NotImplementedError

    def invoke(self, token: str, args: PropertyMap) -> InvokeResult:
        """Run the function `token` (``aws:index/getRegion:getRegion``)."""
        del args
        raise ProviderError(f"the function {token} is not modelled by {type(self).__name__}")

    def close(self) -> None:
        """Let go of connections and processes."""


ProviderFactory = Callable[[], Provider]
"""Makes a provider; a class of providers is one. Called once for each provider resource whose types it serves."""


class Cloud(Protocol):
    """Something that resources live in, offline: found through the entry point group ``rehearsal.clouds``.

    The entry point names a callable that takes the folder in which the cloud may keep its data between runs (made on
    demand), or None for a cloud that lives only as long as this process, and the stack's config by its full keys
    (``aws:region``). Construction has to be cheap: a cloud starts when something first speaks to it.
    """

    def environment(self) -> Mapping[str, str | None]:
        """Environment variables for the program and its providers, by name; None removes one."""
        ...

    def providers(self) -> Mapping[str, ProviderFactory]:
        """Return the providers by the type or function tokens that they serve, ``*`` for any part of one.

        Such as ``aws:ivs/channel:Channel`` and ``aws:ssm/*``; of several that match, the first serves. A provider
        under the type of a provider resource itself (``pulumi:providers:aws``, no ``*``) checks its configuration.
        """
        ...

    def close(self) -> None:
        """Save what has to last and stop serving."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class ExistingResource:
    """A resource that a state says is there; its outputs hold secrets in plaintext."""

    urn: str
    type: str
    id: str
    outputs: PropertyMap = dataclasses.field(repr=False)


@runtime_checkable
class ImportingCloud(Cloud, Protocol):
    """A cloud that can be made to hold what a state says is there: optional, for ``rehearse import``."""

    def put_existing(self, resources: Sequence[ExistingResource]) -> Mapping[str, str]:
        """Put resources there, under their own ids; each comes after those that it needs.

        Return the URNs of those that were not put there, and why.
        """
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class MadeUp:
    """An output of a type that nobody models, for which a value is to be made up: always the same for the same `seed`.

    `property` "id" is the resource's id. `name` is what the resource is called where it runs, `id` its id if there is
    one. `inputs` are the resource's, or a function's arguments; `config` is its provider's configuration. `example` is
    an id as the documentation shows one.
    """

    type: str
    property: str
    name: str
    seed: str
    id: str
    inputs: PropertyMap = dataclasses.field(repr=False)
    config: PropertyMap = dataclasses.field(repr=False)
    example: str = ""


@runtime_checkable
class NamingCloud(Cloud, Protocol):
    """A cloud that knows what names, ids and addresses look like there: optional, for types that nobody models."""

    def make_up(self, asked: MadeUp) -> Any:
        """Return a value that looks like one of this cloud's; None if it has nothing to say."""
        ...

    def replaces(self, type: str, property: str) -> bool:
        """Say whether a change of this property replaces a resource, whatever its type."""
        ...

    def derived(self, type: str) -> Collection[str]:
        """Return the outputs that follow from the inputs of a resource, at each update anew."""
        ...


class Faults(Protocol):
    """What goes wrong in a cloud because a test asked for it; how a test asks is the cloud's own affair."""

    crash: Callable[[], bool]
    """Set by who runs providers: lets those die that are at work; False if none is."""

    def unfired(self) -> list[str]:
        """Return a line for each fault that had to happen and has not."""
        ...

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        ...


@runtime_checkable
class ObservableCloud(Cloud, Protocol):
    """A cloud that a test can look into: optional, and what the checks of `rehearsal.testing` work with."""

    @property
    def calls(self) -> Sequence[Any]:
        """The requests that were answered, in order; those of the test's own clients left out."""
        ...

    @property
    def faults(self) -> Faults:
        """What goes wrong on demand."""
        ...

    def remaining(self) -> Sequence[str]:
        """Return the names of all that exists, as a person knows them: ARNs, mostly."""
        ...

    def secrets(self) -> Collection[str]:
        """Return the plaintext of every secret that the cloud keeps, whether or not the program calls it one."""
        ...

    def in_the_open(self, type: str, properties: PropertyMap) -> Collection[str]:
        """Return which properties of a resource the cloud keeps in the open, though an SDK marks them secret.

        Such as the value of a parameter that is kept as plain text.
        """
        ...
