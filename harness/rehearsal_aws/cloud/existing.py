"""Creates the resources of a state in moto, so that a rehearsal of a production stack finds them.

A resource is a mapping with its type, id, inputs and outputs, secrets in plaintext. It gets the ids and names of the
state, and all its data that the state contains. An existing resource with the same name is replaced.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import AccessKey, iam_backends
from moto.ivs.models import ivs_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends

from rehearsal_aws.environment import ACCESS_KEY

__all__ = ["answer", "covers", "put"]

_ARN: Final = re.compile(
    r"arn:(?P<partition>[^:]+):(?P<service>[^:]+):(?P<region>[^:]*):(?P<account>\d{12}):(?P<rest>.+)"
)
_PARTITION: Final = "aws"
# The owner tag of a stream key, which its outputs `tags` and `tags_all` do not contain.
_OWNER_TAG: Final = "pulumi-ivs-stream-key:owner"
# The outputs of ChannelSettings and PlaybackRestrictionPolicy that are not fields of the API under the same name.
_NO_FIELDS: Final = frozenset(
    {
        "__provider",
        "arn",
        "channel_arn",
        "channel_type",
        "connection",
        "region",
        "srt_endpoint",
        "srt_passphrase",
        "tags",
        "tags_all",
    }
)
# The fields that aws.ivs.Channel sets or that IVS does, and never ChannelSettings.
_OF_THE_CHANNEL: Final = frozenset(
    {"authorized", "ingestEndpoint", "latencyMode", "name", "playbackUrl", "recordingConfigurationArn", "type"}
)

Resource = Mapping[str, Any]


class NotPut(Exception):
    """A resource can't be created in moto; the text says why."""


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer a request to the path `application.EXISTING`; a WSGI application."""
    asked = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
    body = json.dumps({"notPut": put(asked["resources"])}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def put(resources: Iterable[Resource]) -> dict[str, str]:
    """Create resources in moto, each after its dependencies; return the reasons for failures, by URN."""
    # A state is sorted by dependencies, but it does not know dependencies on ARNs that a program has as text.
    given = list(resources)
    known = sorted((r for r in given if _putter(r)), key=lambda r: _ORDER.index(_putter(r)))
    account = _account(given)
    refused = {}
    for resource in known:
        try:
            _putter(resource)(resource, account)  # type: ignore[misc]
        except NotPut as error:
            refused[resource["urn"]] = str(error)
        except Exception as error:  # noqa: BLE001 - a state may hold anything
            refused[resource["urn"]] = f"it is not as the cloud expects it ({type(error).__name__}: {error})"
    return refused


def covers(resource: Resource) -> bool:
    """Whether a resource's type can be created in the cloud."""
    return _putter(resource) is not None


def _putter(resource: Resource) -> Callable[[Resource, str], None] | None:
    found = _PUTTERS.get(resource["type"])
    if found is None and (arn := _ARN.fullmatch(str(resource["id"]))) and arn["service"] == "ivs":
        # A dynamic resource, whose type says little of what it is.
        found = _DYNAMIC.get(arn["rest"].partition("/")[0])
        # A program's own dynamic resource may have a channel's ARN as its id too.
        if found is _channel_settings and resource["outputs"].get("channel_arn") != resource["id"]:
            return None
    return found


def _account(resources: list[Resource]) -> str:
    """Return the account of most resources, and assign the credentials of this cloud to that account."""
    found = Counter(match["account"] for r in resources if (match := _ARN.match(str(r["outputs"].get("arn", "")))))
    account = found.most_common(1)[0][0] if found else DEFAULT_ACCOUNT_ID
    if account != DEFAULT_ACCOUNT_ID:
        # moto looks for the account of a call by searching all accounts for the access key.
        for there in list(iam_backends):
            iam_backends[there][_PARTITION].access_keys.pop(ACCESS_KEY, None)
        key = AccessKey(None, "AKIA", account)  # type: ignore[abstract]  # of CloudFormation, which has no part in it
        key.access_key_id = ACCESS_KEY
        iam_backends[account][_PARTITION].access_keys[ACCESS_KEY] = key
    return account


def _account_and_region(arn: Any) -> tuple[str, str]:
    """Return account and region of an ARN."""
    match = _ARN.fullmatch(arn) if isinstance(arn, str) else None
    if match is None:
        raise NotPut(f"its ARN is not valid: {arn!r}")
    return match["account"], match["region"]


def _tags(resource: Resource, name: str = "tagsAll") -> dict[str, str]:
    outputs = resource["outputs"]
    return dict(outputs.get(name) or outputs.get("tags") or {})


def _as_tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _text(value: Any, property_name: str) -> str:
    if not isinstance(value, str) or not value:
        raise NotPut(f"the state does not hold its {property_name}; export it with --show-secrets")
    return value


# IVS


def _ivs(arn: Any) -> Any:
    account, region = _account_and_region(arn)
    return ivs_backends[account][region]


def _channel(resource: Resource, account: str) -> None:
    del account
    outputs = resource["outputs"]
    _put_channel(resource["id"], outputs, _tags(resource))


def _put_channel(arn: str, outputs: Mapping[str, Any], tags: dict[str, str]) -> dict[str, Any]:
    backend = _ivs(arn)
    backend.channels[:] = [channel for channel in backend.channels if channel["arn"] != arn]
    for key in [key for key, held in backend.stream_keys.items() if held["channelArn"] == arn]:
        del backend.stream_keys[key]
    made, key = backend.make_channel(
        {
            "authorized": bool(outputs.get("authorized")),
            "insecureIngest": bool(outputs.get("insecureIngest")),
            "latencyMode": outputs.get("latencyMode") or "LOW",
            "name": outputs.get("name") or "",
            "preset": outputs.get("preset") or "",
            "tags": tags,
            "type": outputs.get("type") or "STANDARD",
        }
    )
    channel = _channel_at(made["arn"])
    # moto has created a key with the channel, as IVS does. A StreamKey in the state will replace it.
    key["channelArn"] = arn
    channel["arn"] = arn
    channel["recordingConfigurationArn"] = outputs.get("recordingConfigurationArn") or ""
    for name in ("ingestEndpoint", "playbackUrl"):
        channel[name] = outputs.get(name) or channel[name]
    return channel


def _channel_at(arn: str) -> dict[str, Any]:
    """Return the channel as moto stores it; it is created if it is not in the state."""
    found = [channel for channel in _ivs(arn).channels if channel["arn"] == arn]
    # Another program, or a person, has created a channel that is not in the state.
    return found[0] if found else _put_channel(arn, {}, {})


def _channel_settings(resource: Resource, account: str) -> None:
    del account
    outputs = resource["outputs"]
    channel = _channel_at(resource["id"])
    channel.update({name: value for name, value in _fields(outputs).items() if name not in _OF_THE_CHANNEL})
    if outputs.get("srt_endpoint"):
        channel["srt"] = {"endpoint": outputs["srt_endpoint"]}
        if outputs.get("srt_passphrase"):
            channel["srt"]["passphrase"] = outputs["srt_passphrase"]


def _stream_key(resource: Resource, account: str) -> None:
    del account
    outputs, arn = resource["outputs"], resource["id"]
    channel = outputs.get("channel_arn") or outputs.get("channelArn")
    value = _text(outputs.get("value"), "value")
    backend = _ivs(channel)
    _channel_at(channel)
    for key in [key for key, held in backend.stream_keys.items() if held["channelArn"] == channel]:
        del backend.stream_keys[key]
    tags = _tags(resource, "tags_all") or _tags(resource)
    if outputs.get("owner_tag"):
        tags[_OWNER_TAG] = outputs["owner_tag"]
    backend.stream_keys[arn] = {"arn": arn, "channelArn": channel, "tags": tags, "value": value}


def _recording(resource: Resource, account: str) -> None:
    del account
    outputs = resource["outputs"]
    members = (
        "destinationConfiguration",
        "name",
        "recordingReconnectWindowSeconds",
        "renditionConfiguration",
        "thumbnailConfiguration",
    )
    given = {name: outputs[name] for name in members if outputs.get(name) is not None}
    _put_recording(resource["id"], given, _tags(resource), outputs.get("state") or "ACTIVE")


def _dynamic_recording(resource: Resource, account: str) -> None:
    del account
    outputs = resource["outputs"]
    given = _in_api(
        {
            "destination_configuration": {"s3": {"bucket_name": outputs["bucket_name"]}},
            "name": outputs.get("name"),
            "recording_reconnect_window_seconds": outputs.get("reconnect_window_seconds"),
            "rendition_configuration": outputs.get("renditions"),
            "thumbnail_configuration": outputs.get("thumbnails"),
        }
    )
    _put_recording(resource["id"], given, _tags(resource, "tags_all"), "ACTIVE")


def _put_recording(arn: str, given: Mapping[str, Any], tags: dict[str, str], state: str) -> None:
    backend = _ivs(arn)
    made = backend.create_recording_configuration({**given, "tags": tags})
    made["state"] = state
    _store_as(arn, made, backend.recording_configurations)


def _restriction_policy(resource: Resource, account: str) -> None:
    del account
    backend = _ivs(resource["id"])
    given = {**_fields(resource["outputs"]), "tags": _tags(resource, "tags_all")}
    made = backend.create_playback_restriction_policy(given)
    _store_as(resource["id"], made, backend.playback_restriction_policies)


def _store_as(arn: str, made: dict[str, Any], stored: dict[str, dict[str, Any]]) -> None:
    """Give a resource that moto has just created and stored another ARN."""
    del stored[made["arn"]]
    made["arn"] = arn
    stored[arn] = made


def _fields(outputs: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = _in_api({name: value for name, value in outputs.items() if name not in _NO_FIELDS})
    return fields


def _camel(name: str) -> str:
    """Return the name in the API of an output of a dynamic resource."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _in_api(value: Any) -> Any:
    """Return an output of a dynamic resource as the API has it. Whole numbers are floats in a state."""
    if isinstance(value, Mapping):
        return {_camel(name): _in_api(part) for name, part in value.items() if part is not None}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _playback_key(resource: Resource, account: str) -> None:
    del account
    outputs = resource["outputs"]
    _ivs(resource["id"]).playback_key_pairs[resource["id"]] = {
        "arn": resource["id"],
        "fingerprint": outputs.get("fingerprint") or "",
        "name": outputs.get("name") or "",
        "tags": _tags(resource),
    }


# Others


def _parameter(resource: Resource, account: str) -> None:
    # Imported late, because it imports moto's EC2, which takes more than a second.
    from moto.ssm.models import ssm_backends  # noqa: PLC0415

    del account
    outputs = resource["outputs"]
    owner, region = _account_and_region(outputs.get("arn"))
    backend, name = ssm_backends[owner][region], outputs["name"]
    backend._parameters.pop(name, None)  # noqa: SLF001 - whatever is there, and its versions
    made = backend.put_parameter(
        name=name,
        description=outputs.get("description") or "",
        value=_text(outputs.get("insecureValue") or outputs.get("value"), "value"),
        parameter_type=outputs.get("type") or "String",
        allowed_pattern=outputs.get("allowedPattern") or "",
        keyid=outputs.get("keyId") or "",
        overwrite=False,
        tags=_as_tag_list(_tags(resource)),
        data_type=outputs.get("dataType") or "text",
        tier=outputs.get("tier"),
        policies=None,
    )
    made.version = int(outputs.get("version") or 1)


def _secret(resource: Resource, account: str) -> None:
    del account
    outputs, arn = resource["outputs"], resource["id"]
    owner, region = _account_and_region(arn)
    backend, name = secretsmanager_backends[owner][region], outputs["name"]
    backend.secrets.pop(name)
    backend.create_secret(
        name=name,
        secret_string=None,
        secret_binary=None,
        description=outputs.get("description") or "",
        tags=_as_tag_list(_tags(resource)),
        kms_key_id=outputs.get("kmsKeyId") or None,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )
    made = backend.secrets[name]
    made.arn = arn
    if outputs.get("policy"):
        backend.put_resource_policy(arn, outputs["policy"])


def _secret_version(resource: Resource, account: str) -> None:
    del account
    outputs = resource["outputs"]
    secret, _, version = resource["id"].rpartition("|")
    owner, region = _account_and_region(secret)
    binary = outputs.get("secretBinary")
    text: Any = None if binary else _text(outputs.get("secretString"), "value")
    secretsmanager_backends[owner][region].put_secret_value(
        secret_id=secret,
        secret_string=text,
        secret_binary=binary,
        client_request_token=version,
        version_stages=list(outputs.get("versionStages") or ["AWSCURRENT"]),
    )


def _bucket(resource: Resource, account: str) -> None:
    outputs, name = resource["outputs"], resource["id"]
    backend = s3_backends[account][_PARTITION]
    s3_backends.bucket_accounts.pop(name, None)
    made = backend.create_bucket(name, outputs.get("region") or outputs.get("bucketRegion") or "us-east-1")
    made.object_lock_enabled = bool(outputs.get("objectLockEnabled"))
    if _tags(resource):
        backend.put_bucket_tagging(name, _tags(resource))


_PUTTERS: Final[Mapping[str, Callable[[Resource, str], None]]] = {
    "aws:ivs/channel:Channel": _channel,
    "aws:ivs/playbackKeyPair:PlaybackKeyPair": _playback_key,
    "aws:ivs/recordingConfiguration:RecordingConfiguration": _recording,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketV2:BucketV2": _bucket,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:secretsmanager/secretVersion:SecretVersion": _secret_version,
    "aws:ssm/parameter:Parameter": _parameter,
}
_DYNAMIC: Final[Mapping[str, Callable[[Resource, str], None]]] = {
    "channel": _channel_settings,
    "playback-restriction-policy": _restriction_policy,
    "recording-configuration": _dynamic_recording,
    "stream-key": _stream_key,
}
"""By the kind of resource in their ARN."""

# The order in which types are created: dependencies first.
_ORDER: Final = (
    _bucket,
    _recording,
    _dynamic_recording,
    _restriction_policy,
    _channel,
    _channel_settings,
    _stream_key,
    _playback_key,
    _parameter,
    _secret,
    _secret_version,
)
