"""The command `python -m ivs_stream_key audit`: lists channels and keys, and what is wrong with them."""
