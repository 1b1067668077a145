"""Serves rehearsal's providers as plugins of the real engine: ``pulumi-resource-PACKAGE`` executables.

Imports `rehearsal.stack`, display, and the folders below them.
"""

from __future__ import annotations

from rehearsal.plugin_server.plugin import install_plugin, plugin_environment
from rehearsal.plugin_server.servicer import ProviderServicer

__all__ = ["ProviderServicer", "install_plugin", "plugin_environment"]
