"""A private channel: low latency, only for viewers with a token from some countries, with recordings in S3."""

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel, PlaybackRestriction, Recording

config = pulumi.Config()
recordings = aws.s3.Bucket("recordings", force_destroy=True)

live = LiveChannel(
    "live",
    latency_mode="LOW",
    # The public key of the server that signs viewers' tokens with the private key.
    playback_authorization=config.require("public_key"),
    playback_restriction=PlaybackRestriction(allowed_countries=config.require_object("countries")),
    recording=Recording(
        bucket=recordings,
        thumbnails={"recording_mode": "INTERVAL", "target_interval_seconds": 10, "storage": ["LATEST"]},
        renditions={"rendition_selection": "CUSTOM", "renditions": ["HD", "SD"]},
        reconnect_window_seconds=60,
    ),
)

pulumi.export("watch", live.playback_url)
pulumi.export("recordings", recordings.bucket)
