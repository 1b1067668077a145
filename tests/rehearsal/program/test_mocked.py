import gc
import warnings

import pulumi
import pytest
from pulumi.runtime.mocks import Mocks

from rehearsal.program.mocked import run_mocked
from rehearsal.provider import UNKNOWN
from rehearsal.state.property_values import Secret


class ToyMocks(Mocks):
    def new_resource(self, args):
        return f"{args.name}-id", {**args.inputs, "code": "c0de", "size": 3}

    def call(self, args):
        return {"answer": args.token}


class Thing(pulumi.CustomResource):
    code: pulumi.Output[str]
    size: pulumi.Output[int]

    def __init__(self, name, props=None, opts=None):
        super().__init__("toy:index:Thing", name, {"code": None, "size": None, **(props or {})}, opts)


class Group(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("toy:index:Group", name)
        Thing(name, {"in": 1}, pulumi.ResourceOptions(parent=self, additional_secret_outputs=["code"]))


def program():
    group, thing = Group("all"), Thing("one", {"word": pulumi.Output.secret("hush")})
    pulumi.export("code", thing.code)
    pulumi.export("urn", group.urn)


def test_resources_have_urns_inputs_and_secret_outputs():
    run = run_mocked(program, ToyMocks(), project="p", stack="s")
    assert run.outputs == {"code": "c0de", "urn": "urn:pulumi:s::p::toy:index:Group::all"}
    child = run.resource("toy:index:Thing", "all")
    assert child.urn == "urn:pulumi:s::p::toy:index:Group$toy:index:Thing::all"
    assert (child.inputs, child.outputs["code"], child.secret_outputs) == ({"in": 1}, "c0de", {"code"})
    assert run.resource("toy:index:Thing", "one").secret_outputs == {"word"}
    with pytest.raises(LookupError, match="expected one toy:index:Thing , got 2"):
        run.resource("toy:index:Thing")


def test_a_repr_shows_no_property():
    assert "hush" not in repr(run_mocked(program, ToyMocks()))


def test_config_and_its_secrets_reach_the_program():
    def program_with_config():
        config = pulumi.Config("toy")
        pulumi.export("open", config.require("a"))
        pulumi.export("hidden", config.require_secret("b"))

    run = run_mocked(program_with_config, ToyMocks(), config={"toy:a": "1", "toy:b": Secret("2")})
    assert run.outputs == {"open": "1", "hidden": Secret("2")}


def test_an_invoke_with_unknown_arguments_is_not_called():
    def program_with_invoke():
        size = pulumi.Output.from_input(None).apply(lambda _: UNKNOWN_SIZE)
        pulumi.export("answer", pulumi.runtime.invoke_output("toy:index:ask", {"size": size})["answer"])

    assert run_mocked(program_with_invoke, ToyMocks(), preview=True).outputs == {"answer": UNKNOWN}


UNKNOWN_SIZE = pulumi.runtime.rpc.UNKNOWN


def test_a_file_can_be_a_program(tmp_path):
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.export('stack', pulumi.get_stack())\n")
    assert run_mocked(tmp_path, ToyMocks(), stack="prod", folder=tmp_path).outputs == {"stack": "prod"}


@pytest.mark.slow("collects all garbage twice")
def test_no_event_loop_is_left_open():
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run_mocked(program, ToyMocks())
        gc.collect()
    assert [str(warning.message) for warning in caught if warning.category is ResourceWarning] == []
