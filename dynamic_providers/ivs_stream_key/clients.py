"""The IVS clients of one configuration: one a region, made when first asked for, shared by all threads."""

import threading
from typing import TYPE_CHECKING, Final, cast

from ivs_stream_key.arns import Arn
from ivs_stream_key.service import loader
from ivs_stream_key.settings import GetConfig, Settings, environment_only, problems, read

if TYPE_CHECKING:
    from botocore.config import _RetryDict
    from mypy_boto3_ivs import IVSClient

    from ivs_stream_key.errors import BadSettings
    from ivs_stream_key.ivs import Ivs

__all__ = ["Clients"]

# Pulumi can interrupt no call to a dynamic provider, so each wait has an end (seconds).
_CONNECT_TIMEOUT: Final = 10
_READ_TIMEOUT: Final = 30


class Clients:
    """Makes and keeps the clients for a stack's `aws:*` config; without one, for the environment alone."""

    def __init__(self, get: GetConfig = environment_only) -> None:
        self._get = get
        self._lock = threading.Lock()
        self._settings: Settings | None = None
        self._by_region: dict[str, Ivs] = {}

    def problems(self) -> list["BadSettings"]:
        """Return what in the config cannot be honoured; makes no client and needs no credentials."""
        return list(problems(self._get))

    def ivs(self, arn: Arn) -> "Ivs":
        """Return the calls to IVS in the region of `arn`.

        BadSettings if the config cannot be honoured or does not permit the account of `arn`.
        """
        with self._lock:
            if self._settings is None:
                self._settings = read(self._get)
            self._settings.permit(arn)
            calls = self._by_region.get(arn.region)
            if calls is None:
                from ivs_stream_key.ivs import Ivs  # noqa: PLC0415 - imports botocore

                calls = self._by_region[arn.region] = Ivs(_client(self._settings, arn))
            return calls


def _client(settings: Settings, arn: Arn) -> "IVSClient":
    # A check or a preview needs no client, and importing botocore's session takes a third of a second.
    from botocore.config import Config  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    from ivs_stream_key.answers import making_client  # noqa: PLC0415

    retries: _RetryDict = {}
    if settings.attempts is not None:
        retries["total_max_attempts"] = settings.attempts
    if settings.retry_mode is not None:
        retries["mode"] = settings.retry_mode
    with making_client(arn.text):
        session = Session(profile=settings.profile)
        session.register_component("data_loader", loader())
        for name, value in (("config_file", settings.config_file), ("credentials_file", settings.credentials_file)):
            if value is not None:
                session.set_config_variable(name, value)
        client = session.create_client(
            "ivs",
            region_name=arn.region,
            endpoint_url=settings.endpoint,
            verify=False if settings.insecure else settings.ca_bundle,
            aws_access_key_id=settings.access_key,
            aws_secret_access_key=settings.secret_key,
            aws_session_token=settings.token,
            config=Config(
                connect_timeout=_CONNECT_TIMEOUT,
                read_timeout=_READ_TIMEOUT,
                retries=retries or None,
                use_fips_endpoint=settings.fips,
                use_dualstack_endpoint=settings.dualstack,
            ),
        )
    return cast("IVSClient", client)
