"""``aws:ivs/recordingConfiguration:RecordingConfiguration``."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from rehearsal.provider import UNKNOWN, CheckFailure, PropertyMap, ProviderError
from rehearsal_aws.argument_rules import Rule, a_number, matching, one_of_enum
from rehearsal_aws.resources.ivs_resource import NAME, IvsResource

__all__ = ["RecordingConfiguration"]

_POLLS: Final = 600
_POLL_SECONDS: Final = 1.0
_bucket_name: Final = matching(r"[0-9a-z.-]{3,63}", "3 to 63 lower-case letters, digits, hyphens and dots")
_mode: Final = one_of_enum("ivs", "RecordingMode")
_interval: Final = a_number(5, 60)


class RecordingConfiguration(IvsResource):
    """A recording configuration, with the behaviour of Terraform's ``aws_ivs_recording_configuration``.

    Its id is the ARN. The API can't change one: every change replaces it, even a change of tags.
    """

    title = "IVS Recording Configuration"
    arguments = ("destinationConfiguration", "name", "recordingReconnectWindowSeconds", "thumbnailConfiguration")
    required = frozenset({"destinationConfiguration"})
    kept = frozenset(arguments) - required
    identity = frozenset({*arguments, "tags"})
    rules: ClassVar[Mapping[str, Rule]] = {"name": NAME, "recordingReconnectWindowSeconds": a_number(0, 300)}
    computed = ("arn", "state")

    def refuse(self, inputs: PropertyMap) -> Iterator[CheckFailure]:
        bucket = _within(inputs, "destinationConfiguration", "s3", "bucketName")
        mode = _within(inputs, "thumbnailConfiguration", "recordingMode")
        interval = _within(inputs, "thumbnailConfiguration", "targetIntervalSeconds")
        for name, value, rule in (
            ("destinationConfiguration", bucket, _bucket_name),
            ("thumbnailConfiguration", mode, _mode),
            ("thumbnailConfiguration", interval, _interval),
        ):
            expected = None if value is None or value is UNKNOWN else rule(value)
            if expected:
                yield CheckFailure(name, expected)
        if bucket is None and "destinationConfiguration" in inputs:
            yield CheckFailure("destinationConfiguration", "expected a bucket under s3.bucketName")
        if mode == "DISABLED" and interval is not None:
            yield CheckFailure(
                "thumbnailConfiguration", "targetIntervalSeconds can't be given where recordingMode is DISABLED"
            )

    def make(self, client: Any, inputs: PropertyMap, tags: Mapping[str, str]) -> str:
        given = {name: inputs[name] for name in self.arguments if name in inputs}
        made: str = client.create_recording_configuration(**given, tags=dict(tags))["recordingConfiguration"]["arn"]
        return made

    def find(self, client: Any, id: str, known: PropertyMap) -> PropertyMap:
        del known
        for _ in range(_POLLS):
            found = client.get_recording_configuration(arn=id)["recordingConfiguration"]
            if found["state"] != "CREATING":
                break
            time.sleep(_POLL_SECONDS)
        if found["state"] == "CREATE_FAILED":
            raise ProviderError(
                f"{self.title} ({id}): its state is CREATE_FAILED; the bucket has to exist, in the same region"
            )
        thumbnails = found.get("thumbnailConfiguration") or {}
        return {
            **{name: found.get(name) for name in (*self.arguments, *self.computed, "tags")},
            "thumbnailConfiguration": {
                name: thumbnails[name] for name in ("recordingMode", "targetIntervalSeconds") if name in thumbnails
            },
        }

    def remove(self, client: Any, id: str, known: PropertyMap) -> None:
        del known
        client.delete_recording_configuration(arn=id)


def _within(inputs: PropertyMap, *path: str) -> Any:
    value: Any = inputs
    for name in path:
        if not isinstance(value, dict):
            return value
        value = value.get(name)
    return value
