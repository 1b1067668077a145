"""The calls to IVS: their clients, their rate, and the owner tag. Imports aws_config and what lies below it."""
