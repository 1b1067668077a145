"""Providers of the modelled types of pulumi-aws. Imports neither the cloud nor the mocks."""
