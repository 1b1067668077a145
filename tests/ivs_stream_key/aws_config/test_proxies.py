import pytest

from ivs_stream_key.aws_config.proxies import proxies_for, refuse_bad_proxy, without_passwords_in_bad_ones
from ivs_stream_key.aws_config.settings import Proxies
from ivs_stream_key.errors import BadSettings

IVS = "https://ivs.us-west-2.amazonaws.com"


@pytest.fixture(autouse=True)
def _no_proxy_in_the_environment(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_without_settings_botocore_reads_the_environment(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://environment")
    assert proxies_for(IVS, Proxies()) is None


def test_an_http_proxy_is_used_for_https_if_there_is_no_https_proxy():
    assert proxies_for(IVS, Proxies(http="http://a")) == {"http": "http://a", "https": "http://a"}
    assert proxies_for(IVS, Proxies("http://a", "http://b")) == {"http": "http://a", "https": "http://b"}
    assert proxies_for(IVS, Proxies(https="http://b")) == {"https": "http://b"}


def test_unset_proxies_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://environment")
    monkeypatch.setenv("NO_PROXY", "elsewhere.test")
    assert proxies_for(IVS, Proxies(http="http://a")) == {"http": "http://a", "https": "http://environment"}
    assert proxies_for("https://elsewhere.test", Proxies(http="http://a")) == {}
    assert proxies_for("https://elsewhere.test", Proxies(none_for="localhost")) == {"https": "http://environment"}


@pytest.mark.parametrize(
    ("url", "none_for", "bypassed"),
    [
        (IVS, "", False),
        (IVS, "*", True),
        (IVS, "ivs.us-west-2.amazonaws.com", True),
        (IVS, "a.test, amazonaws.com", True),
        (IVS, "AmazonAWS.com", True),
        (IVS, ".amazonaws.com", True),
        (IVS, "*.amazonaws.com", True),
        (IVS, "zonaws.com", False),
        (IVS, "amazonaws.com:443", True),
        (IVS, "amazonaws.com:80", False),
        ("https://amazonaws.com", ".amazonaws.com", False),
        ("http://10.1.2.3:4566", "10.0.0.0/8", True),
        ("http://10.1.2.3:4566", "10.1.2.3", True),
        ("http://10.1.2.3:4566", "192.168.0.0/16", False),
        ("http://localhost:4566", "", True),
        ("http://127.0.0.1:4566", "", True),
        ("http://[::1]:4566", "", True),
    ],
)
def test_no_proxy_hosts_and_localhost_bypass_the_proxy(url, none_for, bypassed):
    assert (proxies_for(url, Proxies("http://a", None, none_for)) == {}) is bypassed


@pytest.mark.parametrize(
    "proxy", ["socks5://u:hunter2@host", "HTTP://u:hunter2@host", "http://u:hunter2#@host", "a:99999"]
)
def test_a_malformed_proxy_of_the_environment_is_refused_and_not_quoted(proxy):
    with pytest.raises(BadSettings, match="environment variable HTTPS_PROXY") as caught:
        refuse_bad_proxy(IVS, {"https": proxy})
    assert "hunter2" not in str(caught.value)
    assert "%23" in caught.value.remedy


def test_an_unused_malformed_proxy_does_not_leak_its_password():
    bad = {"https": "socks5://u:hunter2@host:1", "http": "http://u:hunter2#@host"}
    assert without_passwords_in_bad_ones(bad) == {"https": "host:1", "http": "host"}
    good = {"https": "http://u:p@host:1"}
    assert without_passwords_in_bad_ones(good) == good


def test_an_invalid_proxy_that_is_not_used_is_accepted():
    refuse_bad_proxy(IVS, {"http": "socks5://host", "https": "u:p@host:3128"})
    refuse_bad_proxy(IVS, {})
