"""What AWS answers when it refuses, as an error for the person who runs the program."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.provider import ProviderError

__all__ = ["Absent", "asking"]


class Absent(ProviderError):
    """The resource is not there: for who reads or deletes it, no error."""


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
