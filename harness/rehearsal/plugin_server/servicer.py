"""Serves `Provider`s over gRPC for Pulumi's engine (``pulumi/provider.proto``)."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from rehearsal.errors import RehearsalError
from rehearsal.provider import CheckFailure, DiffResult, PropertyMap, Provider, ProviderError, ProviderFactory
from rehearsal.providers.catalog import model_of, model_of_provider
from rehearsal.state.property_values import properties_from_wire, properties_to_wire, reveal
from rehearsal.state.urns import type_of
from rehearsal.tracebacks import traceback_of

__all__ = ["ProviderServicer"]

_Context: TypeAlias = Any  # grpc.ServicerContext, which has no types
# The engine's own additions to a provider's inputs.
_ENGINE_INPUTS: Final = frozenset({"__internal", "pluginDownloadURL", "version"})
_KINDS: Final = {kind.lower().replace("_", "-"): number for kind, number in provider_pb2.PropertyDiff.Kind.items()}
_CHANGES: Final = {
    None: provider_pb2.DiffResponse.DIFF_UNKNOWN,
    False: provider_pb2.DiffResponse.DIFF_NONE,
    True: provider_pb2.DiffResponse.DIFF_SOME,
}


class ProviderServicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one provider resource. It is configured once, and creates a `Provider` when a type is first used.

    `models` maps patterns of types and functions to providers; the first match is used. As `Provider` requires, the
    engine removes secrets and resource references before a call, and restores secrets after it.
    """

    def __init__(self, models: Iterable[tuple[str, ProviderFactory]], version: str = "") -> None:
        self._models = list(models)
        self._version = version
        self._lock = threading.Lock()
        self._config: PropertyMap = {}
        self._made: dict[ProviderFactory, Provider] = {}

    def close(self) -> None:
        """Close the providers."""
        with self._lock:
            for provider in self._made.values():
                provider.close()
            self._made.clear()

    def _provider(self, token: str) -> Provider:
        make = model_of(self._models, token)
        with self._lock:
            if make not in self._made:
                provider = make()
                provider.configure(self._config)
                self._made[make] = provider
            return self._made[make]

    # The plugin

    def Handshake(  # noqa: N802
        self, request: provider_pb2.ProviderHandshakeRequest, context: _Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Tell the engine to remove secrets, resource references and output values before calls."""
        del request, context
        return provider_pb2.ProviderHandshakeResponse()

    def Attach(self, request: plugin_pb2.PluginAttach, context: _Context) -> empty_pb2.Empty:  # noqa: N802
        """Accept an engine that attaches to this running plugin. The plugin makes no calls to the engine."""
        del request, context
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: _Context) -> plugin_pb2.PluginInfo:  # noqa: N802
        """Return the version of the plugin that this one replaces."""
        del request, context
        return plugin_pb2.PluginInfo(version=self._version)

    def Cancel(self, request: empty_pb2.Empty, context: _Context) -> empty_pb2.Empty:  # noqa: N802
        """Do nothing: running calls finish, and the engine makes no further calls."""
        del context
        return request

    # The provider's own configuration

    def CheckConfig(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: _Context
    ) -> provider_pb2.CheckResponse:
        """Check the configuration, if the type of the provider resource itself is modelled."""
        make = model_of_provider(self._models, type_of(request.urn)) if request.urn else None
        if make is None:
            return provider_pb2.CheckResponse(inputs=request.news)
        provider = make()
        with _returning_errors(context), contextlib.closing(provider):
            result = provider.check(request.urn, _configuration(request.olds), _configuration(request.news))
            return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(result.failures))

    def DiffConfig(  # noqa: N802
        self, request: provider_pb2.DiffRequest, context: _Context
    ) -> provider_pb2.DiffResponse:
        """Return whether the configuration has changed. No change replaces the resources."""
        del context
        return provider_pb2.DiffResponse(changes=_CHANGES[request.old_inputs != request.news])

    def Configure(  # noqa: N802
        self, request: provider_pb2.ConfigureRequest, context: _Context
    ) -> provider_pb2.ConfigureResponse:
        """Store the configuration for providers that are created from now on."""
        del context
        config = _configuration(request.args)
        self.close()
        with self._lock:
            self._config = config
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    # Resources

    def Check(self, request: provider_pb2.CheckRequest, context: _Context) -> provider_pb2.CheckResponse:  # noqa: N802
        """Validate inputs and add defaults."""
        with _returning_errors(context):
            olds, news = properties_from_wire(request.olds), properties_from_wire(request.news)
            result = self._provider(type_of(request.urn)).check(request.urn, olds, news)
            return provider_pb2.CheckResponse(
                inputs=properties_to_wire(result.inputs), failures=_failures(result.failures)
            )

    def Diff(self, request: provider_pb2.DiffRequest, context: _Context) -> provider_pb2.DiffResponse:  # noqa: N802
        """Return the difference between old inputs and outputs and new inputs."""
        with _returning_errors(context):
            result = self._provider(type_of(request.urn)).diff(
                request.urn,
                request.id,
                properties_from_wire(request.old_inputs),
                properties_from_wire(request.olds),
                properties_from_wire(request.news),
            )
            return _diff_response(result)

    def Create(self, request: provider_pb2.CreateRequest, context: _Context) -> provider_pb2.CreateResponse:  # noqa: N802
        """Create a resource, or in a preview return what would be created."""
        with _returning_errors(context):
            provider, inputs = self._provider(type_of(request.urn)), properties_from_wire(request.properties)
            if request.preview:
                outputs = provider.preview_create(request.urn, inputs)
                return provider_pb2.CreateResponse(properties=properties_to_wire(outputs))
            result = provider.create(request.urn, inputs)
            return provider_pb2.CreateResponse(id=result.id, properties=properties_to_wire(result.outputs))

    def Read(self, request: provider_pb2.ReadRequest, context: _Context) -> provider_pb2.ReadResponse:  # noqa: N802
        """Return the resource; nothing if it does not exist."""
        with _returning_errors(context):
            provider = self._provider(type_of(request.urn))
            inputs, outputs = properties_from_wire(request.inputs), properties_from_wire(request.properties)
            result = (
                provider.read(request.urn, request.id, inputs, outputs)
                if inputs or outputs
                else provider.adopt(request.urn, request.id, {})
            )
            if result is None:
                return provider_pb2.ReadResponse()
            inputs = request.inputs if result.inputs is None else properties_to_wire(result.inputs)
            return provider_pb2.ReadResponse(id=result.id, properties=properties_to_wire(result.outputs), inputs=inputs)

    def Update(self, request: provider_pb2.UpdateRequest, context: _Context) -> provider_pb2.UpdateResponse:  # noqa: N802
        """Change a resource in place, or in a preview return the result."""
        with _returning_errors(context):
            provider = self._provider(type_of(request.urn))
            update = provider.preview_update if request.preview else provider.update
            outputs = update(
                request.urn,
                request.id,
                properties_from_wire(request.old_inputs),
                properties_from_wire(request.olds),
                properties_from_wire(request.news),
            )
            return provider_pb2.UpdateResponse(properties=properties_to_wire(outputs))

    def Delete(self, request: provider_pb2.DeleteRequest, context: _Context) -> empty_pb2.Empty:  # noqa: N802
        """Delete a resource."""
        with _returning_errors(context):
            self._provider(type_of(request.urn)).delete(
                request.urn,
                request.id,
                properties_from_wire(request.old_inputs),
                properties_from_wire(request.properties),
            )
            return empty_pb2.Empty()

    def Invoke(self, request: provider_pb2.InvokeRequest, context: _Context) -> provider_pb2.InvokeResponse:  # noqa: N802
        """Call a function."""
        with _returning_errors(context):
            result = self._provider(request.tok).invoke(request.tok, properties_from_wire(request.args))
            outputs: Mapping[str, Any] = {"return": properties_to_wire(result.outputs)}
            return provider_pb2.InvokeResponse(**outputs, failures=_failures(result.failures))


@contextlib.contextmanager
def _returning_errors(context: _Context) -> Iterator[None]:
    """Return errors in the block to the engine; unexpected ones with their traceback."""
    try:
        yield
    except (ProviderError, RehearsalError) as error:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
    except Exception as error:  # noqa: BLE001 - a provider may raise anything
        context.abort(grpc.StatusCode.UNKNOWN, traceback_of(error))


def _configuration(properties: Any) -> PropertyMap:
    """Return the properties in a protobuf struct in plaintext, without the engine's additions.

    In a provider's own configuration, the engine marks secrets even if the plugin does not accept them.
    """
    return {k: reveal(v) for k, v in properties_from_wire(properties).items() if k not in _ENGINE_INPUTS}


def _failures(failures: Iterable[CheckFailure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in failures]


def _diff_response(result: DiffResult) -> provider_pb2.DiffResponse:
    detailed = result.detailed or {}
    return provider_pb2.DiffResponse(
        changes=_CHANGES[result.changes],
        deleteBeforeReplace=result.delete_before_replace,
        detailedDiff={path: provider_pb2.PropertyDiff(kind=_KINDS[kind]) for path, kind in detailed.items()},
        diffs=list(detailed),
        hasDetailedDiff=result.detailed is not None,
        replaces=result.replaces,
        stables=result.stables,
    )
