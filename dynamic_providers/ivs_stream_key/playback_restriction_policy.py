"""A Pulumi resource for playback restriction policies, which pulumi-aws does not support.

The path of its provider, ``ivs_stream_key.playback_restriction_policy.PlaybackRestrictionPolicyProvider``, is in users'
state.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pulumi
import pulumi.dynamic
from pulumi.dynamic import CheckFailure
from pulumi.output import Unknown

from ivs_stream_key.aws import arns
from ivs_stream_key.connected_provider import boolean_failures, present_properties, resource_properties
from ivs_stream_key.connection import Connection
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.messages.descriptions import kind_of
from ivs_stream_key.properties import ARN, CONNECTION, TAGS, TAGS_ALL
from ivs_stream_key.secret_tags import with_secret_tags
from ivs_stream_key.tagged_provider import REGION, TaggedProvider

if TYPE_CHECKING:
    from ivs_stream_key.ivs.restriction_policies import RestrictionPolicies

__all__ = ["PlaybackRestrictionPolicy", "PlaybackRestrictionPolicyProvider"]

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
_COUNTRY: Final = re.compile("[A-Z]{2}")
_ORIGIN: Final = re.compile(r"null|[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]+")
_NAME: Final = re.compile("[a-zA-Z0-9_-]{0,128}")


class PlaybackRestrictionPolicyProvider(TaggedProvider["RestrictionPolicies"]):
    """Creates, reads, changes and deletes playback restriction policies. Only a new region replaces one."""

    kind = arns.PLAYBACK_RESTRICTION_POLICY
    defaults: ClassVar[Mapping[str, Any]] = {name: default for name, (_, default) in _MEMBERS.items()}
    in_place = True

    def calls(self, clients: Clients, region: str) -> "RestrictionPolicies":
        """Return the calls to IVS in a region."""
        return clients.restriction_policies(region)

    def failures(self, news: Mapping[str, Any]) -> Iterator[CheckFailure]:
        """Yield what is wrong with the inputs."""
        return _failures(news)

    def make(self, calls: "RestrictionPolicies", props: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        """Create a policy, in one call."""
        return str(calls.create(_request(present_properties(props, _MEMBERS)), tags)["arn"])

    def change(self, calls: "RestrictionPolicies", arn: str, changed: Mapping[str, Any]) -> None:
        """Change it, in one call."""
        calls.update(arn, _request(changed))

    def found(self, response: Mapping[str, Any], props: Mapping[str, Any]) -> dict[str, Any]:
        """Return the inputs as IVS has them, without values that are defaults and are not in the state."""
        found = {name: response.get(member, default) for name, (member, default) in _MEMBERS.items()}
        return {name: value for name, value in found.items() if name in props or value != self.defaults[name]}


class PlaybackRestrictionPolicy(pulumi.dynamic.Resource, module="ivs", name="PlaybackRestrictionPolicy"):
    """A playback restriction policy: the countries and sites from which its channels may be watched.

    A channel has it as `playback_restriction_policy_arn` of its LiveChannel or ChannelSettings; several channels may
    share it.
    """

    arn: pulumi.Output[str]
    """The policy's ARN, ``arn:aws:ivs:REGION:ACCOUNT:playback-restriction-policy/ID``; also the resource's id."""

    tags_all: pulumi.Output[Mapping[str, str]]
    """All its tags, including default tags, without ignored ones; a secret if `tags` contain one."""

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
        props = resource_properties(f"PlaybackRestrictionPolicy {resource_name!r}", inputs, (ARN, TAGS_ALL))
        super().__init__(PlaybackRestrictionPolicyProvider(), resource_name, *with_secret_tags(props, opts))


def _request(values: Mapping[str, Any]) -> dict[str, Any]:
    return {_MEMBERS[name][0]: value for name, value in values.items()}


def _failures(news: Mapping[str, Any]) -> Iterator[CheckFailure]:
    for name, form, expected in (
        (COUNTRIES, _COUNTRY, "two capital letters, as in 'CH'"),
        (ORIGINS, _ORIGIN, "an origin, as in 'https://example.com'"),
    ):
        yield from _list_failures(name, news.get(name), form, expected)
    if news.get(STRICT) is not None:
        yield from boolean_failures(STRICT, news[STRICT])
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


def _list_failures(name: str, value: Any, form: re.Pattern[str], expected: str) -> Iterator[CheckFailure]:
    if value is None or isinstance(value, Unknown):
        return
    if not isinstance(value, list | tuple):
        yield CheckFailure("", f"{name}: expected a list, got {kind_of(value)}. Put it in brackets.")
        return
    for at, item in enumerate(value):
        if not isinstance(item, Unknown) and not (isinstance(item, str) and form.fullmatch(item)):
            yield CheckFailure(
                "", f"{name}[{at}]: expected {expected}, got {kind_of(item)}. Correct it, or leave it out."
            )
