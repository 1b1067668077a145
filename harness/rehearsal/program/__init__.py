"""The run of a Pulumi program: its resource monitor and its isolation. Imports the engine."""
