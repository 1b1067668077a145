"""The engine, in the words of Pulumi's own: it decides on steps and takes them. Imports providers and state."""
