"""A studio: a live channel, and a file with the channel's playback URL."""

import pulumi
from dynamic_providers.json_file import JsonFile

from ivs_channel import LiveChannel


class Studio(pulumi.ComponentResource):
    """A LiveChannel whose playback URL is in a JSON file."""

    def __init__(self, name: str, *, season: str, page: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("studios:index:Studio", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.live = LiveChannel(name, rotation_triggers={"season": season}, opts=child)
        self.page = JsonFile(name, path=page, content={"watch": self.live.playback_url}, opts=child)
        self.register_outputs({})
