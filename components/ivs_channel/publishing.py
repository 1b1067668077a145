"""Publishes a live channel's key to parameters, secrets, and resources that the program's functions create.

A copy depends on the key, so that it is created after the key and deleted before it. In a rotation the engine deletes
the old key first. Before that, it would delete all dependents that are replaced as well, such as versions of a secret.
docs/decisions/0021-published-keys.md explains how this is avoided.
"""

import asyncio
import dataclasses
import inspect
import json
import re
import secrets
import string
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, TypeVar, cast

import pulumi
from pulumi.runtime import settings
from pulumi_aws import secretsmanager as aws_secretsmanager
from pulumi_aws import ssm as aws_ssm

from ivs_channel.lazy_modules import loaded
from ivs_stream_key.messages import diagnostics
from ivs_stream_key.messages.descriptions import closest, kind_of, quotable_name, slip_of
from ivs_stream_key.messages.formatting import format_value

__all__ = [
    "Destination",
    "KeyToPublish",
    "Place",
    "PublishTo",
    "Publisher",
    "SecretsManagerSecret",
    "SsmParameter",
    "destinations",
    "document",
    "publish",
    "secrets_manager",
    "ssm",
]

_T = TypeVar("_T")

_PLACEHOLDERS: Final = ("name", "project", "stack")
_FORMATS: Final = ("json", "plain")
_NOT_IN_A_NAME: Final = re.compile(r"[^0-9A-Za-z_.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyToPublish:
    """The data of a live channel to publish: outputs, of which `stream_key` and `document` are secrets.

    `name` is the LiveChannel's. `document` is a JSON object with ``server``, ``stream_key``, ``playback_url`` and
    ``channel_arn``. `tags` and `region` are the LiveChannel's arguments. No repr shows tags, which may be secrets.
    """

    name: str
    server: pulumi.Output[str]
    stream_key: pulumi.Output[str]
    playback_url: pulumi.Output[str]
    channel_arn: pulumi.Output[str]
    document: pulumi.Output[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = dataclasses.field(default=None, repr=False)
    region: pulumi.Input[str] | None = None


Publisher = Callable[[KeyToPublish, pulumi.ResourceOptions], Any]
"""Publishes a key in its own way: creates resources with the given options, and may return one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SsmParameter:
    """A SecureString parameter of Parameter Store with the key as its value; created by `ssm`."""

    path: str
    key_id: pulumi.Input[str] | None = None
    tier: pulumi.Input[str] | None = None
    region: pulumi.Input[str] | None = None

    def make(self, name: str, path: str, key: KeyToPublish, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
        """Create the parameter, and return its ARN."""
        parameter: type[aws_ssm.Parameter] = loaded(aws_ssm, "Parameter")
        return parameter(
            name,
            name=path,
            type="SecureString",
            value=key.stream_key,
            key_id=self.key_id,
            tier=self.tier,
            region=_first_given(self.region, key.region),
            tags=key.tags,
            opts=opts,
        ).arn


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretsManagerSecret:
    """A secret of Secrets Manager, with a version for each key; created by `secrets_manager`."""

    path: str
    format: Literal["json", "plain"] = "json"
    kms_key_id: pulumi.Input[str] | None = None
    recovery_window_in_days: pulumi.Input[int] = 0
    region: pulumi.Input[str] | None = None

    def make(self, name: str, path: str, key: KeyToPublish, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
        """Create the secret and its version, and return the secret's ARN."""
        region = _first_given(self.region, key.region)
        secret: aws_secretsmanager.Secret = loaded(aws_secretsmanager, "Secret")(
            name,
            name=path,
            kms_key_id=self.kms_key_id,
            recovery_window_in_days=self.recovery_window_in_days,
            region=region,
            tags=key.tags,
            opts=opts,
        )
        text = key.stream_key if self.format == "plain" else key.document
        # A changed value replaces the version. Pulumi would refuse to replace a protected resource.
        version = pulumi.ResourceOptions(protect=False, delete_before_replace=False)
        loaded(aws_secretsmanager, "SecretVersion")(
            name,
            secret_id=secret.id,
            secret_string=_without_dependencies(text),
            region=region,
            opts=pulumi.ResourceOptions.merge(opts, version),
        )
        return secret.arn


class _Kind(NamedTuple):
    """A kind of destination: its function in `publish_to`, its name in messages, and the names that AWS accepts."""

    service: str
    what: str
    allowed: re.Pattern[str]
    characters: str


_KINDS: Final[Mapping[type, _Kind]] = {
    SsmParameter: _Kind("ssm", "a parameter", re.compile(r"[A-Za-z0-9_./-]{1,1011}"), "letters, digits and . _ - /"),
    SecretsManagerSecret: _Kind(
        "secrets_manager", "a secret", re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}"), "letters, digits and / _ + = . @ -"
    ),
}

Destination = SsmParameter | SecretsManagerSecret
_ByName = Mapping[str, Publisher | str | Mapping[str, Any]]
PublishTo = Destination | _ByName | Sequence[Destination | _ByName]
"""The values of `publish_to`: one destination, or several.

Instead of calls of `ssm` and `secrets_manager`, a mapping may have the keys ``ssm`` and ``secrets_manager`` with a path
or a mapping of arguments, as in a fleet's file. All other keys of a mapping name functions of type `Publisher`.
"""

Place = tuple[str, str, Destination | Publisher]
"""A destination: its label, which is unique within a channel; its path without placeholders; the destination itself."""


def ssm(
    path: str,
    *,
    key_id: pulumi.Input[str] | None = None,
    tier: pulumi.Input[str] | None = None,
    region: pulumi.Input[str] | None = None,
) -> SsmParameter:
    """Publish the key as a SecureString parameter, such as ``ssm("/live/{name}/key")``.

    In `path`, ``{name}`` is the LiveChannel's name, ``{project}`` and ``{stack}`` are Pulumi's. `key_id` is the KMS key
    that encrypts it, by default the account's ``alias/aws/ssm``; `region` by default the channel's.
    """
    return SsmParameter(path=path, key_id=key_id, tier=tier, region=region)


def secrets_manager(
    path: str,
    *,
    format: Literal["json", "plain"] = "json",
    kms_key_id: pulumi.Input[str] | None = None,
    recovery_window_in_days: pulumi.Input[int] = 0,
    region: pulumi.Input[str] | None = None,
) -> SecretsManagerSecret:
    """Publish the key in a secret, such as ``secrets_manager("live/{name}")``; `path` as of `ssm`.

    As ``"json"`` it is an object with ``server``, ``stream_key``, ``playback_url`` and ``channel_arn``, as ``"plain"``
    the key alone. `kms_key_id` encrypts it, by default the account's ``aws/secretsmanager``. With the default
    `recovery_window_in_days`, 0, a deleted secret is deleted at once, like its key, and its name is free again.
    """
    return SecretsManagerSecret(
        path=path,
        format=format,
        kms_key_id=kms_key_id,
        recovery_window_in_days=recovery_window_in_days,
        region=region,
    )


# Names of parameters that AWS reserves.
_RESERVED: Final = re.compile("/(aws|ssm)(/|$)|aws|ssm", re.IGNORECASE)
_BY_NAME: Final[Mapping[str, Callable[..., Destination]]] = {"ssm": ssm, "secrets_manager": secrets_manager}


def destinations(subject: str, name: str, given: Any, region: Any = None) -> list[Place]:
    """Return the destinations in the argument `publish_to`.

    `region` is the channel's argument. A label is unique within a channel, and part of resource names in the state.
    TypeError and ValueError, which begin with `subject`, for an invalid destination, an unknown placeholder or a
    duplicate.
    """
    found: list[Place] = []
    for one in (destination for item in _listed(given) for destination in _described(subject, item)):
        if isinstance(one, SsmParameter | SecretsManagerSecret):
            if isinstance(one, SecretsManagerSecret) and one.format not in _FORMATS:
                meant = closest(one.format, _FORMATS) if isinstance(one.format, str) else None
                raise ValueError(
                    f"{subject}: publish_to: expected the format 'json' or 'plain', got {kind_of(one.format)}."
                    + (f" Did you mean {meant!r}?" if meant else "")
                )
            label, path = _filled_in(subject, name, one.path)
            _check_name(subject, one, path)
            found.append((label, path, one))
        elif isinstance(one, Mapping):
            for key, make in one.items():
                if not isinstance(key, str) or not key or not callable(make):
                    raise TypeError(
                        f"{subject}: publish_to: expected a mapping of names to functions, got {kind_of(make)} for "
                        f"{quotable_name(key, _BY_NAME)}."
                    )
                found.append((key, key, make))
        else:
            raise TypeError(
                f"{subject}: publish_to: expected ssm(…), secrets_manager(…) or a mapping of names to functions, got "
                f"{kind_of(one)}. Import them from ivs_channel."
            )
    return _with_unique_labels(subject, found, region)


def _with_unique_labels(subject: str, found: list[Place], region: Any) -> list[Place]:
    """Make the labels unique: if places have the same label, add the region to the labels of all but the first."""
    told: dict[tuple[type, str], Place] = {}
    regions: dict[tuple[type, str], list[Any]] = {}
    for first_label, path, one in found:
        where = _first_given(one.region, region) if isinstance(one, SsmParameter | SecretsManagerSecret) else None
        others = regions.setdefault((type(one), first_label), [])
        label = first_label
        if others and where not in others:
            if not all(isinstance(other, str) for other in (where, *others)):
                raise ValueError(
                    f"{subject}: publish_to: expected destinations that differ, got {format_value(label)} twice, in "
                    "regions of which not all are known before the program has run. Give each of them its region as "
                    "text, such as region='eu-west-1'."
                )
            label = f"{label}-{where}"
        if (type(one), label) in told:
            raise ValueError(
                f"{subject}: publish_to: expected destinations that differ, got {format_value(label)} twice. Give one "
                "of them another path, whose letters and digits differ, or another region."
            )
        others.append(where)
        told[type(one), label] = (label, path, one)
    return [*told.values()]


def publish(named: list[Place], key: KeyToPublish, opts: pulumi.ResourceOptions) -> dict[str, pulumi.Input[str]]:
    """Publish the key to each destination; return the ARNs of the copies, by path (for a function, by its name).

    If several copies have the same path, the keys of all but the first are ``PATH@REGION``, or ``SERVICE:PATH`` for
    another service. `opts` has the parent and dependencies of each copy. For a function, the value is the `arn` or `id`
    of the resource that it returns.
    """
    where: dict[str, pulumi.Input[str]] = {}
    seen: set[tuple[type, str]] = set()
    for label, path, one in named:
        if isinstance(one, SsmParameter | SecretsManagerSecret):
            told = pulumi.ResourceOptions.merge(opts, _error_options(path))
            again = (type(one), path) in seen
            seen.add((type(one), path))
            place = f"{path}@{_first_given(one.region, key.region)}" if again else path
            # A parameter, a secret and a function may have the same name.
            place = f"{_KINDS[type(one)].service}:{place}" if place in where else place
            where[place] = one.make(f"{key.name}-{label}", path, key, told)
        else:
            made = one(key, opts)
            if inspect.iscoroutine(made):
                made.close()
                raise TypeError(
                    f"LiveChannel {key.name!r}: publish_to: {path}: expected a function that creates resources, got "
                    "an async one, which would not run. Leave out async."
                )
            where[f"function:{path}" if path in where else path] = (
                getattr(made, "arn", None) or getattr(made, "id", None) or path
            )
    return where


def document(**parts: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return a JSON object of the parts."""
    return pulumi.Output.all(**parts).apply(json.dumps)


def _listed(given: Any) -> list[Any]:
    if given is None:
        return []
    return list(given) if isinstance(given, Sequence) and not isinstance(given, str | bytes) else [given]


def _described(subject: str, given: Any) -> Iterator[Any]:
    """Yield a destination, or those that a mapping describes, such as ``{"ssm": "/live/{name}/key"}``.

    The values of the mapping are paths, or mappings of the arguments of `ssm` or `secrets_manager`.
    """
    if not isinstance(given, Mapping):
        yield given
        return
    functions = {}
    for name, value in given.items():
        make = _BY_NAME.get(name) if isinstance(name, str) and not callable(value) else None
        if make is None or not isinstance(value, str | Mapping):
            functions[name] = value
            continue
        arguments = {"path": value} if isinstance(value, str) else value
        known = list(inspect.signature(make).parameters)
        for argument in arguments:
            if argument not in known:
                meant = closest(argument, known) if isinstance(argument, str) else None
                raise TypeError(
                    f"{subject}: publish_to: {name}: expected {', '.join(known)}, got {kind_of(argument)}."
                    + (f" Did you mean {meant}?" if meant else "")
                )
        if "path" not in arguments:
            raise TypeError(f"{subject}: publish_to: {name}: path: expected a path, got nothing.")
        yield make(**arguments)
    if functions:
        yield functions


def _filled_in(subject: str, name: str, path: Any) -> tuple[str, str]:
    """Return the label for a path, and the path with its placeholders replaced."""
    try:
        parsed = [(field, spec or convert) for _, field, spec, convert in string.Formatter().parse(path)]
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{subject}: publish_to: expected a path such as '/live/{{name}}/key', got {kind_of(path)}: {error}."
        ) from None
    for field, more in parsed:
        if field is not None and (more or field not in _PLACEHOLDERS):
            raise ValueError(
                f"{subject}: publish_to: expected no placeholder but {', '.join(f'{{{p}}}' for p in _PLACEHOLDERS)} in "
                f"a path, got {_placeholder(field)}{' with a format' if more else ''}. Write "
                "{{ and }} for braces."
            )
    label = _NOT_IN_A_NAME.sub("-", path.replace("{name}", "")).strip("-")
    if not label:
        label = "key"
    return label, path.format(name=name, project=pulumi.get_project(), stack=pulumi.get_stack())


def _placeholder(field: str) -> str:
    if slip_of(field, _PLACEHOLDERS) is None:
        return f"{kind_of(field)} in braces"
    return f"{{{field}}}"


def _check_name(subject: str, one: Destination, path: str) -> None:
    """Raise ValueError for a path that AWS does not accept as a name."""
    kind = _KINDS[type(one)]
    if not kind.allowed.fullmatch(path):
        raise ValueError(
            f"{subject}: publish_to: expected the name of {kind.what}, of {kind.characters}, got {kind_of(path)}."
        )
    if isinstance(one, SsmParameter) and _RESERVED.match(path):
        raise ValueError(
            f"{subject}: publish_to: expected the name of a parameter that is not AWS's own, got one that begins with "
            "aws or ssm. Write ssm('/live/…')."
        )
    if isinstance(one, SsmParameter) and "/" in path and not path.startswith("/"):
        raise ValueError(
            f"{subject}: publish_to: expected a / at the beginning of a parameter's name that has one, got none. Write "
            "ssm('/…')."
        )


def _first_given(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _without_dependencies(output: pulumi.Output[_T]) -> pulumi.Output[_T]:
    """Return an output with the same value, but without dependencies, so that only `depends_on` defines the order."""

    def later(awaitable: Coroutine[Any, Any, Any]) -> "asyncio.Future[Any]":
        return asyncio.ensure_future(awaitable)

    return pulumi.Output(
        set(),
        later(_value(output)),
        later(output.is_known()),
        later(output.is_secret()),
    )


async def _value(output: pulumi.Output[_T]) -> _T:
    return cast(_T, await output.future(with_unknowns=True))


def _error_options(path: str) -> pulumi.ResourceOptions:
    """Return options with an error hook that reports what readers find if a copy can't be written.

    The options are empty if Pulumi is too old for error hooks.
    """
    hook, binding = getattr(pulumi, "ErrorHook", None), getattr(pulumi, "ResourceHookBinding", None)
    if hook is None or binding is None or not _has_error_hooks():
        return pulumi.ResourceOptions()

    def tell(failed: Any) -> bool:
        diagnostics.error(_CONSEQUENCES[failed.failed_operation].format(path=path))
        return False

    # Hook names must be unique in a program, which may have several channels.
    name = f"ivs-channel-published-{secrets.token_hex(8)}"
    return pulumi.ResourceOptions(hooks=binding(on_error=[hook(name, tell)]))


_REPAIR: Final = "The channel's key is correct. Fix the cause, and run `pulumi up` again, which writes it there."
_CONSEQUENCES: Final = {
    "create": "{path} could not be written: readers find no stream key there, or the earlier one, which no longer "
    f"works if the key was rotated. {_REPAIR}",
    "update": "{path} could not be written: readers find the earlier stream key there, which no longer works if the "
    f"key was rotated. {_REPAIR}",
    "delete": "{path} could not be deleted: readers still find a stream key there. Fix the cause, and run again.",
}


def _has_error_hooks() -> bool:
    """Whether the engine supports error hooks, as far as the SDK knows without awaiting a call.

    Registering a hook fails if the engine does not support it.
    """
    from pulumi.runtime.proto import resource_pb2  # noqa: PLC0415 - only needed to publish

    feature = getattr(resource_pb2, "RESOURCE_MONITOR_FEATURE_ERROR_HOOKS", None)
    supports = getattr(settings, "monitor_supports_feature", None)
    # In earlier SDKs `monitor_supports_feature` is a coroutine function that takes the feature's name.
    if feature is None or supports is None or inspect.iscoroutinefunction(supports):
        return False
    return bool(supports(feature))
