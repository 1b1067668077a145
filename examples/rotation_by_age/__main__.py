"""A live channel whose key is replaced when it has reached a certain age, but never during a broadcast.

Nothing rotates unless `pulumi up` runs: `.github/workflows/nightly.yml` runs it every night. While the channel is live,
`when_live="fail"` makes the preview and the run fail. The run of the next night tries again.
"""

import pulumi

from ivs_channel import LiveChannel

live = LiveChannel("live", rotation_days=pulumi.Config().require_int("rotation_days"), when_live="fail")

pulumi.export("channel_arn", live.channel_arn)
pulumi.export("stream_key", live.stream_key)
pulumi.export("rotation_due_at", live.key.rotation_due_at)
