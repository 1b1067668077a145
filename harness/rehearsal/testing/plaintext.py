"""Finds secrets in plaintext in output, messages and states."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from rehearsal.display.formatting import short_type
from rehearsal.provider import PropertyMap
from rehearsal.state.property_values import SECRET_SIGNATURE, SIGNATURE, Secret, reveal, secrets_in
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import name_of

__all__ = [
    "exposed",
    "public_texts",
    "redacted",
    "secrets_given",
    "secrets_of",
    "secrets_of_config",
    "without_envelopes",
]

# Shorter secrets are not searched: the same text occurs by chance in words and times.
_SHORTEST: Final = 5
# pytest and Python's reprlib replace the middle of a long text by dots. Remaining ends of so many characters count.
_DOTS: Final = "..."
_SHORTEST_ENDS: Final = 8
# Shorter parts in base64 would be found by chance in any pickle.
_SHORTEST_IN_BASE64: Final = 8


def secrets_of(states: Iterable[ResourceState]) -> dict[str, str]:
    """Return the plaintexts of the resources' secrets, with the origin of each for messages."""
    return secrets_given(
        (f"{short_type(state.urn)} {name_of(state.urn)}", properties)
        for state in states
        for properties in (state.inputs, state.outputs)
    )


def secrets_given(given: Iterable[tuple[str, PropertyMap]]) -> dict[str, str]:
    """Return the plaintexts of the secrets in properties, with the origin of each for messages.

    `given` are pairs of a description of the owner and its properties.
    """
    found: dict[str, str] = {}
    for what, properties in given:
        for key, value in properties.items():
            if key != "__provider":
                for text in _texts(secrets_in(value)):
                    found.setdefault(text, f"{key} of {what}")
    return found


def secrets_of_config(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the plaintexts of a config's secrets, with the origin of each for messages."""
    return {text: f"config {key}" for key, value in config.items() for text in _texts(secrets_in(value))}


def public_texts(
    states: Iterable[ResourceState], in_the_open: Iterable[Callable[[str, PropertyMap], Collection[str]]]
) -> set[str]:
    """Return values that clouds store as plain text, even if an SDK marks them as secret."""
    clouds = list(in_the_open)
    return {
        text
        for state in states
        for properties in (reveal(state.inputs), reveal(state.outputs))
        for ask in clouds
        for name in ask(state.type, properties)
        for text in _texts([properties.get(name)])
    }


def redacted(text: str, secrets: Iterable[str]) -> str:
    """Return a text with every secret in it redacted."""
    for secret in sorted(secrets, key=len, reverse=True):
        for form in _forms(secret):
            text = text.replace(form, "[secret]")
        text = _without_shortened(text, secret)
    return text


def _without_shortened(text: str, secret: str) -> str:
    """Redact the ends of a secret in a shortened assertion or repr, which has dots between them."""
    done, *rest = text.split(_DOTS)
    for after in rest:
        lengths = range(len(secret), 0, -1)
        start = next((length for length in lengths if done.endswith(secret[:length])), 0)
        end = next((length for length in lengths if after.startswith(secret[-length:])), 0)
        if start + end >= _SHORTEST_ENDS:
            done = f"{done[: len(done) - start]}[secret]{after[end:]}"
        else:
            done = f"{done}{_DOTS}{after}"
    return done


def exposed(secrets: Mapping[str, str], places: Mapping[str, str]) -> list[str]:
    """Return a line for each secret that is in plaintext in one of the places. The line does not contain the secret."""
    lines = []
    for secret, origin in secrets.items():
        for place, text in places.items():
            spot = _find(secret, text)
            if spot is not None:
                lines.append(f"{origin} is in {place}: …{spot}…")
    return lines


def without_envelopes(deployment: Any) -> Any:
    """Return a deployment without the contents of secrets' envelopes: the rest must not contain secrets."""
    match deployment:
        case dict() if deployment.get(SIGNATURE) == SECRET_SIGNATURE:
            return {SIGNATURE: SECRET_SIGNATURE}
        case dict():
            return {key: without_envelopes(value) for key, value in deployment.items() if key != "__provider"}
        case list():
            return [without_envelopes(value) for value in deployment]
        case _:
            return deployment


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        match value:
            case str():
                if len(value) >= _SHORTEST:
                    yield value
            case dict():
                yield from _texts(value.values())
            case list():
                yield from _texts(value)
            case Secret():
                yield from _texts([value.value])


def _forms(secret: str) -> set[str]:
    """Return the forms of a text: plain, and as encoded in JSON, JSON within JSON, Python, a URL, and base64."""
    once = json.dumps(secret)[1:-1]
    url = quote(secret, safe="", errors="surrogatepass")
    forms = {secret, once, json.dumps(once)[1:-1], repr(secret)[1:-1], url, quote(url, safe="")}
    return forms | set(_in_base64(secret))


def _in_base64(secret: str) -> Iterator[str]:
    """Yield the forms that a text can have within base64-encoded text, one for each alignment."""
    data = secret.encode("utf-8", "surrogatepass")
    if len(data) < _SHORTEST_IN_BASE64:
        return
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            # A base64 character encodes six bits, so the characters at the edges depend on the text around the secret.
            start, end = -(-before * 8 // 6), (before + len(data)) * 8 // 6
            yield encode(b"\0" * before + data)[start:end].decode()


def _find(secret: str, text: str) -> str | None:
    for form in _forms(secret):
        at = text.find(form)
        if at >= 0:
            before = text[max(at - 40, 0) : at].rpartition("\n")[2]
            after = text[at + len(form) : at + len(form) + 20].partition("\n")[0]
            return f"{before}[secret]{after}"
    return None
