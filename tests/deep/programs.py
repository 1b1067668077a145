"""The parts of random lifecycles: programs, edits of them, and faults of their operations."""

import dataclasses
from typing import Any

import pulumi
from hypothesis import strategies as st
from pulumi_aws import ivs

from ivs_channel import LiveChannel
from ivs_stream_key import StreamKey

TRANSIENT = ("throttle", "lose_response", "error", "quota")
PERMANENT = ("refuse", "pending verification", "throttle permanently", "lose responses permanently", "fail permanently")
CALLS_OF_UP = (
    *("CreateStreamKey", "DeleteStreamKey", "ListStreamKeys") * 2,
    *("GetStreamKey", "GetStream", "StopStream", "ivs:TagResource", "ivs:UntagResource"),
)
CALLS_OF_DESTROY = ("DeleteStreamKey", "GetStream", "StopStream")
CALLS_OF_REFRESH = ("GetStreamKey",)
CALLS_OF_PREVIEW = ("GetStream",)
CHANNEL_CALLS = ("CreateChannel", "GetChannel", "UpdateChannel", "DeleteChannel")
TAGS = ({}, {"team": "live"}, {"team": "vod", "commit": "1"})

SEASON = "s3ason-"
"""The prefix of the programs' secret triggers."""


@dataclasses.dataclass
class Declaration:
    """The program's declaration of one channel and its key."""

    kind: str
    existing_key: str
    when_live: str
    tags: int
    season: int
    days: int | None
    stamp: int
    create_first: bool
    latency: str
    declared: bool = True
    channel: str = ""

    def declare(self, name):
        settings: dict[str, Any] = {
            "tags": TAGS[self.tags],
            "rotation_triggers": {"season": pulumi.Output.secret(self.trigger)},
            "rotation_days": self.days,
            "existing_key": self.existing_key,
            "when_live": self.when_live,
        }
        if self.kind == "live":
            key = LiveChannel(name, latency_mode=self.latency, **settings).key
        else:
            arn = self.channel if self.kind == "outside" else ivs.Channel(name, latency_mode=self.latency).arn
            first = False if self.create_first and self.existing_key == "replace" else None
            opts = pulumi.ResourceOptions(replacement_trigger=self.stamp, delete_before_replace=first)
            key = StreamKey(name, arn, opts=opts, **settings)
        pulumi.export(name, key.value)

    @property
    def trigger(self):
        return f"{SEASON}{self.season}"


CHOICES = {
    "existing_key": st.sampled_from(["replace", "adopt", "fail"]),
    "when_live": st.sampled_from(["keep", "fail", "stop"]),
    "tags": st.sampled_from(range(len(TAGS))),
    "season": st.integers(0, 2),
    "days": st.sampled_from([None, 1, 30]),
    "stamp": st.integers(0, 1),
    "create_first": st.sampled_from([False, False, True]),
    "latency": st.sampled_from(["LOW", "NORMAL"]),
}
declarations = st.builds(Declaration, kind=st.sampled_from(["live", "pair", "outside"]), **CHOICES)
edits = st.one_of(*(st.tuples(st.just(name), values) for name, values in CHOICES.items()))
indexes = st.integers(0, 5)


@dataclasses.dataclass(frozen=True)
class Fault:
    """A fault of a call."""

    kind: str
    call: str
    after: int

    def arm(self, faults):
        if self.kind == "quota":
            return faults.quota(3, self.call)
        method, *details, options = _FAULTS[self.kind]
        return getattr(faults, method)(self.call, *details, after=self.after, must_fire=False, **options)


_FAULTS = {
    "throttle": ("throttle", {"times": 2}),
    "lose_response": ("lose_response", {}),
    "error": ("error", "InternalServerException", {"status": 500}),
    "crash": ("crash_after", {}),
    "refuse": ("error", "AccessDeniedException", {"times": None}),
    "pending verification": ("error", "PendingVerification", {"times": None}),
    "throttle permanently": ("throttle", {"times": None}),
    "lose responses permanently": ("lose_response", {"times": None}),
    "fail permanently": ("error", "InternalServerException", {"status": 500, "times": None}),
}


@dataclasses.dataclass(frozen=True)
class Kill:
    """A kill of the engine and the provider's process at an entry of the journal. See Disk for `written`."""

    at: int
    written: float


afters = st.sampled_from([0, 0, 0, 1, 2])
kinds = st.sampled_from([*TRANSIENT, *PERMANENT, *["crash"] * 4])
kills = st.builds(Kill, st.integers(0, 24), st.sampled_from([0.0, 0.5, 1.0]))
# No lost responses, as pulumi-aws loses the channel, and no quotas, as its provider has no rate limiter.
channel_kinds = st.sampled_from(["throttle", "error", "refuse"])
channel_faults = st.builds(Fault, channel_kinds, st.sampled_from(CHANNEL_CALLS), afters)


def disruptions(calls, *others):
    """Return disruptions of an operation: none, faults of some calls, or others."""
    faults = st.builds(Fault, kinds, st.sampled_from(calls), afters)
    return st.one_of(st.just(()), st.tuples(faults), st.tuples(faults, faults), *map(st.tuples, others))


disruptions_of_up = disruptions(CALLS_OF_UP, channel_faults, kills)
disruptions_of_destroy = disruptions(CALLS_OF_DESTROY, channel_faults, kills)
disruptions_of_refresh = disruptions(CALLS_OF_REFRESH, channel_faults, kills)
disruptions_of_rotation = disruptions(("DeleteStreamKey", "ListStreamKeys", "CreateStreamKey"), kills)
# A preview writes no state, so a kill has no effect.
disruptions_of_preview = disruptions(CALLS_OF_PREVIEW)
