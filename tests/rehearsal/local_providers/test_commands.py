import pulumi

from rehearsal import Project, Stack
from rehearsal.provider import CreateResult, Provider


def test_commands_are_refused_even_with_made_up_types(tmp_path):
    def program():
        pulumi.CustomResource("command:local:Command", "build", {"create": "make"})

    stack = Stack(Project("p", tmp_path, tmp_path), program=program, clouds=[], unmodelled="made-up")
    (error,) = stack.preview().errors
    assert "command:local:Command resource 'build' has a problem: it would run a command on this machine" in error
    assert 'providers={"command:*": …}' in error
    assert 'given_outputs={"command:local:Command": …}' in error


def test_a_given_provider_takes_precedence(tmp_path):
    class FakeCommand(Provider):
        def create(self, urn, inputs):
            return CreateResult("done", {**inputs, "stdout": "built"})

    def program():
        made = pulumi.CustomResource("command:remote:Command", "build", {"create": "make"})
        pulumi.export("id", made.id)

    stack = Stack(Project("p", tmp_path, tmp_path), program=program, clouds=[], providers={"command:*": FakeCommand})
    up = stack.up()
    assert up.ok, up.errors
    assert up.outputs["id"] == "done"
