from __future__ import annotations

import importlib.util
from pathlib import Path

import moto.ivs.urls
import pytest
from moto.core.utils import get_service_model
from moto.ivs.models import IVSBackend
from moto.ivs.responses import IVSResponse

import moto_ivs
from moto_ivs.urls import url_paths

MOTO_OPERATIONS = {path.removeprefix("{0}/") for path in moto.ivs.urls.url_paths if path not in url_paths}
EXTENSION_OPERATIONS = [name for name in get_service_model("ivs").operation_names if name not in MOTO_OPERATIONS]


@pytest.mark.parametrize("operation", EXTENSION_OPERATIONS)
def test_every_operation_has_a_path_a_response_and_a_backend_method(operation: str) -> None:
    uri = get_service_model("ivs").operation_model(operation).http["requestUri"]
    assert f"{{0}}{uri.replace('{resourceArn}', '(?P<resourceArn>.+)')}$" in url_paths
    method = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")
    with moto_ivs.stream_keys():
        assert callable(vars(IVSResponse)[method])
        assert callable(vars(IVSBackend)[method])


def test_no_path_collides_with_motos_paths() -> None:
    source = Path(importlib.util.find_spec("moto.ivs.urls").origin).read_text(encoding="utf-8")
    assert '"{0}/CreateChannel"' in source
    assert [path for path in url_paths if f'"{path.rstrip("$")}' in source] == []
