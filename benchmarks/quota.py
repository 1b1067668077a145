"""The time to create the stream keys of many channels, under IVS's quota of each operation.

Four contenders do the same work on a moto server that enforces the quota, one after another. For each channel they list
its keys, delete the key that IVS created with the channel, and create one:

- boto3 calls without a provider, each sent as soon as the quota allows: the fastest possible;
- `StreamKey`, through the server that Pulumi starts for dynamic providers, with as many parallel creates as in Pulumi;
- two such servers at the same time, each with half of the channels, as with two stacks;
- a naive dynamic provider in the same server: the same calls with boto3's defaults.

"before" is the time before the first call: the provider's imports, and the creation of its client.

    python benchmarks/quota.py                      200 keys, 5 calls a second: AWS's own quota; minutes
    python benchmarks/quota.py --keys 200 --quota 50
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import grpc
from botocore.config import Config
from google.protobuf.struct_pb2 import Struct
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from pulumi.dynamic import CreateResult, ResourceProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
from werkzeug.serving import WSGIRequestHandler, make_server

import moto_ivs
from ivs_stream_key.provider import StreamKeyProvider

AT_ONCE = 16  # `pulumi up` without --parallel uses more on large machines, but the server has 4 threads
LIMITED = ("/ListStreamKeys", "/DeleteStreamKey", "/CreateStreamKey", "/GetStreamKey", "/GetStream", "/StopStream")
REGION = "us-west-2"


class Quota:
    """WSGI middleware: a token bucket for each operation, with the calls of one second; returns 429 when empty."""

    def __init__(self, app, rate):
        self._app = app
        self._rate = rate
        self._lock = threading.Lock()
        self.reset()

    def reset(self):
        with self._lock:
            self._tokens = defaultdict(lambda: self._rate)
            self._filled = {}
            self.passed, self.throttled = Counter(), Counter()
            self.first = None

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        if path not in LIMITED or self._passes(path):
            return self._app(environ, start_response)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", "ThrottlingException")]
        start_response("429 Too Many Requests", headers)
        return [b'{"exceptionMessage": "Request was denied due to request throttling."}']

    def _passes(self, path):
        now = time.monotonic()
        with self._lock:
            self.first = now if self.first is None else self.first
            since = now - self._filled.get(path, now)
            self._filled[path] = now
            self._tokens[path] = min(self._rate, self._tokens[path] + since * self._rate)
            if self._tokens[path] < 1:
                self.throttled[path] += 1
                return False
            self._tokens[path] -= 1
            self.passed[path] += 1
            return True


class _SilentHandler(WSGIRequestHandler):
    # HTTP/1.1 has keep-alive, as AWS's endpoints do.
    protocol_version = "HTTP/1.1"

    def log_request(self, *_args):
        pass


@contextmanager
def cloud(rate):
    """Serve IVS with the quota; yield the quota and the endpoint."""
    quota = Quota(DomainDispatcherApplication(create_backend_app), rate)
    with moto_ivs.stream_keys():
        server = make_server("127.0.0.1", 0, quota, threaded=True, request_handler=_SilentHandler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield quota, f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class NaiveProvider(ResourceProvider):
    """The obvious implementation: a client with boto3's defaults, and sequential calls."""

    serialize_as_secret_always = False

    def create(self, props):
        ivs, channel = boto3.client("ivs", region_name=REGION), props["channel_arn"]
        for key in ivs.list_stream_keys(channelArn=channel)["streamKeys"]:
            ivs.delete_stream_key(arn=key["arn"])
        key = ivs.create_stream_key(channelArn=channel)["streamKey"]
        return CreateResult(key["arn"], {"arn": key["arn"], "value": key["value"]})


@dataclass
class Outcome:
    started: float
    seconds: float
    made: int
    failures: Counter = field(default_factory=Counter)


def with_provider(provider, endpoint, channels):
    """Create all keys with one server for dynamic providers, as one `pulumi up` does."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.dynamic"],
        env={**os.environ, "AWS_ENDPOINT_URL": endpoint, "PYTHONPATH": str(Path(__file__).parent)},
        stdout=subprocess.PIPE,
    )
    try:
        server = f"127.0.0.1:{int(process.stdout.readline())}"
        stub = provider_pb2_grpc.ResourceProviderStub(grpc.insecure_channel(server))
        stub.Configure(provider_pb2.ConfigureRequest(args=Struct()), wait_for_ready=True)
        pickled = serialize_provider(provider)

        def create(channel):
            properties = Struct()
            properties.update({"channel_arn": channel, "owner": channel, "__provider": pickled})
            try:
                stub.Create(provider_pb2.CreateRequest(properties=properties))
            except grpc.RpcError as error:
                return error.details().strip().splitlines()[-1]
            return None

        return timed(create, channels)
    finally:
        process.kill()
        process.communicate()


def with_two_processes(provider, endpoint, channels):
    """Create half of the keys with each of two independent servers."""
    started = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        halves = list(pool.map(lambda n: with_provider(provider, endpoint, channels[n::2]), range(2)))
    return Outcome(
        min(half.started for half in halves),
        time.monotonic() - started,
        sum(half.made for half in halves),
        sum((half.failures for half in halves), Counter()),
    )


def without_provider(endpoint, channels, rate):
    """Make the calls directly, as early as the bucket of each operation allows."""
    config = Config(max_pool_connections=AT_ONCE, retries={"total_max_attempts": 1})
    ivs = boto3.client("ivs", region_name=REGION, endpoint_url=endpoint, config=config)
    start = time.monotonic()
    lock, taken = threading.Lock(), Counter()

    def wait_for_token(operation):
        with lock:
            taken[operation] += 1
            # A full bucket allows `rate` calls at once, and then one call every 1/rate seconds.
            at = start + max(0, taken[operation] - rate) / rate + 0.002
        time.sleep(max(0, at - time.monotonic()))

    def call(operation, **arguments):
        while True:
            wait_for_token(operation)
            try:
                return getattr(ivs, operation)(**arguments)
            except ivs.exceptions.ThrottlingException:
                # On a busy machine threads wake up late, and then make several calls at once.
                pass

    def create(channel):
        for key in call("list_stream_keys", channelArn=channel)["streamKeys"]:
            call("delete_stream_key", arn=key["arn"])
        call("create_stream_key", channelArn=channel)

    return timed(create, channels)


def timed(create, channels):
    start = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        said = list(pool.map(create, channels))
    failures = Counter(text for text in said if text is not None)
    return Outcome(start, time.monotonic() - start, said.count(None), failures)


def positive_int(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("expected 1 or more")
    return number


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--keys", type=positive_int, default=200, help="how many channels get a key")
    parser.add_argument("--quota", type=positive_int, default=5, help="calls a second of each operation")
    arguments = parser.parse_args()
    os.environ.update(AWS_ACCESS_KEY_ID="-", AWS_SECRET_ACCESS_KEY="-", NO_PROXY="127.0.0.1")  # noqa: S106
    imposed = max(0, arguments.keys - arguments.quota) / arguments.quota

    print(
        f"{arguments.keys} keys under a quota of {arguments.quota} calls a second for each operation: "
        f"{imposed:.1f} s at least"
    )
    print(f"{'':28}{'seconds':>9}{'before':>8}{'x quota':>9}{'created':>9}{'failed':>8}{'calls':>7}{'throttled':>11}")
    with cloud(arguments.quota) as (quota, endpoint):
        ivs = boto3.client("ivs", region_name=REGION, endpoint_url=endpoint)
        contenders = {
            "bare boto3 at the quota": lambda channels: without_provider(endpoint, channels, arguments.quota),
            "StreamKey": lambda channels: with_provider(StreamKeyProvider(), endpoint, channels),
            "StreamKey, two stacks": lambda channels: with_two_processes(StreamKeyProvider(), endpoint, channels),
            "naive provider": lambda channels: with_provider(naive, endpoint, channels),
        }
        for name, contender in contenders.items():
            channels = [ivs.create_channel()["channel"]["arn"] for _ in range(arguments.keys)]
            quota.reset()
            outcome = contender(channels)
            calls, throttled = quota.passed.total(), quota.throttled.total()
            times = outcome.seconds / imposed if imposed else float("nan")
            print(
                f"{name:28}{outcome.seconds:9.1f}{quota.first - outcome.started:8.1f}{times:9.2f}{outcome.made:9}"
                f"{arguments.keys - outcome.made:8}{calls:7}{throttled:11}"
            )
            for said, times_said in outcome.failures.most_common(3):
                print(f"    {times_said} x {said[:150]}")


if __name__ == "__main__":
    # Import the class from this module's own name, not `__main__`: Pulumi's server unpickles it by that name.
    sys.path.insert(0, str(Path(__file__).parent))
    from quota import NaiveProvider as _Naive

    naive = _Naive()
    main()
