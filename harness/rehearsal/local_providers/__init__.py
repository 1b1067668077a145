"""Providers of types that need no cloud: stack references, and the packages random, time, tls and command.

Imports state and `rehearsal.provider`.
"""
