"""Redacts secrets from text before it leaves the package: errors, their causes, diagnostics, log lines.

`SECRETS` holds the secrets of this process's run. Code that reads a secret calls `SECRETS.learn` or `learn_from`; code
that emits text calls `redacted`. docs/security.md lists the places, and says which secrets are too short to be found.
"""

import base64
import html
import json
import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote, urlsplit

__all__ = ["HIDDEN", "SECRETS", "Secrets", "is_name_of_secret", "redacted"]

HIDDEN: Final = "[secret]"

# Shorter secrets are not redacted: the same text occurs by chance in words, times and ARNs.
_SHORTEST: Final = 5
# Shorter secrets are redacted only as whole words.
_SHORTEST_WITHIN_WORDS: Final = 12
_SHORTEST_IN_BASE64: Final = 9

# A stream key's value has the form sk_REGION_…, according to the service's examples; the model gives no pattern. Users
# sometimes pass the value instead of an ARN.
_STREAM_KEY: Final = re.compile(r"sk_[a-z0-9-]+_[A-Za-z0-9_+/=-]+")

# Compared without case, hyphens and underscores: AWS, its config files, its SDKs and Pulumi spell names differently.
_NAMES: Final = frozenset(
    {
        "accesstoken",
        "assertion",
        "authorizationtoken",
        "awssecretaccesskey",
        "awssecuritytoken",
        "awssessiontoken",
        "clientsecret",
        "codeverifier",
        "externalid",
        "idtoken",
        "refreshtoken",
        "samlassertion",
        "secretaccesskey",
        "secretkey",
        "securitytoken",
        "sessiontoken",
        "subjecttoken",
        "webidentitytoken",
        "xamzsecuritytoken",
        "xamzssobearertoken",
        "xawsec2metadatatoken",
    }
)
_NAMES_IN_SETTINGS: Final = _NAMES | {"accesskey", "token"}
_SPELLED: Final = "|".join("[-_]?".join(name) for name in sorted(_NAMES))
# A secret with its name in JSON, XML, a logged dictionary, a canonical request, headers, and a form.
_NAMED: Final = re.compile(
    rf"""(?P<name>(?<![a-z0-9])(?:{_SPELLED})\b(?:\\*["'])?\s*(?:[:=>]\s*(?:b?\\*["'])?))"""
    r"""(?P<value>[^\s"'<>&,;\\}]+)""",
    re.IGNORECASE,
)
# These common words name a secret only in JSON: a stream key's value, the token of an instance's role.
_NAMED_IN_JSON: Final = re.compile(r"""(?P<name>"(?:value|[Tt]oken)\\*"\s*:\s*\\*")(?P<value>[^"\\]+)""")
# In AWS's own authorization scheme only the signature is secret: with it, others can repeat the request for minutes.
_AUTHORIZATION: Final = re.compile(
    r"""(?P<name>\bauthorization(?>(?:\\*["'])?\s*[:=]\s*(?:b?\\*["'])?(?:(?:basic|bearer|negotiate)\s+)?))"""
    r"""(?P<value>(?!aws4-)[^\s"'\\,]+)""",
    re.IGNORECASE,
)
_SIGNATURE: Final = re.compile(r"(?P<name>\bsignature\b\s*[:=]\s*)(?P<value>[0-9a-f]{64})", re.IGNORECASE)
_USER_INFO: Final = re.compile(r"""(?P<name>://)(?P<value>[^\s/?#"'<>]+)@""")

_WORD: Final = re.compile(r"[^\W_]")
# The end of a percent or backslash escape, which may precede a word in escaped text.
_END_OF_ESCAPE: Final = re.compile(r"(?:%[0-9A-Fa-f]{2}|\\[a-z]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2})\Z")


def redacted(text: str, *, foreign: bool = False) -> str:
    """Return `text` with ``[secret]`` in place of each secret of this run, and of all that looks like a stream key.

    `foreign` text comes from AWS, botocore or another library. In it, values with the name of a secret
    (``SessionToken``, ``ExternalId``, a URL's user and password) are redacted too, even if they are unknown.
    """
    text = SECRETS.redacted(_STREAM_KEY.sub(HIDDEN, text))
    if foreign:
        for pattern in (_NAMED, _NAMED_IN_JSON, _AUTHORIZATION, _SIGNATURE):
            text = pattern.sub(rf"\g<name>{HIDDEN}", text)
        text = _USER_INFO.sub(rf"\g<name>{HIDDEN}@", text)
    return text


def is_name_of_secret(name: object) -> bool:
    """Whether this is the name of a secret in AWS's APIs, headers or config files."""
    return isinstance(name, str) and _plain(name) in _NAMES


class Secrets:
    """A set of secrets, and the forms in which they may occur in text. Threads may share it.

    A secret of fewer than five characters is not redacted. A secret of fewer than twelve is redacted only if no letter
    or digit is next to it. Secrets are found in plain text, and as encoded in JSON, XML, Python, URLs and base64.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: set[str] = set()
        # `_lengths` has the lengths of the forms by their first characters, so that the time to search a text does not
        # depend on the number of secrets.
        self._forms: set[str] = set()
        self._lengths: dict[str, tuple[int, ...]] = {}

    def learn(self, *secrets: object) -> None:
        """Learn secrets; values that are not text are skipped."""
        for secret in secrets:
            if not isinstance(secret, str) or len(secret) < _SHORTEST or secret in self._known:
                continue
            with self._lock:
                self._known.add(secret)
                for form in _forms(secret):
                    self._forms.add(form)
                    others = self._lengths.get(form[:_SHORTEST], ())
                    if len(form) not in others:
                        self._lengths[form[:_SHORTEST]] = tuple(sorted({*others, len(form)}, reverse=True))

    def learn_from(self, found: object) -> None:
        """Learn the secrets in a nested mapping, by their names; JSON texts are parsed.

        In a URL, the secret is the password, or the user if there is no password.
        """
        self.learn(*_secrets_in(found, _NAMES))

    def learn_all(self, found: object) -> None:
        """Learn all texts in a nested value, which the caller knows to be secret."""
        self.learn(*_texts_in(found))

    def learn_settings(self, found: object) -> None:
        """Learn the secrets in settings of pulumi-aws, or in a `connection`, by their names."""
        self.learn(*_secrets_in(found, _NAMES_IN_SETTINGS))

    def forget(self) -> None:
        """Forget all secrets, at the start of another run."""
        with self._lock:
            self._known.clear()
            self._forms.clear()
            self._lengths.clear()

    def redacted(self, text: str) -> str:
        """Return `text` with ``[secret]`` in place of each secret."""
        if not self._lengths:
            return text
        # Overlapping secrets are redacted as one, so that no part of either remains.
        spans: list[tuple[int, int]] = []
        for at in range(len(text) - _SHORTEST + 1):
            lengths = self._lengths.get(text[at : at + _SHORTEST])
            length = next((n for n in lengths if self._stands_at(text, at, at + n)), 0) if lengths else 0
            if not length:
                continue
            if spans and at < spans[-1][1]:
                spans[-1] = (spans[-1][0], max(spans[-1][1], at + length))
            else:
                spans.append((at, at + length))
        pieces: list[str] = []
        done = 0
        for start, end in spans:
            pieces += (text[done:start], HIDDEN)
            done = end
        return "".join((*pieces, text[done:])) if spans else text

    def _stands_at(self, text: str, at: int, end: int) -> bool:
        if text[at:end] not in self._forms or text.startswith(HIDDEN, at - 1):
            return False
        if end - at >= _SHORTEST_WITHIN_WORDS:
            return True
        starts = at == 0 or not _WORD.match(text, at - 1) or _END_OF_ESCAPE.search(text[max(0, at - 6) : at])
        return bool(starts) and not _WORD.match(text, end)


SECRETS: Final = Secrets()
"""The secrets of this process's run, which is one operation of the engine, or one import."""


def _forms(secret: str) -> set[str]:
    once = set(_escaped(secret)) | set(_escaped(secret.strip()))
    # Escape twice: logged text is often nested, such as a JSON body in a Python repr, or a URL in XML.
    forms = once.union(*map(_escaped, once))
    forms |= {re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), form) for form in forms}
    forms |= {json.dumps(json.dumps(form)[1:-1])[1:-1] for form in once}
    in_base64 = {form for text in {secret, json.dumps(secret)[1:-1]} for form in _in_base64(text)}
    return {form for form in (*forms, *_in_hex(secret)) if len(form) >= _SHORTEST} | in_base64


def _escaped(text: str) -> Iterator[str]:
    """Yield `text` as it occurs in JSON, Python, XML and URLs, as different libraries write them."""
    lone = "surrogatepass"  # AWS accepts no such secret, but this code must not fail
    in_json = json.dumps(text)[1:-1]
    in_python = repr(text)[1:-1]
    in_bytes = repr(text.encode("utf-8", lone))[2:-1]
    yield from (text, in_json, json.dumps(text, ensure_ascii=False)[1:-1], in_json.replace("/", "\\/"))
    yield re.sub(r"[&<>'=]", lambda match: f"\\u{ord(match[0]):04x}", in_json)
    yield re.sub(r"[&<>]", lambda match: f"\\u{ord(match[0]):04x}", in_json)
    # Whether Python escapes a quote depends on the rest of the text.
    yield from (in_python, in_bytes, in_python.replace("\\'", "'"), in_bytes.replace("\\'", "'"))
    yield from (re.sub(r"(?<!\\)'", r"\\'", one) for one in (in_python, in_bytes))
    in_xml = html.escape(text, quote=False)
    for double in ('"', "&quot;", "&#34;", "&#x22;"):
        for single in ("'", "&apos;", "&#39;", "&#x27;"):
            yield in_xml.replace('"', double).replace("'", single)
    yield from (quote(text, errors=lone), quote(text, safe="", errors=lone), quote_plus(text, errors=lone))


def _in_hex(secret: str) -> Iterator[str]:
    """Yield a secret in hexadecimal digits: S3 quotes a request with a wrong signature that way."""
    data = secret.encode("utf-8", "surrogatepass")
    for digits in (data.hex(), data.hex(" ")):
        yield from (digits, digits.upper())


def _in_base64(secret: str) -> Iterator[str]:
    """Yield the forms that a secret can have within base64-encoded text, one for each alignment."""
    data = secret.encode("utf-8", "surrogatepass")
    if len(data) < _SHORTEST_IN_BASE64:
        return
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            # A base64 character encodes six bits, so the characters at the edges depend on the text around the secret.
            start, end = -(-before * 8 // 6), (before + len(data)) * 8 // 6
            yield encode(b"\0" * before + data)[start:end].decode()


def _secrets_in(found: object, names: frozenset[str]) -> Iterator[str]:
    # No recursion: values that are nested thousands of levels deep are refused later, with a message.
    todo = [found]
    while todo:
        match todo.pop():
            case Mapping() as mapping:
                for name, value in mapping.items():
                    if isinstance(name, str) and _plain(name) in names:
                        yield from _texts_in(value)
                    else:
                        todo.append(value)
            case list() | tuple() as values:
                todo.extend(values)
            case str() as text if text.lstrip()[:1] in ("{", "["):
                todo.append(_parsed_json(text))
            case str() as text if "://" in text and "@" in text:
                yield from _of_url(text)


def _texts_in(value: object) -> Iterator[str]:
    todo = [value]
    while todo:
        match todo.pop():
            case str() as text:
                yield text
            case bytes() as data:
                yield data.decode("utf-8", "replace")
            case Mapping() as mapping:
                todo.extend(mapping.values())
            case list() | tuple() as values:
                todo.extend(values)


def _of_url(url: str) -> Iterator[str]:
    """Yield the password of a URL, or its user if there is no password; also of a malformed URL."""
    try:
        written = urlsplit(url).netloc.rpartition("@")[0]
    except ValueError:
        written = ""
    # An unescaped # or / in a password ends the host too early.
    for info in {written, url.partition("://")[2].rpartition("@")[0]}:
        user, _, password = info.partition(":")
        yield from {password or user, unquote(password or user)}


def _parsed_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()
