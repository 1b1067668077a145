"""The provider as Pulumi runs it: in the SDK's own server, in its own process, over gRPC."""

import json
import os
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from moto.server import ThreadedMotoServer
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

import moto_ivs
from ivs_stream_key.provider import StreamKeyProvider

PROVIDER = serialize_provider(StreamKeyProvider())
NO_CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/nonexistent0"
NO_KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/nonexistent0"


def struct(properties):
    made = Struct()
    made.update({**properties, "__provider": PROVIDER})
    return made


def plain(message):
    return {name: value for name, value in MessageToDict(message).items() if name != "__provider"}


class Server:
    """Calls the provider's server as the engine does, and returns what the engine writes to the state."""

    def __init__(self, port, config):
        self.stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(f"127.0.0.1:{port}"))
        args = Struct()
        args.update(config)
        self.stub.Configure(provider_pb2.ConfigureRequest(args=args), wait_for_ready=True, timeout=30)

    def check(self, news):
        return self.stub.Check(provider_pb2.CheckRequest(olds=Struct(), news=struct(news)), timeout=30)

    def diff(self, id, olds, news):
        return self.stub.Diff(provider_pb2.DiffRequest(id=id, olds=struct(olds), news=struct(news)), timeout=30)

    def create(self, news):
        made = self.stub.Create(provider_pb2.CreateRequest(properties=struct(news)), timeout=30)
        return made.id, plain(made.properties)

    def refresh(self, id, outputs):
        read = self.stub.Read(
            provider_pb2.ReadRequest(id=id, properties=struct(outputs), inputs=struct({})), timeout=30
        )
        return read.id, plain(read.properties), plain(read.inputs)

    def get(self, id):
        try:
            read = self.stub.Read(provider_pb2.ReadRequest(id=id, inputs=struct({})), timeout=30)
        except grpc.RpcError as error:
            # Older SDKs read the provider from the properties only. Older engines send it there too.
            if "KeyError: '__provider'" not in error.details():
                raise
            request = provider_pb2.ReadRequest(id=id, inputs=struct({}), properties=struct({}))
            read = self.stub.Read(request, timeout=30)
        return read.id, plain(read.properties)

    def update(self, id, olds, news):
        request = provider_pb2.UpdateRequest(id=id, olds=struct(olds), news=struct(news))
        return plain(self.stub.Update(request, timeout=30).properties)

    def delete(self, id, outputs):
        self.stub.Delete(provider_pb2.DeleteRequest(id=id, properties=struct(outputs)), timeout=30)


@pytest.fixture(scope="module")
def moto():
    """Start a moto server with moto_ivs, and return its endpoint."""
    with moto_ivs.stream_keys():
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
        server.stop()


@pytest.fixture(scope="module")
def start():
    """Start a server with this config and environment."""
    running = []

    def start(config, **environment):
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pulumi.dynamic"],
            env={**inherited, "AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1", **environment},
            stdout=subprocess.PIPE,
        )
        running.append(process)
        return Server(int(process.stdout.readline()), config)

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def server(moto, start):
    """A server that is configured by the stack's config alone."""
    return start({"aws:endpoints": json.dumps([{"ivs": moto}]), "aws:accessKey": "testing", "aws:secretKey": "testing"})


@pytest.fixture
def ivs(moto, new_client):
    return new_client(endpoint_url=moto)


@pytest.fixture
def channel(ivs):
    return ivs.create_channel(name=uuid.uuid4().hex)["channel"]["arn"]


def keys(ivs, channel):
    return [key["arn"] for key in ivs.list_stream_keys(channelArn=channel)["streamKeys"]]


@pytest.mark.slow("starts processes")
def test_a_key_is_created_updated_refreshed_rotated_and_deleted(server, ivs, channel):
    declared = {
        "channel_arn": channel,
        "tags": {"a": "b"},
        "rotation_triggers": {"season": 1},
        "existing_key": "replace",
        "when_live": "keep",
    }
    inputs = plain(server.check(declared).inputs)
    assert inputs == declared

    id, state = server.create(inputs)
    assert keys(ivs, channel) == [id] == [state["arn"]]
    assert state["value"] == ivs.get_stream_key(arn=id)["streamKey"]["value"]
    unchanged = server.diff(id, state, inputs)
    assert (unchanged.changes, list(unchanged.replaces)) == (provider_pb2.DiffResponse.DIFF_NONE, [])
    assert server.refresh(id, state) == (id, state, inputs)

    retagged = {**inputs, "tags": {"a": "c"}}
    in_place = server.diff(id, state, retagged)
    assert (in_place.changes, list(in_place.replaces)) == (provider_pb2.DiffResponse.DIFF_SOME, [])
    updated = server.update(id, state, retagged)
    assert updated == {**state, "tags": {"a": "c"}, "tags_all": {"a": "c"}}
    assert ivs.get_stream_key(arn=id)["streamKey"]["tags"].items() >= {"a": "c"}.items()

    rotated = {**retagged, "rotation_triggers": {"season": 2}}
    replaced = server.diff(id, updated, rotated)
    assert list(replaced.replaces) == ["rotation_triggers"]
    assert replaced.deleteBeforeReplace
    server.delete(id, updated)
    assert keys(ivs, channel) == []
    new_id, new_state = server.create(rotated)
    assert keys(ivs, channel) == [new_id] != [id]
    assert new_state["value"] != state["value"]

    server.delete(new_id, new_state)
    assert keys(ivs, channel) == []
    assert server.refresh(new_id, new_state)[:2] == ("", {})
    server.delete(new_id, new_state)


def test_an_existing_key_is_read_by_its_arn(server, ivs, channel):
    (arn,) = keys(ivs, channel)
    id, outputs = server.get(arn)
    assert id == arn
    assert outputs == {
        "arn": arn,
        "value": ivs.get_stream_key(arn=arn)["streamKey"]["value"],
        "channel_arn": channel,
        "tags": {},
        "tags_all": {},
        "owner_tag": "",
    }


def test_unknown_values_pass_check_and_count_as_changes_in_diff(server, ivs, channel):
    unknown = {"channel_arn": UNKNOWN, "tags": {"a": UNKNOWN}, "rotation_triggers": {"t": [UNKNOWN]}}
    checked = server.check(unknown)
    assert list(checked.failures) == []
    assert plain(checked.inputs) == {**unknown, "when_live": "keep"}
    id, state = server.create({"channel_arn": channel})
    result = server.diff(id, state, plain(checked.inputs))
    assert list(result.replaces) == ["channel_arn", "rotation_triggers"]


def test_invalid_inputs_are_check_failures_of_their_property(server):
    checked = server.check({"channel_arn": "arn:aws:s3:::bucket", "tags": {"n": 1}, "existing_key": "keep"})
    assert [failure.property for failure in checked.failures] == ["channel_arn", 'tags["n"]', ""]
    assert checked.failures[2].reason.startswith("existing_key: expected ")


def test_an_expected_error_is_a_summary_awss_message_and_a_remedy_without_traceback(server, capfd):
    with pytest.raises(grpc.RpcError) as caught:
        server.create({"channel_arn": NO_CHANNEL})
    assert caught.value.code() == grpc.StatusCode.UNKNOWN
    summary, aws_message, remedy = caught.value.details().splitlines()
    assert summary == f"NotFound: There is no channel {NO_CHANNEL}."
    assert aws_message.startswith("  AWS said: ResourceNotFoundException: ")
    assert "(ListStreamKeys" in aws_message
    assert remedy.startswith("  remedy: create the channel first")
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow("starts a process of its own")
def test_every_method_reports_expected_errors_without_traceback(start):
    config = {"aws:endpoints": '[{"ivs": "http://127.0.0.1:9"}]', "aws:accessKey": "a", "aws:secretKey": "b"}
    server = start({**config, "aws:maxRetries": "1"})
    state = {"channel_arn": NO_CHANNEL, "when_live": "fail"}
    calls = {
        "create": lambda: server.create(state),
        "read": lambda: server.refresh(NO_KEY, state),
        "diff": lambda: server.diff(NO_KEY, state, {**state, "rotation_triggers": {"season": 2}}),
        "update": lambda: server.update(NO_KEY, state, {**state, "tags": {"a": "b"}}),
        "delete": lambda: server.delete(NO_KEY, state),
    }
    for name, call in calls.items():
        with pytest.raises(grpc.RpcError) as caught:
            call()
        text = caught.value.details()
        assert text.startswith("Unreachable: "), name
        assert " could not reach IVS, or got no answer in time.\n" in text, name
        assert "Traceback" not in text
        assert 'File "' not in text


@pytest.mark.slow("starts a process of its own")
def test_the_effect_of_a_rotation_on_a_broadcast_is_printed(moto, start, ivs, channel, capfd):
    server = start(
        {"aws:endpoints": json.dumps([{"ivs": moto}]), "aws:accessKey": "testing", "aws:secretKey": "testing"}
    )
    inputs = plain(server.check({"channel_arn": channel}).inputs)
    id, state = server.create(inputs)
    capfd.readouterr()
    moto_ivs.go_live(channel)
    server.diff(id, state, {**inputs, "rotation_triggers": {"leak": 1}})
    # Pulumi shows what a dynamic provider's process writes to either stream.
    printed = capfd.readouterr().err
    assert printed.startswith(f"warning: Rotating the key of {channel}, which is live (stream st-")
    assert printed.count("\n") == 1
    with pytest.raises(grpc.RpcError) as caught:
        server.diff(id, state, {**inputs, "rotation_triggers": {"leak": 1}, "when_live": "fail"})
    assert caught.value.details().startswith(f"OnAir: The channel {channel} is live")


def test_an_internal_error_says_where_to_report_it(server):
    with pytest.raises(grpc.RpcError) as caught:
        server.create({})
    assert caught.value.details().rstrip().splitlines()[-1].startswith("This is a bug in pulumi-ivs-stream-key")


@pytest.mark.slow("12 creates in parallel")
def test_many_keys_are_created_concurrently_each_on_its_channel(server, ivs):
    channels = [ivs.create_channel()["channel"]["arn"] for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        made = list(pool.map(lambda channel: server.create({"channel_arn": channel}), channels))
    assert [state["channel_arn"] for _, state in made] == channels
    assert [keys(ivs, channel) for channel in channels] == [[id] for id, _ in made]


@pytest.mark.slow("starts processes of providers")
def test_the_environment_applies_without_config(moto, start, ivs, channel):
    server = start(
        {"aws:region": "eu-west-1"},
        AWS_ENDPOINT_URL_IVS=moto,
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",
    )
    id, _ = server.create({"channel_arn": channel})
    assert keys(ivs, channel) == [id]


@pytest.mark.slow("starts a process of its own")
def test_invalid_config_fails_the_check(start):
    server = start({"aws:assumeRoles": json.dumps([{"roleArn": "r"}])})
    (failure,) = server.check({"channel_arn": NO_CHANNEL}).failures
    assert failure.property == ""
    assert "aws:assumeRoles" in failure.reason
    with pytest.raises(grpc.RpcError) as caught:
        server.delete(NO_KEY, {"channel_arn": NO_CHANNEL})
    assert caught.value.details().startswith("BadSettings: The setting aws:assumeRoles[0].roleArn")
