"""Shows an operation on a terminal. Imports the engine's events and the state."""
