"""Derives a key's connection from an explicit `aws.Provider`, so that channel and key use the same credentials.

In the SDK for Python, a provider object has few of its arguments as outputs. The engine has all of them, also in
previews: see docs/decisions/0029-connection-from-the-provider.md.
"""

import asyncio
import json
import weakref
from collections.abc import Mapping
from typing import Any, Final, get_args

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import rpc, settings
from pulumi.runtime.proto import resource_pb2

from ivs_stream_key import Connection
from ivs_stream_key.aws_config.setting_values import snake_case

__all__ = ["connection_of"]

_GET: Final = "pulumi:pulumi:getResource"
_TEXTS: Final = frozenset(name for name, kind in Connection.__annotations__.items() if str in get_args(kind))
_DERIVED: "weakref.WeakKeyDictionary[pulumi.ProviderResource, pulumi.Output[Any]]" = weakref.WeakKeyDictionary()


def connection_of(provider: pulumi.ProviderResource, subject: str) -> "pulumi.Output[Mapping[str, Any]]":
    """Return the arguments of a provider as a Connection. Secret arguments stay secret.

    The output does not depend on the provider. The program fails, with an error that begins with `subject`, if the
    engine does not know the provider.
    """
    found = _DERIVED.get(provider)
    if found is None:
        # Create the coroutine inside `apply`: it would stay unawaited if the program failed before.
        asked: pulumi.Output[Any] = pulumi.Output.from_input(None)
        found = _DERIVED[provider] = asked.apply(lambda _: _arguments(provider, subject))
    return found


async def _arguments(provider: pulumi.ProviderResource, subject: str) -> dict[str, Any]:
    """Get the arguments from the engine. The SDK's own functions lose which single values are secret or unknown."""
    urn = await provider.urn.future()
    request = resource_pb2.ResourceInvokeRequest(tok=_GET, args=await rpc.serialize_properties({"urn": urn}, {}))
    try:
        monitor: Any = settings.get_monitor()
        response = await asyncio.to_thread(monitor.Invoke, request)
        state = getattr(response, "return")["state"]
    except Exception:  # noqa: BLE001 - of grpc, or of mocks; they may quote arguments
        raise pulumi.RunError(
            f"{subject}: the connection of its stream key cannot be derived from the provider "
            f"{provider._name!r}, because the engine does not know it. Give connection= with the arguments of that "  # noqa: SLF001 - the SDK has no public name for it
            "provider; {} means the environment alone."
        ) from None
    given = {snake_case(name): rpc.deserialize_property(value) for name, value in state.items()}
    return {name: _argument(name, value) for name, value in given.items() if name in Connection.__annotations__}


def _argument(name: str, value: Any) -> Any:
    """Return an argument as a program passes it: pulumi-aws's SDKs send all other values than strings as JSON."""
    if rpc.is_rpc_secret(value):
        return pulumi.Output.secret(_argument(name, rpc.unwrap_rpc_secret(value)))
    if not isinstance(value, str) or isinstance(value, Unknown) or name in _TEXTS:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        # Invalid values are reported by the check of the key's connection.
        return value
