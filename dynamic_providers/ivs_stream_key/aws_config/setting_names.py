"""Finds misspelt names of settings, which would otherwise be ignored."""

import functools
import importlib.util
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from ivs_stream_key.aws_config.setting_values import Values, no_such_name
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.messages.descriptions import closest

__all__ = ["misnamed", "misnamed_services", "names_in_pulumi_aws"]

# The call by which the SDK's generated module reads a setting.
_READ: Final = re.compile(r"__config__\.get\w*\('(\w+)'\)")


def misnamed(values: Values, known: Iterable[str]) -> Iterator[BadSettings]:
    """Yield an error for each name that is set and is neither `known` nor a setting of the installed pulumi-aws.

    pulumi-aws adds settings in minor versions: a setting that this package does not know yet is no error.
    """
    known = list(known)
    for name in values.names:
        if not _is_among(name, known, values) and not _is_among(name, names_in_pulumi_aws(), values):
            yield _none_such(values, name, known)


def misnamed_services(values: Values, known: Iterable[str]) -> Iterator[BadSettings]:
    """Yield an error for each endpoint in `values` whose service is unknown, but close to one of those `known`.

    pulumi-aws has its own names for many services: a name that is not close to a relevant one is accepted.
    """
    known = list(known)
    for name in values.names:
        if name not in known and closest(name, known) and name not in _services():
            yield _none_such(values, name, known)


def _is_among(name: str, known: Iterable[str], values: Values) -> bool:
    return any(name in (one, values.naming.spelled(one)) for one in known)


def _none_such(values: Values, name: str, known: list[str]) -> BadSettings:
    close = closest(name, known)
    spellings = sorted({*known, *map(values.naming.spelled, known)})
    problem = no_such_name([name], values.naming, known, spellings)
    problem.expected = values.naming.of(close) if close else "the name of a setting of pulumi-aws"
    problem.remedy = "correct the name, or leave it out."
    return problem


@functools.cache
def names_in_pulumi_aws() -> frozenset[str]:
    """Return the settings that the installed pulumi-aws reads; none if it is not installed.

    They are read from its source, because importing it takes seconds.
    """
    found = importlib.util.find_spec("pulumi_aws")
    files = [Path(folder) / "config" / "vars.py" for folder in (found and found.submodule_search_locations) or ()]
    return frozenset(
        name for file in files if file.is_file() for name in _READ.findall(file.read_text(encoding="utf-8"))
    )


@functools.cache
def _services() -> frozenset[str]:
    from ivs_stream_key.aws.service_model import loader  # noqa: PLC0415 - imports botocore

    return frozenset(loader().list_available_services("service-2"))
