"""Starts and ends broadcasts, as an encoder would: in this process, or in a server over HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

from moto.core.common_types import TYPE_RESPONSE
from moto.core.request import Request
from moto.ivs.models import IVSBackend, ivs_backends

from moto_ivs.exceptions import BroadcastError, IvsException
from moto_ivs.models import StreamKeyBackend
from moto_ivs.validate import shape_for, violations

__all__ = ["PREFIX", "broadcasting_through", "go_live", "go_offline", "handle_go_live", "handle_go_offline"]

PREFIX = "/moto-ivs/"

_TIMEOUT_SECONDS = 30

_server_urls: list[str] = []


def go_live(
    channel_arn: str, *, health: str = "HEALTHY", viewer_count: int = 0, endpoint_url: str | None = None
) -> None:
    """Start a broadcast on the channel; if it is live already, change its health and viewer count.

    `health` is one of the model's StreamHealth: HEALTHY, STARVING, UNKNOWN. `viewer_count` counts from 0; the service
    returns -1 if it could not count in time. Without `endpoint_url` the channel is in this process's moto; with it, in
    the moto server there (scheme, host, port), which needs the extension.

    Raises BroadcastError if the channel does not exist or has no stream key, the health is invalid, or there is no such
    server.
    """
    endpoint_url = _current_server_url() if endpoint_url is None else endpoint_url
    if endpoint_url is None:
        _go_live(channel_arn, health=health, viewer_count=viewer_count)
        return
    _check_broadcast(channel_arn, health, viewer_count)
    _post(endpoint_url, "go-live", {"channelArn": channel_arn, "health": health, "viewerCount": viewer_count})


def go_offline(channel_arn: str, *, endpoint_url: str | None = None) -> None:
    """End the channel's broadcast; a channel that is not live stays as it is. Arguments and errors as for go_live."""
    endpoint_url = _current_server_url() if endpoint_url is None else endpoint_url
    if endpoint_url is None:
        _go_offline(channel_arn)
        return
    _check("ChannelArn", channel_arn, "channelArn")
    _post(endpoint_url, "go-offline", {"channelArn": channel_arn})


@contextlib.contextmanager
def broadcasting_through(endpoint_url: str) -> Iterator[None]:
    """Within the block, send broadcasts of this process's moto to its server, so that the server can record them."""
    _server_urls.append(endpoint_url)
    try:
        yield
    finally:
        _server_urls.remove(endpoint_url)


def handle_go_live(request: Request, _full_url: str, _headers: Any) -> TYPE_RESPONSE:
    """Handle POST /moto-ivs/go-live; the body is JSON: channelArn, and optionally health and viewerCount."""
    return _response(
        request, _go_live, {"channelArn": "channel_arn", "health": "health", "viewerCount": "viewer_count"}
    )


def handle_go_offline(request: Request, _full_url: str, _headers: Any) -> TYPE_RESPONSE:
    """Handle POST /moto-ivs/go-offline; the body is JSON: channelArn."""
    return _response(request, _go_offline, {"channelArn": "channel_arn"})


def _go_live(channel_arn: str, *, health: str = "HEALTHY", viewer_count: int = 0) -> None:
    _check_broadcast(channel_arn, health, viewer_count)
    _call_backend(
        channel_arn, lambda backend: backend.start_broadcast(channel_arn, health=health, viewer_count=viewer_count)
    )


def _go_offline(channel_arn: str) -> None:
    _check("ChannelArn", channel_arn, "channelArn")
    _call_backend(channel_arn, lambda backend: backend.end_broadcast(channel_arn))


def _check_broadcast(channel_arn: object, health: object, viewer_count: object) -> None:
    _check("ChannelArn", channel_arn, "channelArn")
    _check("StreamHealth", health, "health")
    if isinstance(viewer_count, bool) or not isinstance(viewer_count, int) or viewer_count < -1:
        raise BroadcastError(f"A viewer count is a whole number from -1, not {viewer_count!r}")


def _current_server_url() -> str | None:
    return _server_urls[-1] if _server_urls else None


def _call_backend(channel_arn: str, action: Callable[[StreamKeyBackend], None]) -> None:
    if not hasattr(IVSBackend, "start_broadcast"):
        raise BroadcastError("moto_ivs is not installed here: call moto_ivs.install(), or name an endpoint_url")
    _, _, _, region, account, _ = channel_arn.split(":")
    regions = ivs_backends[account]
    if region not in regions:
        raise BroadcastError(f"moto has no IVS in {region}, where {channel_arn} would be")
    try:
        action(cast("StreamKeyBackend", regions[region]))
    except IvsException as error:
        raise BroadcastError(error.message) from None


def _check(shape_name: str, value: object, at: str) -> None:
    for violation in violations(shape_for(shape_name), value, at):
        raise BroadcastError(violation)


def _response(request: Request, action: Callable[..., None], names: Mapping[str, str]) -> TYPE_RESPONSE:
    headers = {"Content-Type": "application/json"}
    if request.method != "POST":
        return 405, headers, json.dumps({"message": "This path takes POST"})
    try:
        body = json.loads(request.data)
    except ValueError:
        body = None
    if not isinstance(body, dict) or "channelArn" not in body or not body.keys() <= names.keys():
        expected = f"The body is a JSON object with channelArn, and no members but {', '.join(names)}"
        return 400, headers, json.dumps({"message": expected})
    try:
        action(**{names[name]: value for name, value in body.items()})
    except BroadcastError as error:
        return 409, headers, json.dumps({"message": str(error)})
    return 200, headers, "{}"


def _post(endpoint_url: str, action: str, body: Mapping[str, Any]) -> None:
    connection, path = _connection(endpoint_url)
    try:
        connection.request(
            "POST",
            f"{path}{PREFIX}{action}",
            body=json.dumps(body),
            headers={"Content-Type": "application/json"},
        )
        response = connection.getresponse()
        status, text = response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise BroadcastError(f"No answer from {endpoint_url}: {error}") from error
    finally:
        connection.close()
    if status != http.client.OK:
        raise BroadcastError(
            _message_in(text) or f"{endpoint_url} answered {status}: has that server moto_ivs installed?"
        )


def _connection(endpoint_url: str) -> tuple[http.client.HTTPConnection, str]:
    try:
        url = urlsplit(endpoint_url)
        kind = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}[url.scheme]
        host, port = url.netloc and url.hostname, url.port
    except (KeyError, ValueError):
        host = port = None
    if not host:
        raise BroadcastError(f"{endpoint_url!r} is no endpoint URL: expected http://HOST:PORT")
    return kind(host, port, timeout=_TIMEOUT_SECONDS), url.path.rstrip("/")


def _message_in(text: bytes) -> str | None:
    try:
        message = json.loads(text)["message"]
    except (ValueError, KeyError, TypeError):
        return None
    return str(message)
