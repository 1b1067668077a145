"""A live channel whose key is replaced by the first `pulumi up` that finds it old enough, but never during a broadcast.

Nothing rotates unless `pulumi up` runs: `.github/workflows/nightly.yml` runs it. While the
channel is live, `when_live="fail"` makes that run fail, already in its preview, and the run of the next night tries
again.
"""

import pulumi

from ivs_channel import LiveChannel

live = LiveChannel("live", rotation_days=pulumi.Config().require_int("rotation_days"), when_live="fail")

pulumi.export("channel_arn", live.channel_arn)
pulumi.export("stream_key", live.stream_key)
pulumi.export("rotation_due_at", live.key.rotation_due_at)
