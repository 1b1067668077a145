"""What the environment of whoever runs the tests would change about them."""

import pytest

_OF_PULUMI = (
    "PULUMI_CONFIG",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_CONFIG_SECRET_KEYS",
)


@pytest.fixture(autouse=True)
def _no_config_from_outside(monkeypatch):
    for name in _OF_PULUMI:
        monkeypatch.delenv(name, raising=False)
