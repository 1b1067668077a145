"""The real engine: the operations of `rehearsal.stack`, executed by the Pulumi CLI.

Imports plugin_server, `rehearsal.stack` and the folders below them.
"""
