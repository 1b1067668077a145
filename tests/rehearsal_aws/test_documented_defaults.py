"""Made-up numbers and booleans are the defaults from AWS's documentation."""

from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from rehearsal_aws import documented_defaults
from rehearsal_aws.documented_defaults import documented_default


@pytest.mark.parametrize(
    ("service", "kind", "name", "default"),
    [
        ("ivschat", "Room", "maximumMessageLength", 500),
        ("ivschat", "Room", "maximumMessageRatePerSecond", 10),
        ("ivs", "Channel", "insecureIngest", False),
        ("ivschat", "Room", "name", None),
        ("ivschat", "Room", "nothing", None),
        ("ivschat", "Rooms", "maximumMessageLength", None),
        ("no-such-service", "Room", "maximumMessageLength", None),
    ],
)
def test_defaults_are_found_in_the_creating_operation(service: str, kind: str, name: str, default: Any) -> None:
    found = documented_default(service, kind, name)
    assert found == default
    assert type(found) is type(default)


def test_a_services_model_is_read_once_for_several_types(monkeypatch: pytest.MonkeyPatch) -> None:
    documented_defaults._documentation.cache_clear()
    documented_defaults._model.cache_clear()
    read, files = Path.read_bytes, []
    monkeypatch.setattr(Path, "read_bytes", lambda path: files.append(path) or read(path))
    assert documented_default("ivs", "Channel", "insecureIngest") is False
    assert documented_default("ivs", "RecordingConfiguration", "recordingReconnectWindowSeconds") == 0
    assert len(files) == 1


def test_a_made_up_chat_room_has_awss_default_limits(rehearse: Any) -> None:
    def program() -> None:
        plain = aws.ivschat.Room("plain")
        given = aws.ivschat.Room("given", maximum_message_length=9)
        pulumi.export("plain", [plain.maximum_message_length, plain.maximum_message_rate_per_second])
        pulumi.export("given", [given.maximum_message_length, given.maximum_message_rate_per_second])

    outputs = rehearse(program, unmodelled="made-up").up().outputs
    assert (outputs["plain"].value, outputs["given"].value) == ([500, 10], [9, 10])
