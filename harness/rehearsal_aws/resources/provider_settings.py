"""The settings of an `aws` provider, as values, and the errors in them.

They arrive as pulumi-aws's SDKs send them: everything but text as JSON. Names in it may be in snake_case, since the SDK
for Python sends a plain mapping unchanged. Within a setting pulumi-aws accepts both spellings, with one exception: its
validation of credentials, which ``skipCredentialsValidation`` turns off, knows the members of a role only in camelCase
(pulumi/pulumi-aws#5271).
"""

from __future__ import annotations

import copy
import difflib
import functools
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from botocore.exceptions import ConfigParseError
from botocore.hooks import HierarchicalEmitter
from botocore.session import Session

from rehearsal.provider import UNKNOWN, PropertyMap
from rehearsal_aws.argument_rules import loader
from rehearsal_aws.regions import problem as problem_of_region
from rehearsal_aws.resources.setting_kinds import KINDS, LISTS, MEMBERS, NAMES, Kind, is_text

__all__ = ["problems", "read", "session"]

_HUMP: Final = re.compile(r"_([a-z0-9])")
_LONGEST_NAME: Final = 60
# "version" is no slip of "region": 0.62.
_CLOSE: Final = 0.65
_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})
_CREDENTIALS: Final = ("accessKey", "secretKey", "token")
_FILES: Final = ("sharedConfigFiles", "sharedCredentialsFiles")


def read(inputs: PropertyMap) -> PropertyMap:
    """Return the given settings as values: JSON parsed, members by their names in camelCase."""
    found = {name: _meant(name, value) for name, value in inputs.items()}
    return {name: value for name, value in found.items() if value is UNKNOWN or value not in _EMPTY}


def _meant(name: str, value: Any) -> Any:
    value = value if KINDS.get(name) is is_text else _parsed(value)
    if name not in MEMBERS:
        return value
    return [_with_humps(entry) for entry in value] if isinstance(value, list) else _with_humps(value)


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _with_humps(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    named = {_humped(name): item for name, item in value.items()}
    return {name: item for name, item in named.items() if item is UNKNOWN or item not in _EMPTY}


def _humped(name: str) -> str:
    return _HUMP.sub(lambda match: match[1].upper(), name)


def problems(inputs: PropertyMap, prefix: str) -> Iterator[str]:
    """Yield a line for each error: the setting, what was expected and what was given.

    `prefix` comes before each name. Values are not quoted, except those of regions and profiles: some are secrets.
    UNKNOWN is accepted.
    """
    settings = read(inputs)
    for name, value in settings.items():
        yield from (f"{prefix}{line}" for line in _of_setting(name, value))
    valid = {name: value for name, value in settings.items() if not any(_of_setting(name, value))}
    for line in (*_of_credentials(valid), *_of_roles(valid, inputs), *_of_files(valid)):
        yield f"{prefix}{line}"


def _of_setting(name: str, value: Any) -> Iterator[str]:
    if name not in NAMES:
        close = difflib.get_close_matches(name, sorted(NAMES), n=1, cutoff=_CLOSE)
        meant = f"; did you mean {close[0]}?" if close else ""
        yield f"{name}: expected the name of a setting of pulumi-aws, got {name[:_LONGEST_NAME]!r}{meant}"
    elif value is UNKNOWN:
        return
    elif name in MEMBERS or name == "endpoints":
        yield from _of_mapping(name, value)
    elif expected := KINDS[name](value):
        yield f"{name}: expected {expected}, got {_kind(value)}"
    elif name in ("region", "stsRegion") and (wrong := problem_of_region(value)):
        yield f"{name}: {wrong}"


def _of_mapping(name: str, value: Any) -> Iterator[str]:
    if name not in LISTS and not isinstance(value, dict):
        yield f"{name}: expected a mapping, got {_kind(value)}"
    elif name in LISTS and not (isinstance(value, list) and all(e is UNKNOWN or isinstance(e, dict) for e in value)):
        yield f"{name}: expected a list of mappings, got {_kind(value)}"
    elif name not in LISTS:
        yield from _of_members(name, value, MEMBERS[name])
    else:
        for number, entry in enumerate(value):
            if entry is not UNKNOWN:
                where = f"{name}[{number}]"
                found = _of_endpoints if name == "endpoints" else functools.partial(_of_members, known=MEMBERS[name])
                yield from found(where, entry)


def _of_members(where: str, given: Mapping[str, Any], known: Mapping[str, Kind]) -> Iterator[str]:
    for name, value in given.items():
        if name not in known:
            yield f"{where}.{name}: expected one of {', '.join(sorted(known))}, got another name"
        elif not _has_unknown(value) and (expected := known[name](value)):
            yield f"{where}.{name}: expected {expected}, got {_kind(value)}"


def _of_endpoints(where: str, given: Mapping[str, Any]) -> Iterator[str]:
    for service, url in given.items():
        if service not in _services():
            close = difflib.get_close_matches(service, ("ivs", "s3", "secretsmanager", "ssm", "sts"), n=1, cutoff=0.7)
            # pulumi-aws has its own names for a hundred services.
            if close and service not in _NAMED_OTHERWISE:
                yield f"{where}.{service}: expected the name of a service, got another; did you mean {close[0]}?"
        if url is not UNKNOWN and url not in _EMPTY and (not isinstance(url, str) or "://" not in url):
            yield f"{where}.{service}: expected a URL such as http://127.0.0.1:4566, got {_kind(url)}"


_NAMED_OTHERWISE: Final = frozenset({"s3api", "ssmcontacts", "ssmincidents", "ssmquicksetup", "ssmsap"})


def _services() -> frozenset[str]:
    return frozenset(loader().list_available_services("service-2"))


def _of_credentials(settings: PropertyMap) -> Iterator[str]:
    access_key, secret_key, token = (settings.get(name) is not None for name in _CREDENTIALS)
    if access_key != secret_key or (token and not access_key):
        given = " and ".join(name for name in _CREDENTIALS if name in settings)
        missing = "secretKey" if access_key else "accessKey"
        yield f"{missing}: expected accessKey and secretKey together, got {given} alone"


def _of_roles(settings: PropertyMap, inputs: PropertyMap) -> Iterator[str]:
    """Find what the validation of credentials does not recognize."""
    unchecked = settings.get("skipCredentialsValidation") is True
    given = settings if unchecked else {name: _parsed(inputs.get(name)) for name in settings}
    roles = settings.get("assumeRoles")
    for number, role in enumerate([] if roles is UNKNOWN or roles is None else roles):
        if role is not UNKNOWN:
            found = _missing(role, given["assumeRoles"][number], "ProviderAssumeRoleArgs", ("roleArn",))
            yield from (f"assumeRoles[{number}]{line}" for line in found)
    identity = settings.get("assumeRoleWithWebIdentity")
    if identity is None or identity is UNKNOWN:
        return
    found = _missing(
        identity,
        given["assumeRoleWithWebIdentity"],
        "ProviderAssumeRoleWithWebIdentityArgs",
        ("roleArn",),
        ("webIdentityToken", "webIdentityTokenFile"),
    )
    yield from (f"assumeRoleWithWebIdentity{line}" for line in found)


def _missing(
    role: Mapping[str, Any], given: Mapping[str, Any], type_name: str, *needed: tuple[str, ...]
) -> Iterator[str]:
    """Report the required members, one of each group, that are missing at their place."""
    for names in needed:
        found = [name for name in names if name in role]
        if len(found) != 1:
            yield f": expected {' or '.join(names)}, got {'both' if found else 'neither' if names[1:] else 'nothing'}"
        elif found[0] not in given:
            (spelled,) = (name for name in given if _humped(name) == found[0])
            yield (
                f".{found[0]}: expected this spelling, got {spelled}, which pulumi-aws does not know when it checks "
                f"the credentials; write {found[0]}, or aws.{type_name}({spelled}=…) for the mapping"
            )


def _of_files(settings: PropertyMap) -> Iterator[str]:
    for name in _FILES:
        files = settings.get(name)
        if isinstance(files, list) and len(files) > 1:
            yield f"{name}: expected one file, got {len(files)}: rehearsal reads one of each kind"
            return
    profile = settings.get("profile")
    if not isinstance(profile, str) or any(settings.get(name) is UNKNOWN for name in _FILES):
        return
    there = _profiles(settings)
    if profile not in there:
        yield (
            f"profile: expected one that is there ({', '.join(there) or 'none is'}), got {profile!r}; a rehearsal has "
            "the one that the stack's config names (aws:profile), and those of sharedConfigFiles and "
            "sharedCredentialsFiles"
        )


def _profiles(settings: PropertyMap) -> list[str]:
    try:
        return sorted(session(settings).available_profiles)
    except ConfigParseError:
        return []


def session(settings: PropertyMap) -> Session:
    """Return a session that reads the configured files. It does not set the profile."""
    made = Session(event_hooks=copy.copy(_builtin_handlers()), include_builtin_handlers=False)
    for name, variable in zip(_FILES, ("config_file", "credentials_file"), strict=True):
        if settings.get(name):
            made.set_config_variable(variable, settings[name][0])
    return made


@functools.cache
def _builtin_handlers() -> HierarchicalEmitter:
    """Return botocore's own event handlers: a copy is made in an eighth of the time that registering them takes."""
    handlers = HierarchicalEmitter()
    Session(event_hooks=handlers)
    return handlers


def _has_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_unknown, value.values()))
    return any(map(_has_unknown, value)) if isinstance(value, list) else value is UNKNOWN


def _kind(value: Any) -> str:
    match value:
        case str():
            return "other text"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return "nothing"
