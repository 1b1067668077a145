"""AWS's regions and the services in each, from botocore's data.

A region that is newer than the installed botocore is unknown to moto too, whose backends use the same data. moto's
setting ``MOTO_ALLOW_NONEXISTENT_REGION=true`` allows any region, also in this module.
"""

from __future__ import annotations

import difflib
import functools
import os
from typing import Any, Final

from rehearsal_aws.argument_rules import loader

__all__ = ["endpoints_of", "is_region", "problem"]

_ANY_REGION: Final = "MOTO_ALLOW_NONEXISTENT_REGION"
# botocore's pseudo-region for services with a single endpoint in the partition.
_GLOBAL_ENDPOINT: Final = "-global"
_REMEDY: Final = f"one that is newer than the installed botocore needs a newer botocore, or {_ANY_REGION}=true"


def problem(region: Any, service: str = "") -> str | None:
    """Return an error if the region does not exist or lacks the service; None if it is valid."""
    if os.environ.get(_ANY_REGION, "").lower() == "true":
        return None
    if not isinstance(region, str):
        return "expected a region such as us-east-1, got no text"
    if not is_region(region):
        close = difflib.get_close_matches(region, sorted(_regions()), n=1)
        meant = f"; did you mean {close[0]}?" if close else ""
        return f"expected a region of AWS such as us-east-1, got {region!r}{meant} ({_REMEDY})"
    offered = endpoints_of(service) if service else ()
    if offered and region not in offered:
        return f"expected a region that has {service} ({', '.join(offered)}), got {region!r} ({_REMEDY})"
    return None


def is_region(name: str) -> bool:
    """Whether botocore knows a region of this name, in any partition."""
    return name in _regions()


@functools.cache
def _regions() -> frozenset[str]:
    partitions: list[dict[str, Any]] = loader().load_data("partitions")["partitions"]
    names = (region for partition in partitions for region in partition["regions"])
    return frozenset(name for name in names if not name.endswith(_GLOBAL_ENDPOINT))


@functools.cache
def endpoints_of(service: str) -> tuple[str, ...]:
    """Return the regions in which botocore has endpoints of the service; none for a global service."""
    partitions: list[dict[str, Any]] = loader().load_data("endpoints")["partitions"]
    known = (partition["services"].get(service, {}) for partition in partitions)
    return tuple(
        sorted(
            region
            for entry in known
            if entry.get("isRegionalized", True)
            for region in entry.get("endpoints", {})
            if region in _regions()
        )
    )
