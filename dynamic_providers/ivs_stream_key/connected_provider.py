"""The common base of the providers: settings, and a pickle that is a reference."""

import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, ConfigureRequest, ResourceProvider
from pulumi.output import Unknown

from ivs_stream_key.aws import arns
from ivs_stream_key.connection import with_secrets
from ivs_stream_key.error_reporting import report_errors
from ivs_stream_key.errors import BadArn
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.lifecycle.operation import Operation, operation_of
from ivs_stream_key.messages.descriptions import closest, kind_of, slip_of
from ivs_stream_key.messages.nesting import TOO_DEEP, is_too_deep
from ivs_stream_key.messages.redaction import SECRETS
from ivs_stream_key.properties import CONNECTION, SECRET_INPUTS
from ivs_stream_key.reusable_inputs import reusable
from ivs_stream_key.secret_tags import names_of_secrets

__all__ = [
    "ConnectedProvider",
    "arn_failures",
    "boolean_failures",
    "choice_failures",
    "mapping_failures",
    "nesting_failures",
    "present_properties",
    "resource_properties",
    "secret_inputs",
]


_LOCK = threading.Lock()


class ConnectedProvider(ResourceProvider):
    """A provider without arguments, whose pickle is a reference to its class and nothing else.

    `configure` gives an unpickled provider the stack's config; without it, the provider uses only the AWS environment.
    As in Pulumi, one configured instance serves one operation of the engine (an update, a refresh, a destroy), in any
    number of threads.
    """

    serialize_as_secret_always = False

    _operation: Operation | None = None

    def __reduce__(self) -> tuple[type["ConnectedProvider"], tuple[()]]:
        return type(self), ()

    @report_errors
    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's `aws:*` config (see `ivs_stream_key.aws_config.settings`). Check reports its errors."""
        self._operation = operation_of(req.config)

    def clients(self, props: Mapping[str, Any]) -> Clients:
        """Return the clients for a resource's `connection`, or the stack's settings."""
        return self._configured().clients.of(props.get(CONNECTION))

    def settings_failures(self, news: Mapping[str, Any]) -> Iterator[CheckFailure]:
        """Yield the problems of the settings, or of the connection; needs no credentials.

        These failures name no property, because the engine would show the property's value.
        """
        place = "" if news.get(CONNECTION) is None else f"{CONNECTION}: "
        for problem in self._configured().clients.problems(news.get(CONNECTION)):
            yield CheckFailure("", f"{place}{problem}")

    def _configured(self) -> Operation:
        with _LOCK:
            if self._operation is None:
                self._operation = Operation()
            return self._operation


def resource_properties(subject: str, inputs: Mapping[str, Any], outputs: Iterable[str]) -> dict[str, Any]:
    """Return the properties of a resource: its inputs, which of them are secrets, and a name for each output.

    `subject` begins an error.
    """
    found = {name: reusable(value, f"{subject}: {name}") for name, value in inputs.items()}
    secret: pulumi.Output[Any] = pulumi.Output.from_input(names_of_secrets(found))
    found[CONNECTION] = with_secrets(found.get(CONNECTION))
    return {**dict.fromkeys(outputs), **found, SECRET_INPUTS: secret}


def nesting_failures(news: Mapping[str, Any]) -> list[CheckFailure]:
    """Return a failure for each input that is nested too deep."""
    return [CheckFailure("", f"{name}: {TOO_DEEP}") for name, value in news.items() if is_too_deep(value)]


def secret_inputs(news: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the inputs that are secret as a whole, according to the input `secret_inputs`.

    Their values are redacted from now on.
    """
    told = news.get(SECRET_INPUTS)
    names = frozenset(name for name in told if isinstance(name, str)) if isinstance(told, list | tuple) else frozenset()
    SECRETS.learn_all([news.get(name) for name in names])
    return names


def present_properties(props: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return the properties with these names that are not None."""
    return {name: props[name] for name in names if props.get(name) is not None}


def arn_failures(name: str, value: Any, kind: arns.Kind) -> Iterator[CheckFailure]:
    """Fail a value that is not the ARN of a resource of this kind."""
    if isinstance(value, Unknown):
        return
    try:
        arns.parse(value, kind)
    except BadArn:
        yield CheckFailure(
            "", f"{name}: expected {arns.form(kind)}, got {kind_of(value)}. Pass the ARN as IVS gives it."
        )


def choice_failures(name: str, value: Any, choices: tuple[str, ...], remedy: str) -> Iterator[CheckFailure]:
    """Fail a value that is none of the choices."""
    if isinstance(value, Unknown) or value in choices:
        return
    meant = closest(value, choices)
    close = f" that is close to {meant!r}" if meant else ""
    *others, last = map(repr, choices)
    yield CheckFailure("", f"{name}: expected {', '.join(others)} or {last}, got {kind_of(value)}{close}. {remedy}")


def boolean_failures(name: str, value: Any) -> Iterator[CheckFailure]:
    """Fail a value that is neither True nor False."""
    if not isinstance(value, bool | Unknown):
        yield CheckFailure("", f"{name}: expected True or False, got {kind_of(value)}. Leave it out for IVS's default.")


def mapping_failures(name: str, value: Any, known: Collection[str], remedy: str) -> Iterator[CheckFailure]:
    """Fail a value that is not a mapping, with this remedy, and unknown keys of one."""
    if value is None or isinstance(value, Unknown):
        return
    if not isinstance(value, Mapping):
        yield CheckFailure("", f"{name}: expected a mapping, got {kind_of(value)}. {remedy}")
        return
    for key in value:
        if key not in known:
            meant = slip_of(key, known)
            hint = f"Did you mean {meant}?" if meant else f"There are {', '.join(known)}."
            yield CheckFailure("", f"{name}: expected one of its names, got another: {kind_of(key)}. {hint}")
