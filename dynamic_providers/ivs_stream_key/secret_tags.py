"""Finds out which inputs of a resource are secrets, because the engine sends plaintext to the provider.

If one of a resource's tags is a secret, the whole output `tags_all` is marked as secret: the engine marks only inputs.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime._callbacks import _CallbackServicer
from pulumi.runtime.settings import SETTINGS, get_root_resource

from ivs_stream_key.properties import TAGS, TAGS_ALL

__all__ = ["contains_secret", "names_of_secrets", "parent_of", "with_secret_tags"]


async def contains_secret(value: Any) -> bool:
    """Whether an input contains a secret.

    An input that raises an error counts as a secret. The SDK awaits it too and reports the error.
    """
    try:
        return await pulumi.Output.from_input(value).is_secret()
    except Exception:  # noqa: BLE001 - whatever the program's own code raises
        return True


async def names_of_secrets(inputs: Mapping[str, Any]) -> list[str] | None:
    """Return the names of the inputs that are secrets as a whole, for the input `secret_inputs`; None if none is.

    A plain mapping that contains secrets is not one of them: its keys are public.
    """
    secret = [
        name
        for name, value in inputs.items()
        if isinstance(value, pulumi.Output | list) and await contains_secret(value)
    ]
    return secret or None


def with_secret_tags(props: Mapping[str, Any], opts: Any) -> tuple[dict[str, Any], Any]:
    """Return a resource's properties and options such that `tags_all` becomes a secret if the tags contain a secret.

    It also becomes a secret if a transform may add a secret tag. The SDK sends the options after it has awaited all
    properties. So the property `tags_all` is an awaitable without a value: it waits for the tags, and then adds
    `tags_all` to the option `additional_secret_outputs`.
    """
    if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
        return dict(props), opts  # The SDK raises an error for such options.
    merged = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(), opts)
    secret = merged.additional_secret_outputs = [*(merged.additional_secret_outputs or ())]
    if TAGS_ALL not in secret and _may_be_transformed(opts):
        secret.append(TAGS_ALL)

    async def mark() -> None:
        parent = parent_of(opts)
        if parent is not None:
            # When the parent's URN is known, its transforms have been registered.
            await parent.urn.future()
        if TAGS_ALL not in secret and (_are_transforms_registered() or await contains_secret(props.get(TAGS))):
            secret.append(TAGS_ALL)

    return {**props, TAGS_ALL: pulumi.Output.from_input(mark())}, merged


def parent_of(opts: pulumi.ResourceOptions | None) -> pulumi.Resource | None:
    """Return the parent in these options, or else the stack."""
    # The SDK raises an error for invalid options later.
    return (opts.parent if isinstance(opts, pulumi.ResourceOptions) else None) or get_root_resource()


def _may_be_transformed(opts: pulumi.ResourceOptions | None) -> bool:
    """Whether the resource's own transforms, or its parent's transformations, may change the inputs."""
    if opts is not None and (opts.transforms or opts.transformations):
        return True
    return bool(getattr(parent_of(opts), "_transformations", None))


def _are_transforms_registered() -> bool:
    """Whether the program has registered transforms, whose owners may be parents or the stack.

    The SDK has no public way to ask. It has one callback servicer for each task. If a newer SDK differs, the result is
    True.
    """
    servicers: list[Any] = getattr(_CallbackServicer, "_servicers", [None])
    return any(
        getattr(servicer, "_transforms", True) and getattr(servicer, "_monitor", SETTINGS.monitor) is SETTINGS.monitor
        for servicer in servicers
    )
