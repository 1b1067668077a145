"""Validates a region according to the setting ``skipRegionValidation``.

pulumi-aws validates regions only if the setting is false. Here the setting has three cases. If it is not set, the name
must match the pattern of an AWS partition; this accepts regions that are newer than the installed botocore. If it is
false, botocore must know the region. If it is true, any name is accepted.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ivs_stream_key.aws.service_model import loader
from ivs_stream_key.aws_config.setting_values import Values
from ivs_stream_key.messages.descriptions import closest, kind_of

__all__ = ["bad_region"]

_SKIP: Final = "skipRegionValidation"
# botocore's pseudo-region for services with a single endpoint in the partition.
_GLOBAL_ENDPOINT: Final = "-global"


def bad_region(region: str, values: Values) -> tuple[str, str, str] | None:
    """Return the parts of an error message (expected, got, remedy); None if the region is valid."""
    skip = values.boolean(_SKIP)
    if skip or not values.is_known(_SKIP) or (skip is None and _matches_a_partition(region)) or region in _regions():
        return None
    close = closest(region, _regions())
    meant = f"did you mean {close}? " if close else ""
    return (
        "a region of AWS such as us-west-2",
        kind_of(region),
        meant + (f"Correct it; for a region that botocore does not know yet, {values.naming.remedy(_SKIP, 'true')}"),
    )


@functools.cache
def _regions() -> tuple[str, ...]:
    names = (name for partition in _partitions() for name in partition["regions"])
    return tuple(name for name in names if not name.endswith(_GLOBAL_ENDPOINT))


def _matches_a_partition(region: str) -> bool:
    return any(re.fullmatch(partition["regionRegex"], region) for partition in _partitions())


def _partitions() -> Iterator[Mapping[str, Any]]:
    yield from loader().load_data("partitions")["partitions"]
