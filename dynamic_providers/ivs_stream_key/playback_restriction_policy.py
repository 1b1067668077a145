"""The countries and sites from which channels may be watched, as a Pulumi resource, which pulumi-aws lacks.

The path of its provider, ``ivs_stream_key.playback_restriction_policy.PlaybackRestrictionPolicyProvider``, is in users'
state.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pulumi.dynamic
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult
from pulumi.output import Unknown

from ivs_stream_key.aws import arns
from ivs_stream_key.aws_config.default_tags import Tagging
from ivs_stream_key.connected_provider import ConnectedProvider, declared, faults_of_boolean, given
from ivs_stream_key.connection import Connection
from ivs_stream_key.error_reporting import report_errors
from ivs_stream_key.lifecycle.check import faults_of_tags
from ivs_stream_key.lifecycle.last_up import by_settings_of_the_last_up
from ivs_stream_key.messages.descriptions import kind_of
from ivs_stream_key.properties import ARN, CONNECTION, TAGS, TAGS_ALL

if TYPE_CHECKING:
    from ivs_stream_key.ivs.restriction_policies import RestrictionPolicies

__all__ = ["PlaybackRestrictionPolicy", "PlaybackRestrictionPolicyProvider"]

REGION: Final = "region"
COUNTRIES: Final = "allowed_countries"
ORIGINS: Final = "allowed_origins"
STRICT: Final = "enable_strict_origin_enforcement"
NAME: Final = "name"

_MEMBERS: Final[Mapping[str, tuple[str, Any]]] = {
    COUNTRIES: ("allowedCountries", []),
    ORIGINS: ("allowedOrigins", []),
    STRICT: ("enableStrictOriginEnforcement", False),
    NAME: ("name", ""),
}
_KEPT: Final = (*_MEMBERS, TAGS, REGION, CONNECTION)
_COUNTRY: Final = re.compile("[A-Z]{2}")
_ORIGIN: Final = re.compile(r"null|[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]+")
_NAME: Final = re.compile("[a-zA-Z0-9_-]{0,128}")


class PlaybackRestrictionPolicyProvider(ConnectedProvider):
    """Creates, reads, changes and deletes playback restriction policies. All but the region changes in place."""

    @report_errors
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate the inputs; makes no call to AWS."""
        problems = list(self.faults_of_settings(news))
        default = {} if problems else self.clients(news).tagging().default
        return CheckResult(given(news, _KEPT), [*problems, *_faults(news), *faults_of_tags(news.get(TAGS), default)])

    @report_errors
    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Replace for another region; update for other changes. Makes no call."""
        tagging = self.clients(news).tagging()
        changed = [name for name in _MEMBERS if _value(olds, name) != _value(news, name)]
        changed += [] if olds.get(CONNECTION) == news.get(CONNECTION) else [CONNECTION]
        changed += [] if _tags(olds, tagging) == tagging.wanted(news.get(TAGS)) else [TAGS]
        region = news.get(REGION)
        moved = region is not None and region != arns.parse(id_, arns.PLAYBACK_RESTRICTION_POLICY).region
        outdated = bool(changed) or olds.get(REGION) != region or (olds.get(TAGS) or {}) != (news.get(TAGS) or {})
        return DiffResult(changes=moved or outdated, replaces=[REGION] if moved else [], delete_before_replace=False)

    @report_errors
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create a policy, in one call."""
        clients = self.clients(props)
        policies = clients.restriction_policies(clients.region(props.get(REGION)))
        policy = policies.create(_members(props), clients.tagging().merged(props.get(TAGS)))
        return CreateResult(policy["arn"], self._outputs(props, policy["arn"], clients.tagging()))

    @report_errors
    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Change what has changed."""
        policies, tagging = self._policies(id_, news), self.clients(news).tagging()
        members = {name: _value(news, name) for name in _MEMBERS if _value(olds, name) != _value(news, name)}
        if members:
            policies.update(id_, {_MEMBERS[name][0]: value for name, value in members.items()})
        before, after = _tags(olds, tagging), tagging.wanted(news.get(TAGS))
        new = {name: value for name, value in after.items() if before.get(name) != value}
        policies.retag(id_, before.keys() - after.keys(), new)
        return UpdateResult(self._outputs(news, id_, tagging))

    @report_errors
    @by_settings_of_the_last_up()
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the policy in one call. An empty id means that it does not exist."""
        policy, tagging = self._policies(id_, props).get(id_), self.clients(props).tagging()
        if policy is None:
            return ReadResult("", {})
        found = {name: policy.get(member, default) for name, (member, default) in _MEMBERS.items()}
        own = tagging.own(policy["tags"], props.get(TAGS) or {})
        inputs = given({**props, TAGS: None}, _KEPT)
        inputs |= {name: value for name, value in found.items() if name in props or value != _MEMBERS[name][1]}
        inputs |= {TAGS: own} if own or TAGS in props else {}
        return ReadResult(id_, {**inputs, ARN: id_, TAGS_ALL: tagging.visible(policy["tags"])}, inputs)

    @report_errors
    @by_settings_of_the_last_up()
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete the policy; Conflict while a channel has it."""
        self._policies(id_, props).delete(id_)

    def _policies(self, id_: str, props: Mapping[str, Any]) -> "RestrictionPolicies":
        arn, clients = arns.parse(id_, arns.PLAYBACK_RESTRICTION_POLICY), self.clients(props)
        clients.ivs(arn)
        return clients.restriction_policies(arn.region)

    @staticmethod
    def _outputs(props: Mapping[str, Any], arn: str, tagging: Tagging) -> dict[str, Any]:
        return {**given(props, _KEPT), ARN: arn, TAGS_ALL: tagging.wanted(props.get(TAGS))}


class PlaybackRestrictionPolicy(pulumi.dynamic.Resource, module="ivs", name="PlaybackRestrictionPolicy"):
    """The countries and sites from which its channels may be watched.

    A channel has it as `playback_restriction_policy_arn` of its LiveChannel or ChannelSettings; several channels may
    share it.
    """

    arn: pulumi.Output[str]
    """The policy's ARN, ``arn:aws:ivs:REGION:ACCOUNT:playback-restriction-policy/ID``; also the resource's id."""

    tags_all: pulumi.Output[Mapping[str, str]]
    """All its tags, including default tags, without ignored ones."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        allowed_countries: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        allowed_origins: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        enable_strict_origin_enforcement: pulumi.Input[bool] | None = None,
        name: pulumi.Input[str] | None = None,
        region: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        connection: pulumi.Input[Connection] | pulumi.Input[Mapping[str, Any]] | None = None,
    ) -> None:
        """Declare a policy.

        `allowed_countries` are codes of ISO 3166-1 such as ``"CH"``, `allowed_origins` such as ``"https://example.com"``;
        an empty list, the default, allows all. `enable_strict_origin_enforcement` asks for the origin of every request.
        `region` is by default that of `connection`, the stack's ``aws:region`` or the AWS environment.
        """
        inputs = {
            COUNTRIES: allowed_countries,
            ORIGINS: allowed_origins,
            STRICT: enable_strict_origin_enforcement,
            NAME: name,
            REGION: region,
            TAGS: tags,
            CONNECTION: connection,
        }
        super().__init__(
            PlaybackRestrictionPolicyProvider(),
            resource_name,
            declared(f"PlaybackRestrictionPolicy {resource_name!r}", inputs, (ARN, TAGS_ALL)),
            opts,
        )


def _value(props: Mapping[str, Any], name: str) -> Any:
    value = props.get(name)
    return _MEMBERS[name][1] if value is None else value


def _members(props: Mapping[str, Any]) -> dict[str, Any]:
    return {member: props[name] for name, (member, _) in _MEMBERS.items() if props.get(name) is not None}


def _tags(olds: Mapping[str, Any], tagging: Tagging) -> Any:
    return tagging.visible(olds.get(TAGS_ALL) or {})


def _faults(news: Mapping[str, Any]) -> Iterator[CheckFailure]:
    for name, form, what in (
        (COUNTRIES, _COUNTRY, "two capital letters, as in 'CH'"),
        (ORIGINS, _ORIGIN, "an origin, as in 'https://example.com'"),
    ):
        yield from _faults_of_list(name, news.get(name), form, what)
    if news.get(STRICT) is not None:
        yield from faults_of_boolean(STRICT, news[STRICT])
    called = news.get(NAME)
    if (
        called is not None
        and not isinstance(called, Unknown)
        and not (isinstance(called, str) and _NAME.fullmatch(called))
    ):
        yield CheckFailure(
            "",
            f"{NAME}: expected at most 128 letters, digits, hyphens and underscores, got {kind_of(called)}. Rename it.",
        )


def _faults_of_list(name: str, value: Any, form: re.Pattern[str], what: str) -> Iterator[CheckFailure]:
    if value is None or isinstance(value, Unknown):
        return
    if not isinstance(value, list | tuple):
        yield CheckFailure("", f"{name}: expected a list, got {kind_of(value)}. Put it in brackets.")
        return
    for at, item in enumerate(value):
        if not isinstance(item, Unknown) and not (isinstance(item, str) and form.fullmatch(item)):
            yield CheckFailure("", f"{name}[{at}]: expected {what}, got {kind_of(item)}. Correct it, or leave it out.")
