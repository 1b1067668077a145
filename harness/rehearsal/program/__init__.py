"""Runs a Pulumi program: its resource monitor and its isolation. Imports the engine."""
