"""The embedded cloud: moto behind a server, faults, and persistence. Imports no resource types of pulumi-aws."""
