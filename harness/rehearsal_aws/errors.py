"""Turns errors of AWS into errors for the user who runs the program."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterator
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.provider import NotFound, ProviderError

__all__ = ["Absent", "translate_aws_errors"]


_NOT_FOUND: Final = re.compile(r"Not_?Found|NoSuch|NotExist|NonExistent|^404$")


class Absent(NotFound):
    """The resource does not exist, which is not an error when it is read or deleted."""


@contextlib.contextmanager
def translate_aws_errors(action: str, absent: Collection[str] = ()) -> Iterator[None]:
    """Turn boto3's errors into errors that begin with `action`, such as ``creating IVS Channel (live)``.

    :raises Absent: for the codes in `absent`. :raises NotFound: for other codes for something that does not exist.
    :raises ProviderError: for all other errors.
    """
    try:
        yield
    except ClientError as error:
        said, request = error.response["Error"], error.response["ResponseMetadata"].get("RequestId", "")
        text = f"{action}: {error.operation_name}: {said.get('Code')}: {said.get('Message')}"
        text += f" (request {request})" if request else ""
        code = str(said.get("Code"))
        raise (Absent if code in absent else NotFound if _NOT_FOUND.search(code) else ProviderError)(text) from None
    except BotoCoreError as error:
        raise ProviderError(f"{action}: {error}") from None
