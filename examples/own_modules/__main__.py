"""A studio: a live channel and a file with its playback URL, from the program's own modules."""

import pulumi
from components.studio import Studio

studio = Studio("studio", season=pulumi.Config().require("season"), page="watch.json")

pulumi.export("watch", studio.live.playback_url)
pulumi.export("page", studio.page.path)
