"""Recording configurations: where and how a channel's broadcasts are recorded.

The bucket must exist in the account and region of the configuration; for other buckets see "Known issue" in the
documentation of CreateRecordingConfiguration. Permissions of IVS to write to it are not checked.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, cast

from moto.core.responses import ActionResult

from moto_ivs.exceptions import ValidationException
from moto_ivs.models import StreamKeyBackend, lock
from moto_ivs.resources import resource_by_arn
from moto_ivs.responses import NoContent, StreamKeyResponse

__all__ = ["RecordingConfigurationBackend", "RecordingConfigurationResponse", "check_recording_configuration"]

# Stated in the documentation of the members, but not in the model.
_PAGE_SIZE = 100
_THUMBNAILS: dict[str, Any] = {"recordingMode": "INTERVAL", "targetIntervalSeconds": 60, "storage": ["SEQUENTIAL"]}
_LENIENT_REGION = "us-east-1"
_RENDITIONS: dict[str, Any] = {"renditionSelection": "ALL", "renditions": []}


class RecordingConfigurationBackend(StreamKeyBackend):
    """Holds the methods that the installation copies onto IVSBackend; it is never instantiated.

    A recording configuration is a dict with the members of botocore's shape of that name.
    """

    @property
    def recording_configurations(self) -> dict[str, dict[str, Any]]:
        """The recording configurations, by their ARN."""
        return self._stored("recording_configurations")

    def create_recording_configuration(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Create one from the request's members; the rest gets the documented defaults.

        Its state is ACTIVE at once, or CREATE_FAILED if the account has no such bucket. Raises ValidationException for
        a bucket in another region. In us-east-1 the state is CREATE_FAILED instead.
        """
        members = {
            "destinationConfiguration": given["destinationConfiguration"],
            "name": given.get("name", ""),
            "recordingReconnectWindowSeconds": given.get("recordingReconnectWindowSeconds", 0),
            "renditionConfiguration": {**_RENDITIONS, **given.get("renditionConfiguration", {})},
            "state": self._state_for(given["destinationConfiguration"]),
            "tags": given.get("tags", {}),
            "thumbnailConfiguration": _thumbnails(given.get("thumbnailConfiguration", {})),
        }
        return self._create_stored("recording_configurations", "recording-configuration", members)

    def get_recording_configuration(self, arn: str) -> dict[str, Any]:
        return resource_by_arn(self.recording_configurations, arn)

    def list_recording_configurations(
        self, *, max_results: int | None, next_token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return summaries, and the next page's token."""
        return self._page_of_stored(
            "recording_configurations",
            ("arn", "destinationConfiguration", "name", "state", "tags"),
            of="ListRecordingConfigurations",
            at_most=max_results or _PAGE_SIZE,
            token=next_token,
        )

    def delete_recording_configuration(self, arn: str) -> None:
        """Delete it. Raises ConflictException while a channel records with it."""
        self._delete_unused(
            "recording_configurations", arn, member="recordingConfigurationArn", kind="Recording configuration"
        )

    def _state_for(self, destination: Mapping[str, Any]) -> str:
        # Load moto's S3 only if something is recorded.
        from moto.s3.models import s3_backends  # noqa: PLC0415

        name = destination.get("s3", {}).get("bucketName")
        if name is None:
            raise ValidationException(
                "Value null at 'destinationConfiguration.s3' failed to satisfy constraint: Member must not be null"
            )
        bucket = s3_backends[self.account_id][self.partition].buckets.get(name)
        if bucket is not None and bucket.region_name == self.region_name:
            return "ACTIVE"
        if bucket is not None and self.region_name != _LENIENT_REGION:
            raise ValidationException(
                f"Value '{name}' at 'destinationConfiguration.s3.bucketName' failed to satisfy constraint: "
                f"The bucket must be in {self.region_name}, not in {bucket.region_name}"
            )
        return "CREATE_FAILED"


class RecordingConfigurationResponse(StreamKeyResponse):
    """Holds the methods that the installation copies onto IVSResponse; it is never instantiated."""

    def create_recording_configuration(self) -> ActionResult:
        configuration = self._recording_backend.create_recording_configuration(self._request_members())
        return ActionResult({"recordingConfiguration": configuration})

    def get_recording_configuration(self) -> ActionResult:
        configuration = self._recording_backend.get_recording_configuration(self._request_members()["arn"])
        return ActionResult({"recordingConfiguration": configuration})

    def list_recording_configurations(self) -> ActionResult:
        return self._list_response("recordingConfigurations", self._recording_backend.list_recording_configurations)

    def delete_recording_configuration(self) -> ActionResult:
        self._recording_backend.delete_recording_configuration(self._request_members()["arn"])
        return NoContent()

    @property
    def _recording_backend(self) -> RecordingConfigurationBackend:
        return cast("RecordingConfigurationBackend", self.ivs_backend)


def check_recording_configuration(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Patch CreateChannel and UpdateChannel: a channel records with a configuration that exists, or with none."""

    @functools.wraps(operation)
    def patched(self: RecordingConfigurationBackend, *args: Any, **kwargs: Any) -> Any:
        with lock:
            if kwargs.get("recording_configuration_arn"):
                self.get_recording_configuration(kwargs["recording_configuration_arn"])
            return operation(self, *args, **kwargs)

    return patched


def _thumbnails(given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("recordingMode") == "DISABLED":
        return dict(given)
    return {**_THUMBNAILS, **given}
