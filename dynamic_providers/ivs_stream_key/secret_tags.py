"""What of a resource's inputs is a secret: the engine gives a provider plaintext.

All tags of a resource are a secret if one of its own is: the engine marks inputs, and not `tags_all`.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime._callbacks import _CallbackServicer
from pulumi.runtime.settings import SETTINGS, get_root_resource

from ivs_stream_key.properties import TAGS, TAGS_ALL

__all__ = ["contains_secret", "names_of_secrets", "parent_of", "with_secret_tags"]


async def contains_secret(value: Any) -> bool:
    """Whether there is a secret in an input.

    An input that fails counts as one, and is left to the SDK, which awaits it too.
    """
    try:
        return await pulumi.Output.from_input(value).is_secret()
    except Exception:  # noqa: BLE001 - whatever the program's own code raises
        return True


async def names_of_secrets(inputs: Mapping[str, Any]) -> list[str] | None:
    """Return the names of the inputs that are secrets as a whole, for the input `secret_inputs`; None for none.

    For a mapping that contains secrets the names are not secret.
    """
    secret = [
        name
        for name, value in inputs.items()
        if isinstance(value, pulumi.Output | list) and await contains_secret(value)
    ]
    return secret or None


def with_secret_tags(props: Mapping[str, Any], opts: Any) -> tuple[dict[str, Any], Any]:
    """Return properties and options of a resource, whose `tags_all` will be a secret if its tags contain one.

    It is a secret too if a transform may add a secret tag. The SDK sends the options once it knows all inputs. So the
    name of the output, which is no input, waits for the tags, and adds itself to the secret outputs.
    """
    if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
        return dict(props), opts  # The SDK refuses it.
    merged = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(), opts)
    secret = merged.additional_secret_outputs = [*(merged.additional_secret_outputs or ())]
    if TAGS_ALL not in secret and _may_be_transformed(opts):
        secret.append(TAGS_ALL)

    async def mark() -> None:
        parent = parent_of(opts)
        if parent is not None:
            # The parent's transforms are registered by then.
            await parent.urn.future()
        if TAGS_ALL not in secret and (_are_transforms_registered() or await contains_secret(props.get(TAGS))):
            secret.append(TAGS_ALL)

    return {**props, TAGS_ALL: pulumi.Output.from_input(mark())}, merged


def parent_of(opts: pulumi.ResourceOptions | None) -> pulumi.Resource | None:
    """Return the parent of a resource with these options: theirs, or the stack."""
    # The SDK refuses invalid options.
    return (opts.parent if isinstance(opts, pulumi.ResourceOptions) else None) or get_root_resource()


def _may_be_transformed(opts: pulumi.ResourceOptions | None) -> bool:
    """Whether its own transforms, or transformations of its parent, may change the given inputs."""
    if opts is not None and (opts.transforms or opts.transformations):
        return True
    return bool(getattr(parent_of(opts), "_transformations", None))


def _are_transforms_registered() -> bool:
    """Whether the engine calls transforms in this run: those of parents and of the stack are not in the options here.

    The SDK has no public way to ask. It keeps one servicer for each task; if that changes, assume that there are some.
    """
    servicers: list[Any] = getattr(_CallbackServicer, "_servicers", [None])
    return any(
        getattr(servicer, "_transforms", True) and getattr(servicer, "_monitor", SETTINGS.monitor) is SETTINGS.monitor
        for servicer in servicers
    )
