"""What a provider knows from the engine's start of an operation (an update, a refresh, a destroy) to its end."""

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
    """The resource of the program that holds a key, by the diff of this run.

    `entry` tells entries of the state apart, `owner_tag` is that of the key when the resource took hold of it, None in
    a state from before there was one, and `owner` is the resource as the outputs have it.
    """

    entry: str
    owner_tag: str | None
    owner: Any


@dataclass(frozen=True, slots=True)
class Listing:
    """The keys of a channel as this run knows them; `at` is when IVS was asked, by `Run.seconds`."""

    keys: "tuple[Listed, ...]"
    at: float


@dataclass(frozen=True, slots=True, repr=False)
class Operation:
    """The memory of one operation, shared by its threads. Nothing of it outlives the process, and no repr shows it.

    `made`, `adopted` and `deleted` are the ARNs of keys that this run made, took over or deleted,
    `channels_without_key` those of channels whose key it deleted, `stopped` those of channels whose broadcast it
    stopped, `announced` those of channels of whose broadcast it has told. `when_live` is, by channel, what the
    program declares now: a delete is given the old outputs alone. `refreshed` are the channels whose key was read,
    and not checked since: the diff that comes next is a refresh's. `owners` says, by channel, for which StreamKey
    the program declares its key, and `declared_owners`, by the channel in the state, what the program gives as the
    input `owner`. `replaced` are the channels whose key is to be replaced, `protected` those whose StreamKey has
    Pulumi's option `protect`.

    `established` are the pairs of owner and channel that the state has already: what is created there is a rotation.
    `held` says, by ARN, which resource of the program holds a key, `held_on` which key an owner holds on a channel.
    `confirmed` are the keys that were found to be nobody else's, `spared` the channels on which a delete left a key
    alone. `listings` and `looks` are what check has asked, by channel, for the create that follows it; `unanswered` are
    the reasons for which it could not, as far as the user has been told. `said` is what is said once a run, no more.
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
    seconds: Callable[[], float] = time.monotonic
    protected: set[str] = field(default_factory=set)

    def at(self, connection: Any) -> "Operation":
        """Return this same memory, with the clients for a resource's `connection`, or these if it has none."""
        return replace(self, clients=self.clients.of(connection))


# The latest operation of this process: its config, and what is known of it.
_LATEST: list[tuple[object, Operation]] = []


def operation_of(config: "Config") -> Operation:
    """Return the memory of the operation that has this config, which all providers of one process are given."""
    # Pulumi's Config tells of a key only to who knows it; a misspelt one would be overlooked.
    settings = getattr(config, "_props", {})
    with _LOCK:
        if not _LATEST or _LATEST[0][0] is not settings:
            SECRETS.forget()
            _LATEST[:] = [(settings, Operation(Clients(config_values(config.get, settings))))]
        return _LATEST[0][1]
