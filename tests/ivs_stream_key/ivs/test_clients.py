import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from ivs_stream_key.aws.arns import CHANNEL, parse
from ivs_stream_key.errors import BadCredentials, BadSettings, Unreachable
from ivs_stream_key.ivs import clients
from ivs_stream_key.ivs.clients import Clients


def channel(region="us-west-2", account="123456789012"):
    return parse(f"arn:aws:ivs:{region}:{account}:channel/abcdABCDefgh", CHANNEL)


def clients_with(**values):
    return Clients({f"aws:{name}": value for name, value in values.items()}.get)


def client_of(configured, arn=None):
    return configured.ivs(arn or channel())._client


@pytest.fixture
def client_regions(monkeypatch):
    """Return the regions that clients are created for."""
    regions = []
    make = clients._new_client

    def record_region(settings, region, purpose):
        regions.append(region)
        return make(settings, region, purpose)

    monkeypatch.setattr(clients, "_new_client", record_region)
    return regions


def test_clients_are_created_lazily(client_regions):
    clients_with(region="us-west-2").problems()
    assert client_regions == []


def test_there_is_one_client_per_region_of_an_arn(client_regions):
    configured = clients_with(region="eu-west-1")
    assert configured.ivs(channel("us-west-2")) is configured.ivs(channel("us-west-2", "210987654321"))
    assert client_of(configured, channel("us-east-1")).meta.region_name == "us-east-1"
    assert client_regions == ["us-west-2", "us-east-1"]


def test_the_client_of_a_region_is_used_for_its_arns(client_regions):
    configured = clients_with(allowedAccountIds='["210987654321"]')
    assert configured.client("us-west-2") is client_of(configured, channel(account="210987654321"))
    assert client_regions == ["us-west-2"]


def test_concurrent_threads_share_one_client(client_regions):
    configured, start = Clients(), threading.Barrier(8)

    def get_client():
        start.wait()
        return configured.ivs(channel())

    with ThreadPoolExecutor(8) as pool:
        found = [future.result() for future in [pool.submit(get_client) for _ in range(8)]]
    assert len(set(map(id, found))) == 1
    assert client_regions == ["us-west-2"]


def test_two_configs_in_one_process_are_isolated():
    one, other = clients_with(endpoints='[{"ivs": "http://one"}]'), clients_with(endpoints='[{"ivs": "http://other"}]')
    assert client_of(one).meta.endpoint_url == "http://one"
    assert client_of(other).meta.endpoint_url == "http://other"
    assert client_of(Clients()).meta.endpoint_url == "https://ivs.us-west-2.amazonaws.com"


def test_the_endpoint_defaults_to_the_environment(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://all")
    assert client_of(Clients()).meta.endpoint_url == "http://all"
    monkeypatch.setenv("AWS_ENDPOINT_URL_IVS", "http://ivs")
    assert client_of(Clients()).meta.endpoint_url == "http://ivs"
    assert client_of(clients_with(endpoints='[{"ivs": "http://config"}]')).meta.endpoint_url == "http://config"
    assert client_of(clients_with(endpoints='[{"s3": "http://config"}]')).meta.endpoint_url == "http://ivs"


def credentials_of(configured):
    found = client_of(configured)._request_signer._credentials
    return found.access_key, found.secret_key, found.token


def test_static_credentials_of_the_config_take_precedence_over_the_environment():
    assert credentials_of(Clients()) == ("testing", "testing", None)
    assert credentials_of(clients_with(accessKey="a", secretKey="b", token="c")) == ("a", "b", "c")


def test_a_profile_is_looked_up_in_the_configured_files(tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (tmp_path / "credentials").write_text("[live]\naws_access_key_id = a\naws_secret_access_key = b\n")
    (tmp_path / "config").write_text("[profile vod]\naws_access_key_id = c\naws_secret_access_key = d\n")
    files = {
        "sharedCredentialsFiles": [str(tmp_path / "credentials")],
        "sharedConfigFiles": [str(tmp_path / "config")],
    }
    assert credentials_of(clients_with(profile="live", **files)) == ("a", "b", None)
    assert credentials_of(clients_with(profile="vod", **files)) == ("c", "d", None)


def test_retries_and_endpoint_variants_come_from_the_config():
    made = client_of(
        clients_with(maxRetries="7", retryMode="adaptive", useFipsEndpoint="true", useDualstackEndpoint="true")
    )
    assert made.meta.config.retries == {"total_max_attempts": 7, "mode": "adaptive"}
    assert made.meta.config.use_fips_endpoint is True
    assert made.meta.config.use_dualstack_endpoint is True


def test_retries_default_to_the_environment(monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")
    assert client_of(Clients()).meta.config.retries == {"total_max_attempts": 9, "mode": "standard"}


def test_certificates_are_verified_unless_the_config_says_otherwise(tmp_path):
    bundle = tmp_path / "ca.pem"
    bundle.touch()

    def verification(configured):
        return client_of(configured)._endpoint.http_session._verify

    assert verification(Clients()) is True
    assert verification(clients_with(customCaBundle=str(bundle))) == str(bundle)
    assert verification(clients_with(insecure="true")) is False


def test_every_wait_has_a_timeout():
    made = client_of(Clients()).meta.config
    assert 0 < made.connect_timeout <= 60
    assert 0 < made.read_timeout <= 60


def test_an_invalid_config_creates_no_client(client_regions):
    configured = clients_with(assumeRoles='[{"roleArn": "role/r"}]')
    assert ["aws:assumeRoles" in str(problem) for problem in configured.problems()] == [True]
    with pytest.raises(BadSettings, match="aws:assumeRoles"):
        configured.ivs(channel())
    assert client_regions == []


def test_a_forbidden_account_gets_no_call_even_if_its_region_has_a_client(client_regions):
    configured = clients_with(allowedAccountIds='["123456789012"]')
    configured.ivs(channel())
    with pytest.raises(BadSettings, match="does not allow"):
        configured.ivs(channel(account="210987654321"))
    assert client_regions == ["us-west-2"]


def test_a_missing_profile_is_an_error_that_names_it():
    with pytest.raises(BadSettings) as caught:
        clients_with(profile="nobody").ivs(channel())
    assert "nobody" in str(caught.value)


def test_an_invalid_endpoint_of_the_environment_is_an_error(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_IVS", "not a url")
    with pytest.raises(BadSettings, match="endpoint of ivs in the AWS environment cannot be used"):
        Clients().ivs(channel())


def test_missing_credentials_are_an_error_that_says_so(monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(BadCredentials, match="no usable AWS credentials"):
        Clients().ivs(channel()).keys_of(channel().text)


def test_an_unreachable_endpoint_is_named(unused_port):
    configured = clients_with(endpoints=f'[{{"ivs": "http://127.0.0.1:{unused_port}"}}]', maxRetries="1")
    with pytest.raises(Unreachable) as caught:
        configured.ivs(channel()).keys_of(channel().text)
    assert f"127.0.0.1:{unused_port}" in caught.value.got


def test_a_resource_without_a_connection_uses_the_stacks_clients():
    configured = clients_with(endpoints='[{"ivs": "http://stack"}]')
    assert configured.of(None) is configured


def test_a_connection_is_independent_of_the_config(client_regions):
    configured = clients_with(
        endpoints='[{"ivs": "http://stack"}]', defaultTags='{"tags": {"a": "stack"}}', maxRetries="x"
    )
    connected = configured.of({"endpoints": [{"ivs": "http://vod"}], "default_tags": {"tags": {"b": "vod"}}})
    assert client_of(connected).meta.endpoint_url == "http://vod"
    assert connected.tagging().default == {"b": "vod"}
    assert configured.tagging().default == {"a": "stack"}
    assert configured.of({}).tagging().default == {}


def test_equal_connections_share_one_client_per_region(client_regions):
    configured = clients_with()
    one, same, other = (configured.of({"profile": name, "max_retries": 3.0}) for name in ("a", "a", "b"))
    assert one is same is not other
    assert configured.of({"max_retries": 3.0, "profile": "a"}) is one


def test_a_connection_is_validated_independently_of_the_config():
    configured = clients_with(maxRetries="x")
    assert ["aws:maxRetries" in str(problem) for problem in configured.problems()] == [True]
    assert configured.problems({"max_retries": 3.0}) == []
    assert ["connection.max_retries" in str(p) for p in configured.problems({"max_retries": 0.5})] == [True]
    assert ["connection.retries" in str(p) for p in configured.problems({"retries": 1.0})] == [True]
    assert ["a string" in str(p) or "'vod'" in str(p) for p in configured.problems("vod")] == [True]


@pytest.fixture
def without_region(monkeypatch, tmp_path):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    return tmp_path / "config"


@pytest.mark.usefixtures("without_region")
def test_a_missing_region_is_an_error_that_says_where_to_set_it():
    with pytest.raises(BadSettings) as refused:
        Clients().region()
    assert str(refused.value).splitlines() == [
        "There is no region to work in.",
        "  expected: one from the resource, its connection, aws:region, AWS_REGION or the profile",
        "  got: none",
        "  remedy: give region=, or set aws:region.",
    ]


def test_the_region_comes_from_resource_settings_environment_or_profile_in_that_order(without_region, monkeypatch):
    without_region.write_text("[default]\nregion = eu-central-1\n[profile other]\nregion = us-east-1\n")
    assert Clients().region() == "eu-central-1"
    assert clients_with(profile="other").region() == "us-east-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    assert Clients().region() == "ap-south-1"
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    assert Clients().region() == "us-west-2"
    assert clients_with(region="eu-west-1").region() == "eu-west-1"
    assert clients_with(region="eu-west-1").region("ap-northeast-1") == "ap-northeast-1"
