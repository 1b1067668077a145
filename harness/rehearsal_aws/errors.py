"""Refusals of AWS as errors for the person who runs the program."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.provider import ProviderError

__all__ = ["Absent", "asking"]


class Absent(ProviderError):
    """The resource does not exist: no error when it is read or deleted."""


@contextlib.contextmanager
def asking(doing: str, absent: Collection[str] = ()) -> Iterator[None]:
    """Turn boto's errors into ones that say what was being done: ``creating IVS Channel (live)``.

    :raises Absent: for the codes in `absent`. :raises ProviderError: for the others.
    """
    try:
        yield
    except ClientError as error:
        said, request = error.response["Error"], error.response["ResponseMetadata"].get("RequestId", "")
        text = f"{doing}: {error.operation_name}: {said.get('Code')}: {said.get('Message')}"
        text += f" (request {request})" if request else ""
        raise (Absent if said.get("Code") in absent else ProviderError)(text) from None
    except BotoCoreError as error:
        raise ProviderError(f"{doing}: {error}") from None
