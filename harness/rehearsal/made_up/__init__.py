"""Outputs of unmodelled types: made up from what the installed SDK declares, or given by the user.

Imports state, errors and `rehearsal.provider`.
"""
