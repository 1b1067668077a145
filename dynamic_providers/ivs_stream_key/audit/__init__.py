"""The command `python -m ivs_stream_key audit`: what there is of channels and keys, and what is wrong with it."""
