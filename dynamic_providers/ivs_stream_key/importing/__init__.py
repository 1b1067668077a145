"""The command ``python -m ivs_stream_key import``. Imports command_line, provider and what they import."""
