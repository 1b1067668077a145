"""What the environment of whoever runs the tests would change about them."""

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
