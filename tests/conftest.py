"""What the environment of whoever runs the tests would change about them."""

import signal

import pytest

_OF_PULUMI = (
    "PULUMI_CONFIG",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_CONFIG_SECRET_KEYS",
)


@pytest.fixture(scope="session", autouse=True)
def _no_config_from_outside():
    with pytest.MonkeyPatch.context() as patch:
        for name in _OF_PULUMI:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _signals_arrive():
    """Handle signals that a command in the background ignores: its children would ignore them too, and never end."""
    defaults = {"SIGINT": signal.default_int_handler, "SIGHUP": signal.SIG_DFL}
    for name, handler in defaults.items():
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is signal.SIG_IGN:
            signal.signal(getattr(signal, name), handler)
