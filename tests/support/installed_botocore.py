"""The IVS operations of the installed botocore; the oldest supported botocore lacks some."""

from __future__ import annotations

import functools

import botocore.session
import pytest


@functools.cache
def operations() -> frozenset[str]:
    return frozenset(botocore.session.get_session().get_service_model("ivs").operation_names)


def needs(operation: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(operation not in operations(), reason=f"this botocore's IVS has no {operation}")
