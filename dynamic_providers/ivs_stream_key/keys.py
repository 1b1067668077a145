"""The names of a stream key's properties. They are written into users' state: none may be renamed."""

from typing import Final

__all__ = [
    "ADOPT",
    "ARN",
    "CHANNEL_ARN",
    "COMPARED",
    "COMPUTED",
    "CREATED_AT",
    "DECLARED",
    "EXISTING_KEY",
    "EXISTING_KEY_CHOICES",
    "FAIL",
    "IDENTITY",
    "REPLACE",
    "ROTATION_TRIGGERS",
    "TAGS",
    "VALUE",
]

CHANNEL_ARN: Final = "channel_arn"
TAGS: Final = "tags"
ROTATION_TRIGGERS: Final = "rotation_triggers"
EXISTING_KEY: Final = "existing_key"

ARN: Final = "arn"
VALUE: Final = "value"
CREATED_AT: Final = "created_at"

IDENTITY: Final = (CHANNEL_ARN, ROTATION_TRIGGERS)
"""Inputs that a key is made for: a change makes another key."""

DECLARED: Final = (*IDENTITY, TAGS, EXISTING_KEY)
"""All inputs."""

COMPARED: Final = DECLARED
"""What diff compares; each is in the outputs too, because diff sees the old outputs alone."""

COMPUTED: Final = (ARN, VALUE, CREATED_AT)
"""What only create (and read) can tell."""

REPLACE: Final = "replace"
ADOPT: Final = "adopt"
FAIL: Final = "fail"
EXISTING_KEY_CHOICES: Final = (REPLACE, ADOPT, FAIL)
"""What create does with a key that the channel has already; the first is the default."""
