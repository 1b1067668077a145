"""Transforms of resources and invokes that a program registers."""

import pulumi
import pytest
from google.protobuf.struct_pb2 import Value
from pulumi import InvokeOptions, ResourceOptions, ResourceTransformResult
from pulumi.runtime import register_invoke_transform, register_resource_transform
from pulumi.runtime.proto import callback_pb2, resource_pb2

from rehearsal.program.transforms import _OPTIONAL_OPTIONS, _PLAIN_OPTIONS, transform_resource


def set_value(value):
    def transform(args):
        if args.type_ == "toy:index:Thing":
            return ResourceTransformResult({**args.props, "value": value}, args.opts)
        return None

    return transform


def test_a_transform_of_the_stack_changes_every_resource_after_it(rig):
    def program():
        register_resource_transform(set_value("transformed"))
        rig.Thing("a", value="a")
        rig.Thing("b", value="b")

    rig.up(program)
    assert [r["inputs"]["value"] for r in rig.state().values()] == ["transformed", "transformed"]


def test_transforms_run_from_the_resource_to_the_stack(rig):
    def add(letter):
        def transform(args):
            if args.type_ != "toy:index:Thing":
                return None
            return ResourceTransformResult({**args.props, "value": args.props["value"] + letter}, args.opts)

        return transform

    def program():
        register_resource_transform(add("s"))
        group = rig.Group("group", ResourceOptions(transforms=[add("p")]))
        rig.Thing("a", value="a", opts=ResourceOptions(parent=group, transforms=[add("o")]))

    rig.up(program)
    assert rig.state()["a"]["inputs"]["value"] == "aops"


def test_a_transform_changes_options(rig):
    def protect(args):
        if args.custom:
            options = ResourceOptions.merge(args.opts, ResourceOptions(protect=True, ignore_changes=["value"]))
            return ResourceTransformResult(args.props, options)
        return None

    def program(value):
        register_resource_transform(protect)
        rig.Thing("a", value=value)

    rig.up(lambda: program("a"))
    assert rig.state()["a"]["protect"] is True
    assert rig.up(lambda: program("b")).changes == {"same": 2}


def test_a_transform_sees_secrets_and_keeps_them_secret(rig):
    seen = {}

    async def record(args):
        if args.type_ == "toy:index:Thing":
            seen["secret"] = await args.props["secret"].is_secret()
            return ResourceTransformResult({**args.props, "value": "x"}, args.opts)
        return None

    def program():
        register_resource_transform(record)
        rig.Thing("a", secret=pulumi.Output.secret("hunter2"))

    rig.up(program)
    assert seen == {"secret": True}
    assert "plaintext" in rig.state()["a"]["inputs"]["secret"]


def test_properties_unchanged_by_a_stack_transform_keep_their_dependencies(rig):
    def program():
        register_resource_transform(set_value("x"))
        first = rig.Thing("first")
        rig.Thing("second", link=first.id)

    rig.up(program)
    assert rig.state()["second"]["dependencies"] == [rig.urn("first")]
    assert rig.state()["second"]["propertyDependencies"]["link"] == [rig.urn("first")]


def test_a_transform_that_returns_none_changes_nothing(rig):
    def program():
        first = rig.Thing("first")
        rig.Thing("second", link=first.id, opts=ResourceOptions(transforms=[lambda args: None]))

    rig.up(program)
    assert rig.state()["second"]["propertyDependencies"]["link"] == [rig.urn("first")]


def test_a_transform_can_add_an_alias(rig):
    def rename(args):
        if args.name == "new":
            options = ResourceOptions.merge(args.opts, ResourceOptions(aliases=[pulumi.Alias(name="old")]))
            return ResourceTransformResult(args.props, options)
        return None

    def program():
        register_resource_transform(rename)
        rig.Thing("new", value="a")

    rig.up(lambda: rig.Thing("old", value="a"))
    assert rig.up(program).changes == {"same": 2}


def test_an_exception_of_a_transform_fails_the_update_with_its_message(rig):
    def broken(args):
        if args.custom:
            raise ValueError("no such luck")

    def program():
        register_resource_transform(broken)
        rig.Thing("a")

    report = rig.up(program)
    assert not report.ok
    assert "no such luck" in report.errors[0]
    assert rig.cloud.things == {}


def test_a_preview_gives_transforms_unknowns_as_outputs(rig):
    seen = []

    async def record(args):
        if args.name == "second":
            seen.append(await args.props["link"].is_known())

    def program():
        register_resource_transform(record)
        first = rig.Thing("first")
        rig.Thing("second", link=first.id)

    rig.preview(program)
    assert seen == [False]


def test_an_invoke_transform_changes_arguments(rig):
    answers = []

    def program():
        register_invoke_transform(
            lambda args: pulumi.InvokeTransformResult({**args.args, "question": args.args["question"] * 2}, args.opts)
        )
        answers.append(pulumi.runtime.invoke("toy:index:ask", {"question": "ab"}, InvokeOptions()).value)

    assert rig.up(program).ok
    assert answers[0]["answer"] == "abab"


@pytest.mark.parametrize("option", ["version", "provider"])
def test_options_returned_by_a_transform_are_kept(rig, option):
    class Toy(pulumi.ProviderResource):
        def __init__(self, name):
            super().__init__("toy", name, {"region": "a"})

    def program():
        register_resource_transform(lambda args: ResourceTransformResult(args.props, args.opts))
        given = {"version": "1.2.3"} if option == "version" else {"provider": Toy("explicit")}
        rig.Thing("a", opts=ResourceOptions(**given))

    assert rig.up(program).ok
    assert ("default_1_2_3" if option == "version" else "::explicit::") in rig.state()["a"]["provider"]


def test_every_option_of_the_sdks_transforms_is_known():
    fields = {f.name for f in resource_pb2.TransformResourceOptions.DESCRIPTOR.fields}
    assert fields == {*_PLAIN_OPTIONS, *_OPTIONAL_OPTIONS, "aliases", "delete_before_replace"}
    fields = {f.name for f in resource_pb2.TransformInvokeOptions.DESCRIPTOR.fields}
    assert fields == {"provider", "plugin_download_url", "version", "plugin_checksums"}


def test_options_round_trip_through_an_identity_transform():
    given = {
        "dependencies": ["d"],
        "protect": True,
        "ignoreChanges": ["a"],
        "replaceOnChanges": ["b"],
        "version": "1.0.0",
        "provider": "p::1",
        "customTimeouts": {"create": "5m"},
        "pluginDownloadURL": "u",
        "retainOnDelete": False,
        "deletedWith": "w",
        "replace_with": ["r"],
        "deleteBeforeReplace": False,
        "deleteBeforeReplaceDefined": True,
        "additionalSecretOutputs": ["s"],
        "providers": {"toy": "p::1"},
        "hooks": {"before_create": ["h"]},
        "importId": "i",
        "hideDiffs": ["d"],
        "replacement_trigger": Value(string_value="t"),
        "aliasURNs": ["old"],
    }
    request = resource_pb2.RegisterResourceRequest(type="toy:index:Thing", name="a", custom=True, **given)

    class IdentityCallbacks:
        def invoke(self, callback, asked, response):
            return response(properties=asked.properties, options=asked.options)

    changed = transform_resource(request, [callback_pb2.Callback(token="t")], IdentityCallbacks())
    assert [a.urn for a in changed.aliases] == ["old"]
    expected = resource_pb2.RegisterResourceRequest()
    expected.CopyFrom(request)
    for message in (changed, expected):
        message.ClearField("aliasURNs")
        message.ClearField("aliases")
        message.ClearField("object")
    assert changed == expected
