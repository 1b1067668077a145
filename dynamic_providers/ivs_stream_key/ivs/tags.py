"""Changes the tags of IVS resources of any type."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ivs_stream_key.aws.error_mapping import translate_aws_errors

__all__ = ["retag", "without_system_tags"]

_SYSTEM_TAGS: Final = "aws:"


def retag(client: Any, arn: str, gone: Iterable[str], new: Mapping[str, str]) -> None:
    """Remove the tags `gone` and set the tags `new`; makes no call if both are empty. Failures are StreamKeyErrors."""
    # Untag first: a resource with the maximum number of tags has no room for new ones.
    names = sorted(gone)
    if names:
        with translate_aws_errors("UntagResource", arn):
            client.untag_resource(resourceArn=arn, tagKeys=names)
    if new:
        with translate_aws_errors("TagResource", arn):
            client.tag_resource(resourceArn=arn, tags=dict(new))


def without_system_tags(tags: Mapping[str, str] | None) -> dict[str, str]:
    """Return the tags without those that AWS sets itself."""
    return {name: text for name, text in (tags or {}).items() if not name.startswith(_SYSTEM_TAGS)}
