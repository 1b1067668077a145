"""The run of a Pulumi program: its resource monitor, and what it may not leave behind. Imports the engine."""
