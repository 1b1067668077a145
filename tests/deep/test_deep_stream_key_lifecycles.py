"""Random lifecycles of stream keys: the documented guarantees hold after every step.

A machine runs stacks of one to three channels through up, preview, refresh, rotation and destroy in random order,
injects faults into calls, kills provider and engine, causes drift, and edits the program. After each step it checks
the guarantees in state, cloud and output. At the end of each lifecycle the stack has to converge, and a destroy has to
leave nothing behind.
"""

import dataclasses
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from ivs_stream_key.clock import clock_set_to
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY, Owner, Ownership, ownership_of
from owners import owner
from rehearsal.engine.events import Op
from rehearsal.state.property_values import Secret, reveal
from rehearsal.state.resource import ResourceState
from rehearsal.testing.listening import listening
from rehearsal.testing.plaintext import without_envelopes

from .programs import (
    SEASON,
    TAGS,
    TRANSIENT,
    Kill,
    declarations,
    disruptions_of_destroy,
    disruptions_of_preview,
    disruptions_of_refresh,
    disruptions_of_rotation,
    disruptions_of_up,
    edits,
    indexes,
)

VALUE = re.compile(r"sk_[a-z0-9-]+_\w{12}_\w{30}")
"""The format of stream keys' values."""
UNCHANGED = {Op.SAME, Op.READ, Op.REFRESH}


@dataclasses.dataclass
class Observation:
    """State and cloud at one time."""

    resources: list[ResourceState]
    keys: dict[str, dict[str, Any]]
    channels: set[str]
    live: set[str]
    state: Any

    def key_in_state(self, name):
        """Return the current key of that name in the state, or None."""
        found = [s for s in self.resources if s.type.endswith("StreamKey") and s.urn.endswith(f"::{name}")]
        return next((s for s in found if not s.delete and not s.pending_replacement), None)

    def is_pending(self, name):
        return any(s.pending_replacement and s.urn.endswith(f"::{name}") for s in self.resources)

    def keys_on(self, channel):
        return [key for key in self.keys.values() if key["channelArn"] == channel]


@dataclasses.dataclass
class Outcome:
    """The result of an operation."""

    op: str
    report: Any
    fired: list[str]
    killed: bool
    calls_made: list[str]
    before: Observation
    after: Observation

    @property
    def ok(self):
        return self.report.ok and not self.killed

    @property
    def only_transient_faults(self):
        """Whether there were only transient faults."""
        return not self.killed and all(kind in TRANSIENT for kind in self.fired)


class Lifecycles(RuleBasedStateMachine):
    """One stack from its first program to its destroy. `suspect`: the state may be outdated until the next refresh."""

    def __init__(self, cloud):
        super().__init__()
        self.cloud = cloud
        self.declarations = []
        self.foreign_keys = set()
        self._outside = set()
        self.unfinished = self.suspect = False
        self.today = datetime(2026, 1, 1, tzinfo=UTC)
        cloud.reset()
        self.clock = clock_set_to(lambda: self.today)
        self.clock.__enter__()

    @initialize(
        program=st.lists(declarations, min_size=1, max_size=3), parallel=st.sampled_from([1, 4]), deployed=st.booleans()
    )
    def begin(self, program, parallel, deployed):
        self.declarations = [dataclasses.replace(declaration) for declaration in program]
        for declaration in self.declarations:
            if declaration.kind == "outside":
                declaration.channel = self._outside_channel()
        self.stack = self.cloud.stack(self._program, parallel=parallel, now=lambda: self.today)
        if deployed:
            self._converge()

    def teardown(self):
        try:
            if sys.exc_info()[0] is None:
                self._converge()
                self._end()
        finally:
            self.clock.__exit__(None, None, None)

    def _program(self):
        for number, declaration in enumerate(self.declarations):
            if declaration.declared:
                declaration.declare(f"c{number}")

    # Operations

    @rule(disruption=disruptions_of_up, again=st.booleans())
    def up(self, disruption, again):
        self._up(disruption, again=again)

    @rule(again=st.booleans())
    def up_without_disruption(self, again):
        self._up((), again=again)

    @rule(index=indexes, disruption=disruptions_of_rotation)
    def rotate(self, index, disruption):
        self._declaration(index).season += 1
        self._up(disruption)

    @rule(index=indexes, disruption=disruptions_of_up)
    def up_replace(self, index, disruption):
        managed_key = self._observe().key_in_state(f"c{index % len(self.declarations)}")
        if managed_key is None:
            return
        outcome = self._up(disruption, replace=[managed_key.urn])
        if not outcome.ok:
            # The started replacement is not declared in the program.
            self.suspect = True

    @rule(disruption=disruptions_of_preview)
    def preview(self, disruption):
        self._preview(disruption)

    @rule(disruption=disruptions_of_refresh)
    def refresh(self, disruption):
        self._refresh(disruption)

    @rule(disruption=disruptions_of_destroy)
    def destroy(self, disruption):
        self._destroy(disruption)

    # Edits of the program

    @rule(index=indexes, edit=edits)
    def edit(self, index, edit):
        setattr(self._declaration(index), *edit)
        self._edited()

    @rule(index=indexes)
    def remove_or_restore(self, index):
        declaration = self._declaration(index)
        if declaration.kind == "outside" and self.unfinished:
            return  # the key of a killed create would be unmanaged
        declaration.declared = not declaration.declared
        self._edited()

    @rule(index=indexes)
    def move_to_another_channel(self, index):
        declaration = self._declaration(index)
        if declaration.kind != "outside" or self.unfinished:
            return  # as in remove_or_restore
        declaration.channel = self._outside_channel()
        self._edited()

    def _edited(self):
        # The program may no longer declare what a failed run has started.
        self.suspect |= self.unfinished

    @rule()
    def delete_blocking_keys(self):
        self._delete_blocking()

    @rule(days=st.sampled_from([1, 7, 40]))
    def advance_time(self, days):
        self.today += timedelta(days=days)

    # External changes

    @rule(
        index=indexes,
        change=st.sampled_from(
            ["key deleted", "key replaced", "tag added", "tag changed", "tags gone", "channel deleted"]
        ),
        refreshed=st.booleans(),
    )
    def change_externally(self, index, change, refreshed):
        match change:
            case "key deleted":
                self._delete_key_externally(index)
            case "key replaced":
                self._replace_key_externally(index)
            case "channel deleted":
                self._delete_channel_externally(index)
            case _:
                self._retag_key_externally(index, change)
        if refreshed:
            self._refresh(())

    @rule(index=indexes, live=st.booleans())
    def broadcast(self, index, live):
        channel = self._channel_at(index)
        if not live and channel in self._observe().channels:
            self._end_broadcast(channel)
        elif live and self._observe().keys_on(channel):
            self.cloud.ivs.start_broadcast(channel, health="HEALTHY", viewer_count=0)

    def _delete_key_externally(self, index):
        for key in self._keys_at(index):
            self.cloud.client.delete_stream_key(arn=key)
            self.suspect = True

    def _replace_key_externally(self, index):
        channel = self._channel_at(index)
        if channel not in self._observe().channels:
            return
        self._delete_key_externally(index)
        key = self.cloud.client.create_stream_key(channelArn=channel, tags={"by": "hand"})["streamKey"]
        self.foreign_keys.add(key["arn"])
        self.suspect = True

    def _retag_key_externally(self, index, change):
        for key in self._keys_at(index):
            if change == "tags gone":
                tags = sorted(self._observe().keys[key]["tags"])
                if tags:
                    self.cloud.client.untag_resource(resourceArn=key, tagKeys=tags)
            else:
                self.cloud.client.tag_resource(
                    resourceArn=key, tags={"by" if change == "tag added" else "team": "hand"}
                )
            self.suspect = True

    def _delete_channel_externally(self, index):
        channel = self._channel_at(index)
        if self._declaration(index).kind != "outside" and channel in self._observe().channels:
            self._end_broadcast(channel)
            self.cloud.client.delete_channel(arn=channel)
            self.suspect = True

    # Observation

    def _declaration(self, index):
        return self.declarations[index % len(self.declarations)]

    def _channel_at(self, index):
        """Return the channel that a declaration's key is or would be on, empty if it does not exist yet."""
        number = index % len(self.declarations)
        return self.declarations[number].channel or self._channel_of(self._observe(), f"c{number}")

    @staticmethod
    def _channel_of(observed, name):
        found = [s.id for s in observed.resources if s.type.endswith(":Channel") and s.urn.endswith(f"::{name}")]
        return found[0] if found else ""

    def _keys_at(self, index):
        return [key["arn"] for key in self._observe().keys_on(self._channel_at(index))]

    def _observe(self):
        deployment = self.stack.export()["deployment"]
        deployment.pop("manifest")  # the manifest has the time
        backend = self.cloud.ivs
        return Observation(
            [ResourceState.from_json(r) for r in deployment.get("resources") or []],
            {arn: {**key} for arn, key in backend.stream_keys.items()},
            {channel["arn"] for channel in backend.channels},
            set(backend.streams),
            deployment,
        )

    def _outside_channel(self):
        made = self.cloud.client.create_channel(name="outside")
        self.cloud.client.delete_stream_key(arn=made["streamKey"]["arn"])
        self._outside.add(made["channel"]["arn"])
        return str(made["channel"]["arn"])

    def _end_broadcast(self, channel):
        self.cloud.ivs.end_broadcast(channel)

    def _is_foreign(self, key, name):
        """Whether a key neither has the owner tag of the resource nor may be its own."""
        resource = Owner.of(owner(name, stack="dev", project="lives", organization="organization"))
        return ownership_of(key["tags"].get(OWNER_TAG_KEY), resource) not in (Ownership.RESOURCE, Ownership.STACK)

    # Running operations

    def _operate(self, op, disruption, **arguments):
        before, calls = self._observe(), len(self.cloud.aws.calls)
        armed = []
        for one in disruption:
            if isinstance(one, Kill):
                self.stack.disk.kill(one.at, one.written)
            else:
                armed.append((one, one.arm(self.cloud.aws.faults)))
        with self.stack, listening() as printed:
            report = getattr(self.stack, op)(**arguments)
        texts = [*printed, *self.stack.disk.texts()]
        killed = self.stack.disk.recover()
        self.cloud.aws.faults.clear()
        fired = [fault.kind for fault, armed_one in armed if armed_one.fired]
        calls_made = [call.operation for call in self.cloud.aws.calls[calls:] if not call.reads]
        outcome = Outcome(op, report, fired, killed, calls_made, before, self._observe())
        self._log(outcome)
        self._assert_no_secret_leaked(outcome, [*texts, *self.stack.disk.texts()])
        self._assert_other_owners_unaffected(outcome)
        if outcome.op == "up":
            self._assert_existing_keys_handled_as_declared(outcome)
        self._delete_lost_channels(outcome)
        return outcome

    def _log(self, outcome):
        note(
            f"  {outcome.op}: {'killed' if outcome.killed else 'ok' if outcome.ok else 'failed'}"
            f"{', ' + ', '.join(outcome.fired) if outcome.fired else ''}"
            f"; calls {' '.join(outcome.calls_made) or 'none'}"
            f"{'; suspect' if self.suspect else ''}{'; unfinished' if self.unfinished else ''}"
        )
        for step in outcome.report.steps:
            if step.op not in UNCHANGED or step.failed:
                note(f"    {'FAILED ' if step.failed else ''}{step.op} {step.urn.rpartition('$')[2]}")
        for error in outcome.report.errors:
            note("    " + VALUE.sub("[key]", error).strip().replace("\n", "\n    "))
        for key in outcome.after.keys.values():
            note(f"    on {key['channelArn']}: {key['arn']} {key['tags']}")
        for state in outcome.after.resources:
            if state.type.endswith("StreamKey"):
                marks = "".join([", pending" * state.pending_replacement, ", to delete" * state.delete])
                note(f"    managed by {state.urn.rpartition('::')[2]}: {state.id}{marks}")

    def _up(self, disruption, *, again=False, **arguments):
        outcome = self._operate("up", disruption, **arguments)
        if not outcome.ok:
            self._assert_refusal_has_a_reason(outcome)
            self.unfinished = True
            return outcome
        self._assert_rotated_for_a_reason(outcome, arguments.get("replace", ()))
        if not self.suspect:
            self.unfinished = False
            self._assert_converged(outcome.after)
        following = [self._operate("preview", ())]
        if again:
            following.append(self._operate("up", ()))
        for further in following:
            changes = [f"{s.op} {s.urn}" for s in further.report.steps if s.op not in UNCHANGED]
            assert further.ok
            assert not changes, f"{further.op} after a successful up would still"
            assert not further.calls_made
        return outcome

    def _preview(self, disruption):
        outcome = self._operate("preview", disruption)
        assert not outcome.calls_made, "preview changed the cloud"
        assert outcome.after.keys == outcome.before.keys
        assert outcome.after.state == outcome.before.state, "preview changed the state"
        if not outcome.ok:
            self._assert_refusal_has_a_reason(outcome)

    def _refresh(self, disruption, **arguments):
        outcome = self._operate("refresh", disruption, **arguments)
        assert not outcome.calls_made, "refresh changed the cloud"
        if not outcome.ok:
            assert not outcome.only_transient_faults, "refresh failed for no reason"
            return
        # A refresh does not find the key of an interrupted create: the next up does.
        self.suspect = False
        for state in outcome.after.resources:
            if state.type.endswith("StreamKey") and not state.pending_replacement:
                key = outcome.after.keys.get(state.id)
                assert key is not None, f"{state.urn} was deleted, and is still in the state"
                assert reveal(state.outputs["value"]) == key["value"]
                assert reveal(state.outputs["tags_all"]) == visible(key["tags"])

    def _destroy(self, disruption):
        may_leave_keys = self.unfinished or self.suspect
        outcome = self._operate("destroy", disruption)
        if not outcome.ok:
            self._assert_refusal_has_a_reason(outcome)
            self.suspect = self.unfinished = True
            return
        assert outcome.after.resources == []
        left = [key for key in outcome.after.keys.values() if key["arn"] not in self.foreign_keys]
        assert not left or (may_leave_keys and {key["channelArn"] for key in left} <= self._outside), (
            "destroy left a key"
        )
        for key in left:
            self.cloud.client.delete_stream_key(arn=key["arn"])
        self.suspect = self.unfinished = False

    def _delete_lost_channels(self, outcome):
        """Delete channels that are not in the state because the engine was killed during their create."""
        observed = outcome.after
        known = {s.id for s in observed.resources} | self._outside
        lost = observed.channels - known
        if not lost:
            return
        assert outcome.killed, "a channel was lost"
        pending = [op for op in self._observe().state["pending_operations"] if op["type"] == "creating"]
        assert len(lost) <= len([op for op in pending if op["resource"]["type"].endswith(":Channel")])
        for channel in lost:
            self.cloud.client.delete_channel(arn=channel)

    # Guarantees

    def _assert_no_secret_leaked(self, outcome, texts):
        report = outcome.report
        shown = [*(d.text for d in report.diagnostics), json.dumps(report.to_json()), *map(str, report.failed)]
        shown += map(_outside_envelopes, texts)
        for step in report.steps:
            shown += [f"{step.keys} {step.diff}", *(str(v) for v in (*step.old.items(), *step.new.items()))]
        for text in shown:
            assert not VALUE.search(text), f"a stream key is shown: {VALUE.sub('[key]', text)}"
            assert SEASON not in text, f"a secret trigger is shown: {text}"

    def _assert_other_owners_unaffected(self, outcome):
        """Check that keys of other owners and of live channels are kept if the program says so."""
        before, after = outcome.before, outcome.after
        assert not any("This is a bug" in text for text in outcome.report.errors)
        channels = [key["channelArn"] for key in after.keys.values()]
        assert len(channels) == len(set(channels)), "a channel has several keys"
        managed = {s.id for s in before.resources}
        gone = {arn: key for arn, key in before.keys.items() if arn not in after.keys}
        for number, declaration in enumerate(self.declarations):
            name = f"c{number}"
            channel = declaration.channel or self._channel_of(before, name)
            if channel not in after.channels:
                continue
            unmanaged = [arn for arn, key in gone.items() if key["channelArn"] == channel and arn not in managed]
            if declaration.existing_key != "replace":
                foreign = [arn for arn in unmanaged if self._is_foreign(gone[arn], name)]
                assert not foreign, f"existing_key={declaration.existing_key!r}, and another owner's key is deleted"
            declares = outcome.op != "destroy" and declaration.declared
            managed_key = before.key_in_state(name)
            when_live = declaration.when_live if declares else managed_key and reveal(managed_key.outputs["when_live"])
            if channel in before.live and when_live == "fail":
                assert not [arn for arn, key in gone.items() if key["channelArn"] == channel], "deleted while live"

    def _assert_refusal_has_a_reason(self, outcome):
        """An operation without permanent faults may only fail for the reasons below."""
        if not outcome.only_transient_faults:
            return
        observed, reasons = outcome.before, set()
        for number, declaration in enumerate(self.declarations):
            name = f"c{number}"
            managed_key = observed.key_in_state(name)
            # A channel that this run creates has its default key too.
            known = declaration.channel or self._channel_of(outcome.after, name)
            foreign = [
                key
                for key in outcome.after.keys_on(known)
                if self._is_foreign(key, name) and (managed_key is None or key["arn"] != managed_key.id or self.suspect)
            ]
            if declaration.existing_key == "fail" and foreign:
                reasons.add("KeyExists: ")
            if (
                "fail" in (declaration.when_live, managed_key and reveal(managed_key.outputs["when_live"]))
                and observed.live
            ):
                reasons.add("OnAir: ")
        if observed.live:
            reasons.add("ConflictException")
        if self.suspect and outcome.op == "up":
            # Updating a deleted resource is an error, deleting it is not.
            reasons |= {"NotFound: ", "ResourceNotFoundException"}
        for error in outcome.report.errors:
            assert "DeleteStreamKey" not in error, "a delete of a deleted key failed"
            assert any(reason in error for reason in reasons), f"refused for no reason ({reasons or 'there is none'})"

    def _assert_converged(self, observed):
        for number, declaration in enumerate(self.declarations):
            name = f"c{number}"
            managed_key = observed.key_in_state(name)
            assert (managed_key is not None) == declaration.declared
            if managed_key is None:
                assert not observed.is_pending(name)
                continue
            channel = declaration.channel or self._channel_of(observed, name)
            (key,) = observed.keys_on(channel)
            outputs = managed_key.outputs
            assert isinstance(outputs["value"], Secret)
            assert isinstance(outputs["rotation_triggers"]["season"], Secret)
            assert (managed_key.id, outputs["arn"], outputs["channel_arn"]) == (key["arn"], key["arn"], channel)
            assert reveal(outputs["value"]) == key["value"], "the state's key is not the cloud's"
            assert visible(key["tags"]) == TAGS[declaration.tags] == outputs["tags_all"]
            assert reveal(outputs["rotation_triggers"]) == {"season": declaration.trigger}
        (root,) = [s for s in observed.resources if s.type == "pulumi:pulumi:Stack"]
        keys = {
            f"c{n}": observed.key_in_state(f"c{n}")
            for n, declaration in enumerate(self.declarations)
            if declaration.declared
        }
        assert {n: reveal(v) for n, v in root.outputs.items()} == {
            n: reveal(s.outputs["value"]) for n, s in keys.items()
        }
        assert all(isinstance(value, Secret) for value in root.outputs.values())

    def _assert_existing_keys_handled_as_declared(self, outcome):
        """Check that an existing key was adopted, kept or replaced as `existing_key` says."""
        for number, declaration in enumerate(self.declarations):
            name = f"c{number}"
            old, new = outcome.before.key_in_state(name), outcome.after.key_in_state(name)
            if new is None or (old is not None and old.id == new.id):
                continue
            channel = new.outputs["channel_arn"]
            found = {key["arn"]: key for key in outcome.before.keys_on(channel) if old is None or key["arn"] != old.id}
            foreign = new.id in found and self._is_foreign(found[new.id], name)
            match declaration.existing_key:
                case "fail":
                    assert not foreign, "existing_key='fail', and another owner's key was taken over"
                case "adopt":
                    # The stack's own key may be the old key of an interrupted rotation.
                    foreign_keys = [arn for arn, key in found.items() if self._is_foreign(key, name)]
                    assert not foreign_keys or new.id in found, "existing_key='adopt', and the key was not taken over"
                case "replace":
                    assert new.id not in found, "existing_key='replace', and the key was taken over"

    def _assert_rotated_for_a_reason(self, outcome, replaced):
        for number, declaration in enumerate(self.declarations):
            name = f"c{number}"
            old, new = outcome.before.key_in_state(name), outcome.after.key_in_state(name)
            if old is None or new is None:
                continue
            reasons = []
            if reveal(old.outputs["rotation_triggers"]) != {"season": declaration.trigger}:
                reasons.append("rotation_triggers")
            if (
                declaration.days
                and datetime.fromisoformat(old.outputs["created_at"]) + timedelta(days=declaration.days) <= self.today
            ):
                reasons.append("rotation_days")
            if old.outputs["channel_arn"] != new.outputs["channel_arn"]:
                reasons.append("channel_arn")
            if declaration.kind != "live" and old.replacement_trigger != declaration.stamp:
                reasons.append("replacement_trigger")
            if old.urn in replaced:
                reasons.append("--replace")
            assert (old.id != new.id) == bool(reasons), f"{name}: {old.id} became {new.id}; reasons: {reasons}"
            assert (reveal(old.outputs["value"]) != reveal(new.outputs["value"])) == bool(reasons)
            channel = new.outputs["channel_arn"]
            if reasons:
                assert old.id not in outcome.after.keys, "the old key still works"
            if channel in outcome.before.live:
                ends = bool(reasons) and declaration.when_live == "stop"
                assert (channel not in outcome.after.live) == ends, "when_live"

    # End of a lifecycle

    def _converge(self):
        """Follow the remedies of the errors, and check that the stack converges."""
        note("  converging")
        for channel in self._observe().live:
            self._end_broadcast(channel)
        if self.suspect:
            self._refresh((), clear_pending_creates=True)
        for _ in self.declarations:
            outcome = self._up(())
            if outcome.ok:
                break
            self._delete_blocking()
        else:
            outcome = self._up(())
        assert outcome.ok, "it does not converge"
        assert not self.unfinished

    def _delete_blocking(self):
        observed = self._observe()
        for number, declaration in enumerate(self.declarations):
            name = f"c{number}"
            managed_key = observed.key_in_state(name)
            for key in observed.keys_on(declaration.channel or self._channel_of(observed, name)):
                if (
                    declaration.existing_key == "fail"
                    and self._is_foreign(key, name)
                    and (managed_key is None or managed_key.id != key["arn"])
                ):
                    self.cloud.client.delete_stream_key(arn=key["arn"])

    def _end(self):
        note("  the end")
        self._destroy(())
        observed = self._observe()
        assert observed.resources == []
        assert observed.channels == self._outside, "channels are left"
        assert observed.keys.keys() <= self.foreign_keys, "keys are left"


def _outside_envelopes(text):
    """Return a text without the secret envelopes that it has if it is JSON."""
    try:
        return json.dumps(without_envelopes(json.loads(text)))
    except ValueError:
        return text


def visible(tags):
    return {name: value for name, value in tags.items() if name != OWNER_TAG_KEY}


@pytest.mark.slow("random lifecycles")
def test_stream_keys_keep_their_guarantees_in_random_lifecycles(cloud, budget):
    run_state_machine_as_test(lambda: Lifecycles(cloud), settings=budget)
