"""The DEBUG logs of a program contain no records of the harness in the same process, and no stream keys."""

import logging
import re

import pulumi
import pytest
from pulumi_aws import ivs, ssm

from ivs_channel import LiveChannel
from rehearsal import Project, Stack

KEY = re.compile(r"sk_[a-z0-9-]+_\w{12}")


class RecordingHandler(logging.Handler):
    """Keeps the logger's name and the text of each record."""

    def __init__(self):
        super().__init__(logging.NOTSET)
        self.records = []

    def emit(self, record):
        self.records.append((record.name, self.format(record)))


@pytest.mark.slow("operations of a stack with logging at DEBUG")
def test_debug_logging_of_the_program_shows_no_harness_logs(tmp_path):
    handler = RecordingHandler()

    def program():
        logging.basicConfig(level=logging.DEBUG, force=True, handlers=[handler])
        logging.getLogger("program").debug("of the program")
        live = LiveChannel("live")
        ssm.Parameter("key", type="SecureString", value=live.stream_key)
        pulumi.export("read", ivs.get_stream_key_output(channel_arn=live.channel.arn).value)

    project = Project("p", tmp_path, tmp_path)
    with Stack(project, program=program, provider_process=False) as stack:
        report = stack.up()
        assert report.ok, report.errors
        assert stack.preview().ok
    names = {name for name, _ in handler.records}
    assert "program" in names
    shown = [name for name in names if name.partition(".")[0] in {"botocore", "boto3", "urllib3", "moto", "werkzeug"}]
    assert shown == []
    assert not any(KEY.search(text) for _, text in handler.records)
