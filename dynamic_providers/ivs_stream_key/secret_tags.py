"""All tags of a resource are a secret if one of its own is: the engine marks inputs, and not `tags_all`."""

from collections.abc import Mapping
from typing import Any

import pulumi

from ivs_stream_key.properties import TAGS, TAGS_ALL

__all__ = ["contains_secret", "with_secret_tags"]


async def contains_secret(value: Any) -> bool:
    """Whether there is a secret in an input.

    An input that fails counts as one, and is left to the SDK, which awaits it too.
    """
    try:
        return await pulumi.Output.from_input(value).is_secret()
    except Exception:  # noqa: BLE001 - whatever the program's own code raises
        return True


def with_secret_tags(props: Mapping[str, Any], opts: Any) -> tuple[Mapping[str, Any], Any]:
    """Return properties and options of a resource, whose `tags_all` will be a secret if its tags contain one.

    The SDK sends the options once it knows all inputs. So the name of the output, which is no input, waits for the
    tags, and adds itself to the secret outputs.
    """
    if opts is not None and not isinstance(opts, pulumi.ResourceOptions):
        return props, opts  # The SDK refuses it.
    merged = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(), opts)
    secret = merged.additional_secret_outputs = [*(merged.additional_secret_outputs or ())]

    async def mark() -> None:
        if TAGS_ALL not in secret and await contains_secret(props.get(TAGS)):
            secret.append(TAGS_ALL)

    return {**props, TAGS_ALL: pulumi.Output.from_input(mark())}, merged
