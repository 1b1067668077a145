"""Loads what a process of dynamic providers needs, before its first call.

Rehearsal calls it (entry point group ``rehearsal.preload``) in the process that it forks the providers' from: each fork
then lacks nothing, where importing botocore and reading its models takes a third of a second.
"""

from typing import Final

from ivs_stream_key import provider
from ivs_stream_key.ivs import channel_fields, recording_configurations, restriction_policies, stream_keys

__all__ = ["preload"]

_IMPORTED: Final = (provider, channel_fields, recording_configurations, restriction_policies, stream_keys)


def preload() -> None:
    """Read botocore's models for a client of IVS, without credentials and without the network."""
    from ivs_stream_key.aws_config.sessions import read_models  # noqa: PLC0415 - only once it is called

    read_models("ivs")
