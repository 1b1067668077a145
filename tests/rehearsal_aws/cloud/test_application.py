"""The WSGI applications of moto's services, which are cached across clouds."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import moto.ivs.urls
import pytest

import moto_ivs
from moto_ivs.urls import with_added_paths
from rehearsal_aws.cloud.application import MotoApplication

SERVICES: Final = "dynamodb ec2 iam ivs kms lambda s3 secretsmanager ssm"


def test_two_clouds_share_a_services_application() -> None:
    with moto_ivs.stream_keys():
        first = MotoApplication().create_app("ivs")
    with moto_ivs.stream_keys():
        assert MotoApplication().create_app("ivs") is first


def test_a_service_with_different_routes_gets_its_own_application() -> None:
    with moto_ivs.stream_keys(), pytest.MonkeyPatch.context() as monkeypatch:
        before = MotoApplication().create_app("ivs")
        monkeypatch.setattr(moto.ivs.urls, "url_paths", dict(moto.ivs.urls.url_paths))
        assert MotoApplication().create_app("ivs") is not before


def test_the_extensions_routes_are_cached_per_dict_of_moto() -> None:
    moto_paths = {"{0}/CreateChannel": print}
    merged = with_added_paths(moto_paths)
    assert with_added_paths(moto_paths) is merged
    assert with_added_paths(dict(moto_paths)) is not merged
    assert merged["{0}/CreateChannel"] is print
    assert "{0}/CreateStreamKey$" in merged


@pytest.mark.slow("a process with an embedded AWS")
def test_a_cloud_loads_services_on_demand() -> None:
    program = (
        "import sys, rehearsal_aws.cloud.application; print(*sorted(m for m in sys.modules if m.startswith('moto.')))"
    )
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert "moto.moto_server" in loaded
    services = set(SERVICES.split()) & {name.split(".")[1] for name in loaded}
    assert services == set()
