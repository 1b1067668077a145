"""Replacements for the SDK's gRPC stubs of the resource monitor and the engine, which are called in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import callback_pb2, engine_pb2, provider_pb2, resource_pb2

from rehearsal.engine.call_order import arrived
from rehearsal.engine.deployment import Deployment
from rehearsal.engine.events import Report
from rehearsal.engine.goal import Goal, ReadGoal
from rehearsal.errors import Aborted, NotModelled, RehearsalError
from rehearsal.local_providers.stack_references import STACK_REFERENCE
from rehearsal.made_up.absent_outputs import ABSENT_IS_NONE
from rehearsal.program.option_inheritance import OptionInheritance
from rehearsal.provider import PropertyMap, ProviderError
from rehearsal.state.property_values import (
    UNKNOWN_WIRE,
    Secret,
    contains_unknown,
    properties_from_wire,
    properties_to_wire,
)
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import ROOT_TYPE, is_provider_type
from rehearsal.tracebacks import traceback_of

__all__ = ["Engine", "MonitorClosed", "ResourceMonitor"]

_FEATURES: Final = (
    resource_pb2.RESOURCE_MONITOR_FEATURE_SECRETS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACE_WITH,
    resource_pb2.RESOURCE_MONITOR_FEATURE_REPLACEMENT_TRIGGER,
    resource_pb2.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_ERROR_HOOKS,
    resource_pb2.RESOURCE_MONITOR_FEATURE_SENDS_OPTIONS_TO_HOOKS,
)
# Older SDKs do not have this field, and keep the id that the program gave.
_HAS_ID_OF_READ: Final = "id" in resource_pb2.ReadResourceResponse.DESCRIPTOR.fields_by_name
_RESOURCE_MARK: Final = "@isPulumiResource"
_GET_RESOURCE: Final = "pulumi:pulumi:getResource"


class MonitorClosed(grpc.RpcError):  # type: ignore[misc]  # grpc has no types
    """The error that tells the SDK that the engine has ended, and will not answer pending calls."""

    def code(self) -> grpc.StatusCode:
        """Return the gRPC code on which the SDK stops waiting."""
        return grpc.StatusCode.UNAVAILABLE

    def details(self) -> str:
        """Return the error message."""
        return str(self)


class InvokeFailed(MonitorClosed):
    """The error of a function call, which the SDK raises where the program awaits the result."""

    def code(self) -> grpc.StatusCode:
        """Return the gRPC code on which the SDK raises the error message."""
        return grpc.StatusCode.UNKNOWN


class ResourceMonitor:
    """``ResourceMonitorStub`` over an operation."""

    def __init__(self, operation: Deployment) -> None:
        self._operation = operation
        self._inheritance = OptionInheritance(operation.callbacks)

    def GetDeploymentInfo(self, request: empty_pb2.Empty) -> resource_pb2.DeploymentInfo:  # noqa: N802
        """Return the features that rehearsal supports. The SDK reports a clear error for missing ones."""
        del request
        return resource_pb2.DeploymentInfo(supportedFeatures=_FEATURES)

    def RegisterResource(  # noqa: N802
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Register a resource."""
        try:
            self._check_modelled(request.type)
            completed = self._inheritance.complete(request)
            given = completed.remote and self._operation.gives(completed.type)
            if given:
                completed.remote = False
            goal = Goal.from_wire(completed)
            register = self._operation.construct_given if given else self._operation.register
            state, skipped = register(goal)
        except Aborted as error:
            raise MonitorClosed(str(error)) from None
        except RehearsalError as error:
            self._refuse(error)
        self._inheritance.add(state.urn, completed, goal.provider)
        # Do not return a component's old outputs: they may refer to resources that are not registered yet.
        outputs = self._outputs(state) if state.custom or given else {}
        return resource_pb2.RegisterResourceResponse(
            urn=state.urn,
            id=state.id,
            object=properties_to_wire(outputs),
            result=resource_pb2.SUCCESS,
            unknown=skipped,
        )

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:  # noqa: N802
        """Read a resource."""
        try:
            self._check_modelled(request.type)
            state = self._operation.read(ReadGoal.from_wire(request))
        except Aborted as error:
            raise MonitorClosed(str(error)) from None
        except RehearsalError as error:
            self._refuse(error)
        found = resource_pb2.ReadResourceResponse(urn=state.urn, properties=properties_to_wire(self._outputs(state)))
        if _HAS_ID_OF_READ:
            found.id = "" if state.id == UNKNOWN_WIRE else state.id
        return found

    def _outputs(self, state: ResourceState) -> PropertyMap:
        if self._operation.dry_run and state.id and self._operation.makes_up(state):
            return {**state.outputs, ABSENT_IS_NONE: True}
        return state.outputs

    def _check_modelled(self, type_token: str) -> None:
        """Raise NotModelled for Pulumi's own types, which no provider may serve."""
        if type_token == STACK_REFERENCE:
            return
        if type_token.startswith("pulumi:") and type_token != ROOT_TYPE and not is_provider_type(type_token):
            raise NotModelled(f"rehearsal does not model {type_token}; run this program with the Pulumi CLI")

    def RegisterResourceOutputs(  # noqa: N802
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        """Set the outputs of a component or of the stack."""
        self._operation.register_outputs(request.urn, _without_marks(properties_from_wire(request.outputs)))
        return empty_pb2.Empty()

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802
        """Call a function."""
        try:
            request = self._inheritance.complete_invoke(request)
        except RehearsalError as error:
            self._refuse(error)
        if request.packageRef:
            self._refuse(NotModelled(f"{request.tok}: rehearsal does not model parameterized packages"))
        args = properties_from_wire(request.args)
        if request.tok == _GET_RESOURCE:
            return _invoke_response(self._resource(args))
        if request.tok.startswith("pulumi:"):
            self._refuse(NotModelled(f"rehearsal does not model {request.tok}; run this program with the Pulumi CLI"))
        if contains_unknown(args):
            return resource_pb2.ResourceInvokeResponse()
        try:
            result = self._operation.invoke(
                request.tok, args, request.provider, request.version, request.pluginDownloadURL
            )
        except Aborted as error:
            raise MonitorClosed(str(error)) from None
        except NotModelled as error:
            self._refuse(error)
        except (RehearsalError, ProviderError) as error:
            raise InvokeFailed(f"invocation of {request.tok} returned an error: {error}") from None
        except Exception as error:  # noqa: BLE001 - a provider may raise anything
            text = f"invocation of {request.tok} returned an error: {traceback_of(error)}"
            raise InvokeFailed(text) from None
        response = _invoke_response(result.outputs)
        response.failures.extend(
            provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in result.failures
        )
        return response

    def _resource(self, args: PropertyMap) -> PropertyMap:
        state: ResourceState | None = self._operation.find(args["urn"])
        if state is None:
            raise InvokeFailed(f"invocation of {_GET_RESOURCE} returned an error: unknown resource {args['urn']}")
        return {"urn": state.urn, "id": state.id, "provider": state.provider, "state": state.outputs}

    def RegisterStackTransform(self, request: callback_pb2.Callback) -> empty_pb2.Empty:  # noqa: N802
        """Register a transform of every resource."""
        self._inheritance.add_stack_transform(request)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(self, request: callback_pb2.Callback) -> empty_pb2.Empty:  # noqa: N802
        """Register a transform of every function call."""
        self._inheritance.add_invoke_transform(request)
        return empty_pb2.Empty()

    def RegisterResourceHook(self, request: resource_pb2.RegisterResourceHookRequest) -> empty_pb2.Empty:  # noqa: N802
        """Register a hook."""
        return self._register(self._operation.hooks.register, request)

    def RegisterErrorHook(self, request: resource_pb2.RegisterErrorHookRequest) -> empty_pb2.Empty:  # noqa: N802
        """Register an error hook."""
        return self._register(self._operation.hooks.register_error_hook, request)

    def SignalAndWaitForShutdown(self, request: empty_pb2.Empty) -> empty_pb2.Empty:  # noqa: N802
        """Wait until the operation has finished, so that the program can run hooks; all resources are registered."""
        arrived()  # hooks may register further resources while this call waits
        self._operation.program_over.set()
        self._operation.finished.wait()
        return request

    def _register(self, register: Callable[[Any], None], hook: Any) -> empty_pb2.Empty:
        try:
            register(hook)
        except RehearsalError as error:
            self._refuse(error)
        return empty_pb2.Empty()

    def _refuse(self, error: RehearsalError) -> NoReturn:
        # If the operation has already failed, do not report the errors that follow from that.
        if not self._operation.is_aborted():
            self._operation.report.say("error", str(error))
        self._operation.abort()
        raise MonitorClosed(str(error)) from None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not name[0].isupper():
            raise AttributeError(name)

        def unmodelled(*_: object) -> NoReturn:
            self._refuse(NotModelled(f"rehearsal does not model {name}; run this program with the Pulumi CLI"))

        return unmodelled


def _invoke_response(outputs: PropertyMap) -> resource_pb2.ResourceInvokeResponse:
    return resource_pb2.ResourceInvokeResponse(**{"return": properties_to_wire(outputs)})


class Engine:
    """``EngineStub``: accepts the program's log messages."""

    _SEVERITIES: Final = {
        engine_pb2.DEBUG: "debug",
        engine_pb2.INFO: "info",
        engine_pb2.WARNING: "warning",
        engine_pb2.ERROR: "error",
    }

    def __init__(self, report: Report) -> None:
        self._report = report

    def Log(self, request: engine_pb2.LogRequest) -> empty_pb2.Empty:  # noqa: N802
        """Accept a message."""
        severity = self._SEVERITIES[request.severity]
        if severity == "debug":
            self._report.debug.append(request.message)
        else:
            self._report.log(severity, request.message, request.urn)
        return empty_pb2.Empty()

    def RequirePulumiVersion(  # noqa: N802
        self, request: engine_pb2.RequirePulumiVersionRequest
    ) -> engine_pb2.RequirePulumiVersionResponse:
        """Accept any version, because there is no CLI."""
        del request
        return engine_pb2.RequirePulumiVersionResponse()


def _without_marks(value: Any) -> Any:
    """Return outputs without the mark that the SDK adds to whole resources, only in previews."""
    if isinstance(value, dict):
        return {name: _without_marks(item) for name, item in value.items() if name != _RESOURCE_MARK}
    if isinstance(value, list):
        return [_without_marks(item) for item in value]
    return Secret(_without_marks(value.value)) if isinstance(value, Secret) else value
