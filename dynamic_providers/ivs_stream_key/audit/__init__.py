"""The command `python -m ivs_stream_key audit`: lists channels and keys, and what is wrong with them.

Imports command_line, ivs, aws_config and the folders below them.
"""
