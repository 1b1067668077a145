"""The calls to IVS: clients, rate limit, and owner tag. Imports aws_config and the folders below it."""
