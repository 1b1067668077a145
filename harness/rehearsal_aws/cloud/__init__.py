"""The embedded cloud: moto behind a server, its faults, and its file. Imports no type of pulumi-aws."""
