"""The embedded AWS as a cloud of rehearsal's."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rehearsal.provider import ProviderFactory


class EmbeddedAws:
    """Placeholder until the server lands."""

    def __init__(self, folder: Path | None, config: Mapping[str, Any]) -> None:
        del folder, config

    def environment(self) -> Mapping[str, str | None]:
        return {}

    def providers(self) -> Mapping[str, ProviderFactory]:
        return {}

    def close(self) -> None:
        pass
