"""The engine, with the terms of Pulumi's own: it plans steps and executes them. Imports providers and state."""
