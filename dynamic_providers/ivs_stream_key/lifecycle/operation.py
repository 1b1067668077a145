"""What a provider remembers from the start to the end of an engine operation (an update, a refresh, a destroy)."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ivs_stream_key.aws_config.settings import config_values
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.messages.redaction import SECRETS

if TYPE_CHECKING:
    from pulumi.dynamic import Config

    from ivs_stream_key.ivs.ownership import Owner
    from ivs_stream_key.ivs.stream_keys import Listed, Stream

__all__ = ["Holder", "Listing", "Operation", "operation_of"]

_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Holder:
    """The resource of the program that holds a key, from the diff of this run.

    `entry` distinguishes entries of the state. `owner_tag` is the key's tag when the resource got the key; None in an
    older state without one. `owner` is the resource according to the outputs.
    """

    entry: str
    owner_tag: str | None
    owner: Any


@dataclass(frozen=True, slots=True)
class Listing:
    """The cached keys of a channel; `at` is when they were listed, by `Operation.seconds`."""

    keys: "tuple[Listed, ...]"
    at: float


@dataclass(frozen=True, slots=True, repr=False)
class Operation:
    """The memory of one operation, shared by its threads. It ends with the process, and no repr shows it.

    ARNs of keys: `made`, `adopted` and `deleted` by this run; `confirmed` were found not to belong to anybody else.

    Channels: `channels_without_key` had their key deleted; `stopped` had their broadcast stopped; `announced` had their
    broadcast reported; `refreshed` had their key read and not checked since, so that the next diff is a refresh's;
    `replaced` have a planned replacement; `protected` have a StreamKey with Pulumi's option `protect`; on `spared` a
    delete kept the key.

    By channel: `when_live` is what the program declares now, because a delete gets only the old outputs; `owners` is
    the StreamKey that declares the key; `declared_owners` is the program's input `owner`, by the channel in the state;
    `listings` and `looks` are the results that check got for the create that follows.

    `established` are the pairs of owner and channel that the state already has: their create is a rotation. `held` maps
    a key's ARN to the resource of the program that holds it, `held_on` an owner and channel to the key. `unanswered`
    are the reasons for failed calls that the user was told; `said` are the messages that are shown once a run.

    `rotated_of_group` are the keys of each group that this run rotates for their age.
    """

    clients: Clients = field(default_factory=Clients)
    made: set[str] = field(default_factory=set)
    adopted: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    channels_without_key: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)
    when_live: dict[str, str] = field(default_factory=dict)
    refreshed: set[str] = field(default_factory=set)
    owners: "dict[str, Owner]" = field(default_factory=dict)
    declared_owners: dict[str, Any] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)
    established: set[tuple[str, str]] = field(default_factory=set)
    held: dict[str, Holder] = field(default_factory=dict)
    held_on: dict[tuple[str, str], str] = field(default_factory=dict)
    confirmed: set[str] = field(default_factory=set)
    spared: set[str] = field(default_factory=set)
    listings: dict[str, Listing] = field(default_factory=dict)
    looks: "dict[str, tuple[Stream | None, float]]" = field(default_factory=dict)
    unanswered: set[str] = field(default_factory=set)
    said: set[str] = field(default_factory=set)
    rotated_of_group: dict[str, set[str]] = field(default_factory=dict)
    seconds: Callable[[], float] = time.monotonic
    protected: set[str] = field(default_factory=set)

    def at(self, connection: Any) -> "Operation":
        """Return the same memory, with the clients for a resource's `connection`, or these if it has none."""
        return replace(self, clients=self.clients.of(connection))


# The latest operation of this process, by its config.
_LATEST: list[tuple[object, Operation]] = []


def operation_of(config: "Config") -> Operation:
    """Return the memory of the operation with this config, which all providers of one process share."""
    # Pulumi's Config returns only keys that the caller knows; a misspelt one would be missed.
    settings = getattr(config, "_props", {})
    with _LOCK:
        if not _LATEST or _LATEST[0][0] is not settings:
            SECRETS.forget()
            _LATEST[:] = [(settings, Operation(Clients(config_values(config.get, settings))))]
        return _LATEST[0][1]
