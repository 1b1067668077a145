"""``aws:ivs/channel:Channel``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rehearsal.provider import PropertyMap
from rehearsal_aws.resource import AwsResource

__all__ = ["Channel"]


class Channel(AwsResource):
    """An IVS channel, as Terraform's ``aws_ivs_channel`` treats it; its id is the ARN.

    CreateChannel makes a stream key as well, which neither Terraform nor this tells of.
    """

    title = "IVS Channel"
    service = "ivs"
    arguments = ("authorized", "latencyMode", "name", "recordingConfigurationArn", "type")
    kept = frozenset(arguments)
    computed = ("arn", "ingestEndpoint", "playbackUrl")
    auto_named = "name"

    def make(self, client: Any, inputs: PropertyMap, tags: Mapping[str, str]) -> str:
        given = {name: inputs[name] for name in self.arguments if name in inputs}
        arn: str = client.create_channel(**given, tags=dict(tags))["channel"]["arn"]
        return arn

    def find(self, client: Any, id: str) -> PropertyMap:
        channel = client.get_channel(arn=id)["channel"]
        return {name: channel.get(name) for name in (*self.arguments, *self.computed, "tags")}

    def change(self, client: Any, id: str, changed: frozenset[str], inputs: PropertyMap) -> None:
        client.update_channel(arn=id, **{name: inputs[name] for name in changed})

    def retag(self, client: Any, outputs: PropertyMap, gone: list[str], new: Mapping[str, str]) -> None:
        if gone:
            client.untag_resource(resourceArn=outputs["arn"], tagKeys=gone)
        if new:
            client.tag_resource(resourceArn=outputs["arn"], tags=dict(new))

    def remove(self, client: Any, id: str) -> None:
        client.delete_channel(arn=id)
