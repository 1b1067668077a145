"""Random lifecycles of stream keys: the documented guarantees hold after every step.

A machine runs stacks of one to three channels through up, preview, refresh, rotation and destroy in random order,
lets calls go wrong, kills provider and engine, causes drift, and edits the program. It checks state,
cloud and output against the guarantees after each step; at the end of each lifecycle everything has to come right
again, and then to go without a trace.
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
from ivs_stream_key.ivs.ownership import MARK, Maker, Owner, maker_of
from owners import owner
from rehearsal.engine.events import Op
from rehearsal.state.property_values import Secret, reveal
from rehearsal.state.resource import ResourceState
from rehearsal.testing.listening import listening
from rehearsal.testing.plaintext import without_envelopes

from .programs import (
    PASSING,
    SEASON,
    TAGS,
    Kill,
    edits,
    mishaps_of_destroy,
    mishaps_of_preview,
    mishaps_of_refresh,
    mishaps_of_rotation,
    mishaps_of_up,
    places,
    wishes,
)

VALUE = re.compile(r"sk_[a-z0-9-]+_\w{12}_\w{30}")
"""What every stream key's value looks like."""
STILL = {Op.SAME, Op.READ, Op.REFRESH}


@dataclasses.dataclass
class Seen:
    """State and cloud at one moment."""

    resources: list[ResourceState]
    keys: dict[str, dict[str, Any]]
    channels: set[str]
    live: set[str]
    state: Any

    def held(self, name):
        """Return the state's key of that name, None if there is none in use."""
        found = [s for s in self.resources if s.type.endswith("StreamKey") and s.urn.endswith(f"::{name}")]
        return next((s for s in found if not s.delete and not s.pending_replacement), None)

    def is_pending(self, name):
        return any(s.pending_replacement and s.urn.endswith(f"::{name}") for s in self.resources)

    def on(self, channel):
        return [key for key in self.keys.values() if key["channelArn"] == channel]


@dataclasses.dataclass
class Outcome:
    """What came of an operation."""

    op: str
    report: Any
    fired: list[str]
    killed: bool
    asked: list[str]
    before: Seen
    after: Seen

    @property
    def ok(self):
        return self.report.ok and not self.killed

    @property
    def undisturbed(self):
        """Nothing went wrong but what passes."""
        return not self.killed and all(kind in PASSING for kind in self.fired)


class Lifecycles(RuleBasedStateMachine):
    """One stack from its first program to its end. `suspect`: the state may not be true before the next refresh."""

    def __init__(self, world):
        super().__init__()
        self.world = world
        self.wishes = []
        self.disallowed_characters = set()
        self._outside = set()
        self.unfinished = self.suspect = False
        self.today = datetime(2026, 1, 1, tzinfo=UTC)
        world.forget()
        self.clock = clock_set_to(lambda: self.today)
        self.clock.__enter__()

    @initialize(
        program=st.lists(wishes, min_size=1, max_size=3), parallel=st.sampled_from([1, 4]), brought_up=st.booleans()
    )
    def begin(self, program, parallel, brought_up):
        self.wishes = [dataclasses.replace(wish) for wish in program]
        for wish in self.wishes:
            if wish.kind == "outside":
                wish.channel = self._outside_channel()
        self.stack = self.world.stack(self._program, parallel=parallel, now=lambda: self.today)
        if brought_up:
            self._settle()

    def teardown(self):
        try:
            if sys.exc_info()[0] is None:
                self._settle()
                self._end()
        finally:
            self.clock.__exit__(None, None, None)

    def _program(self):
        for number, wish in enumerate(self.wishes):
            if wish.declared:
                wish.declare(f"c{number}")

    # What Pulumi is asked to do

    @rule(mishap=mishaps_of_up, again=st.booleans())
    def up(self, mishap, again):
        self._up(mishap, again=again)

    @rule(again=st.booleans())
    def undisturbed_up(self, again):
        self._up((), again=again)

    @rule(place=places, mishap=mishaps_of_rotation)
    def rotate(self, place, mishap):
        self._wish(place).season += 1
        self._up(mishap)

    @rule(place=places, mishap=mishaps_of_up)
    def up_replace(self, place, mishap):
        held = self._see().held(f"c{place % len(self.wishes)}")
        if held is None:
            return
        outcome = self._up(mishap, replace=[held.urn])
        if not outcome.ok:
            # Nothing in the program asks for the replacement that was begun.
            self.suspect = True

    @rule(mishap=mishaps_of_preview)
    def preview(self, mishap):
        self._preview(mishap)

    @rule(mishap=mishaps_of_refresh)
    def refresh(self, mishap):
        self._refresh(mishap)

    @rule(mishap=mishaps_of_destroy)
    def destroy(self, mishap):
        self._destroy(mishap)

    # What the program's author does

    @rule(place=places, edit=edits)
    def edit(self, place, edit):
        setattr(self._wish(place), *edit)
        self._edited()

    @rule(place=places)
    def take_out_or_put_back(self, place):
        wish = self._wish(place)
        if wish.kind == "outside" and self.unfinished:
            return  # a key that a killed create made would be unmanaged
        wish.declared = not wish.declared
        self._edited()

    @rule(place=places)
    def move_to_another_channel(self, place):
        wish = self._wish(place)
        if wish.kind != "outside" or self.unfinished:
            return  # likewise
        wish.channel = self._outside_channel()
        self._edited()

    def _edited(self):
        # What a failed run has begun may not be what the program asks for any more.
        self.suspect |= self.unfinished

    @rule()
    def keys_that_stand_in_the_way_are_deleted(self):
        self._delete_what_stands_in_the_way()

    @rule(days=st.sampled_from([1, 7, 40]))
    def time_passes(self, days):
        self.today += timedelta(days=days)

    # What happens behind Pulumi's back

    @rule(
        place=places,
        change=st.sampled_from(
            ["key deleted", "key replaced", "tag added", "tag changed", "tags gone", "channel deleted"]
        ),
        noticed=st.booleans(),
    )
    def somebody_meddles(self, place, change, noticed):
        match change:
            case "key deleted":
                self._somebody_deletes_the_key(place)
            case "key replaced":
                self._somebody_replaces_the_key(place)
            case "channel deleted":
                self._somebody_deletes_the_channel(place)
            case _:
                self._somebody_retags_the_key(place, change)
        if noticed:
            self._refresh(())

    @rule(place=places, live=st.booleans())
    def broadcast(self, place, live):
        channel = self._channel_at(place)
        if not live and channel in self._see().channels:
            self._off_the_air(channel)
        elif live and self._see().on(channel):
            self.world.ivs.start_broadcast(channel, health="HEALTHY", viewer_count=0)

    def _somebody_deletes_the_key(self, place):
        for key in self._keys_at(place):
            self.world.client.delete_stream_key(arn=key)
            self.suspect = True

    def _somebody_replaces_the_key(self, place):
        channel = self._channel_at(place)
        if channel not in self._see().channels:
            return
        self._somebody_deletes_the_key(place)
        key = self.world.client.create_stream_key(channelArn=channel, tags={"by": "hand"})["streamKey"]
        self.disallowed_characters.add(key["arn"])
        self.suspect = True

    def _somebody_retags_the_key(self, place, change):
        for key in self._keys_at(place):
            if change == "tags gone":
                tags = sorted(self._see().keys[key]["tags"])
                if tags:
                    self.world.client.untag_resource(resourceArn=key, tagKeys=tags)
            else:
                self.world.client.tag_resource(
                    resourceArn=key, tags={"by" if change == "tag added" else "team": "hand"}
                )
            self.suspect = True

    def _somebody_deletes_the_channel(self, place):
        channel = self._channel_at(place)
        if self._wish(place).kind != "outside" and channel in self._see().channels:
            self._off_the_air(channel)
            self.world.client.delete_channel(arn=channel)
            self.suspect = True

    # Looking

    def _wish(self, place):
        return self.wishes[place % len(self.wishes)]

    def _channel_at(self, place):
        """Return the channel that a wish's key is or would be on, empty if it is not made yet."""
        number = place % len(self.wishes)
        return self.wishes[number].channel or self._channel_of(self._see(), f"c{number}")

    @staticmethod
    def _channel_of(seen, name):
        found = [s.id for s in seen.resources if s.type.endswith(":Channel") and s.urn.endswith(f"::{name}")]
        return found[0] if found else ""

    def _keys_at(self, place):
        return [key["arn"] for key in self._see().on(self._channel_at(place))]

    def _see(self):
        deployment = self.stack.export()["deployment"]
        deployment.pop("manifest")  # it tells the time
        backend = self.world.ivs
        return Seen(
            [ResourceState.from_json(r) for r in deployment.get("resources") or []],
            {arn: {**key} for arn, key in backend.stream_keys.items()},
            {channel["arn"] for channel in backend.channels},
            set(backend.streams),
            deployment,
        )

    def _outside_channel(self):
        made = self.world.client.create_channel(name="outside")
        self.world.client.delete_stream_key(arn=made["streamKey"]["arn"])
        self._outside.add(made["channel"]["arn"])
        return str(made["channel"]["arn"])

    def _off_the_air(self, channel):
        self.world.ivs.end_broadcast(channel)

    def _is_foreign(self, key, name):
        """Whether a key is neither made by the resource of that name, nor, by all that can be known, its own."""
        resource = Owner.of(owner(name, stack="dev", project="lives", organization="organization"))
        return maker_of(key["tags"].get(MARK), resource) not in (Maker.RESOURCE, Maker.STACK)

    # Doing

    def _operate(self, op, mishap, **arguments):
        before, calls = self._see(), len(self.world.aws.calls)
        armed = []
        for one in mishap:
            if isinstance(one, Kill):
                self.stack.disk.kill(one.at, one.written)
            else:
                armed.append((one, one.arm(self.world.aws.faults)))
        with self.stack, listening() as heard:
            report = getattr(self.stack, op)(**arguments)
        texts = [*heard, *self.stack.disk.texts()]
        killed = self.stack.disk.revive()
        self.world.aws.faults.clear()
        fired = [fault.kind for fault, armed_one in armed if armed_one.fired]
        asked = [call.operation for call in self.world.aws.calls[calls:] if not call.reads]
        outcome = Outcome(op, report, fired, killed, asked, before, self._see())
        self._tell(outcome)
        self._assert_no_secret_shown(outcome, [*texts, *self.stack.disk.texts()])
        self._assert_nobody_harmed(outcome)
        if outcome.op == "up":
            self._assert_found_keys_were_met_as_asked(outcome)
        self._sweep(outcome)
        return outcome

    def _tell(self, outcome):
        note(
            f"  {outcome.op}: {'killed' if outcome.killed else 'ok' if outcome.ok else 'failed'}"
            f"{', ' + ', '.join(outcome.fired) if outcome.fired else ''}; asked {' '.join(outcome.asked) or 'nothing'}"
            f"{'; suspect' if self.suspect else ''}{'; unfinished' if self.unfinished else ''}"
        )
        for step in outcome.report.steps:
            if step.op not in STILL or step.failed:
                note(f"    {'FAILED ' if step.failed else ''}{step.op} {step.urn.rpartition('$')[2]}")
        for error in outcome.report.errors:
            note("    " + VALUE.sub("[key]", error).strip().replace("\n", "\n    "))
        for key in outcome.after.keys.values():
            note(f"    on {key['channelArn']}: {key['arn']} {key['tags']}")
        for state in outcome.after.resources:
            if state.type.endswith("StreamKey"):
                marks = "".join([", pending" * state.pending_replacement, ", to delete" * state.delete])
                note(f"    held by {state.urn.rpartition('::')[2]}: {state.id}{marks}")

    def _up(self, mishap, *, again=False, **arguments):
        outcome = self._operate("up", mishap, **arguments)
        if not outcome.ok:
            self._assert_is_fair(outcome)
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
            changes = [f"{s.op} {s.urn}" for s in further.report.steps if s.op not in STILL]
            assert further.ok
            assert not changes, f"{further.op} after a successful up would still"
            assert not further.asked
        return outcome

    def _preview(self, mishap):
        outcome = self._operate("preview", mishap)
        assert not outcome.asked, "preview touched the cloud"
        assert outcome.after.keys == outcome.before.keys
        assert outcome.after.state == outcome.before.state, "preview touched the state"
        if not outcome.ok:
            self._assert_is_fair(outcome)

    def _refresh(self, mishap, **arguments):
        outcome = self._operate("refresh", mishap, **arguments)
        assert not outcome.asked, "refresh touched the cloud"
        if not outcome.ok:
            assert not outcome.undisturbed, "refresh failed for no reason"
            return
        # What a create made whose end nobody saw, a refresh does not find: the next up does.
        self.suspect = False
        for state in outcome.after.resources:
            if state.type.endswith("StreamKey") and not state.pending_replacement:
                key = outcome.after.keys.get(state.id)
                assert key is not None, f"{state.urn} is gone, and the state holds it still"
                assert reveal(state.outputs["value"]) == key["value"]
                assert reveal(state.outputs["tags_all"]) == visible(key["tags"])

    def _destroy(self, mishap):
        doubtful = self.unfinished or self.suspect
        outcome = self._operate("destroy", mishap)
        if not outcome.ok:
            self._assert_is_fair(outcome)
            self.suspect = self.unfinished = True
            return
        assert outcome.after.resources == []
        left = [key for key in outcome.after.keys.values() if key["arn"] not in self.disallowed_characters]
        assert not left or (doubtful and {key["channelArn"] for key in left} <= self._outside), "destroy left a key"
        for key in left:
            self.world.client.delete_stream_key(arn=key["arn"])
        self.suspect = self.unfinished = False

    def _sweep(self, outcome):
        """Delete, as an operator would, the channels of which the engine was killed before it had their ARNs."""
        seen = outcome.after
        known = {s.id for s in seen.resources} | self._outside
        lost = seen.channels - known
        if not lost:
            return
        assert outcome.killed, "a channel was lost"
        pending = [op for op in self._see().state["pending_operations"] if op["type"] == "creating"]
        assert len(lost) <= len([op for op in pending if op["resource"]["type"].endswith(":Channel")])
        for channel in lost:
            self.world.client.delete_channel(arn=channel)

    # Promises

    def _assert_no_secret_shown(self, outcome, texts):
        report = outcome.report
        shown = [*(d.text for d in report.diagnostics), json.dumps(report.to_json()), *map(str, report.failed)]
        shown += map(_outside_envelopes, texts)
        for step in report.steps:
            shown += [f"{step.keys} {step.diff}", *(str(v) for v in (*step.old.items(), *step.new.items()))]
        for text in shown:
            assert not VALUE.search(text), f"a stream key is shown: {VALUE.sub('[key]', text)}"
            assert SEASON not in text, f"a secret trigger is shown: {text}"

    def _assert_nobody_harmed(self, outcome):
        """Check that others' keys, and those of live channels, are kept if the program says so."""
        before, after = outcome.before, outcome.after
        assert not any("This is a bug" in text for text in outcome.report.errors)
        channels = [key["channelArn"] for key in after.keys.values()]
        assert len(channels) == len(set(channels)), "a channel has several keys"
        managed = {s.id for s in before.resources}
        gone = {arn: key for arn, key in before.keys.items() if arn not in after.keys}
        for number, wish in enumerate(self.wishes):
            name = f"c{number}"
            channel = wish.channel or self._channel_of(before, name)
            if channel not in after.channels:
                continue
            disallowed_characters = [
                arn for arn, key in gone.items() if key["channelArn"] == channel and arn not in managed
            ]
            if wish.existing_key != "replace":
                foreign = [arn for arn in disallowed_characters if self._is_foreign(gone[arn], name)]
                assert not foreign, f"existing_key={wish.existing_key!r}, and somebody else's key is deleted"
            declares = outcome.op != "destroy" and wish.declared
            held = before.held(name)
            when_live = wish.when_live if declares else held and reveal(held.outputs["when_live"])
            if channel in before.live and when_live == "fail":
                assert not [arn for arn, key in gone.items() if key["channelArn"] == channel], "deleted while live"

    def _assert_is_fair(self, outcome):
        """An operation with which nothing went wrong may only be refused for what its errors name."""
        if not outcome.undisturbed:
            return
        seen, reasons = outcome.before, set()
        for number, wish in enumerate(self.wishes):
            name = f"c{number}"
            held = seen.held(name)
            # Also a channel that this very run makes has a key: IVS's.
            known = wish.channel or self._channel_of(outcome.after, name)
            foreign = [
                key
                for key in outcome.after.on(known)
                if self._is_foreign(key, name) and (held is None or key["arn"] != held.id or self.suspect)
            ]
            if wish.existing_key == "fail" and foreign:
                reasons.add("KeyExists: ")
            if "fail" in (wish.when_live, held and reveal(held.outputs["when_live"])) and seen.live:
                reasons.add("OnAir: ")
        if seen.live:
            reasons.add("ConflictException")
        if self.suspect and outcome.op == "up":
            # To change what is gone; to delete it is no error.
            reasons |= {"NotFound: ", "ResourceNotFoundException"}
        for error in outcome.report.errors:
            assert "DeleteStreamKey" not in error, "a delete of what is gone failed"
            assert any(reason in error for reason in reasons), f"refused for no reason ({reasons or 'there is none'})"

    def _assert_converged(self, seen):
        for number, wish in enumerate(self.wishes):
            name = f"c{number}"
            held = seen.held(name)
            assert (held is not None) == wish.declared
            if held is None:
                assert not seen.is_pending(name)
                continue
            channel = wish.channel or self._channel_of(seen, name)
            (key,) = seen.on(channel)
            outputs = held.outputs
            assert isinstance(outputs["value"], Secret)
            assert isinstance(outputs["rotation_triggers"]["season"], Secret)
            assert (held.id, outputs["arn"], outputs["channel_arn"]) == (key["arn"], key["arn"], channel)
            assert reveal(outputs["value"]) == key["value"], "the state's key is not the cloud's"
            assert visible(key["tags"]) == TAGS[wish.tags] == outputs["tags_all"]
            assert reveal(outputs["rotation_triggers"]) == {"season": wish.trigger}
        (root,) = [s for s in seen.resources if s.type == "pulumi:pulumi:Stack"]
        held = {f"c{n}": seen.held(f"c{n}") for n, wish in enumerate(self.wishes) if wish.declared}
        assert {n: reveal(v) for n, v in root.outputs.items()} == {
            n: reveal(s.outputs["value"]) for n, s in held.items()
        }
        assert all(isinstance(value, Secret) for value in root.outputs.values())

    def _assert_found_keys_were_met_as_asked(self, outcome):
        """Hold that a key that was there before its resource made one was taken over, or left alone, or replaced."""
        for number, wish in enumerate(self.wishes):
            name = f"c{number}"
            old, new = outcome.before.held(name), outcome.after.held(name)
            if new is None or (old is not None and old.id == new.id):
                continue
            channel = new.outputs["channel_arn"]
            found = {key["arn"]: key for key in outcome.before.on(channel) if old is None or key["arn"] != old.id}
            foreign = new.id in found and self._is_foreign(found[new.id], name)
            match wish.existing_key:
                case "fail":
                    assert not foreign, "existing_key='fail', and somebody else's key was taken over"
                case "adopt":
                    # The stack's own key may be the old one of a rotation, which nobody saw the end of.
                    taken = [arn for arn, key in found.items() if self._is_foreign(key, name)]
                    assert not taken or new.id in found, "existing_key='adopt', and the key was not taken over"
                case "replace":
                    assert new.id not in found, "existing_key='replace', and the key was taken over"

    def _assert_rotated_for_a_reason(self, outcome, replaced):
        for number, wish in enumerate(self.wishes):
            name = f"c{number}"
            old, new = outcome.before.held(name), outcome.after.held(name)
            if old is None or new is None:
                continue
            reasons = []
            if reveal(old.outputs["rotation_triggers"]) != {"season": wish.trigger}:
                reasons.append("rotation_triggers")
            if (
                wish.days
                and datetime.fromisoformat(old.outputs["created_at"]) + timedelta(days=wish.days) <= self.today
            ):
                reasons.append("rotation_days")
            if old.outputs["channel_arn"] != new.outputs["channel_arn"]:
                reasons.append("channel_arn")
            if wish.kind != "live" and old.replacement_trigger != wish.stamp:
                reasons.append("replacement_trigger")
            if old.urn in replaced:
                reasons.append("--replace")
            assert (old.id != new.id) == bool(reasons), f"{name}: {old.id} became {new.id}; reasons: {reasons}"
            assert (reveal(old.outputs["value"]) != reveal(new.outputs["value"])) == bool(reasons)
            channel = new.outputs["channel_arn"]
            if reasons:
                assert old.id not in outcome.after.keys, "the old key still works"
            if channel in outcome.before.live:
                ends = bool(reasons) and wish.when_live == "stop"
                assert (channel not in outcome.after.live) == ends, "when_live"

    # The end

    def _settle(self):
        """Do what the errors ask for, and see everything come right."""
        note("  settling")
        for channel in self._see().live:
            self._off_the_air(channel)
        if self.suspect:
            self._refresh((), clear_pending_creates=True)
        for _ in self.wishes:
            outcome = self._up(())
            if outcome.ok:
                break
            self._delete_what_stands_in_the_way()
        else:
            outcome = self._up(())
        assert outcome.ok, "it does not come right"
        assert not self.unfinished

    def _delete_what_stands_in_the_way(self):
        seen = self._see()
        for number, wish in enumerate(self.wishes):
            name = f"c{number}"
            held = seen.held(name)
            for key in seen.on(wish.channel or self._channel_of(seen, name)):
                if (
                    wish.existing_key == "fail"
                    and self._is_foreign(key, name)
                    and (held is None or held.id != key["arn"])
                ):
                    self.world.client.delete_stream_key(arn=key["arn"])

    def _end(self):
        note("  the end")
        self._destroy(())
        seen = self._see()
        assert seen.resources == []
        assert seen.channels == self._outside, "channels are left"
        assert seen.keys.keys() <= self.disallowed_characters, "keys are left"


def _outside_envelopes(text):
    """Return a text, which may be JSON, without the secrets that are marked as such."""
    try:
        return json.dumps(without_envelopes(json.loads(text)))
    except ValueError:
        return text


def visible(tags):
    return {name: value for name, value in tags.items() if name != MARK}


@pytest.mark.slow("random lifecycles")
def test_stream_keys_keep_their_guarantees_in_random_lifecycles(world, budget):
    run_state_machine_as_test(lambda: Lifecycles(world), settings=budget)
