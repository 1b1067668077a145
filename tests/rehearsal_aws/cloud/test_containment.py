"""The embedded AWS has no effects outside its process: it starts no containers, and writes no recordings."""

import urllib.error
import urllib.request

import pytest
from moto.moto_api import recorder
from moto.utilities.docker_utilities import DockerModel

from rehearsal_aws import EmbeddedAws
from rehearsal_aws.cloud.containment import contained


@pytest.mark.parametrize("call", ["start_recording", "reset_recording", "replay_recording", "download_recording"])
def test_no_recording_is_made_read_or_replayed(tmp_path, monkeypatch, call):
    monkeypatch.setattr(recorder, "_location", str(tmp_path / "recording"))
    with contained(), pytest.raises(NotImplementedError, match="makes no recordings"):
        getattr(recorder, call)()
    assert list(tmp_path.iterdir()) == []


def test_no_content_of_a_recording_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "_location", str(tmp_path / "recording"))
    with contained(), pytest.raises(NotImplementedError):
        recorder.upload_recording(b"content")
    assert list(tmp_path.iterdir()) == []
    recorder.upload_recording(b"content")
    assert (tmp_path / "recording").read_bytes() == b"content"


def test_no_container_is_started(monkeypatch):
    docker = pytest.importorskip("docker")
    monkeypatch.setattr(docker, "from_env", lambda: pytest.fail("a container was to run"))
    with contained(), pytest.raises(docker.errors.DockerException, match="runs no containers"):
        DockerModel().docker_client.containers.run("image")


def test_the_embedded_aws_is_contained(tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "_location", str(tmp_path / "recording"))
    cloud = EmbeddedAws()
    try:
        request = urllib.request.Request(f"{cloud.url}/moto-api/recorder/start-recording", method="POST")  # noqa: S310
        with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(request):  # noqa: S310
            pass
    finally:
        cloud.close()
    assert "makes no recordings" in refused.value.read().decode()
    assert list(tmp_path.iterdir()) == []
