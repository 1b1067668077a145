"""botocore's clients as the settings want them."""

import os
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.config import Config
from botocore.session import Session

from ivs_stream_key.answers import making_client
from ivs_stream_key.credentials import SettledCredentials
from ivs_stream_key.proxies import proxies_for
from ivs_stream_key.service import loader
from ivs_stream_key.settings import Proxies, Settings
from ivs_stream_key.shared_files import as_one_file
from ivs_stream_key.transport_logs import keep_secrets_out_of_logs

if TYPE_CHECKING:
    from botocore.config import _RetryDict
    from mypy_boto3_ivs import IVSClient

__all__ = ["ivs_client"]

# Pulumi can interrupt no call to a dynamic provider, so each wait has an end (seconds).
_CONNECT_TIMEOUT: Final = 10
_READ_TIMEOUT: Final = 30

# Where nobody says otherwise: jittered, and bounded in time. `pacing` does what the adaptive mode is for, without its
# standstill at the first refusal. Botocore's own default has the name "legacy".
_RETRIES: Final[dict[str, Any]] = {"retry_mode": "standard", "max_attempts": 5}

# For the clients that botocore makes for itself (SSO, the roles of a profile), whose endpoint is not known here.
_SOMEWHERE_IN_AWS: Final = "https://sts.amazonaws.com"


def ivs_client(settings: Settings, region: str, purpose: str) -> "IVSClient":
    """Make a client for IVS in `region`; StreamKeyError, which names the `purpose`, if the settings lead to none."""
    with (
        making_client(purpose),
        as_one_file(settings.config_files) as config_file,
        as_one_file(settings.credentials_files) as credentials_file,
    ):
        keep_secrets_out_of_logs()
        session = _session(settings, region, config_file, credentials_file)
        client = _client(session, settings, "ivs", region_name=region, endpoint_url=settings.endpoint)
    return cast("IVSClient", client)


def _session(settings: Settings, region: str, config_file: str | None, credentials_file: str | None) -> Session:
    session = Session(profile=settings.profile)
    session.register_component("data_loader", loader())
    variables = {
        "config_file": config_file,
        "credentials_file": credentials_file,
        "ec2_metadata_service_endpoint": settings.metadata_endpoint,
        "ec2_metadata_service_endpoint_mode": settings.metadata_mode,
        "ca_bundle": settings.ca_bundle,
    }
    for name, value in variables.items():
        if value is not None:
            session.set_config_variable(name, value)
    for name, value in _RETRIES.items():
        if f"AWS_{name.upper()}" not in os.environ and name not in session.get_scoped_config():
            session.set_config_variable(name, value)
    session.set_default_client_config(_config(settings).merge(_proxied(settings, _SOMEWHERE_IN_AWS)))

    def sts(service: str, **options: Any) -> Any:
        where = {"region_name": settings.sts_region or region, "endpoint_url": settings.sts_endpoint}
        return _client(session, settings, service, **where, **options)

    session.register_component("credential_provider", SettledCredentials(session, settings, sts))
    return session


def _client(session: Session, settings: Settings, service: str, **options: Any) -> Any:
    """Make a client. Which proxy it needs depends on its endpoint, which botocore tells only of a client."""
    verify = False if settings.insecure else settings.ca_bundle
    config = _config(settings).merge(options.pop("config", None) or Config())
    client = session.create_client(service, verify=verify, config=config, **options)
    keep_secrets_out_of_logs()  # the client has imported what logs
    if settings.proxies == Proxies():
        return client
    proxied = config.merge(_proxied(settings, client.meta.endpoint_url))
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


def _proxied(settings: Settings, url: str) -> Config:
    return Config(proxies=proxies_for(url, settings.proxies))
