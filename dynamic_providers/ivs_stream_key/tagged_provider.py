"""The common base class of providers for IVS resources whose id is the ARN, and which have a region and tags."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, Generic, Protocol, TypeVar

from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from ivs_stream_key.aws import arns
from ivs_stream_key.aws_config.default_tags import Tagging
from ivs_stream_key.connected_provider import ConnectedProvider, nesting_failures, present_properties, secret_inputs
from ivs_stream_key.error_reporting import report_errors
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.lifecycle.check import tag_failures
from ivs_stream_key.lifecycle.last_up import by_settings_of_the_last_up
from ivs_stream_key.properties import ARN, CONNECTION, TAGS, TAGS_ALL

__all__ = ["REGION", "TaggedProvider"]

REGION: Final = "region"


class _Calls(Protocol):
    """The calls that every such resource type has. The result of `get` has `tags`."""

    def get(self, arn: str) -> Mapping[str, Any] | None: ...
    def delete(self, arn: str) -> None: ...
    def retag(self, arn: str, gone: Any, new: Mapping[str, str]) -> None: ...


_C = TypeVar("_C", bound=_Calls)


class TaggedProvider(ConnectedProvider, Generic[_C]):
    """A provider whose subclass makes the calls to IVS. A changed region replaces the resource, the new one first."""

    kind: ClassVar[arns.Kind]
    defaults: ClassVar[Mapping[str, Any]]
    """The inputs besides `tags`, `region` and `connection`, with IVS's default for each."""
    in_place: ClassVar[bool]
    """Whether IVS has a call to change these inputs. Without one, a change replaces the resource."""

    @abstractmethod
    def calls(self, clients: Clients, region: str) -> _C:
        """Return the object that makes the calls to IVS in a region."""

    @abstractmethod
    def failures(self, news: Mapping[str, Any]) -> Iterator[CheckFailure]:
        """Yield what is wrong with the inputs in `defaults`."""

    @abstractmethod
    def make(self, calls: _C, props: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        """Create the resource, and return its ARN."""

    def change(self, calls: _C, arn: str, changed: Mapping[str, Any]) -> None:
        """Set the inputs that have changed; called only if `in_place` is True."""

    def found(self, _answer: Mapping[str, Any], props: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs in `defaults` as IVS has them. The base class returns those of the state."""
        return present_properties(props, self.defaults)

    @report_errors
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate the inputs; makes no call to AWS."""
        if deep := nesting_failures(news):
            return CheckResult({}, deep)
        secret, problems = secret_inputs(news), list(self.settings_failures(news))
        default = {} if problems else self.clients(news).tagging().default
        kept = present_properties(news, (*self.defaults, TAGS, REGION, CONNECTION))
        return CheckResult(
            kept, [*problems, *self.failures(news), *tag_failures(news.get(TAGS), default, TAGS in secret)]
        )

    @report_errors
    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compare inputs, tags and settings. Makes no call."""
        tagging, region = self.clients(news).tagging(), news.get(REGION)
        changed = self._changed(olds, news)
        moved = region is not None and region != arns.parse(id_, self.kind).region
        replaces = [*([] if self.in_place else changed), *([REGION] if moved else [])]
        outdated = any((olds.get(name) or None) != (news.get(name) or None) for name in (TAGS, REGION, CONNECTION))
        retagged = _tags(olds, tagging) != tagging.wanted(news.get(TAGS))
        return DiffResult(
            changes=bool(changed or moved or outdated or retagged), replaces=replaces, delete_before_replace=False
        )

    @report_errors
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create the resource with its tags."""
        clients = self.clients(props)
        calls = self.calls(clients, clients.region(props.get(REGION)))
        arn = self.make(calls, props, clients.tagging().merged(props.get(TAGS)))
        return CreateResult(arn, self._outputs(props, arn, clients.tagging()))

    @report_errors
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Update changed inputs and tags; makes no call if nothing has changed."""
        calls, tagging = self._calls_of(id_, news), self.clients(news).tagging()
        changed = self._changed(olds, news)
        if changed:
            self.change(calls, id_, changed)
        before, after = _tags(olds, tagging), tagging.wanted(news.get(TAGS))
        new = {name: value for name, value in after.items() if before.get(name) != value}
        calls.retag(id_, before.keys() - after.keys(), new)
        return UpdateResult(self._outputs(news, id_, tagging))

    @report_errors
    @by_settings_of_the_last_up()
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the resource in one call. An empty id in the result means that it does not exist."""
        response, tagging = self._calls_of(id_, props).get(id_), self.clients(props).tagging()
        if response is None:
            return ReadResult("", {})
        own = tagging.own(response["tags"], props.get(TAGS) or {})
        inputs = {**present_properties(props, (REGION, CONNECTION)), **self.found(response, props)}
        inputs |= {TAGS: own} if own or TAGS in props else {}
        return ReadResult(id_, {**inputs, ARN: id_, TAGS_ALL: tagging.visible(response["tags"])}, inputs)

    @report_errors
    @by_settings_of_the_last_up()
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the resource; Conflict while a channel uses it."""
        self._calls_of(id_, props).delete(id_)

    def _calls_of(self, id_: str, props: Mapping[str, Any]) -> _C:
        arn, clients = arns.parse(id_, self.kind), self.clients(props)
        clients.ivs(arn)
        return self.calls(clients, arn.region)

    def _changed(self, olds: Mapping[str, Any], news: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs that have changed, with their new values."""
        return {
            name: self._value(news, name)
            for name in self.defaults
            if self._value(olds, name) != self._value(news, name)
        }

    def _value(self, props: Mapping[str, Any], name: str) -> Any:
        value = props.get(name)
        return self.defaults[name] if value is None else value

    def _outputs(self, props: Mapping[str, Any], arn: str, tagging: Tagging) -> dict[str, Any]:
        kept = present_properties(props, (*self.defaults, TAGS, REGION, CONNECTION))
        return {**kept, ARN: arn, TAGS_ALL: tagging.wanted(props.get(TAGS))}


def _tags(olds: Mapping[str, Any], tagging: Tagging) -> Any:
    return tagging.visible(olds.get(TAGS_ALL) or {})
