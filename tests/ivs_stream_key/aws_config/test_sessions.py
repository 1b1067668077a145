import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from botocore.utils import InstanceMetadataFetcher

from ivs_stream_key import errors
from ivs_stream_key.aws_config.sessions import ivs_client
from ivs_stream_key.aws_config.settings import Proxies, Settings
from ivs_stream_key.ivs.stream_keys import Ivs

ARN = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
REGION_AND_PURPOSE = "us-west-2", "a test"


@pytest.fixture
def proxy(monkeypatch):
    """A proxy that responds to every request as IVS does without keys, and lists the request lines in `lines`."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    lines = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            lines.append(self.requestline)
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"streamKeys": []}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.url, server.lines = f"http://127.0.0.1:{server.server_port}", lines
        yield server
        server.shutdown()
        thread.join()


def test_ivs_is_called_through_the_configured_proxy(proxy):
    settings = Settings(endpoint="http://ivs.test", proxies=Proxies(http=proxy.url))
    assert ivs_client(settings, *REGION_AND_PURPOSE).list_stream_keys(channelArn=ARN)["streamKeys"] == []
    assert proxy.lines == ["POST http://ivs.test/ListStreamKeys HTTP/1.1"]


def test_a_no_proxy_host_is_called_directly(proxy):
    # The endpoint is the proxy's own address. A direct request has a path where a proxied one has a URL.
    settings = Settings(endpoint=proxy.url, proxies=Proxies(http="http://nobody.test:1", none_for="127.0.0.1"))
    ivs_client(settings, *REGION_AND_PURPOSE).list_stream_keys(channelArn=ARN)
    assert proxy.lines == ["POST /ListStreamKeys HTTP/1.1"]


def test_an_unreachable_proxy_is_not_bypassed(unused_port):
    settings = Settings(endpoint="http://ivs.test", proxies=Proxies(http=f"http://127.0.0.1:{unused_port}"), attempts=1)
    calls = Ivs(ivs_client(settings, *REGION_AND_PURPOSE))
    with pytest.raises(errors.Unreachable):
        calls.keys_of(ARN)


def test_clients_created_by_botocore_use_the_settings_too(tmp_path):
    bundle = tmp_path / "ca.pem"
    bundle.touch()
    client = ivs_client(Settings(proxies=Proxies(https="http://proxy"), ca_bundle=str(bundle)), *REGION_AND_PURPOSE)
    assert client.meta.config.proxies == {"https": "http://proxy"}
    assert client._endpoint.http_session._verify == str(bundle)


def test_user_agents_are_sent_to_aws():
    client = ivs_client(Settings(user_agents=("shop/1.0", "deploy/2.0")), *REGION_AND_PURPOSE)
    assert client.meta.config.user_agent.endswith("shop/1.0 deploy/2.0")


def test_the_metadata_service_uses_the_configured_endpoint(monkeypatch):
    found = []
    make = InstanceMetadataFetcher.__init__

    def record_endpoint(self, *arguments, **options):
        make(self, *arguments, **options)
        found.append(self.get_base_url() if hasattr(self, "get_base_url") else self._base_url)

    monkeypatch.setattr(InstanceMetadataFetcher, "__init__", record_endpoint)
    ivs_client(Settings(metadata_endpoint="http://metadata.test/"), *REGION_AND_PURPOSE)
    ivs_client(Settings(metadata_mode="IPv6"), *REGION_AND_PURPOSE)
    assert found == ["http://metadata.test/", "http://[fd00:ec2::254]/"]


def test_a_malformed_proxy_of_the_environment_does_not_affect_a_local_emulator(proxy, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "socks5://u:hunter2@host")
    client = ivs_client(Settings(endpoint=proxy.url), *REGION_AND_PURPOSE)
    assert client.list_stream_keys(channelArn=ARN)["streamKeys"] == []
    assert "hunter2" not in str(client.meta.config.proxies)


@pytest.mark.parametrize("given", [Settings(), Settings(proxies=Proxies(http="http://host"))])
def test_a_malformed_proxy_of_the_environment_fails_before_any_call(proxy, monkeypatch, given):
    monkeypatch.setenv("HTTPS_PROXY", "socks5://u:hunter2@host")
    with pytest.raises(errors.BadSettings, match="HTTPS_PROXY") as caught:
        ivs_client(given, *REGION_AND_PURPOSE)
    assert "hunter2" not in str(caught.value)


def test_a_malformed_proxy_of_the_environment_is_ignored_if_unused(proxy, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "socks5://host")
    monkeypatch.setenv("NO_PROXY", "*")
    assert ivs_client(Settings(), *REGION_AND_PURPOSE).meta.region_name == "us-west-2"


@pytest.mark.parametrize("url", ["http://u:hunter2#@host", "http://u:hunter2@host:99999", "hunter2"])
def test_an_invalid_endpoint_of_the_environment_is_not_quoted(monkeypatch, url):
    monkeypatch.setenv("AWS_ENDPOINT_URL_IVS", url)
    with pytest.raises(errors.BadSettings, match="endpoint of ivs in the AWS environment") as caught:
        ivs_client(Settings(), *REGION_AND_PURPOSE)
    assert "hunter2" not in str(caught.value)
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert "amazonaws" in ivs_client(Settings(), *REGION_AND_PURPOSE).meta.endpoint_url


def test_the_user_info_of_an_endpoint_of_the_environment_is_in_no_error(monkeypatch, unused_port):
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://u:hunter2@127.0.0.1:{unused_port}")
    client = ivs_client(Settings(attempts=1), *REGION_AND_PURPOSE)
    assert client.meta.endpoint_url == f"http://127.0.0.1:{unused_port}"
    with pytest.raises(errors.Unreachable) as caught:
        Ivs(client).keys_of(ARN)
    assert "hunter2" not in str(caught.value)
