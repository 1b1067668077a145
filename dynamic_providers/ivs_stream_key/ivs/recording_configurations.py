"""The calls to IVS about recording configurations."""

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from ivs_stream_key.aws.error_mapping import translate_aws_errors
from ivs_stream_key.errors import NotFound, ServiceFailed
from ivs_stream_key.ivs.tags import retag, without_system_tags

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient

__all__ = ["RecordingConfigurations"]

# Creating one takes IVS some seconds. The wait is limited, because Pulumi cannot interrupt a call to a provider.
_POLLS: Final = 90
_SECONDS: Final = 1.0


class RecordingConfigurations:
    """The recording configurations of one region, as in IVS's responses. Every failure is a StreamKeyError."""

    def __init__(self, client: "IVSClient") -> None:
        self._client: Any = client

    def create(self, members: Mapping[str, Any], tags: Mapping[str, str], sleep: Callable[[float], None]) -> str:
        """Create one, wait until it is active, and return its ARN. If IVS fails, delete it and raise ServiceFailed."""
        with translate_aws_errors(
            "CreateRecordingConfiguration", f"a recording configuration in {self._client.meta.region_name}"
        ):
            response = self._client.create_recording_configuration(**members, tags=dict(tags))
        made = response["recordingConfiguration"]
        state = made.get("state")
        for _ in range(_POLLS):
            if state != "CREATING":
                break
            sleep(_SECONDS)
            state = (self.get(made["arn"]) or {}).get("state")
        if state == "ACTIVE":
            return str(made["arn"])
        self.delete(made["arn"])
        raise ServiceFailed(
            f"IVS could not set the recording configuration {made['arn']} up: its state is {state}.",
            resource=made["arn"],
            aftermath="it is deleted again.",
            remedy="check that the bucket exists, in the same region, and that IVS may write to it; then run again.",
        )

    def get(self, arn: str) -> Mapping[str, Any] | None:
        """Return it, or None if it does not exist."""
        with contextlib.suppress(NotFound), translate_aws_errors("GetRecordingConfiguration", arn):
            found: Mapping[str, Any] = self._client.get_recording_configuration(arn=arn)["recordingConfiguration"]
            return {**found, "tags": without_system_tags(found.get("tags"))}
        return None

    def delete(self, arn: str) -> None:
        """Delete it; no error if it does not exist any more. Conflict while a channel uses it."""
        with contextlib.suppress(NotFound), translate_aws_errors("DeleteRecordingConfiguration", arn):
            self._client.delete_recording_configuration(arn=arn)

    def retag(self, arn: str, gone: Iterable[str], new: Mapping[str, str]) -> None:
        """Remove the tags `gone` and set the tags `new`; makes no call if both are empty."""
        retag(self._client, arn, gone, new)
