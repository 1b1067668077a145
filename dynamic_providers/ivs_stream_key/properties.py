"""The names of a stream key's properties. They are in users' state: none may be renamed."""

from typing import Final

__all__ = [
    "ADOPT",
    "ARN",
    "CHANNEL_ARN",
    "COMPARED",
    "COMPUTED",
    "CONNECTION",
    "CREATED_AT",
    "DECLARED",
    "DELETION_PROTECTION",
    "EXISTING_KEY",
    "EXISTING_KEY_CHOICES",
    "FAIL",
    "IDENTITY",
    "KEEP",
    "OWNER",
    "OWNER_TAG",
    "PROTECT",
    "REPLACE",
    "ROTATION_DAYS",
    "ROTATION_DUE_AT",
    "ROTATION_SCHEDULE",
    "ROTATION_TRIGGERS",
    "SECRET_INPUTS",
    "STOP",
    "TAGS",
    "TAGS_ALL",
    "VALUE",
    "WHEN_LIVE",
    "WHEN_LIVE_CHOICES",
]

CHANNEL_ARN: Final = "channel_arn"
TAGS: Final = "tags"
ROTATION_TRIGGERS: Final = "rotation_triggers"
EXISTING_KEY: Final = "existing_key"
ROTATION_DAYS: Final = "rotation_days"
ROTATION_SCHEDULE: Final = "rotation_schedule"
WHEN_LIVE: Final = "when_live"
CONNECTION: Final = "connection"
DELETION_PROTECTION: Final = "deletion_protection"
OWNER: Final = "owner"
PROTECT: Final = "protect"
SECRET_INPUTS: Final = "secret_inputs"  # noqa: S105 - a property's name

ARN: Final = "arn"
VALUE: Final = "value"
CREATED_AT: Final = "created_at"
ROTATION_DUE_AT: Final = "rotation_due_at"
TAGS_ALL: Final = "tags_all"
OWNER_TAG: Final = "owner_tag"

IDENTITY: Final = (CHANNEL_ARN, ROTATION_TRIGGERS)
"""Inputs that replace the key when they change."""

_IN_PLACE: Final = (TAGS, EXISTING_KEY, ROTATION_DAYS, ROTATION_SCHEDULE, WHEN_LIVE, CONNECTION, DELETION_PROTECTION)

COMPARED: Final = (*IDENTITY, *_IN_PLACE, TAGS_ALL)
"""What diff compares; each is in the outputs too, because diff gets only the old outputs.

`tags_all` is not an input: it is computed from the inputs and the settings.
"""

DECLARED: Final = (*IDENTITY, *_IN_PLACE, OWNER)
"""All inputs. `owner` does not come from the user: it names the key's owner. Its change does not change the key.

Check also gets `protect`, whether the resource has Pulumi's option of that name, and `secret_inputs`, the names of the
inputs that the program has marked as secrets as a whole. It does not pass these on.
"""

COMPUTED: Final = (ARN, VALUE, CREATED_AT, ROTATION_DUE_AT, TAGS_ALL, OWNER_TAG)
"""The outputs that only create and read can determine.

`owner_tag` is the text of the owner tag when this resource created the key or took it over: a delete compares it to
find out whether somebody else has taken the key over since.
"""

REPLACE: Final = "replace"
ADOPT: Final = "adopt"
FAIL: Final = "fail"
EXISTING_KEY_CHOICES: Final = (REPLACE, ADOPT, FAIL)
"""What create does with a key that the channel already has; the first is the default."""

KEEP: Final = "keep"
STOP: Final = "stop"
WHEN_LIVE_CHOICES: Final = (KEEP, FAIL, STOP)
"""What rotating or deleting a key does while its channel is live; the first is the default."""
