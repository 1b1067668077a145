"""Takes over the key of a channel that somebody else manages, with its value: its encoder keeps working.

Afterwards it is a StreamKey like any other: a change of `season` rotates it.
"""

import pulumi

from ivs_stream_key import StreamKey

config = pulumi.Config()
key = StreamKey(
    "studio",
    config.require("channel_arn"),
    rotation_triggers={"season": config.require("season")},
    existing_key="adopt",
)

pulumi.export("stream_key_arn", key.arn)
pulumi.export("stream_key", key.value)
