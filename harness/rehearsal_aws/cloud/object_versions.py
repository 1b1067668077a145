"""Corrects moto's deletion of S3 objects in a bucket whose versioning is suspended.

S3 deletes only the named version, or adds a delete marker that hides the versions
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectsfromVersioningSuspendedBuckets.html). moto deletes
all versions, and fails if one of them is a delete marker.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

from moto.s3.models import S3Backend

from moto_ivs.patching import patch

__all__ = ["object_versions"]


@contextlib.contextmanager
def object_versions() -> Iterator[None]:
    """Make moto keep the other versions of an object while the `with` block runs."""
    undo = patch(S3Backend, "delete_object", _as_versioned)
    try:
        yield
    finally:
        undo()


def _as_versioned(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def delete_object(backend: Any, bucket_name: str, *args: Any, **kwargs: Any) -> Any:
        bucket = backend.get_bucket(bucket_name)
        if bucket.versioning_status != "Suspended":
            return method(backend, bucket_name, *args, **kwargs)
        bucket.versioning_status = "Enabled"
        try:
            return method(backend, bucket_name, *args, **kwargs)
        finally:
            bucket.versioning_status = "Suspended"

    return delete_object
