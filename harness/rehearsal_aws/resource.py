"""What the `aws:*` resources have in common: how pulumi-aws treats names, regions, tags and differences.

A resource is a subclass that says which arguments there are and what each of them means, and has the five methods
that speak to AWS: `make`, `find`, `change`, `retag` and `remove`.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from botocore.exceptions import BotoCoreError, ClientError

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
from rehearsal_aws.connection import Connection

__all__ = ["AwsResource"]

_DEFAULTS: Final = "__defaults"
_SYSTEM_TAGS: Final = "aws:"


class AwsResource(Provider):
    """One type of AWS resource, by the names that pulumi-aws gives its properties (``latencyMode``).

    Besides `arguments` there are `region` and, where `taggable`, `tags`, `tagsAll` being worked out from them and the
    provider's default tags.
    """

    title: ClassVar[str]
    """What it is called in messages."""
    service: ClassVar[str]
    """The service's name in botocore."""
    arguments: ClassVar[tuple[str, ...]]
    kept: ClassVar[frozenset[str]] = frozenset()
    """Arguments that stay as AWS has them where the program does not give them (Terraform's Optional and Computed)."""
    identity: ClassVar[frozenset[str]] = frozenset()
    """Arguments whose change replaces the resource."""
    computed: ClassVar[tuple[str, ...]] = ("arn",)
    """Outputs that only AWS can tell, and that an update leaves as they are."""
    auto_named: ClassVar[str] = ""
    """The argument that gets a name made of the resource's and a random tail where the program gives none."""
    taggable: ClassVar[bool] = True
    absent: ClassVar[frozenset[str]] = frozenset({"ResourceNotFoundException"})
    """AWS's codes for a resource that is not there."""

    def __init__(self) -> None:
        self.connection = Connection({})

    # What a type says

    def make(self, client: Any, inputs: PropertyMap, tags: Mapping[str, str]) -> str:
        """Create the resource and return its id."""
        raise NotImplementedError

    def find(self, client: Any, id: str) -> PropertyMap:
        """Return the arguments and computed outputs as AWS has them; all its tags under ``tags``."""
        raise NotImplementedError

    def change(self, client: Any, id: str, changed: frozenset[str], inputs: PropertyMap) -> None:
        """Give the arguments `changed` the values in `inputs`; those that are not there, their defaults."""
        raise NotImplementedError

    def retag(self, client: Any, outputs: PropertyMap, gone: list[str], new: Mapping[str, str]) -> None:
        """Take tags away and give others."""
        raise NotImplementedError

    def remove(self, client: Any, id: str) -> None:
        """Delete the resource."""
        raise NotImplementedError

    # What follows from it

    def configure(self, config: PropertyMap) -> None:
        self.connection = Connection(config)

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        inputs = {name: value for name, value in news.items() if value is not None and name != _DEFAULTS}
        known = {*self.arguments, "region", *(("tags",) if self.taggable else ())}
        failures = tuple(
            CheckFailure(name, f"{self.title} has no argument {name!r}; expected one of {', '.join(sorted(known))}")
            for name in inputs
            if name not in known
        )
        defaults = []
        if self.auto_named and self.auto_named not in inputs:
            named_so = self.auto_named in olds.get(_DEFAULTS, ())
            inputs[self.auto_named] = olds[self.auto_named] if named_so else self._name_for(urn)
            defaults.append(self.auto_named)
        return CheckResult({**inputs, _DEFAULTS: defaults}, failures)

    @staticmethod
    def _name_for(urn: str) -> str:
        return f"{urn.rpartition('::')[2]}-{secrets.token_hex(4)[:7]}"

    def diff(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> DiffResult:
        del urn, id, old_inputs
        changed = self._changed(old_outputs, news)
        replaces = tuple(name for name in changed if name == "region" or name in self.identity)
        kinds = {name: f"{kind}-replace" if name in replaces else kind for name, kind in changed.items()}
        return DiffResult(bool(changed), replaces, stables=self.computed, detailed=kinds)

    def _changed(self, olds: PropertyMap, news: PropertyMap) -> dict[str, str]:
        wanted = {name: news[name] for name in self.arguments if name in news}
        wanted["region"] = news.get("region") or self.connection.region
        changed = {name: "update" for name, value in wanted.items() if not _same(value, olds.get(name))}
        for name in self.arguments:
            if name not in wanted and name not in self.kept and olds.get(name) not in (None, "", False, [], {}):
                changed[name] = "delete"
        if self.taggable and not _same(self._all_tags(news), olds.get("tagsAll") or {}):
            changed["tags"] = "update"
        return changed

    def _all_tags(self, inputs: PropertyMap) -> Any:
        tags = inputs.get("tags") or {}
        if not isinstance(tags, dict) or any(value is UNKNOWN for value in tags.values()):
            return UNKNOWN
        return {**self.connection.default_tags, **tags}

    def create(self, urn: str, inputs: PropertyMap) -> CreateResult:
        region = inputs.get("region") or self.connection.region
        client = self.connection.client(self.service, region)
        with self._asking("creating", inputs.get(self.auto_named) or urn.rpartition("::")[2]):
            id = self.make(client, inputs, self._all_tags(inputs) if self.taggable else {})  # noqa: A001
            return CreateResult(id, self._outputs(self.find(client, id), region, inputs.get("tags") or {}))

    def preview_create(self, urn: str, inputs: PropertyMap) -> PropertyMap:
        del urn
        outputs: PropertyMap = dict.fromkeys((*self.computed, *self.kept), UNKNOWN)
        outputs |= self._given(inputs)
        outputs["region"] = inputs.get("region") or self.connection.region
        return outputs

    def _given(self, inputs: PropertyMap) -> PropertyMap:
        given = {name: value for name, value in inputs.items() if name != _DEFAULTS}
        return given | ({"tagsAll": self._all_tags(inputs)} if self.taggable else {})

    def _outputs(self, found: PropertyMap, region: str, declared: Mapping[str, str]) -> PropertyMap:
        outputs = {name: value for name, value in found.items() if name != "tags"} | {"region": region}
        if self.taggable:
            every = {
                key: value
                for key, value in (found.get("tags") or {}).items()
                if not key.startswith(_SYSTEM_TAGS) and (key in declared or not self.connection.ignores_tag(key))
            }
            by_default = self.connection.default_tags
            outputs["tagsAll"] = every
            outputs["tags"] = {k: v for k, v in every.items() if k in declared or by_default.get(k) != v}
        return outputs

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult | None:
        del urn
        region = outputs.get("region") or inputs.get("region") or _region_of(id) or self.connection.region
        client = self.connection.client(self.service, region)
        try:
            with self._asking("reading", id):
                found = self._outputs(self.find(client, id), region, outputs.get("tags") or inputs.get("tags") or {})
        except _Absent:
            return None
        if inputs:
            read = {name: found.get(name, value) for name, value in inputs.items()}
        else:
            read = {name: found[name] for name in (*self.arguments, "tags") if found.get(name)}
            read[_DEFAULTS] = []
        return ReadResult(id, found, read)

    def update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        del urn, old_inputs
        region = old_outputs["region"]
        client = self.connection.client(self.service, region)
        changed = frozenset(self._changed(old_outputs, news))
        with self._asking("updating", id):
            if changed - {"tags"}:
                self.change(client, id, changed - {"tags"}, news)
            if "tags" in changed:
                before, after = old_outputs.get("tagsAll") or {}, self._all_tags(news)
                new = {key: value for key, value in after.items() if before.get(key) != value}
                self.retag(client, old_outputs, sorted(before.keys() - after.keys()), new)
            return self._outputs(self.find(client, id), region, news.get("tags") or {})

    def preview_update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        del urn, id, old_inputs
        stay = {n: v for n, v in old_outputs.items() if n not in self.arguments or n in self.kept}
        return {**stay, "tags": {}, **self._given(news)} if self.taggable else {**stay, **self._given(news)}

    def delete(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> None:
        del urn, inputs
        client = self.connection.client(self.service, outputs.get("region") or self.connection.region)
        with contextlib.suppress(_Absent), self._asking("deleting", id):
            self.remove(client, id)

    @contextlib.contextmanager
    def _asking(self, doing: str, what: str) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            said, request = error.response["Error"], error.response["ResponseMetadata"].get("RequestId", "")
            text = (
                f"{doing} {self.title} ({what}): {error.operation_name}: {said.get('Code')}: {said.get('Message')}"
                + (f" (request {request})" if request else "")
            )
            if said.get("Code") in self.absent:
                raise _Absent(text) from None
            raise ProviderError(text) from None
        except BotoCoreError as error:
            raise ProviderError(f"{doing} {self.title} ({what}): {error}") from None


class _Absent(ProviderError):
    """The resource is not there: for who reads or deletes it, no error."""


def _same(new: Any, old: Any) -> bool:
    # An unknown is equal to nothing: what it will be may well be a change.
    return new is not UNKNOWN and bool(new == old)


def _region_of(id: str) -> str:
    parts = id.split(":", 4)
    return parts[3] if id.startswith("arn:") else ""
