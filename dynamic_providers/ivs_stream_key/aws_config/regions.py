"""Whether a region is one, as far as the setting ``skipRegionValidation`` wants that checked.

Pulumi-aws checks no region unless the setting is false. Here a third case lies between: where it is not set, a region
has to be named as those of a partition of AWS are. That finds what cannot be one, and lets pass what is newer than the
installed botocore. If the setting is false, it has to be a region that botocore knows; if it is true, anything goes.
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
# Botocore's name for where the services are that have one endpoint a partition.
_NOT_A_PLACE: Final = "-global"


def bad_region(region: str, values: Values) -> tuple[str, str, str] | None:
    """Return what was expected instead of `region`, what kind of text it is, and the remedy; None if it will do."""
    skip = values.boolean(_SKIP)
    if skip or not values.is_known(_SKIP) or (skip is None and _is_named_as_one(region)) or region in _regions():
        return None
    close = closest(region, _regions())
    meant = f"did you mean {close}? " if close else ""
    return (
        "a region of AWS such as us-west-2",
        kind_of(region),
        meant + (f"Correct it; for a region that is too new to be known here, {values.naming.remedy(_SKIP, 'true')}"),
    )


@functools.cache
def _regions() -> tuple[str, ...]:
    names = (name for partition in _partitions() for name in partition["regions"])
    return tuple(name for name in names if not name.endswith(_NOT_A_PLACE))


def _is_named_as_one(region: str) -> bool:
    return any(re.fullmatch(partition["regionRegex"], region) for partition in _partitions())


def _partitions() -> Iterator[Mapping[str, Any]]:
    yield from loader().load_data("partitions")["partitions"]
