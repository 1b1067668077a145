"""The secrets that a run learns from calls to AWS: parameters for STS, headers of requests, and responses.

The session token is in the headers of each request, whatever the source of the credentials (the environment, a profile,
a process, single sign-on, the instance metadata), and whichever call botocore makes.
"""

import base64
import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from ivs_stream_key.messages.redaction import SECRETS, is_name_of_secret

if TYPE_CHECKING:
    from botocore.model import Shape
    from botocore.session import Session

__all__ = ["learn_from_calls", "learn_from_environment"]

_VARIABLES: Final = (
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
)
_BEARER_TOKENS: Final = "AWS_BEARER_TOKEN"
_SENSITIVE: Final = "sensitive"


def learn_from_environment() -> None:
    """Learn the secrets in environment variables that botocore reads: credentials, and passwords in URLs."""
    for name, value in os.environ.items():
        if name in _VARIABLES or name.startswith(_BEARER_TOKENS):
            SECRETS.learn(value)
        elif name.startswith("AWS_") or name.lower().endswith("_proxy"):
            SECRETS.learn_from(value)


def learn_from_calls(session: "Session") -> None:
    """Learn the secrets in the AWS config files now, and those of each call when a client of `session` makes it.

    BotoCoreError if the files cannot be read.
    """
    SECRETS.learn_from(session.full_config)
    events = session.get_component("event_emitter")
    for event, handler in (
        ("provide-client-params", _learn_from_parameters),
        ("before-send", _learn_from_headers),
        ("before-parse", _learn_from_body),
        ("after-call", _learn_from_parsed_response),
    ):
        # If a handler of before-send returns a response, botocore calls no further handlers. So these come first.
        events.register_first(event, handler)


def _learn_from_parameters(params: Mapping[str, Any], model: Any, **_rest: Any) -> None:
    SECRETS.learn(*_secrets_in(model.input_shape, params))


def _learn_from_parsed_response(parsed: Any, model: Any, **_rest: Any) -> None:
    SECRETS.learn(*_secrets_in(model.output_shape, parsed))


def _learn_from_body(response_dict: Mapping[str, Any], operation_model: Any, **_rest: Any) -> None:
    """Learn the secrets in a JSON response before botocore logs its body.

    In JSON, a secret may have a common name such as ``value``, by which redaction would not recognize it. XML bodies
    come from STS; redaction recognizes the names of its secrets.
    """
    if operation_model.has_streaming_output:
        return
    try:
        body = json.loads(response_dict["body"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return
    SECRETS.learn(*_secrets_in(operation_model.output_shape, body))


def _learn_from_headers(request: Any, **_rest: Any) -> None:
    SECRETS.learn_from(dict(request.headers.items()))


def _secrets_in(shape: "Shape | None", value: Any) -> Iterator[str]:
    """Yield the values that the service model marks as sensitive, or that have the name of a secret."""
    if shape is None or value is None:
        return
    if isinstance(value, str | bytes):
        if shape.metadata.get(_SENSITIVE):
            yield from _texts_of(shape, value)
        return
    for name, member, one in _members(shape, value):
        if is_name_of_secret(name) and isinstance(one, str):
            yield one
        else:
            yield from _secrets_in(member, one)


def _texts_of(shape: "Shape", value: str | bytes) -> Iterator[str]:
    """Yield a value as it occurs in text: a string as it is, binary data decoded. A JSON body has it in base64."""
    if isinstance(value, str):
        yield value
    if shape.type_name == "blob":
        with contextlib.suppress(ValueError):
            yield (base64.b64decode(value) if isinstance(value, str) else value).decode()


def _members(shape: Any, value: Any) -> Iterator[tuple[str, Any, Any]]:
    match shape.type_name, value:
        case "structure", Mapping():
            members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
            known = {**members, **shape.members}
            yield from ((name, known[name], one) for name, one in value.items() if name in known)
        case "map", Mapping():
            yield from ((name, shape.value, one) for name, one in value.items())
        case "list", list() | tuple():
            yield from (("", shape.member, one) for one in value)
