"""`tags_all` of a recording configuration or a playback restriction policy is secret if one of its tags is."""

import pulumi
import pytest
from pulumi.runtime.mocks import MockMonitor

from ivs_stream_key import PlaybackRestrictionPolicy, RecordingConfiguration
from mocked_engine import resolve_outputs

DECLARE = {
    "recording": lambda **given: RecordingConfiguration("made", "bucket", **given),
    "policy": lambda **given: PlaybackRestrictionPolicy("made", **given),
}


class Engine(MockMonitor):
    """A mock monitor that returns the inputs and records the registrations."""

    def __init__(self):
        super().__init__(self)
        self.requests = []

    def RegisterResource(self, request):
        self.requests.append(request)
        return super().RegisterResource(request)

    def new_resource(self, args):
        return "an-id", args.inputs

    def call(self, _args):
        return {}


def secret_outputs(declare):
    engine = Engine()
    resolve_outputs(lambda: declare() and None, engine)
    (request,) = [one for one in engine.requests if one.name == "made"]
    return list(request.additionalSecretOutputs)


@pytest.mark.parametrize("declare", DECLARE.values(), ids=DECLARE)
@pytest.mark.parametrize(
    ("tags", "secret"),
    [
        (lambda: None, []),
        (lambda: {"a": "b"}, []),
        (lambda: {"a": pulumi.Output.from_input("b")}, []),
        (lambda: {"a": "b", "pin": pulumi.Output.secret("c")}, ["tags_all"]),
        (lambda: pulumi.Output.secret({"pin": "c"}), ["tags_all"]),
    ],
)
def test_tags_all_is_secret_if_a_given_tag_is(declare, tags, secret):
    assert secret_outputs(lambda: declare(tags=tags())) == secret


@pytest.mark.parametrize("declare", DECLARE.values(), ids=DECLARE)
def test_the_programs_own_options_are_not_modified(declare):
    options = pulumi.ResourceOptions(additional_secret_outputs=["arn"])
    given = secret_outputs(lambda: declare(tags={"pin": pulumi.Output.secret("c")}, opts=options))
    assert given == ["arn", "tags_all"]
    assert options.additional_secret_outputs == ["arn"]


@pytest.mark.parametrize("declare", DECLARE.values(), ids=DECLARE)
def test_opts_of_another_type_are_refused_as_by_any_resource(declare):
    with pytest.raises(TypeError, match="ResourceOptions"):
        secret_outputs(lambda: declare(opts={"protect": True}))
