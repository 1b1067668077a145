"""The real engine: the operations of `rehearsal.stack`, executed by the Pulumi CLI."""
