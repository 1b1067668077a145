"""The embedded AWS for rehearsals: moto's server with stream keys, and providers for `aws:*` types over boto3."""

from rehearsal_aws.embedded_aws import EmbeddedAws

__all__ = ["EmbeddedAws"]
