"""From pulumi-aws's settings to botocore sessions. Imports aws, errors and messages; knows nothing of stream keys."""
