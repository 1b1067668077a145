"""The common base class of `aws:*` types: handles names, regions, tags and diffs as pulumi-aws does.

A subclass declares the arguments of its type, and has the methods that call AWS: `make`, `find`, `remove` and, if the
resource can change in place, `change` and `retag`.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from rehearsal.provider import (
    UNKNOWN,
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    PropertyMap,
    Provider,
    ProviderError,
    ReadResult,
)
from rehearsal.state.urns import name_of
from rehearsal_aws.argument_rules import Rule
from rehearsal_aws.errors import Absent, translate_aws_errors
from rehearsal_aws.regions import problem as problem_of_region
from rehearsal_aws.resources.connection import Connection, connect
from rehearsal_aws.resources.tags import all_tags, as_text, split, wanted_tags

__all__ = ["AwsResource", "covers"]

_DEFAULTS: Final = "__defaults"
_RANDOM_DIGITS: Final = 7
_NOTHING: Final[tuple[Any, ...]] = (None, "", False, 0, [], {})


class AwsResource(Provider):
    """One type of AWS resource, with pulumi-aws's names of its properties (``latencyMode``).

    Besides `arguments` there are `region` and, if `taggable`, `tags` and `tagsAll`. As in pulumi-aws, check adds the
    region and all tags to the inputs.
    """

    title: ClassVar[str]
    """Its name in messages."""
    service: ClassVar[str]
    """The service's name in botocore."""
    arguments: ClassVar[tuple[str, ...]]
    required: ClassVar[frozenset[str]] = frozenset()
    unmodelled: ClassVar[frozenset[str]] = frozenset()
    """Arguments of pulumi-aws that this model lacks."""
    rules: ClassVar[Mapping[str, Rule]] = {}
    """The rules for arguments."""
    conflicts: ClassVar[tuple[frozenset[str], ...]] = ()
    """Sets of arguments of which at most one may be given."""
    defaults: ClassVar[Mapping[str, Any]] = {}
    """Defaults of arguments; as in pulumi-aws, the inputs do not show them."""
    kept: ClassVar[frozenset[str]] = frozenset()
    """Arguments that keep AWS's value if the program does not give them (Terraform's Optional and Computed)."""
    identity: ClassVar[frozenset[str]] = frozenset()
    """Arguments whose change replaces the resource."""
    local: ClassVar[frozenset[str]] = frozenset()
    """Arguments that are not sent to AWS: they tell the provider what to do."""
    computed: ClassVar[tuple[str, ...]] = ("arn",)
    """Outputs that only AWS knows."""
    volatile: ClassVar[frozenset[str]] = frozenset()
    """Computed outputs that an update may change."""
    auto_named: ClassVar[str] = ""
    """The argument that defaults to the resource's name and a random tail."""
    prefix: ClassVar[str] = ""
    """The argument that gives the beginning of that name instead."""
    longest_name: ClassVar[int] = 255
    taggable: ClassVar[bool] = True
    absent: ClassVar[frozenset[str]] = frozenset({"ResourceNotFoundException"})
    """AWS's error codes for a missing resource."""

    def __init__(self) -> None:
        self.connection = Connection({})

    # Methods that subclasses override

    def refuse(self, inputs: PropertyMap) -> Iterator[CheckFailure]:
        """Yield failures that concern several inputs. Inputs may be UNKNOWN."""
        del inputs
        yield from ()

    def forces_replacement(self, name: str, old: Any, new: Any) -> bool:
        """Whether this change of an argument replaces the resource."""
        del old, new
        return name in self.identity

    def make(self, client: Any, inputs: PropertyMap, tags: Mapping[str, str]) -> str:
        """Create the resource and return its id."""
        raise NotImplementedError

    def find(self, client: Any, id: str, known: PropertyMap) -> PropertyMap:
        """Return the arguments and computed outputs from AWS, with all tags under ``tags``.

        `known` are the properties in the program or the state; it is empty for an import.
        """
        raise NotImplementedError

    def change(self, client: Any, id: str, changed: frozenset[str], inputs: PropertyMap, olds: PropertyMap) -> None:
        """Set the arguments `changed` to their values in `inputs`; missing ones to their defaults."""
        raise NotImplementedError

    def retag(self, client: Any, outputs: PropertyMap, gone: list[str], new: Mapping[str, str]) -> None:
        """Remove tags and add others."""
        raise NotImplementedError

    def remove(self, client: Any, id: str, known: PropertyMap) -> None:
        """Delete the resource; `known` is its data in the state."""
        raise NotImplementedError

    # Methods that use those above

    def configure(self, config: PropertyMap) -> None:
        self.connection = connect(config)

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        inputs = {
            name: _without_defaults_key(value)
            for name, value in news.items()
            if value is not None and name != _DEFAULTS
        }
        inputs.pop("tagsAll", None)
        failures = tuple(self._failures(inputs))
        made_up = []
        if self.auto_named and self.auto_named not in inputs and self.prefix not in inputs:
            named_so = self.auto_named in olds.get(_DEFAULTS, ()) and olds.get(self.auto_named)
            inputs[self.auto_named] = olds[self.auto_named] if named_so else self._name_for(urn, inputs)
            made_up.append(self.auto_named)
        failures += tuple(self._failures_of_region(inputs))
        if self.taggable and isinstance(inputs.get("tags"), Mapping):
            inputs["tags"] = as_text(inputs["tags"])
        tags = inputs.get("tags") or {}
        if self.taggable and tags is not UNKNOWN and not isinstance(tags, Mapping):
            failures += (CheckFailure("tags", f"expected a mapping of names to texts, got a {type(tags).__name__}"),)
        elif self.taggable:
            inputs["tagsAll"] = all_tags(self.connection, tags)
        return CheckResult({**inputs, _DEFAULTS: made_up}, failures)

    def _failures(self, inputs: PropertyMap) -> Iterator[CheckFailure]:
        known = {*self.arguments, "region", *(("tags",) if self.taggable else ())}
        for name in inputs.keys() & self.unmodelled:
            yield CheckFailure(
                name, f"rehearsal does not model this argument of {self.title}; leave it out, or use the Pulumi CLI"
            )
        for name in inputs.keys() - known - self.unmodelled:
            yield CheckFailure(name, f"{self.title} has no such argument; expected one of {', '.join(sorted(known))}")
        for name in sorted(self.required - inputs.keys()):
            yield CheckFailure(name, f"{self.title} needs this argument")
        for exclusive in self.conflicts:
            given = sorted(exclusive & inputs.keys())
            if len(given) > 1:
                yield CheckFailure(given[1], f"expected at most one of {', '.join(sorted(exclusive))}")
        for name, rule in self.rules.items():
            value = inputs.get(name)
            expected = None if value is None or value is UNKNOWN else rule(value)
            if expected:
                yield CheckFailure(name, expected)
        yield from self.refuse(inputs)

    def _failures_of_region(self, inputs: PropertyMap) -> Iterator[CheckFailure]:
        """Add the provider's region to inputs without one; yield a failure for an invalid region."""
        own = "region" in inputs
        region = inputs["region"] if own else self.connection.region
        inputs["region"] = region
        wrong = None if region is UNKNOWN else problem_of_region(region, self.service)
        if wrong and own:
            yield CheckFailure("region", wrong)
        elif wrong:
            yield CheckFailure("", f"region, which is that of its provider: {wrong}")

    def _name_for(self, urn: str, inputs: PropertyMap) -> str:
        tail = f"-{secrets.token_hex(_RANDOM_DIGITS)[:_RANDOM_DIGITS]}"
        longest = self.longest_name - len(self.full_name(tail, inputs))
        return self.full_name(f"{name_of(urn)[:longest]}{tail}", inputs)

    def full_name(self, name: str, inputs: PropertyMap) -> str:
        """Return a generated name with the prefix or suffix that all names of this type must have."""
        del inputs
        return name

    def diff(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> DiffResult:
        del urn, id, old_inputs
        changed = self._changed(old_outputs, news)
        replaces = tuple(
            name
            for name in changed
            if name == "region" or self.forces_replacement(name, old_outputs.get(name), news.get(name))
        )
        kinds = {name: f"{kind}-replace" if name in replaces else kind for name, kind in changed.items()}
        stables = (
            () if replaces else tuple(n for n in (*self.computed, *sorted(self.identity)) if n not in self.volatile)
        )
        return DiffResult(bool(changed), replaces, stables=stables, detailed=kinds)

    def _changed(self, olds: PropertyMap, news: PropertyMap) -> dict[str, str]:
        wanted = {name: self.defaults[name] for name in self.defaults if name not in news}
        wanted |= {name: _without_defaults_key(news[name]) for name in self.arguments if name in news}
        wanted["region"] = news.get("region") or self.connection.region
        changed = {
            name: "add" if olds.get(name) is None else "update"
            for name, value in wanted.items()
            if not self.same(name, value, olds.get(name, self.defaults.get(name)))
        }
        for name in self.arguments:
            if name not in wanted and name not in self.kept and olds.get(name) not in _NOTHING:
                changed[name] = "delete"
        if self.taggable and not covers(
            all_tags(self.connection, news.get("tags")), olds.get("tagsAll") or {}, exactly=True
        ):
            changed["tagsAll"] = "update"
            if not covers(news.get("tags") or {}, olds.get("tags") or {}, exactly=True):
                changed["tags"] = "update"
        return changed

    def same(self, name: str, new: Any, old: Any) -> bool:
        """Whether an argument's value equals AWS's."""
        if old is None and new in _NOTHING:
            return True
        return covers(new, old, exactly=name not in self.kept)

    def create(self, urn: str, inputs: PropertyMap) -> CreateResult:
        region = inputs.get("region") or self.connection.region
        client = self.connection.client(self.service, region)
        name = inputs.get(self.auto_named) or urn.rpartition("::")[2]
        tags = wanted_tags(self.connection, inputs.get("tags")) if self.taggable else {}
        with self._translate_errors("creating", name):
            id = self.make(client, inputs, tags)  # noqa: A001
        try:
            with self._translate_errors("reading", id):
                return CreateResult(id, self._outputs(self.find(client, id, inputs), region, inputs))
        except ProviderError:
            # Delete the resource: rehearsal's engine does not support partially created resources.
            with contextlib.suppress(ProviderError), self._translate_errors("deleting", id):
                self.remove(client, id, inputs)
            raise

    def preview_create(self, urn: str, inputs: PropertyMap) -> PropertyMap:
        del urn
        return {**dict.fromkeys((*self.computed, *self.kept), UNKNOWN), **self._given(inputs)}

    def _given(self, inputs: PropertyMap) -> PropertyMap:
        given = {name: _without_defaults_key(value) for name, value in inputs.items() if name != _DEFAULTS}
        given.setdefault("region", self.connection.region)
        return given | ({"tagsAll": all_tags(self.connection, inputs.get("tags"))} if self.taggable else {})

    def _outputs(self, found: PropertyMap, region: str, known: PropertyMap) -> PropertyMap:
        outputs = {name: value for name, value in found.items() if name != "tags"} | {"region": region}
        for name in self.local:
            outputs[name] = known.get(name, self.defaults.get(name))
        if self.taggable:
            outputs["tags"], outputs["tagsAll"] = split(
                self.connection, found.get("tags") or {}, known.get("tags") or {}
            )
        return outputs

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult | None:
        del urn
        known = outputs or inputs
        region = known.get("region") or _region_of(id) or self.connection.region
        client = self.connection.client(self.service, region)
        try:
            with self._translate_errors("reading", id):
                found = self._outputs(self.find(client, id, known), region, known)
        except Absent:
            return None
        if inputs:
            return ReadResult(id, found, {n: v if n == _DEFAULTS else found.get(n, v) for n, v in inputs.items()})
        read = {name: found[name] for name in (*self.arguments, "tags", "region") if found.get(name) not in _NOTHING}
        return ReadResult(id, found, {**read, _DEFAULTS: []})

    def update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        del urn, old_inputs
        region = old_outputs.get("region") or self.connection.region
        client = self.connection.client(self.service, region)
        changed = frozenset(self._changed(old_outputs, news))
        with self._translate_errors("updating", id):
            if remote := changed - {"tags", "tagsAll"} - self.local:
                self.change(client, id, remote, news, old_outputs)
            if "tagsAll" in changed:
                before, after = old_outputs.get("tagsAll") or {}, all_tags(self.connection, news.get("tags"))
                new = {key: value for key, value in after.items() if before.get(key) != value}
                self.retag(client, {**old_outputs, "id": id}, sorted(before.keys() - after.keys()), new)
            return self._outputs(self.find(client, id, news), region, news)

    def preview_update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        del urn, id, old_inputs
        stay = {n: v for n, v in old_outputs.items() if n in self.kept or n not in (*self.arguments, "tags")}
        if self._changed(old_outputs, news).keys() - {"tags", "tagsAll"} - self.local:
            stay |= dict.fromkeys(self.volatile, UNKNOWN)
        return {**stay, **self._given(news)}

    def delete(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> None:
        del urn
        client = self.connection.client(self.service, outputs.get("region") or self.connection.region)
        with contextlib.suppress(Absent), self._translate_errors("deleting", id):
            self.remove(client, id, {**inputs, **outputs})

    def _translate_errors(self, action: str, resource_name: str) -> contextlib.AbstractContextManager[None]:
        return translate_aws_errors(f"{action} {self.title} ({resource_name})", self.absent)


def covers(new: Any, old: Any, *, exactly: bool = False) -> bool:
    """Whether `old` contains all of `new`, and, with `exactly`, nothing else.

    False if `new` is unknown, because its value may be a change.
    """
    if new is UNKNOWN:
        return False
    if isinstance(new, dict) and isinstance(old, dict):
        complete = not exactly or new.keys() == old.keys()
        return complete and all(covers(value, old.get(key), exactly=exactly) for key, value in new.items())
    if isinstance(new, list) and isinstance(old, list):
        return len(new) == len(old) and all(covers(n, o, exactly=exactly) for n, o in zip(new, old, strict=True))
    return bool(new == old)


def _without_defaults_key(value: Any) -> Any:
    """Return the value without the key ``__defaults``, which pulumi-aws's bridge writes into states."""
    if isinstance(value, dict):
        return {key: _without_defaults_key(item) for key, item in value.items() if key != _DEFAULTS}
    return [_without_defaults_key(item) for item in value] if isinstance(value, list) else value


def _region_of(id: str) -> str:
    parts = id.split(":", 4)
    return parts[3] if id.startswith("arn:") else ""
