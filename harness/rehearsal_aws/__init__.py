"""The embedded AWS for rehearsals: moto's server with stream keys, and providers for `aws:*` types over boto3.

Imports rehearsal and moto_ivs, and nothing that is tested with it.
"""

from rehearsal_aws.embedded_aws import EmbeddedAws

__all__ = ["EmbeddedAws"]
