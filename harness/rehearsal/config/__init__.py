"""Config of a stack: from its file, the command line and the environment. Imports state and errors."""
