"""AWS's managed IAM policies, such as ``AWSLambdaBasicExecutionRole``. Each is added to moto when first requested.

moto itself can only load all of them, which takes a second; a program needs one or two.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, IAMBackend

from moto_ivs.patching import patch

__all__ = ["managed_policies"]

_BEGINNING: Final = ":iam::aws:policy/"
_ASKING: Final = ("attach_group_policy", "attach_role_policy", "attach_user_policy", "get_policy", "get_policy_version")


@contextlib.contextmanager
def managed_policies() -> Iterator[None]:
    """Add AWS's managed policies to moto's IAM while the `with` block runs."""
    with contextlib.ExitStack() as stack:
        for name in _ASKING:
            stack.callback(patch(IAMBackend, name, _finding))
        yield


def _finding(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def found(backend: Any, policy_arn: str, *args: Any, **kwargs: Any) -> Any:
        _add(backend, policy_arn)
        return method(backend, policy_arn, *args, **kwargs)

    return found


def _add(backend: Any, arn: Any) -> None:
    if not isinstance(arn, str) or _BEGINNING not in arn or arn in backend.managed_policies:
        return
    name = arn.rpartition("/")[2]
    data = _known().get(name)
    if data is not None:
        made = AWSManagedPolicy.from_data(name, backend.account_id, backend.region_name, data)
        if made.arn == arn:
            backend.managed_policies[arn] = made


@functools.cache
def _known() -> dict[str, Any]:
    known: dict[str, Any] = json.loads(aws_managed_policies_data)
    return known
