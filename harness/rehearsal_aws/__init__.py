"""The embedded AWS for rehearsals: moto's server with stream keys, and providers for `aws:*` types over boto3."""

from rehearsal_aws.cloud import EmbeddedAws

__all__ = ["EmbeddedAws"]
