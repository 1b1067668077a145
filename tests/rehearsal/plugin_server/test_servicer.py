"""The gRPC service that serves a provider, with a toy provider."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from rehearsal.plugin_server import ProviderServicer
from rehearsal.provider import (
    UNKNOWN,
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    InvokeResult,
    PropertyMap,
    Provider,
    ProviderError,
    ReadResult,
)
from rehearsal.state.property_values import Secret, properties_from_wire, properties_to_wire

LAMP = "urn:pulumi:dev::proj::lamp:index:Lamp::one"
FAN = "urn:pulumi:dev::proj::fan:index:Fan::one"


class Lamps(Provider):
    """A provider of lamps, which it keeps in `lamps`."""

    lamps: dict[str, PropertyMap] = {}  # noqa: RUF012 - shared by all instances

    def configure(self, config: PropertyMap) -> None:
        self.config = config

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        failures = (CheckFailure("watt", "expected a number"),) if news.get("watt") == "many" else ()
        return CheckResult({"watt": olds.get("watt", 40), **news}, failures)

    def diff(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> DiffResult:
        if news.get("mystery"):
            return DiffResult()
        changed = {name for name in news if news[name] != old_outputs.get(name)}
        return DiffResult(
            bool(changed),
            replaces=("socket",) if "socket" in changed else (),
            delete_before_replace=True,
            stables=("made",),
            detailed={name: "update-replace" if name == "socket" else "update" for name in changed},
        )

    def create(self, urn: str, inputs: PropertyMap) -> CreateResult:
        if inputs["watt"] == 0:
            raise ProviderError("a lamp of 0 W is dark; give it some")
        if inputs["watt"] == -1:
            raise ZeroDivisionError("a fault")
        self.lamps["lamp-1"] = inputs
        return CreateResult("lamp-1", {**inputs, "made": "today", "region": self.config.get("region")})

    def preview_create(self, urn: str, inputs: PropertyMap) -> PropertyMap:
        return {**inputs, "made": UNKNOWN}

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult | None:
        found = self.lamps.get(id)
        return ReadResult(id, {**found, "made": "today"}, None if inputs else found) if found else None

    def adopt(self, urn: str, id: str, wanted: PropertyMap) -> ReadResult | None:
        found = self.read(urn, id, {}, {})
        return found if id != "lamp-0" else ReadResult("lamp-1", {"adopted": True}, wanted)

    def update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        self.lamps[id] = news
        return {**news, "made": old_outputs["made"], "was": old_inputs["watt"]}

    def delete(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> None:
        assert inputs == {"watt": 60}
        self.lamps.pop(id, None)

    def invoke(self, token: str, args: PropertyMap) -> InvokeResult:
        if "room" not in args:
            return InvokeResult({}, (CheckFailure("room", "which?"),))
        return InvokeResult({"lamps": len(self.lamps), "room": args["room"]})


class LampConfiguration(Provider):
    """Models `pulumi:providers:lamp`: checks the configuration of the provider of lamps."""

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        failures = tuple(CheckFailure("", f"{name}: no such setting") for name in news if name != "region")
        return CheckResult(news, failures)


@pytest.fixture
def stub() -> Iterator[Any]:
    Lamps.lamps = {}
    server = grpc.server(ThreadPoolExecutor(2))
    servicer = ProviderServicer({"lamp:*": Lamps, "pulumi:providers:lamp": LampConfiguration}.items(), "1.2.3")
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    server.stop(None).wait()
    servicer.close()


wire = properties_to_wire


def test_the_plugin_reports_its_version_and_does_not_accept_secrets(stub: Any) -> None:
    assert stub.GetPluginInfo(empty_pb2.Empty()).version == "1.2.3"
    answer = stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
    assert (answer.accept_secrets, answer.accept_resources, answer.accept_outputs) == (False, False, False)
    configured = stub.Configure(provider_pb2.ConfigureRequest(args=wire({"region": "here"})))
    assert configured.supportsPreview
    assert (configured.acceptSecrets, configured.acceptResources, configured.acceptOutputs) == (False, False, False)


def test_configuration_is_accepted_unchanged_and_compared(stub: Any) -> None:
    given = wire({"region": "here"})
    assert stub.CheckConfig(provider_pb2.CheckRequest(news=given)).inputs == given
    same = stub.DiffConfig(provider_pb2.DiffRequest(old_inputs=given, news=given))
    other = stub.DiffConfig(provider_pb2.DiffRequest(old_inputs=given, news=wire({"region": "there"})))
    assert (same.changes, other.changes) == (same.DIFF_NONE, same.DIFF_SOME)
    assert list(other.replaces) == []


def test_configuration_with_a_modelled_type_is_checked_by_its_provider(stub: Any) -> None:
    def refused(package: str) -> list[str]:
        urn = f"urn:pulumi:dev::proj::pulumi:providers:{package}::default"
        news = wire({"region": "here", "regionn": "there", "version": "1.0.0"})
        return [f.reason for f in stub.CheckConfig(provider_pb2.CheckRequest(urn=urn, news=news)).failures]

    assert refused("lamp") == ["regionn: no such setting"]
    assert refused("fan") == []


def test_a_provider_gets_its_configuration_without_the_engines_properties(stub: Any) -> None:
    stub.Configure(provider_pb2.ConfigureRequest(args=wire({"region": "here", "version": "1.0.0"})))
    made = stub.Create(provider_pb2.CreateRequest(urn=LAMP, properties=wire({"watt": 60})))
    assert properties_from_wire(made.properties)["region"] == "here"
    stub.Configure(provider_pb2.ConfigureRequest(args=wire({"region": "there"})))
    made = stub.Create(provider_pb2.CreateRequest(urn=LAMP, properties=wire({"watt": 60})))
    assert properties_from_wire(made.properties)["region"] == "there"


def test_a_provider_gets_secret_configuration_in_plaintext(stub: Any) -> None:
    stub.Configure(provider_pb2.ConfigureRequest(args=wire({"region": Secret("here")})))
    made = stub.Create(provider_pb2.CreateRequest(urn=LAMP, properties=wire({"watt": 60})))
    assert properties_from_wire(made.properties)["region"] == "here"


def test_check_returns_inputs_and_failures(stub: Any) -> None:
    checked = stub.Check(provider_pb2.CheckRequest(urn=LAMP, olds=wire({"watt": 25}), news=wire({"x": UNKNOWN})))
    assert properties_from_wire(checked.inputs) == {"watt": 25, "x": UNKNOWN}
    refused = stub.Check(provider_pb2.CheckRequest(urn=LAMP, news=wire({"watt": "many"})))
    assert [(f.property, f.reason) for f in refused.failures] == [("watt", "expected a number")]


def test_diff_returns_changes_and_replacements(stub: Any) -> None:
    def diff(news: PropertyMap) -> Any:
        olds = {"watt": 60, "socket": "E27"}
        return stub.Diff(provider_pb2.DiffRequest(id="lamp-1", urn=LAMP, olds=wire(olds), news=wire(news)))

    assert diff({"watt": 60}).changes == provider_pb2.DiffResponse.DIFF_NONE
    assert diff({"mystery": True}).changes == provider_pb2.DiffResponse.DIFF_UNKNOWN
    assert not diff({"mystery": True}).hasDetailedDiff
    answer = diff({"watt": 40, "socket": "E14"})
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert (list(answer.replaces), list(answer.stables), answer.deleteBeforeReplace) == (["socket"], ["made"], True)
    assert answer.hasDetailedDiff
    kinds = {path: part.kind for path, part in answer.detailedDiff.items()}
    assert kinds == {"watt": provider_pb2.PropertyDiff.UPDATE, "socket": provider_pb2.PropertyDiff.UPDATE_REPLACE}
    assert sorted(answer.diffs) == ["socket", "watt"]


def test_a_resource_completes_its_lifecycle(stub: Any) -> None:
    planned = stub.Create(provider_pb2.CreateRequest(urn=LAMP, properties=wire({"watt": 40}), preview=True))
    assert (planned.id, properties_from_wire(planned.properties)) == ("", {"watt": 40, "made": UNKNOWN})
    assert Lamps.lamps == {}
    made = stub.Create(provider_pb2.CreateRequest(urn=LAMP, properties=wire({"watt": 40})))
    assert made.id == "lamp-1"
    update = {"id": "lamp-1", "urn": LAMP, "olds": made.properties, "old_inputs": wire({"watt": 40})}
    planned = stub.Update(provider_pb2.UpdateRequest(**update, news=wire({"watt": 60}), preview=True))
    assert properties_from_wire(planned.properties)["watt"] == 60
    assert Lamps.lamps == {"lamp-1": {"watt": 40}}
    updated = stub.Update(provider_pb2.UpdateRequest(**update, news=wire({"watt": 60})))
    assert properties_from_wire(updated.properties) == {"watt": 60, "made": "today", "was": 40}
    assert Lamps.lamps == {"lamp-1": {"watt": 60}}
    stub.Delete(provider_pb2.DeleteRequest(id="lamp-1", urn=LAMP, old_inputs=wire({"watt": 60})))
    assert Lamps.lamps == {}


def test_a_read_returns_an_existing_resource_and_nothing_for_a_missing_one(stub: Any) -> None:
    Lamps.lamps["lamp-1"] = {"watt": 60}
    found = stub.Read(provider_pb2.ReadRequest(id="lamp-1", urn=LAMP))
    assert (found.id, properties_from_wire(found.inputs)) == ("lamp-1", {"watt": 60})
    # For an import or an external read the engine sends no inputs, and the service calls `adopt`.
    imported = stub.Read(provider_pb2.ReadRequest(id="lamp-0", urn=LAMP))
    assert (imported.id, properties_from_wire(imported.properties)) == ("lamp-1", {"adopted": True})
    known = stub.Read(provider_pb2.ReadRequest(id="lamp-1", urn=LAMP, inputs=wire({"watt": 1})))
    assert properties_from_wire(known.inputs) == {"watt": 1}
    assert properties_from_wire(known.properties) == {"watt": 60, "made": "today"}
    assert stub.Read(provider_pb2.ReadRequest(id="lamp-2", urn=LAMP)).id == ""


def test_an_invoke_returns_a_result_or_failures(stub: Any) -> None:
    answer = stub.Invoke(provider_pb2.InvokeRequest(tok="lamp:index:count", args=wire({"room": "hall"})))
    assert properties_from_wire(getattr(answer, "return")) == {"lamps": 0, "room": "hall"}
    refused = stub.Invoke(provider_pb2.InvokeRequest(tok="lamp:index:count"))
    assert [(f.property, f.reason) for f in refused.failures] == [("room", "which?")]


def test_a_refusal_is_its_message_and_an_exception_its_traceback(stub: Any) -> None:
    with pytest.raises(grpc.RpcError) as refusal:
        stub.Create(provider_pb2.CreateRequest(urn=LAMP, properties=wire({"watt": 0})))
    assert refusal.value.details() == "a lamp of 0 W is dark; give it some"
    with pytest.raises(grpc.RpcError) as fault:
        stub.Create(provider_pb2.CreateRequest(urn=LAMP, properties=wire({"watt": -1})))
    assert fault.value.details().endswith("ZeroDivisionError: a fault")


def test_an_unmodelled_type_is_a_clear_error(stub: Any) -> None:
    with pytest.raises(grpc.RpcError) as error:
        stub.Check(provider_pb2.CheckRequest(urn=FAN))
    assert error.value.details().startswith("no provider for fan:index:Fan: ")


def test_a_cancellation_and_an_attachment_are_acknowledged(stub: Any) -> None:
    from pulumi.runtime.proto import plugin_pb2

    assert stub.Cancel(empty_pb2.Empty()) == empty_pb2.Empty()
    assert stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1")) == empty_pb2.Empty()
