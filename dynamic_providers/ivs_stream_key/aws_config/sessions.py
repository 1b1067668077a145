"""botocore clients configured by the settings."""

import os
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.config import Config
from botocore.configprovider import ConfiguredEndpointProvider
from botocore.session import Session
from botocore.utils import get_environ_proxies

from ivs_stream_key.aws.error_mapping import translate_client_errors
from ivs_stream_key.aws.service_model import loader
from ivs_stream_key.aws_config.credentials import ClientMaker, ConfiguredCredentials
from ivs_stream_key.aws_config.event_handlers import handlers_for
from ivs_stream_key.aws_config.proxies import proxies_for, refuse_bad_proxy, without_passwords_in_bad_ones
from ivs_stream_key.aws_config.secrets_of_calls import learn_from_calls, learn_from_environment
from ivs_stream_key.aws_config.settings import Proxies, Settings
from ivs_stream_key.aws_config.shared_files import as_one_file
from ivs_stream_key.aws_config.transport_logs import keep_secrets_out_of_logs
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.messages import urls

if TYPE_CHECKING:
    from botocore.config import _RetryDict
    from mypy_boto3_ivs import IVSClient

__all__ = ["aws_client", "ivs_client", "read_models"]

# Pulumi cannot interrupt a call to a dynamic provider, so each wait is limited (seconds).
_CONNECT_TIMEOUT: Final = 10
_READ_TIMEOUT: Final = 30

# The default of this package; botocore's own is "legacy". The standard mode has jitter and a time limit. The adaptive
# mode is not needed: the rate limiter does its job, and does not nearly stop after the first throttled call.
_RETRIES: Final[dict[str, Any]] = {"retry_mode": "standard", "max_attempts": 5}

# Any AWS endpoint: selects the proxy for clients that botocore creates itself (SSO), whose endpoint is not known here.
_ANY_AWS_ENDPOINT: Final = "https://sts.amazonaws.com"


def ivs_client(settings: Settings, region: str, purpose: str) -> "IVSClient":
    """Create a client for IVS in `region`; a failure is a StreamKeyError that names the `purpose`."""
    return cast("IVSClient", aws_client(settings, "ivs", region, purpose))


def aws_client(settings: Settings, service: str, region: str, purpose: str) -> Any:
    """Create a client for a service; errors as of `ivs_client`. The endpoint in the settings applies only to IVS."""
    with (
        translate_client_errors(purpose),
        as_one_file(settings.config_files) as config_file,
        as_one_file(settings.credentials_files) as credentials_file,
    ):
        keep_secrets_out_of_logs()
        learn_from_environment()
        session = _session(settings, service, region, config_file, credentials_file)
        endpoint = settings.endpoint if service == "ivs" else None
        return _client(session, settings, service, region_name=region, endpoint_url=endpoint)


def read_models(service: str) -> None:
    """Load the models that botocore reads for the first client of a service, so that later clients find them cached.

    This creates a client with fake credentials, so that botocore does not look for real ones.
    """
    session = Session(event_hooks=handlers_for(service), include_builtin_handlers=False)
    session.register_component("data_loader", loader())
    session.create_client(service, region_name="us-east-1", aws_access_key_id="-", aws_secret_access_key="-")  # noqa: S106 - as it says


class _Session(Session):
    """A session whose credential sources, such as the role of a profile, call STS at the configured endpoint."""

    make_sts: ClientMaker | None = None

    def create_client(self, service_name: str, *arguments: Any, **options: Any) -> Any:
        # A call with `endpoint_url`, even None, comes from `make_sts` itself.
        if service_name == "sts" and self.make_sts is not None and "endpoint_url" not in options:
            return self.make_sts(service_name, **options)
        return super().create_client(service_name, *arguments, **options)


def _session(
    settings: Settings, service: str, region: str, config_file: str | None, credentials_file: str | None
) -> Session:
    session = _Session(profile=settings.profile, event_hooks=handlers_for(service), include_builtin_handlers=False)
    session.register_component("data_loader", loader())
    variables = {
        "config_file": config_file,
        "credentials_file": credentials_file,
        "ec2_metadata_service_endpoint": settings.metadata_endpoint,
        "ec2_metadata_service_endpoint_mode": settings.metadata_mode,
        "ca_bundle": settings.ca_bundle,
        # botocore's other mode sends requests for older regions to us-east-1, whatever the settings say.
        "sts_regional_endpoints": "regional",
    }
    for name, value in variables.items():
        if value is not None:
            session.set_config_variable(name, value)
    learn_from_calls(session)
    # Repeated before each call, because the program or another provider may replace the log record factory at any time.
    session.register("provide-client-params", lambda **_call: keep_secrets_out_of_logs())
    for name, value in _RETRIES.items():
        if f"AWS_{name.upper()}" not in os.environ and name not in session.get_scoped_config():
            session.set_config_variable(name, value)
    session.set_default_client_config(_config(settings).merge(_default_proxy_config(settings)))

    def sts(service: str, **options: Any) -> Any:
        where = {"region_name": settings.sts_region or region, "endpoint_url": settings.sts_endpoint}
        return _client(session, settings, service, **{**options, **where})

    session.make_sts = sts
    session.register_component("credential_provider", ConfiguredCredentials(session, settings, sts))
    return session


def _client(session: Session, settings: Settings, service: str, **options: Any) -> Any:
    """Create a client, twice if proxies are set: the first one tells the endpoint, which selects the proxy."""
    verify = False if settings.insecure else settings.ca_bundle
    config = _config(settings).merge(options.pop("config", None) or Config())
    if options.get("endpoint_url") is None:
        options["endpoint_url"] = _endpoint_without_user(session, service)
    client = session.create_client(service, verify=verify, config=config, **options)
    if settings.proxies == Proxies():
        refuse_bad_proxy(client.meta.endpoint_url, get_environ_proxies(client.meta.endpoint_url))
        return client
    proxied = config.merge(_proxy_config(settings, client.meta.endpoint_url))
    return session.create_client(service, verify=verify, config=proxied, **options)


def _config(settings: Settings) -> Config:
    retries: _RetryDict = {}
    if settings.attempts is not None:
        retries["total_max_attempts"] = settings.attempts
    if settings.retry_mode is not None:
        retries["mode"] = settings.retry_mode
    return Config(
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=_READ_TIMEOUT,
        retries=retries or None,
        use_fips_endpoint=settings.fips,
        use_dualstack_endpoint=settings.dualstack,
        user_agent_extra=" ".join(settings.user_agents) or None,
    )


def _proxy_config(settings: Settings, url: str) -> Config:
    proxies = proxies_for(url, settings.proxies)
    if proxies is not None:
        refuse_bad_proxy(url, proxies)
    return Config(proxies=proxies)


def _default_proxy_config(settings: Settings) -> Config:
    """Return the proxy config for clients that botocore creates itself; an invalid proxy is an error only on use."""
    proxies = proxies_for(_ANY_AWS_ENDPOINT, settings.proxies)
    found = get_environ_proxies(_ANY_AWS_ENDPOINT) if proxies is None else proxies
    tame = without_passwords_in_bad_ones(found)
    return Config(proxies=proxies if tame == found else tame)


def _endpoint_without_user(session: Session, service: str) -> str | None:
    """Return the endpoint from the environment or an AWS config file, without its user name and password.

    None if the endpoint has neither: botocore then reads it itself. Requests to AWS never send them, and botocore's
    errors would quote them. BadSettings for an invalid URL.
    """
    if session.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    config = {"full_config": session.full_config, "scoped_config": session.get_scoped_config()}
    url = ConfiguredEndpointProvider(client_name=service, **config).provide()
    problem = urls.problem_of(url) if url else None
    if problem is not None:
        raise BadSettings(
            f"The endpoint of {service} in the AWS environment cannot be used.",
            expected=urls.FORM,
            got=problem,
            remedy=f"correct AWS_ENDPOINT_URL_{service.upper()}, AWS_ENDPOINT_URL, or endpoint_url in the AWS config "
            "file.",
        )
    return urls.without_user(url) if url and urls.has_user(url) else None
