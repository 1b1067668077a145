"""The mark that StreamKey leaves on the keys that it makes: by it a create knows its own key again.

The mark is a tag of the very call that makes the key, so that no crash and no lost answer can come between. It names
the resource that the key was made for, as a digest: ``pulumi-ivs-stream-key:owner = 3f1d…``. It is no tag of the
user's: neither the inputs nor the outputs have it, and no comparison sees it.
"""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["MARK", "mark_of"]

MARK: Final = "pulumi-ivs-stream-key:owner"

_LENGTH: Final = 32


def mark_of(owner: Any) -> Mapping[str, str]:
    """Return the mark for keys of `owner`, ``PROJECT/STACK/NAME``, as a tag.

    Without an owner it is one of its own, which this very call of create alone knows again.
    """
    if not isinstance(owner, str) or not owner:
        return {MARK: uuid.uuid4().hex}
    return {MARK: hashlib.sha256(owner.encode()).hexdigest()[:_LENGTH]}
