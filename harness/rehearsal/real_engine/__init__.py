"""The real engine: the same operations as `rehearsal.stack`, carried out by the Pulumi CLI."""
