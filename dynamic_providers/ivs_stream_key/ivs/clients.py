"""The IVS clients for one set of settings: one for each region, created on first use, shared by all threads."""

import json
import os
import threading
from typing import TYPE_CHECKING, Any

from ivs_stream_key.aws.arns import Arn
from ivs_stream_key.aws_config.default_tags import Tagging, tagging
from ivs_stream_key.aws_config.regions import bad_region
from ivs_stream_key.aws_config.setting_checks import problems_of_combination
from ivs_stream_key.aws_config.setting_values import Values
from ivs_stream_key.aws_config.settings import (
    NAMES,
    GetConfig,
    Settings,
    config_values,
    environment_only,
    problems,
    read,
)
from ivs_stream_key.connection import connection_values
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.messages.redaction import SECRETS

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient

    from ivs_stream_key.ivs.channel_fields import ChannelFields
    from ivs_stream_key.ivs.recording_configurations import RecordingConfigurations
    from ivs_stream_key.ivs.restriction_policies import RestrictionPolicies
    from ivs_stream_key.ivs.stream_keys import Ivs

__all__ = ["Clients"]


class Clients:
    """Creates and caches the clients for a stack's `aws:*` config; without config, for the AWS environment.

    `of` returns the clients for a resource's `connection`, which are cached too: resources with equal connections share
    one client for each region.
    """

    def __init__(self, settings: GetConfig | Values = environment_only) -> None:
        self._values = settings if isinstance(settings, Values) else config_values(settings)
        SECRETS.learn_settings({name: self._values.get(name) for name in NAMES})
        self._lock = threading.Lock()
        self._settings: Settings | None = None
        self._tagging: Tagging | None = None
        self._raw: dict[str, IVSClient] = {}
        self._by_region: dict[str, Ivs] = {}
        self._by_connection: dict[str, Clients] = {}
        self._others: dict[tuple[str, str], Any] = {}

    def of(self, connection: Any) -> "Clients":
        """Return the clients for a resource's `connection`, or these if it has none; BadSettings if it is invalid."""
        if connection is None:
            return self
        SECRETS.learn_settings(connection)
        # A value that is not known yet cannot be converted to JSON, and needs no clients.
        name = json.dumps(connection, sort_keys=True, default=repr)
        with self._lock:
            if name not in self._by_connection:
                self._by_connection[name] = Clients(connection_values(connection))
            return self._by_connection[name]

    def problems(self, connection: Any = None) -> list[BadSettings]:
        """Return the problems of the settings; creates no client and needs no credentials."""
        try:
            values = self.of(connection)._values  # noqa: SLF001 - this class's own
        except BadSettings as problem:
            return [problem]
        return list(problems(values)) or list(problems_of_combination(values))

    def bad_region(self, region: str, connection: Any) -> tuple[str, str, str] | None:
        """Return the parts of an error message (expected, got, remedy); None if the region is valid.

        The settings must be without `problems`.
        """
        return bad_region(region, self.of(connection)._values)  # noqa: SLF001 - this class's own

    def tagging(self) -> Tagging:
        """Return the default and the ignored tags; BadSettings if they are invalid. Needs no credentials."""
        with self._lock:
            if self._tagging is None:
                self._tagging = tagging(self._values)
            return self._tagging

    def ivs(self, arn: Arn) -> "Ivs":
        """Return the calls to IVS in the region of `arn`.

        BadSettings if the settings are invalid or do not allow the account of `arn`.
        """
        with self._lock:
            self._read().permit(arn)
            return self._calls(arn.region, arn.text)

    def channel_fields(self, arn: Arn) -> "ChannelFields":
        """Return the calls about fields of channels in the region of `arn`; errors as of `ivs`."""
        from ivs_stream_key.ivs.channel_fields import ChannelFields  # noqa: PLC0415 - imports botocore

        self.ivs(arn)
        return ChannelFields(self._raw[arn.region])

    def restriction_policies(self, region: str) -> "RestrictionPolicies":
        """Return the calls about playback restriction policies in `region`; errors as of `client`."""
        from ivs_stream_key.ivs.restriction_policies import RestrictionPolicies  # noqa: PLC0415 - imports botocore

        return RestrictionPolicies(self.client(region))

    def recording_configurations(self, region: str) -> "RecordingConfigurations":
        """Return the calls about recording configurations in `region`; errors as of `client`."""
        from ivs_stream_key.ivs.recording_configurations import RecordingConfigurations  # noqa: PLC0415 - as above

        return RecordingConfigurations(self.client(region))

    def client(self, region: str) -> "IVSClient":
        """Return the client for IVS in `region`, for calls that concern no particular account; errors as of `ivs`."""
        with self._lock:
            self._calls(region, f"the channels in {region}")
            return self._raw[region]

    def other(self, service: str, region: str) -> Any:
        """Return the client of another service in `region`; errors as of `client`."""
        from ivs_stream_key.aws_config.sessions import aws_client  # noqa: PLC0415 - a third of a second

        with self._lock:
            if (service, region) not in self._others:
                self._others[service, region] = aws_client(self._read(), service, region, f"{service} in {region}")
            return self._others[service, region]

    def region(self, given: Any = None) -> str:
        """Return the region for what has no ARN yet: `given`, that of the settings, or of the AWS environment.

        BadSettings if none of them says one.
        """
        found = given or self._values.string("region") or os.environ.get("AWS_REGION")
        if not found:
            from botocore.session import Session  # noqa: PLC0415 - a third of a second

            with self._lock:
                found = Session(profile=self._read().profile).get_config_variable("region")
        if not found:
            raise BadSettings(
                "There is no region to work in.",
                expected="one from the resource, its connection, aws:region, AWS_REGION or the profile",
                got="none",
                remedy="give region=, or set aws:region.",
            )
        return str(found)

    def _calls(self, region: str, purpose: str) -> "Ivs":
        """Return the calls to IVS in `region`; their client is rate-limited from the first call on."""
        calls = self._by_region.get(region)
        if calls is None:
            from ivs_stream_key.ivs.stream_keys import Ivs  # noqa: PLC0415 - imports botocore

            calls = self._by_region[region] = Ivs(self._client(region, purpose))
        return calls

    def _read(self) -> Settings:
        if self._settings is None:
            self._settings = read(self._values)
        return self._settings

    def _client(self, region: str, purpose: str) -> "IVSClient":
        if region not in self._raw:
            self._raw[region] = _new_client(self._read(), region, purpose)
        return self._raw[region]


def _new_client(settings: Settings, region: str, purpose: str) -> "IVSClient":
    # A check or a preview needs no client, and importing botocore's session takes a third of a second.
    from ivs_stream_key.aws_config.sessions import ivs_client  # noqa: PLC0415

    return ivs_client(settings, region, purpose)
