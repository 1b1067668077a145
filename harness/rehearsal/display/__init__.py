"""What a terminal shows of an operation. Imports the engine's events and the state."""
