"""The interfaces of providers and of clouds.

A provider is a class with the methods of Pulumi's provider protocol (``pulumi/provider.proto``). It works with plain
Python values: ``None``, ``bool``, ``int``, ``float``, ``str``, ``list`` and ``dict``. In a preview, values that are not
known yet are `UNKNOWN`. A provider gets secrets in plaintext; the engine marks the results as secret again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, Final, Protocol, runtime_checkable

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
    "NotFound",
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
    """A value that is unknown in a preview; `UNKNOWN` is the only instance."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("a value that is not known yet is neither true nor false")

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


class ProviderError(Exception):
    """An expected error of a provider, with a text for the user. It is shown without a traceback."""


class NotFound(ProviderError):
    """The resource, or something to which its inputs refer, does not exist."""


@dataclasses.dataclass(frozen=True, slots=True)
class CheckFailure:
    """An invalid input. `property` is empty if the failure concerns no single property."""

    property: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class CheckResult:
    """The checked inputs, with defaults, and the failures."""

    inputs: PropertyMap = dataclasses.field(repr=False)
    failures: tuple[CheckFailure, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class DiffResult:
    """The result of comparing inputs.

    If `changes` is None, the engine compares old and new inputs itself. `detailed` maps property paths to Pulumi's
    kinds of differences ("add", "delete", "update", and each with "-replace"). `warning` is shown with the resource.
    """

    changes: bool | None = None
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False
    stables: tuple[str, ...] = ()
    detailed: Mapping[str, str] | None = None
    warning: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class CreateResult:
    """A created resource: its id and all its outputs (including inputs)."""

    id: str
    outputs: PropertyMap = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class ReadResult:
    """An existing resource: its id, outputs, and inputs that would create it (None: keep those of the state)."""

    id: str
    outputs: PropertyMap = dataclasses.field(repr=False)
    inputs: PropertyMap | None = dataclasses.field(default=None, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class InvokeResult:
    """The result of a function, or the failures of its arguments."""

    outputs: PropertyMap = dataclasses.field(repr=False)
    failures: tuple[CheckFailure, ...] = ()


class Provider:
    """A provider of one or several types. Methods may be called from several threads at once.

    Raise `ProviderError` for errors that the user can fix. Any other exception is shown as a bug of the provider.
    """

    falls_back: ClassVar[bool] = False
    """Whether resources that refer to something missing are made up, if unmodelled types are made up."""

    is_tested: ClassVar[bool] = False
    """Whether the provider runs code under test, whose errors are shown unchanged. Errors of others are redacted."""

    def configure(self, config: PropertyMap) -> None:
        """Store the provider's inputs: the stack's config of this package, or those of an explicit provider."""

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        """Validate the inputs `news` and add defaults; `olds` are the inputs of the last run, or empty."""
        del urn, olds
        return CheckResult(dict(news))

    def diff(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> DiffResult:
        """Return the difference between the old inputs and outputs and the inputs `news`."""
        raise NotImplementedError

    def create(self, urn: str, inputs: PropertyMap) -> CreateResult:
        """Create the resource; not called during a preview."""
        raise NotImplementedError

    def preview_create(self, urn: str, inputs: PropertyMap) -> PropertyMap:
        """Return the outputs after a create, with `UNKNOWN` for those that are not known yet."""
        del urn
        return dict(inputs)

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult | None:
        """Return the resource with this `id`, or None. For an import, `inputs` and `outputs` are empty."""
        raise NotImplementedError

    def adopt(self, urn: str, id: str, wanted: PropertyMap) -> ReadResult | None:
        """Read an existing resource, for an import; `wanted` are the program's inputs."""
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
        """Return the outputs after an update, with `UNKNOWN` for those that are not known yet."""
        del urn, id, old_inputs
        return {**old_outputs, **news}

    def delete(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> None:
        """Delete the resource; no error if it does not exist any more."""
        raise NotImplementedError

    def invoke(self, token: str, args: PropertyMap) -> InvokeResult:
        """Call the function `token` (``aws:index/getRegion:getRegion``)."""
        del args
        raise ProviderError(f"the function {token} is not modelled by {type(self).__name__}")

    def close(self) -> None:
        """Close connections and processes."""


ProviderFactory = Callable[[], Provider]
"""Creates a provider; a provider class is one. Called once for each provider resource whose types it serves."""


class Cloud(Protocol):
    """An offline replacement for a cloud's services. Found by the entry point group ``rehearsal.clouds``.

    The entry point names a callable with two arguments: the folder for the cloud's data between runs (the cloud creates
    it on demand; None for a cloud in memory), and the stack's config by full keys (``aws:region``). Constructing a
    cloud has to be cheap: it starts at its first request.
    """

    def environment(self) -> Mapping[str, str | None]:
        """Return environment variables for the program and its providers, by name; None removes a variable."""
        ...

    def providers(self) -> Mapping[str, ProviderFactory]:
        """Return providers by patterns of the types and functions that they serve; ``*`` matches any text.

        Examples are ``aws:ivs/channel:Channel`` and ``aws:ssm/*``. The first match is used. A provider for the type of
        a provider resource (``pulumi:providers:aws``, without ``*``) checks the configuration of providers.
        """
        ...

    def close(self) -> None:
        """Save persistent data and stop serving."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class ExistingResource:
    """A resource in a state. Its outputs have secrets in plaintext."""

    urn: str
    type: str
    id: str
    outputs: PropertyMap = dataclasses.field(repr=False)


@runtime_checkable
class ImportingCloud(Cloud, Protocol):
    """A cloud that can create the resources of a state: optional, for ``rehearse import``."""

    def put_existing(self, resources: Sequence[ExistingResource]) -> Mapping[str, str]:
        """Create resources with the ids that they have in a state; each comes after its dependencies.

        Return the reasons for failures, by URN.
        """
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class MadeUp:
    """A request for a value of an output of an unmodelled type. The same `seed` must give the same value.

    If `property` is "id", the resource's id is requested. `name` is the resource's physical name; `id` is its id, or
    empty. `inputs` are the resource's inputs or the function's arguments; `config` is the provider's configuration.
    `example` is an example of an id from the documentation.
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
    """A cloud that makes up plausible names, ids and addresses for unmodelled types; optional."""

    def make_up(self, asked: MadeUp) -> Any:
        """Return a value in this cloud's form; None if the cloud has no special form for the output."""
        ...

    def replaces(self, type: str, property: str) -> bool:
        """Return whether a change of this property replaces a resource of this unmodelled type."""
        ...

    def derived(self, type: str) -> Collection[str]:
        """Return the names of outputs that are computed again from the inputs at each update."""
        ...


class Faults(Protocol):
    """The faults that a test causes in a cloud. The cloud defines how a test requests them."""

    crash: Callable[[], bool]
    """Set by the engine: kills the dynamic providers that are executing a call; returns False if there is none."""

    def unfired(self) -> list[str]:
        """Return a line for each fault that was required to happen and did not."""
        ...

    def clear(self) -> None:
        """Cancel all faults."""
        ...


@runtime_checkable
class ObservableCloud(Cloud, Protocol):
    """A cloud that a test can inspect: optional, used by the checks of `rehearsal.testing`."""

    @property
    def calls(self) -> Sequence[Any]:
        """The answered requests, in order, without those of the test's own clients."""
        ...

    @property
    def faults(self) -> Faults:
        """The faults that a test can cause."""
        ...

    def remaining(self) -> Sequence[str]:
        """Return names of all existing resources for messages, such as ARNs."""
        ...

    def secrets(self) -> Collection[str]:
        """Return the plaintext of every secret in the cloud, even if the program does not mark it as secret."""
        ...

    def in_the_open(self, type: str, properties: PropertyMap) -> Collection[str]:
        """Return which properties of a resource the cloud stores as plain text, although an SDK marks them secret.

        Such as the value of a String parameter.
        """
        ...
