"""The common base of IVS resources: the id is the ARN, and identifies the resource for tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.provider import PropertyMap
from rehearsal_aws.argument_rules import Rule, matching
from rehearsal_aws.resources.resource import AwsResource

__all__ = ["NAME", "IvsResource"]

NAME: Final[Rule] = matching(r"[0-9A-Za-z_-]{0,128}", "at most 128 letters, digits, hyphens and underscores")


class IvsResource(AwsResource):
    """A resource of IVS."""

    service = "ivs"
    auto_named = "name"

    def retag(self, client: Any, outputs: PropertyMap, gone: list[str], new: Mapping[str, str]) -> None:
        if gone:
            client.untag_resource(resourceArn=outputs["arn"], tagKeys=gone)
        if new:
            client.tag_resource(resourceArn=outputs["arn"], tags=dict(new))
