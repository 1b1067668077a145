"""The embedded cloud: moto behind a server, its faults, and what it keeps. Imports no type of pulumi-aws."""
