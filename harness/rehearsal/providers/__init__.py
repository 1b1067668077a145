"""The engine's own providers, above all that of dynamic resources. Imports state and `rehearsal.provider`."""
