"""The settings of an encoder, for each protocol that a channel accepts."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

import pulumi

__all__ = ["EncoderSettings", "encoder_settings"]

EncoderSettings = Mapping[str, Mapping[str, pulumi.Output[str]]]
"""The settings of an encoder by protocol: see `encoder_settings`."""

_RTMPS: Final = "rtmps://{}:443/app/"
_RTMP: Final = "rtmp://{}:1935/app/"
_SRT: Final = "srt://{}:9000?streamid={}"


def encoder_settings(
    endpoint: pulumi.Output[str],
    key: pulumi.Output[str],
    *,
    insecure: pulumi.Input[bool] | None = None,
    srt: tuple[pulumi.Output[Any], pulumi.Output[Any]] | None = None,
) -> EncoderSettings:
    """Return the settings by protocol: ``rtmps``, ``rtmp`` if `insecure` is given, ``srt`` if `srt` is given.

    `srt` is an endpoint and a passphrase. Each protocol has ``server`` and ``stream_key`` as in OBS, ``url`` with both,
    and ``ffmpeg``, a command that streams a file INPUT with H.264 and AAC. Outputs that contain the key or the
    passphrase are secrets. If the value of `insecure` is false, the settings of ``rtmp`` are None.
    """
    found = {"rtmps": _for_rtmp(_RTMPS, endpoint, key, True)}
    if insecure is not None and insecure is not False:
        found["rtmp"] = _for_rtmp(_RTMP, endpoint, key, insecure)
    if srt is not None:
        url = pulumi.Output.all(srt[0], key, srt[1]).apply(_srt_url)
        found["srt"] = {
            "server": url,
            "stream_key": key.apply(_empty_text),
            "url": url,
            "ffmpeg": url.apply(_srt_command),
        }
    return found


def _for_rtmp(
    form: str, endpoint: pulumi.Output[str], key: pulumi.Output[str], is_enabled: pulumi.Input[bool]
) -> dict[str, pulumi.Output[str]]:
    server = pulumi.Output.all(endpoint, is_enabled).apply(_unless_missing(lambda host, _: form.format(host)))
    key = pulumi.Output.all(key, is_enabled).apply(_unless_missing(lambda value, _: value))
    url = pulumi.Output.all(server, key).apply(_unless_missing(lambda start, end: start + end))
    return {"server": server, "stream_key": key, "url": url, "ffmpeg": url.apply(_rtmp_command)}


def _unless_missing(make: Callable[[Any, Any], str]) -> Callable[[list[Any]], Any]:
    # Under mocks that return only the inputs, a channel has no endpoint.
    return lambda found: make(*found) if all(found) else None


def _srt_url(found: list[Any]) -> Any:
    endpoint, key, passphrase = found
    if not endpoint or not key:
        return None
    url = _SRT.format(endpoint, quote(key, safe=""))
    return f"{url}&passphrase={quote(passphrase, safe='')}" if passphrase else url


def _empty_text(_: Any) -> str:
    # For SRT the URL contains the key.
    return ""


def _rtmp_command(url: str | None) -> Any:
    return url and f"ffmpeg -re -i INPUT -c copy -f flv '{url}'"


def _srt_command(url: str | None) -> Any:
    return url and f"ffmpeg -re -i INPUT -c copy -f mpegts '{url}'"
