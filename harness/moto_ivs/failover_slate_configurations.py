"""Failover slate configurations: what viewers see while the encoder is disconnected, and for how long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from moto.core.responses import ActionResult

from moto_ivs.models import StreamKeyBackend
from moto_ivs.resources import resource_by_arn
from moto_ivs.responses import NoContent, StreamKeyResponse

__all__ = ["FailoverSlateConfigurationBackend", "FailoverSlateConfigurationResponse"]

# Stated in the documentation of the members, but not in the model.
_PAGE_SIZE = 100
_DEFAULTS: dict[str, Any] = {
    "activationThresholdSeconds": 3,
    "maxSlateDisplaySeconds": 60,
    "minSlateDisplaySeconds": 3,
    "name": "",
}


class FailoverSlateConfigurationBackend(StreamKeyBackend):
    """Holds the methods that the installation copies onto IVSBackend; it is never instantiated.

    A configuration is a dict with the members of botocore's shape FailoverSlateConfiguration; it is CREATED at once.
    """

    @property
    def failover_slate_configurations(self) -> dict[str, dict[str, Any]]:
        """The failover slate configurations, by their ARN."""
        return self._stored("failover_slate_configurations")

    def create_failover_slate_configuration(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Create one from the request's members; the rest gets the documented defaults."""
        members = {**_DEFAULTS, **given, "state": "CREATED"}
        return self._create_stored("failover_slate_configurations", "failover-slate-configuration", members)

    def get_failover_slate_configuration(self, arn: str) -> dict[str, Any]:
        return resource_by_arn(self.failover_slate_configurations, arn)

    def list_failover_slate_configurations(
        self, *, max_results: int | None, next_token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return summaries, and the next page's token."""
        return self._page_of_stored(
            "failover_slate_configurations",
            ("arn", *_DEFAULTS, "state", "tags"),
            of="ListFailoverSlateConfigurations",
            at_most=max_results or _PAGE_SIZE,
            token=next_token,
        )

    def update_failover_slate_configuration(self, arn: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change the given members."""
        return self._update_stored("failover_slate_configurations", arn, changes)

    def delete_failover_slate_configuration(self, arn: str) -> None:
        """Delete it. Raises ConflictException while a channel has it."""
        self._delete_unused(
            "failover_slate_configurations",
            arn,
            member="failoverSlateConfigurationArn",
            kind="Failover slate configuration",
        )


class FailoverSlateConfigurationResponse(StreamKeyResponse):
    """Holds the methods that the installation copies onto IVSResponse; it is never instantiated."""

    def create_failover_slate_configuration(self) -> ActionResult:
        made = self._slate_backend.create_failover_slate_configuration(self._request_members())
        return ActionResult({"failoverSlateConfiguration": made})

    def get_failover_slate_configuration(self) -> ActionResult:
        configuration = self._slate_backend.get_failover_slate_configuration(self._request_members()["arn"])
        return ActionResult({"failoverSlateConfiguration": configuration})

    def list_failover_slate_configurations(self) -> ActionResult:
        return self._list_response(
            "failoverSlateConfigurations", self._slate_backend.list_failover_slate_configurations
        )

    def update_failover_slate_configuration(self) -> ActionResult:
        members = self._request_members()
        changed = self._slate_backend.update_failover_slate_configuration(members["arn"], members)
        return ActionResult({"failoverSlateConfiguration": changed})

    def delete_failover_slate_configuration(self) -> ActionResult:
        self._slate_backend.delete_failover_slate_configuration(self._request_members()["arn"])
        return NoContent()

    @property
    def _slate_backend(self) -> FailoverSlateConfigurationBackend:
        return cast("FailoverSlateConfigurationBackend", self.ivs_backend)
