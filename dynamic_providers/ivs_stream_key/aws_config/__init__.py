"""From pulumi-aws's settings to botocore sessions. Imports aws, errors and messages, and knows no stream key."""
