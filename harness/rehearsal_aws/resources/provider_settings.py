"""Parses the settings of an `aws` provider, and finds errors in them.

pulumi-aws's SDKs send all other values than strings as JSON. Names in the JSON may be in snake_case, because the SDK
for Python sends a plain mapping unchanged. pulumi-aws accepts both spellings, with one exception: its validation of
credentials, which ``skipCredentialsValidation`` turns off, accepts the members of a role only in camelCase
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

_UNDERSCORE: Final = re.compile(r"_([a-z0-9])")
_LONGEST_NAME: Final = 60
# The least similarity of a misspelling: "version" and "region" (0.62) are different words.
_CLOSE: Final = 0.65
_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})
_CREDENTIALS: Final = ("accessKey", "secretKey", "token")
_FILES: Final = ("sharedConfigFiles", "sharedCredentialsFiles")


def read(inputs: PropertyMap) -> PropertyMap:
    """Return the settings with JSON parsed and the names of members in camelCase, without empty values."""
    found = {name: _parsed_setting(name, value) for name, value in inputs.items()}
    return {name: value for name, value in found.items() if value is UNKNOWN or value not in _EMPTY}


def _parsed_setting(name: str, value: Any) -> Any:
    value = value if KINDS.get(name) is is_text else _parsed(value)
    if name not in MEMBERS:
        return value
    return (
        [_with_camel_case_names(entry) for entry in value] if isinstance(value, list) else _with_camel_case_names(value)
    )


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _with_camel_case_names(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    named = {_camel_case(name): item for name, item in value.items()}
    return {name: item for name, item in named.items() if item is UNKNOWN or item not in _EMPTY}


def _camel_case(name: str) -> str:
    return _UNDERSCORE.sub(lambda match: match[1].upper(), name)


def problems(inputs: PropertyMap, prefix: str) -> Iterator[str]:
    """Yield a line for each error: the setting, what was expected and what was given.

    `prefix` comes before each name. Values are not quoted, except those of regions and profiles: some are secrets.
    UNKNOWN is accepted.
    """
    settings = read(inputs)
    for name, value in settings.items():
        yield from (f"{prefix}{line}" for line in _setting_problems(name, value))
    valid = {name: value for name, value in settings.items() if not any(_setting_problems(name, value))}
    for line in (*_credential_problems(valid), *_role_problems(valid, inputs), *_file_problems(valid)):
        yield f"{prefix}{line}"


def _setting_problems(name: str, value: Any) -> Iterator[str]:
    if name not in NAMES:
        close = difflib.get_close_matches(name, sorted(NAMES), n=1, cutoff=_CLOSE)
        meant = f"; did you mean {close[0]}?" if close else ""
        yield f"{name}: expected the name of a setting of pulumi-aws, got {name[:_LONGEST_NAME]!r}{meant}"
    elif value is UNKNOWN:
        return
    elif name in MEMBERS or name == "endpoints":
        yield from _mapping_problems(name, value)
    elif expected := KINDS[name](value):
        yield f"{name}: expected {expected}, got {_kind(value)}"
    elif name in ("region", "stsRegion") and (wrong := problem_of_region(value)):
        yield f"{name}: {wrong}"


def _mapping_problems(name: str, value: Any) -> Iterator[str]:
    if name not in LISTS and not isinstance(value, dict):
        yield f"{name}: expected a mapping, got {_kind(value)}"
    elif name in LISTS and not (isinstance(value, list) and all(e is UNKNOWN or isinstance(e, dict) for e in value)):
        yield f"{name}: expected a list of mappings, got {_kind(value)}"
    elif name not in LISTS:
        yield from _member_problems(name, value, MEMBERS[name])
    else:
        for number, entry in enumerate(value):
            if entry is not UNKNOWN:
                where = f"{name}[{number}]"
                found = (
                    _endpoint_problems
                    if name == "endpoints"
                    else functools.partial(_member_problems, known=MEMBERS[name])
                )
                yield from found(where, entry)


def _member_problems(where: str, given: Mapping[str, Any], known: Mapping[str, Kind]) -> Iterator[str]:
    for name, value in given.items():
        if name not in known:
            yield f"{where}.{name}: expected one of {', '.join(sorted(known))}, got another name"
        elif not _has_unknown(value) and (expected := known[name](value)):
            yield f"{where}.{name}: expected {expected}, got {_kind(value)}"


def _endpoint_problems(where: str, given: Mapping[str, Any]) -> Iterator[str]:
    for service, url in given.items():
        if service not in _services():
            close = difflib.get_close_matches(service, ("ivs", "s3", "secretsmanager", "ssm", "sts"), n=1, cutoff=0.7)
            # Only misspellings of known names are errors: pulumi-aws has its own names for a hundred services.
            if close and service not in _NAMED_OTHERWISE:
                yield f"{where}.{service}: expected the name of a service, got another; did you mean {close[0]}?"
        if url is not UNKNOWN and url not in _EMPTY and (not isinstance(url, str) or "://" not in url):
            yield f"{where}.{service}: expected a URL such as http://127.0.0.1:4566, got {_kind(url)}"


_NAMED_OTHERWISE: Final = frozenset({"s3api", "ssmcontacts", "ssmincidents", "ssmquicksetup", "ssmsap"})


def _services() -> frozenset[str]:
    return frozenset(loader().list_available_services("service-2"))


def _credential_problems(settings: PropertyMap) -> Iterator[str]:
    access_key, secret_key, token = (settings.get(name) is not None for name in _CREDENTIALS)
    if access_key != secret_key or (token and not access_key):
        given = " and ".join(name for name in _CREDENTIALS if name in settings)
        missing = "secretKey" if access_key else "accessKey"
        yield f"{missing}: expected accessKey and secretKey together, got {given} alone"


def _role_problems(settings: PropertyMap, inputs: PropertyMap) -> Iterator[str]:
    """Yield errors in roles for members that are missing, or that pulumi-aws's validation does not recognize."""
    unchecked = settings.get("skipCredentialsValidation") is True
    given = settings if unchecked else {name: _parsed(inputs.get(name)) for name in settings}
    roles = settings.get("assumeRoles")
    for number, role in enumerate([] if roles is UNKNOWN or roles is None else roles):
        if role is not UNKNOWN:
            found = _missing_members(role, given["assumeRoles"][number], "ProviderAssumeRoleArgs", ("roleArn",))
            yield from (f"assumeRoles[{number}]{line}" for line in found)
    identity = settings.get("assumeRoleWithWebIdentity")
    if identity is None or identity is UNKNOWN:
        return
    found = _missing_members(
        identity,
        given["assumeRoleWithWebIdentity"],
        "ProviderAssumeRoleWithWebIdentityArgs",
        ("roleArn",),
        ("webIdentityToken", "webIdentityTokenFile"),
    )
    yield from (f"assumeRoleWithWebIdentity{line}" for line in found)


def _missing_members(
    role: Mapping[str, Any], given: Mapping[str, Any], type_name: str, *needed: tuple[str, ...]
) -> Iterator[str]:
    """Yield an error for each group in `needed` of which the role does not have exactly one member."""
    for names in needed:
        found = [name for name in names if name in role]
        if len(found) != 1:
            yield f": expected {' or '.join(names)}, got {'both' if found else 'neither' if names[1:] else 'nothing'}"
        elif found[0] not in given:
            (spelled,) = (name for name in given if _camel_case(name) == found[0])
            yield (
                f".{found[0]}: expected this spelling, got {spelled}, which pulumi-aws does not know when it checks "
                f"the credentials; write {found[0]}, or aws.{type_name}({spelled}=…) for the mapping"
            )


def _file_problems(settings: PropertyMap) -> Iterator[str]:
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
    """Return a session that reads the configured files, without setting its profile."""
    made = Session(event_hooks=copy.copy(_builtin_handlers()), include_builtin_handlers=False)
    for name, variable in zip(_FILES, ("config_file", "credentials_file"), strict=True):
        if settings.get(name):
            made.set_config_variable(variable, settings[name][0])
    return made


@functools.cache
def _builtin_handlers() -> HierarchicalEmitter:
    """Return botocore's own event handlers, cached: copying them takes an eighth of the time of registering them."""
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
