"""Loads the modules and models that a provider process needs, before its first call.

Rehearsal calls this (entry point group ``rehearsal.preload``) in the process from which it forks provider processes. It
saves each fork a third of a second for importing botocore and reading its models.
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
