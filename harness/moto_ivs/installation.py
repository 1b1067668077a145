"""Installs the extension into this process's moto, and uninstalls it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import moto.ivs.models
import moto.ivs.urls
from moto.core.base_backend import backend_lock
from moto.ivs.models import IVSBackend, ivs_backends
from moto.ivs.responses import IVSResponse

from moto_ivs.ad_configurations import AdConfigurationBackend, AdConfigurationResponse
from moto_ivs.channels import REPLACED, ChannelBackend, ChannelResponse
from moto_ivs.exceptions import ResourceNotFoundException
from moto_ivs.failover_slate_configurations import (
    FailoverSlateConfigurationBackend,
    FailoverSlateConfigurationResponse,
)
from moto_ivs.models import STATE, StreamKeyBackend, create_key_with_channel, delete_key_with_channel, refuse_if_live
from moto_ivs.patching import Undo, add, patch
from moto_ivs.playback_key_pairs import PlaybackKeyPairBackend, PlaybackKeyPairResponse
from moto_ivs.playback_restriction_policies import (
    PlaybackRestrictionPolicyBackend,
    PlaybackRestrictionPolicyResponse,
)
from moto_ivs.recording_configurations import (
    RecordingConfigurationBackend,
    RecordingConfigurationResponse,
    check_recording_configuration,
)
from moto_ivs.responses import StreamKeyResponse, route_untag_without_keys, validate_with_model
from moto_ivs.server import add_routes
from moto_ivs.stream_sessions import StreamSessionBackend, StreamSessionResponse
from moto_ivs.urls import with_added_paths
from moto_ivs.viewer_sessions import ViewerSessionBackend, ViewerSessionResponse

__all__ = ["install", "stream_keys", "uninstall"]

_CHECKED = ("get_channel", "delete_channel")

_ADDITIONS: tuple[tuple[type, type], ...] = (
    (StreamKeyBackend, IVSBackend),
    (ChannelBackend, IVSBackend),
    (StreamSessionBackend, IVSBackend),
    (ViewerSessionBackend, IVSBackend),
    (RecordingConfigurationBackend, IVSBackend),
    (PlaybackKeyPairBackend, IVSBackend),
    (PlaybackRestrictionPolicyBackend, IVSBackend),
    (AdConfigurationBackend, IVSBackend),
    (FailoverSlateConfigurationBackend, IVSBackend),
    (StreamKeyResponse, IVSResponse),
    (ChannelResponse, IVSResponse),
    (StreamSessionResponse, IVSResponse),
    (ViewerSessionResponse, IVSResponse),
    (RecordingConfigurationResponse, IVSResponse),
    (PlaybackKeyPairResponse, IVSResponse),
    (PlaybackRestrictionPolicyResponse, IVSResponse),
    (AdConfigurationResponse, IVSResponse),
    (FailoverSlateConfigurationResponse, IVSResponse),
)


class _Installation:
    """Counts the users of the extension (`install` and each `stream_keys` block), and uninstalls it after the last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._undo: ExitStack | None = None
        self._permanent = False
        self._blocks = 0

    def change(self, *, permanent: bool | None = None, blocks: int = 0) -> None:
        with self._lock:
            permanent = self._permanent if permanent is None else permanent
            blocks += self._blocks
            if (permanent or blocks) and self._undo is None:
                self._undo = _patched()
            elif not permanent and not blocks and self._undo is not None:
                undo, self._undo = self._undo, None
                undo.close()
            self._permanent, self._blocks = permanent, blocks


_installation = _Installation()


def install() -> None:
    """Add this package's operations to moto's IVS in this process. A second call does nothing.

    Existing backends and servers get them too. Channels from before have no key: moto stores none.

    Raises IncompatibleMoto, and leaves moto unchanged, if moto lacks an attribute to patch or has one to add.
    """
    _installation.change(permanent=True)


def uninstall() -> None:
    """Restore moto as before `install`: stream keys and streams are removed, channels stay.

    While a `stream_keys` block runs, the extension stays until that block ends.
    """
    _installation.change(permanent=False)


@contextmanager
def stream_keys() -> Iterator[None]:
    """Have the extension installed within the block. Blocks may be nested; after the last, moto is restored."""
    _installation.change(blocks=1)
    try:
        yield
    finally:
        _installation.change(blocks=-1)


def _patched() -> ExitStack:
    with ExitStack() as stack:
        stack.callback(_forget_state)
        for undo in add_routes():
            stack.callback(undo)
        for undo in _patches():
            stack.callback(undo)
        return stack.pop_all()


def _patches() -> Iterator[Undo]:
    for added, target in _ADDITIONS:
        for name, value in vars(added).items():
            if not name.startswith("__") and not (added is ChannelResponse and name in REPLACED):
                yield add(target, name, value)
    yield patch(moto.ivs.models, "ResourceNotFoundException", lambda _: ResourceNotFoundException)
    yield patch(IVSBackend, "create_channel", create_key_with_channel)
    yield patch(IVSBackend, "create_channel", check_recording_configuration)
    yield patch(IVSBackend, "delete_channel", delete_key_with_channel)
    yield patch(IVSBackend, "update_channel", refuse_if_live)
    yield patch(IVSBackend, "update_channel", check_recording_configuration)
    for operation in _CHECKED:
        yield patch(IVSResponse, operation, validate_with_model)
    for operation in REPLACED:
        yield patch(IVSResponse, operation, _replaced_by(vars(ChannelResponse)[operation]))
    yield patch(IVSResponse, "_get_action_from_method_and_request_uri", route_untag_without_keys)
    # Patch the routes last, when their targets exist, with a new dict: a server may be reading the old one.
    yield patch(moto.ivs.urls, "url_paths", with_added_paths)


def _replaced_by(replacement: object) -> Callable[[object], object]:
    return lambda _original: replacement


def _forget_state() -> None:
    with backend_lock:
        for _, _, backend in ivs_backends.iter_backends():
            for name in STATE:
                vars(backend).pop(name, None)
