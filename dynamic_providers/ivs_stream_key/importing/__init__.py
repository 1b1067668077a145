"""The command ``python -m ivs_stream_key import``. Imports ivs, the folders below it, and the names of properties."""
