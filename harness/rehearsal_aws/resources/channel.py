"""``aws:ivs/channel:Channel``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rehearsal.provider import PropertyMap
from rehearsal_aws.argument_rules import Rule, arn, one_of_enum
from rehearsal_aws.resources.ivs_resource import NAME, IvsResource

__all__ = ["Channel"]


class Channel(IvsResource):
    """An IVS channel, with the behaviour of Terraform's ``aws_ivs_channel``; its id is the ARN.

    CreateChannel also creates a stream key, which is not an output, as in Terraform.
    """

    title = "IVS Channel"
    arguments = ("authorized", "latencyMode", "name", "recordingConfigurationArn", "type")
    kept = frozenset(arguments)
    rules: ClassVar[Mapping[str, Rule]] = {
        "latencyMode": one_of_enum("ivs", "ChannelLatencyMode"),
        "name": NAME,
        "recordingConfigurationArn": lambda value: None if value == "" else arn(value),
        "type": one_of_enum("ivs", "ChannelType"),
    }
    computed = ("arn", "ingestEndpoint", "playbackUrl")

    def make(self, client: Any, inputs: PropertyMap, tags: Mapping[str, str]) -> str:
        given = {name: inputs[name] for name in self.arguments if name in inputs}
        made: str = client.create_channel(**given, tags=dict(tags))["channel"]["arn"]
        return made

    def find(self, client: Any, id: str, known: PropertyMap) -> PropertyMap:
        del known
        channel = client.get_channel(arn=id)["channel"]
        return {name: channel.get(name) for name in (*self.arguments, *self.computed, "tags")}

    def change(self, client: Any, id: str, changed: frozenset[str], inputs: PropertyMap, olds: PropertyMap) -> None:
        del olds
        client.update_channel(arn=id, **{name: inputs[name] for name in changed})

    def remove(self, client: Any, id: str, known: PropertyMap) -> None:
        del known
        client.delete_channel(arn=id)
