import subprocess
import sys

import pytest

PROGRAM = """
import socket, sys
from unittest import mock

from botocore.loaders import JSONFileLoader
from ivs_stream_key.preload import preload

def refuse(*_arguments, **_options):
    raise AssertionError(_arguments)

with mock.patch("socket.socket.connect", refuse):
    preload()
modules = set(sys.modules)
from ivs_stream_key.ivs.clients import Clients

settings = {"aws:accessKey": "AKIAIOSFODNN7EXAMPLE", "aws:secretKey": "-" * 40}
with mock.patch.object(JSONFileLoader, "load_file", refuse):
    client = Clients(settings.get).client("us-west-2")
print(client.meta.region_name, sorted(set(sys.modules) - modules))
"""


@pytest.mark.slow("starts Python and imports botocore")
@pytest.mark.parametrize("profile", [None, "default"])
def test_after_preloading_the_first_client_imports_nothing_and_reads_no_model(profile, tmp_path, monkeypatch):
    if profile:
        (tmp_path / "config").write_text("[default]\ncredential_process = /bin/false\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_PROFILE", profile)
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout) == (0, "us-west-2 []\n"), run.stderr
