"""Each resource option is modelled, or refused with its name; none is ignored silently."""

import pytest
from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime.proto import alias_pb2, callback_pb2, resource_pb2

from rehearsal.engine.goal import Alias, Goal, ReadGoal
from rehearsal.errors import NotModelled, RehearsalError
from rehearsal.program.resource_monitor import ResourceMonitor

# What rehearsal does with each field of the SDK's requests. A field that is in none of these tables is new in a later
# SDK: decide whether to model it.
MODELLED = {
    "RegisterResourceRequest": (
        "type name parent custom object protect dependencies provider propertyDependencies deleteBeforeReplace version"
        " ignoreChanges additionalSecretOutputs aliasURNs importId customTimeouts deleteBeforeReplaceDefined providers"
        " replaceOnChanges pluginDownloadURL retainOnDelete aliases deletedWith replace_with replacement_trigger"
        " transforms hooks hideDiffs"
    ),
    "ReadResourceRequest": (
        "id type name parent properties dependencies provider version additionalSecretOutputs pluginDownloadURL"
    ),
    "ResourceInvokeRequest": "tok args provider version pluginDownloadURL parent",
    "RegisterResourceOutputsRequest": "urn outputs",
    "RegisterResourceHookRequest": "name callback on_dry_run ignore_errors",
    "RegisterErrorHookRequest": "name callback",
}
REFUSED = {
    "RegisterResourceRequest": "remote state_migrations envVarMappings packageRef",
    "ReadResourceRequest": "packageRef",
    "ResourceInvokeRequest": "packageRef",
}
# Capabilities of the SDK, source positions, and checksums of plugin downloads. Also dependsOn of an invoke: the SDK
# sends it only to engines that announce support, and otherwise awaits the dependencies itself.
IGNORED = {
    "RegisterResourceRequest": (
        "acceptSecrets acceptResources accepts_byte_string supportsPartialValues supportsResultReporting aliasSpecs"
        " sourcePosition stackTrace parentStackTraceHandle pluginChecksums snippetId"
    ),
    "ReadResourceRequest": (
        "acceptSecrets acceptResources accepts_byte_string sourcePosition stackTrace parentStackTraceHandle"
        " pluginChecksums"
    ),
    "ResourceInvokeRequest": (
        "acceptResources accepts_byte_string accept_output_values sourcePosition stackTrace parentStackTraceHandle"
        " pluginChecksums dependsOn"
    ),
}


SINCE_3_260 = {"accept_output_values"}
"""Fields that the oldest supported SDK lacks."""


@pytest.mark.parametrize("message", MODELLED)
def test_every_field_of_the_sdks_requests_is_known(message):
    known = set(" ".join([MODELLED[message], REFUSED.get(message, ""), IGNORED.get(message, "")]).split())
    fields = {f.name for f in getattr(resource_pb2, message).DESCRIPTOR.fields}
    assert fields == known - (SINCE_3_260 - fields)


def test_every_method_called_by_the_sdk_is_known():
    methods = {m.name for m in resource_pb2.DESCRIPTOR.services_by_name["ResourceMonitor"].methods}
    unmodelled = {"SupportsFeature", "Call", "ExistsResource", "RegisterPackage"}
    assert {name for name in vars(ResourceMonitor) if name[0].isupper()} == methods - unmodelled


def registration(**fields):
    return resource_pb2.RegisterResourceRequest(type="toy:index:Thing", name="a", custom=True, **fields)


@pytest.mark.parametrize(
    ("fields", "option"),
    [
        ({"packageRef": "x"}, "parameterized packages"),
        ({"envVarMappings": {"A": "B"}}, "the option env_var_mappings"),
        ({"state_migrations": [callback_pb2.Callback(token="t")]}, "the option state_migrations"),
    ],
)
def test_an_unsupported_option_is_named(fields, option):
    with pytest.raises(NotModelled) as caught:
        Goal.from_wire(registration(**fields))
    expected = f"toy:index:Thing 'a': rehearsal does not model {option}; run this program with the Pulumi CLI"
    assert str(caught.value) == expected


def test_a_remote_component_is_refused_with_a_remedy():
    with pytest.raises(
        NotModelled,
        match=r"'a' is a remote component of the package toy, .* a test replaces, give its outputs .* run the program",
    ):
        Goal.from_wire(registration(remote=True))


def test_reading_from_a_parameterized_package_is_refused():
    with pytest.raises(NotModelled, match="parameterized packages"):
        ReadGoal.from_wire(resource_pb2.ReadResourceRequest(type="t", name="a", id="x", packageRef="p"))


def test_without_property_dependencies_each_property_depends_on_all_dependencies():
    request = registration(dependencies=["u"], object=Struct(fields={"a": Value(string_value="x")}))
    assert Goal.from_wire(request).property_dependencies == {"a": ["u"]}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({}, None), ({"deleteBeforeReplace": True}, True), ({"deleteBeforeReplaceDefined": True}, False)],
)
def test_delete_before_replace_can_be_true_false_or_unset(fields, expected):
    assert Goal.from_wire(registration(**fields)).delete_before_replace is expected


def test_an_alias_is_a_urn_or_the_differing_parts():
    assert Alias.from_wire(alias_pb2.Alias(urn="u")) == Alias(urn="u")
    spec = alias_pb2.Alias.Spec(name="n", type="t", stack="s", project="p", noParent=True)
    assert Alias.from_wire(alias_pb2.Alias(spec=spec)) == Alias("", "n", "t", "s", "p", "", no_parent=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("1.5s", 1.5),
        ("100ms", 0.1),
        ("", None),
        ("5", None),
        ("m", None),
        ("5m x", None),
    ],
)
def test_timeouts_are_go_durations(text, seconds):
    request = registration(customTimeouts=resource_pb2.RegisterResourceRequest.CustomTimeouts(create=text))
    if seconds is None and text:
        with pytest.raises(RehearsalError, match=r"custom_timeouts\.create: expected a duration"):
            Goal.from_wire(request)
    else:
        assert Goal.from_wire(request).custom_timeouts == ({"create": seconds} if text else {})
