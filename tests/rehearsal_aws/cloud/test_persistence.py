"""An embedded cloud that is opened again after a close or a kill has the same resources."""

import contextlib
import errno
import functools
import http.server
import json
import os
import shutil
import socketserver
import subprocess
import sys
import threading
import warnings
from random import Random
from typing import ClassVar

import pytest
from botocore.exceptions import ClientError

import moto_ivs
from random_aws import RandomCalls, read_resources
from rehearsal.errors import StateError
from rehearsal_aws import EmbeddedAws
from rehearsal_aws.cloud import persistence
from rehearsal_aws.cloud.journal import line_of, read_journal
from rehearsal_aws.cloud.persistence import Persistence

CHANNEL = "arn:aws:ivs:us-east-1:123456789012:channel/"


@contextlib.contextmanager
def open_cloud(folder):
    cloud = EmbeddedAws(folder)
    try:
        yield cloud, functools.cache(lambda service: cloud.boto3(service, "us-east-1"))
    finally:
        cloud.close()


def copy_as_killed(folder, to):
    """Copy the folder in its current state, as a kill would leave it; return the copy."""
    shutil.copytree(folder, to)
    return to


def journal_lines(folder):
    return (folder / "aws.journal").read_bytes().splitlines(keepends=True)


def channel_names(folder):
    with open_cloud(folder) as (_, clients):
        return sorted(channel["name"] for channel in clients("ivs").list_channels()["channels"])


@pytest.mark.slow("random calls of all services")
def test_every_service_is_restored_after_random_calls_a_kill_and_a_close(tmp_path, monkeypatch):
    """The killed cloud is restored from contents and calls, the closed one from contents. tests/deep has more cases."""
    monkeypatch.setattr(persistence, "_MOST_CALLS", 30)
    with open_cloud(tmp_path / "cloud") as (_, clients):
        calls = RandomCalls(clients, Random(0))
        for _ in range(40):
            calls.call_once()
        seen = read_resources(clients, calls)
        copy_as_killed(tmp_path / "cloud", tmp_path / "killed")
    for folder in ("killed", "cloud"):
        with open_cloud(tmp_path / folder) as (cloud, clients):
            assert read_resources(clients, calls) == seen
            for session in calls.sessions:
                assert "assumed-role" in _caller_arn(cloud, session)
            assert cloud.failure == ""


def test_a_channels_references_and_sessions_are_restored(tmp_path):
    def read_channel(ivs, channel):
        responses = [
            ivs.get_channel(arn=channel),
            ivs.get_stream(channelArn=channel),
            ivs.list_stream_sessions(channelArn=channel),
            ivs.get_stream_session(channelArn=channel),
            ivs.list_recording_configurations(),
            ivs.list_playback_restriction_policies(),
        ]
        return [{name: part for name, part in answer.items() if name != "ResponseMetadata"} for answer in responses]

    with open_cloud(tmp_path) as (_, clients):
        ivs, s3 = clients("ivs"), clients("s3")
        s3.create_bucket(Bucket="recordings")
        to = {"s3": {"bucketName": "recordings"}}
        references = {
            "recordingConfigurationArn": ivs.create_recording_configuration(destinationConfiguration=to)[
                "recordingConfiguration"
            ]["arn"],
            "playbackRestrictionPolicyArn": ivs.create_playback_restriction_policy(allowedCountries=["AT"])[
                "playbackRestrictionPolicy"
            ]["arn"],
        }
        channel = ivs.create_channel(containerFormat="FRAGMENTED_MP4", **references)["channel"]["arn"]
        for _ in range(2):
            moto_ivs.go_offline(channel)
            moto_ivs.go_live(channel, health="STARVING")
        before = read_channel(ivs, channel)
    with open_cloud(tmp_path) as (_, clients):
        assert read_channel(clients("ivs"), channel) == before
        with pytest.raises(ClientError, match="ConflictException"):
            clients("ivs").delete_playback_restriction_policy(arn=references["playbackRestrictionPolicyArn"])


def _caller_arn(cloud, session):
    import boto3

    return boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=cloud.url,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    ).get_caller_identity()["Arn"]


@pytest.mark.slow("a process with an embedded AWS")
def test_acknowledged_calls_survive_a_kill(tmp_path):
    script = (
        "import os, pathlib, sys; from rehearsal_aws import EmbeddedAws; "
        "c = EmbeddedAws(pathlib.Path(sys.argv[1])).boto3('ivs', 'us-east-1'); "
        "print(c.create_channel(name='a')['channel']['arn'], flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -9
    with open_cloud(tmp_path) as (cloud, clients):
        assert [c["arn"] for c in clients("ivs").list_channels()["channels"]] == [done.stdout.strip()]
        assert cloud.remaining()


def test_calls_of_the_tests_own_client_are_persisted(tmp_path):
    with open_cloud(tmp_path / "cloud") as (_, clients):
        arn = clients("ivs").create_channel()["channel"]["arn"]
        moto_ivs.go_live(arn, viewer_count=3)
        copy_as_killed(tmp_path / "cloud", tmp_path / "killed")
    with open_cloud(tmp_path / "killed") as (_, clients):
        assert clients("ivs").get_stream(channelArn=arn)["stream"]["viewerCount"] == 3
        moto_ivs.go_offline(arn)
        copy_as_killed(tmp_path / "killed", tmp_path / "again")
    with open_cloud(tmp_path / "again") as (_, clients):
        assert clients("ivs").list_streams()["streams"] == []


@pytest.mark.slow("opens a stored cloud several times")
def test_an_incomplete_record_is_dropped_and_overwritten(tmp_path):
    with open_cloud(tmp_path / "cloud") as (_, clients):
        clients("ivs").create_channel(name="whole")
        clients("ivs").create_channel(name="cut")
        copy_as_killed(tmp_path / "cloud", tmp_path / "killed")
    file = tmp_path / "killed" / "aws.journal"
    file.write_bytes(file.read_bytes()[:-9])
    with open_cloud(tmp_path / "killed") as (_, clients):
        assert [c["name"] for c in clients("ivs").list_channels()["channels"]] == ["whole"]
        clients("ivs").create_channel(name="next")
        copy_as_killed(tmp_path / "killed", tmp_path / "again")
    assert channel_names(tmp_path / "again") == ["next", "whole"]


@pytest.mark.slow("opens a stored cloud several times")
def test_calls_are_compacted_to_the_resulting_state(tmp_path, monkeypatch):
    monkeypatch.setattr(persistence, "_MOST_CALLS", 5)
    monkeypatch.setattr(persistence, "_SHARE", float("inf"))
    with open_cloud(tmp_path) as (_, clients):
        for number in range(12):
            clients("ivs").create_channel(name=str(number))
        assert len(journal_lines(tmp_path)) == 1 + 2
    assert len(journal_lines(tmp_path)) == 1
    assert len(channel_names(tmp_path)) == 12


def test_a_cloud_that_is_only_read_leaves_no_file(tmp_path):
    with open_cloud(tmp_path / "cloud") as (_, clients):
        clients("ivs").list_channels()
        clients("sts").get_caller_identity()
    assert not (tmp_path / "cloud").exists()


def test_services_with_unknown_types_are_restored_by_repeating_calls(tmp_path):
    with open_cloud(tmp_path) as (_, clients):
        clients("sns").create_topic(Name="topic")
        clients("ivs").create_channel(name="a")
    assert len(journal_lines(tmp_path)) == 3
    with open_cloud(tmp_path) as (_, clients):
        assert len(clients("sns").list_topics()["Topics"]) == 1
        assert len(clients("ivs").list_channels()["channels"]) == 1


@pytest.mark.slow("opens a stored cloud several times")
def test_unrepeatable_services_are_reported_and_the_others_kept(tmp_path):
    with open_cloud(tmp_path) as (_, clients):
        clients("ivs").create_channel(name="a")
        clients("sns").create_topic(Name="topic")
        clients("ivs").create_channel(name="b")
    head, first, topic, last = journal_lines(tmp_path)
    other = line_of({**json.loads(topic.split(b" ", 1)[1]), "answer": "another"})
    (tmp_path / "aws.journal").write_bytes(head + first + other + last)
    with pytest.warns(UserWarning, match="can't keep the resources of sns between runs"):
        assert channel_names(tmp_path) == ["a", "b"]
    # The journal no longer contains the calls of sns, so opening it again causes no warning.
    with warnings.catch_warnings(), open_cloud(tmp_path) as (cloud, clients):
        warnings.simplefilter("error")
        assert clients("sns").list_topics()["Topics"] == []
        assert len(clients("ivs").list_channels()["channels"]) == 2
        assert cloud.failure == ""


def test_a_repeated_call_with_another_response_is_refused(tmp_path):
    with open_cloud(tmp_path / "cloud") as (_, clients):
        clients("ivs").create_channel(name="a")
        copy_as_killed(tmp_path / "cloud", tmp_path / "killed")
    head, call = journal_lines(tmp_path / "killed")
    changed = line_of({**json.loads(call.split(b" ", 1)[1]), "answer": "another"})
    file = tmp_path / "killed" / "aws.journal"
    file.write_bytes(head + changed)
    with open_cloud(tmp_path / "killed") as (cloud, clients):
        with pytest.raises(ClientError, match=r"ivs:CreateChannel \(call 1\) is not answered as it was; delete"):
            clients("ivs").list_channels()
        assert str(file) in cloud.failure
    assert file.read_bytes() == head + changed


def test_foreign_contents_are_refused_and_not_executed(tmp_path):
    with open_cloud(tmp_path) as (_, clients):
        clients("ivs").create_channel(name="a")
    head = json.loads(journal_lines(tmp_path)[0].split(b" ", 1)[1])
    planted = {"$": "subprocess.Popen", "v": [["args", ["touch", str(tmp_path / "ran")]]]}
    line = line_of({**head, "contents": [["ivs", "123456789012", "us-east-1", {"channels": planted}]]})
    (tmp_path / "aws.journal").write_bytes(line)
    with (
        open_cloud(tmp_path) as (_, c),
        pytest.raises(ClientError, match=r"can't be read \(NotData: subprocess.Popen\)"),
    ):
        c("ivs").list_channels()
    assert not (tmp_path / "ran").exists()
    assert (tmp_path / "aws.journal").read_bytes() == line


def test_a_pickle_of_an_older_version_is_refused_without_loading(tmp_path):
    (tmp_path / "aws.pickle").write_bytes(b"cos\nsystem\n(S'touch " + str(tmp_path).encode() + b"/ran'\ntR.")
    with pytest.raises(StateError, match=r"aws.pickle is of an older version .* delete aws.pickle, and the stack's"):
        EmbeddedAws(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["aws.pickle"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EIO])
def test_a_call_that_cannot_be_persisted_fails_and_the_file_is_intact(tmp_path, monkeypatch, number):
    with open_cloud(tmp_path) as (cloud, clients):
        clients("ivs").create_channel(name="a")
        before = (tmp_path / "aws.journal").read_bytes()
        write = os.write

        def full(handle, data):
            if len(data) > 200:
                return write(handle, data[:100])
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(ClientError, match=rf"aws.journal can't be written: {os.strerror(number)}; make room"):
            clients("ivs").create_channel(name="b")
        monkeypatch.undo()
        assert (tmp_path / "aws.journal").read_bytes() == before
        # Moto's state is ahead of the file, so the cloud refuses further calls.
        with pytest.raises(ClientError, match="can't be written"):
            clients("ivs").list_channels()
        assert "aws.journal can't be written" in cloud.failure
    assert channel_names(tmp_path) == ["a"]


def test_a_read_only_folder_can_be_read(tmp_path, monkeypatch):
    with open_cloud(tmp_path) as (_, clients):
        clients("ivs").create_channel(name="a")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    open_ = os.open

    def read_only(path, flags, *args, **kwargs):
        if str(path).startswith(str(tmp_path)) and flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return open_(path, flags, *args, **kwargs)

    monkeypatch.setattr(os, "open", read_only)
    with open_cloud(tmp_path) as (cloud, clients):
        assert len(clients("ivs").list_channels()["channels"]) == 1
        with pytest.raises(ClientError, match=r"aws.lock can't be written: Read-only file system"):
            clients("ivs").create_channel(name="b")
        assert len(clients("ivs").list_channels()["channels"]) == 1
        assert cloud.failure == ""
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_failed_compaction_keeps_the_file(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with open_cloud(tmp_path) as (_, clients):
        clients("ivs").create_channel(name="a")
        clients("ivs").create_channel(name="b")
        monkeypatch.setattr(persistence, "write_whole", full)
    assert len(journal_lines(tmp_path)) == 3
    assert channel_names(tmp_path) == ["a", "b"]


@pytest.mark.slow("two processes with an embedded AWS")
def test_two_processes_share_one_file(tmp_path):
    script = (
        "import pathlib, sys; from rehearsal_aws import EmbeddedAws; "
        "cloud = EmbeddedAws(pathlib.Path(sys.argv[1])); c = cloud.boto3('ivs', 'us-east-1');\n"
        "for line in sys.stdin:\n"
        "  if line.strip() == 'close': cloud.close(); print('closed', flush=True); break\n"
        "  c.create_channel(name=line.strip())\n"
        "  print(sorted(x['name'] for x in c.list_channels()['channels']), flush=True)\n"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], **pipes) as other:

        def send(line):
            other.stdin.write(line + "\n")
            other.stdin.flush()
            return other.stdout.readline().strip()

        with open_cloud(tmp_path) as (_, clients):
            ivs = clients("ivs")
            ivs.create_channel(name="own-1")
            assert send("other-1") == "['other-1', 'own-1']"
            ivs.create_channel(name="own-2")
            assert send("other-2") == "['other-1', 'other-2', 'own-1', 'own-2']"
            assert len(ivs.list_channels()["channels"]) == 4
            # At its close the other process rewrites the file.
            assert send("close") == "closed"
            ivs.create_channel(name="own-3")
            assert len(ivs.list_channels()["channels"]) == 5
    assert channel_names(tmp_path) == ["other-1", "other-2", "own-1", "own-2", "own-3"]


def test_deleting_the_file_in_use_is_an_error(tmp_path):
    with open_cloud(tmp_path) as (cloud, clients):
        clients("ivs").create_channel(name="a")
        (tmp_path / "aws.journal").unlink()
        with pytest.raises(ClientError, match=r"aws.journal was deleted while it was in use; run this again"):
            clients("ivs").create_channel(name="b")
        assert "was deleted" in cloud.failure


@pytest.mark.slow("opens a stored cloud several times")
def test_calls_of_several_threads_are_persisted_serially(tmp_path):
    with open_cloud(tmp_path / "cloud") as (_, clients):
        clients("ivs")
        threads = [threading.Thread(target=clients("ivs").create_channel, kwargs={"name": str(n)}) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        copy_as_killed(tmp_path / "cloud", tmp_path / "killed")
    assert sorted(channel_names(tmp_path / "killed")) == sorted(map(str, range(8)))


def test_files_are_private_and_no_temporary_file_is_left(tmp_path):
    with open_cloud(tmp_path / "new" / "cloud") as (_, clients):
        clients("ivs").create_channel(name="a")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new" / "cloud").iterdir()}
    assert modes == {"aws.journal": 0o600, "aws.lock": 0o600}
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


@pytest.mark.slow("starts processes")
def test_checking_the_file_does_not_import_moto(tmp_path):
    with open_cloud(tmp_path) as (_, clients):
        clients("ivs").create_channel(name="a")
    script = (
        "import pathlib, sys; from rehearsal_aws import EmbeddedAws; EmbeddedAws(pathlib.Path(sys.argv[1])).close(); "
        "print(*{'moto', 'boto3', 'werkzeug'} & set(sys.modules), end='')"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_the_file_contains_the_state_as_json(tmp_path):
    with open_cloud(tmp_path) as (_, clients):
        clients("ivs").create_channel(name="a", tags={"k": "ü"})
    journal = read_journal(tmp_path / "aws.journal", Persistence(tmp_path)._moto)
    contents = {
        (service, account, region): held for service, account, region, held in json.loads(journal.head)["contents"]
    }
    assert contents["ivs", "123456789012", "us-east-1"]["channels"][0]["tags"] == {"k": "ü"}


class Subscriber(http.server.BaseHTTPRequestHandler):
    """An HTTP endpoint that records the paths of the messages it receives."""

    received: ClassVar = []

    def do_POST(self):
        self.received.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def test_a_message_that_was_published_is_not_sent_again_when_its_call_is_repeated(tmp_path):
    """A journal may come with a cloned repository, and so name any endpoint."""
    with socketserver.TCPServer(("127.0.0.1", 0), Subscriber) as subscriber:
        threading.Thread(target=subscriber.serve_forever, args=[0.01], daemon=True).start()
        with open_cloud(tmp_path) as (_, clients):
            topic = clients("sns").create_topic(Name="topic")["TopicArn"]
            endpoint = f"http://127.0.0.1:{subscriber.server_address[1]}/"
            clients("sns").subscribe(TopicArn=topic, Protocol="http", Endpoint=endpoint)
            clients("sns").publish(TopicArn=topic, Message="message")
        assert Subscriber.received == ["/"]
        with open_cloud(tmp_path) as (cloud, clients):
            assert len(clients("sns").list_topics()["Topics"]) == 1
            assert cloud.failure == ""
        subscriber.shutdown()
    assert Subscriber.received == ["/"]


def test_a_call_of_the_recorder_in_the_file_is_refused_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open_cloud(tmp_path / "cloud") as (_, clients):
        clients("ivs").create_channel(name="north")
        head, line = journal_lines(tmp_path / "cloud")
    record = json.loads(line[9:])
    for name in ("start", "upload"):
        path = f"/moto-api/recorder/{name}-recording"
        request = {**record["request"], "PATH_INFO": path, "RAW_URI": path, "REQUEST_URI": path}
        del request["HTTP_AUTHORIZATION"]
        (tmp_path / "cloud/aws.journal").write_bytes(head + line_of({**record, "request": request}))
        with open_cloud(tmp_path / "cloud") as (cloud, clients):
            with pytest.raises(ClientError, match="is not answered as it was"):
                clients("ivs").list_channels()
            assert "not answered as it was" in cloud.failure
    assert [path.name for path in tmp_path.iterdir()] == ["cloud"]
