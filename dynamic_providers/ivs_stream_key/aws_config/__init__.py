"""Turns pulumi-aws's settings into botocore sessions. Imports aws, errors and messages; no code about stream keys."""
