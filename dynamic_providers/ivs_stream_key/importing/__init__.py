"""The command ``python -m ivs_stream_key import``. Imports ivs and what lies below it, and the keys of properties."""
