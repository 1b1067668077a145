"""Finds and calls providers, and runs the provider of dynamic resources. Imports state and `rehearsal.provider`."""
