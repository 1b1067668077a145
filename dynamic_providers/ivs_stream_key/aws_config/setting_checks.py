"""Checks of settings beyond reading them, such as unknown names and missing profiles.

Only the provider's `check` calls these. Refresh and destroy use the settings of the last `up`. They must keep working
with settings that an earlier version of this package, or a machine with other files, has accepted.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ivs_stream_key.aws_config.regions import bad_region
from ivs_stream_key.aws_config.setting_names import misnamed, misnamed_services
from ivs_stream_key.aws_config.setting_values import Values
from ivs_stream_key.aws_config.settings import NAMES
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.messages import urls
from ivs_stream_key.messages.descriptions import closest, kind_of

__all__ = ["problems_of_combination"]

_FILES: Final = (
    ("sharedConfigFiles", "AWS_CONFIG_FILE", "~/.aws/config"),
    ("sharedCredentialsFiles", "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
)
_PROFILE: Final = "profile "


def problems_of_combination(values: Values) -> Iterator[BadSettings]:
    """Yield an error for each unknown setting, for an invalid region, and for a missing profile.

    The settings must be ones that `read` accepts.
    """
    yield from misnamed(values, NAMES)
    yield from _with_user(values, "ec2MetadataServiceEndpoint")
    for entry in values.entries("endpoints", known=None):
        yield from misnamed_services(entry, ("ivs", "sts"))
        for service in ("ivs", "sts"):
            yield from _with_user(entry, service)
    sts_region = values.string("stsRegion")
    wrong = None if sts_region is None else bad_region(sts_region, values)
    if wrong is not None:
        yield values.bad("stsRegion", *wrong)
    yield from _missing_profile(values)


def _with_user(values: Values, name: str) -> Iterator[BadSettings]:
    url = values.string(name)
    if url is not None and urls.has_user(url):
        yield values.bad(
            name,
            "a URL without user name and password",
            "one with them",
            "leave them out: no request to AWS sends them. " + values.naming.remedy(name, "https://…"),
        )


def _missing_profile(values: Values) -> Iterator[BadSettings]:
    profile = values.string("profile")
    are_known = all(values.is_known(name) for name, _, _ in _FILES)
    if profile is None or values.boolean("skipCredentialsValidation") or not are_known:
        return
    files = [file for name, variable, usual in _FILES for file in _files(values, name, variable, usual)]
    known = {section for file in files for section in _profiles(file)}
    if profile not in known:
        close = closest(profile, sorted(known))
        places = (
            values.naming.of(name) if values.strings(name) else os.environ.get(variable) or usual
            for name, variable, usual in _FILES
        )
        yield values.bad(
            "profile",
            f"a profile in {' or '.join(places)}",
            kind_of(profile),
            f"{f'did you mean {close}? ' if close else ''}Add it there (`aws configure --profile …`), or name another; "
            f"with {values.naming.of('skipCredentialsValidation')} a preview does not check it.",
        )


def _files(values: Values, name: str, variable: str, usual: str) -> tuple[str, ...]:
    return values.strings(name) or (os.environ.get(variable) or usual,)


def _profiles(file: str) -> Iterator[str]:
    from botocore.configloader import raw_config_parse  # noqa: PLC0415 - only needed if a profile is named
    from botocore.exceptions import ConfigNotFound, ConfigParseError  # noqa: PLC0415

    try:
        sections = raw_config_parse(str(Path(file).expanduser()))
    except (ConfigNotFound, ConfigParseError):
        return
    for section in sections:
        yield section.removeprefix(_PROFILE).strip().strip("\"'")
