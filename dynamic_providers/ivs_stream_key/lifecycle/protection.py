"""Deletion protection that still allows rotation, and a message about Pulumi's option `protect`, which does not.

Pulumi's option `protect` forbids replacements, and so every rotation. `deletion_protection` is an option of this
provider. It is stored in the key's outputs, the only data that a delete gets. A delete is refused unless it is part of
a rotation.
docs/decisions/0014-protected-keys-rotate.md gives the reasons.
"""

from collections.abc import Mapping
from typing import Any

from ivs_stream_key.aws import arns
from ivs_stream_key.errors import DeletionProtected
from ivs_stream_key.lifecycle.operation import Operation
from ivs_stream_key.messages import diagnostics
from ivs_stream_key.messages.formatting import format_value
from ivs_stream_key.properties import DELETION_PROTECTION, PROTECT

__all__ = ["announce", "before_delete", "note"]


def note(operation: Operation, channel_arn: str, news: Mapping[str, Any]) -> None:
    """Remember whether the resource has Pulumi's option `protect`, which only check gets."""
    (operation.protected.add if news.get(PROTECT) is True else operation.protected.discard)(channel_arn)


def announce(operation: Operation, channel_arn: Any) -> None:
    """Explain, while a rotation is planned, how to rotate a key with `protect`: Pulumi's own error does not."""
    if channel_arn in operation.protected:
        owner = operation.declared_owners.get(channel_arn)
        urn = format_value(owner["urn"]) if isinstance(owner, Mapping) and "urn" in owner else "URN"
        diagnostics.info(
            f"The stream key of {channel_arn} is to be rotated, and has the option protect=True, under which Pulumi "
            f"replaces nothing. To rotate it: `pulumi state unprotect {urn}`, then `pulumi up`, which protects the new "
            "key. With deletion_protection=True in place of protect=True it can rotate, and a destroy is refused all "
            "the same."
        )


def before_delete(operation: Operation, key: arns.Arn, channel: arns.Arn, props: Mapping[str, Any]) -> None:
    """Raise DeletionProtected if the outputs `props` have `deletion_protection` and this run does not rotate the key.

    This run rotates it if check or diff was called for a key of the channel. A destroy, and a run after the key was
    removed from the program, call neither.
    """
    if (
        props.get(DELETION_PROTECTION) is not True
        or channel.text in operation.when_live
        or channel.text in operation.replaced
    ):
        return
    raise DeletionProtected(
        f"The stream key {key} has deletion_protection, as the key of a LiveChannel with protect=True has.",
        resource=key.text,
        aftermath="nothing was deleted: the key is unchanged.",
        remedy="remove protect=True (or deletion_protection=True) from the program, run `pulumi up`, and then this "
        "again. Where that is not possible (`pulumi state unprotect` and --ignore-protect do not reach the provider): "
        f"`aws ivs delete-stream-key --arn {key}`, and then `pulumi destroy --refresh`.",
    )
