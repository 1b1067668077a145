"""What a provider knows from the engine's start of an operation (an update, a refresh, a destroy) to its end."""

from dataclasses import dataclass, field, replace
from typing import Any

from ivs_stream_key.clients import Clients

__all__ = ["Run"]


@dataclass(frozen=True, slots=True)
class Run:
    """The memory of one operation, shared by its threads. Nothing of it outlives the process.

    `made` and `adopted` are the ARNs of keys that this run made or took over, `bereft` those of channels whose key it
    deleted, `stopped` those of channels whose broadcast it stopped, `announced` those of channels of whose broadcast
    it has told. `when_live` is, by channel, what the program declares now: a delete is given the old outputs alone.
    `refreshed` are the channels whose key was read, and not checked since: the diff that comes next is a refresh's.
    `owners` says, by channel, for which StreamKey the program declares its key. `replaced` are the channels whose key
    is to be replaced.
    """

    clients: Clients = field(default_factory=Clients)
    made: set[str] = field(default_factory=set)
    adopted: set[str] = field(default_factory=set)
    bereft: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    announced: set[str] = field(default_factory=set)
    when_live: dict[str, str] = field(default_factory=dict)
    refreshed: set[str] = field(default_factory=set)
    owners: dict[str, str] = field(default_factory=dict)
    replaced: set[str] = field(default_factory=set)

    def at(self, connection: Any) -> "Run":
        """Return this same memory, with the clients for a resource's `connection`, or these if it has none."""
        return replace(self, clients=self.clients.of(connection))
