"""Providers that come with the engine, above all that of dynamic resources. Imports state and `rehearsal.provider`."""
