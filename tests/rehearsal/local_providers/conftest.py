"""A stack with one resource of a local package, by its type token: the package's SDK need not be installed."""

import datetime as dt

import pulumi
import pytest

from rehearsal import Project, Stack


class LocalStack:
    """A stack with one resource, whose type and inputs a test sets, and a clock that a test can move."""

    def __init__(self, folder):
        self.now = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
        self.token, self.given, self.options = "", {}, {}
        self.stack = Stack(
            Project("proj", folder, folder), program=self.program, clouds=[], now=lambda: self.now, name="dev"
        )

    def program(self):
        pulumi.CustomResource(self.token, "it", dict(self.given), pulumi.ResourceOptions(**self.options))

    def up_with(self, token, **given):
        self.token, self.given = token, given
        return self.up()

    def up(self):
        """Run preview and up, check that another preview and a refresh find no changes, and return the outputs."""
        planned, up = self.stack.preview(), self.stack.up()
        assert up.ok, up.errors
        assert planned.changes == up.changes
        after = self.stack.preview()
        assert after.changes.keys() == {"same"}, after.errors
        assert self.stack.refresh().changes.keys() == {"same"}
        self.steps = [step.op.value for step in up.steps if "::it" in step.urn]
        return self.outputs

    @property
    def state(self):
        (found,) = (s for s in self.stack.export()["deployment"]["resources"] if s["urn"].endswith("::it"))
        return found

    @property
    def outputs(self):
        return self.state["outputs"]

    def preview_errors(self, token, **given):
        self.token, self.given = token, given
        report = self.stack.preview()
        assert not report.ok
        return "\n".join(report.errors)


@pytest.fixture
def local(tmp_path):
    made = LocalStack(tmp_path)
    yield made
    destroyed = made.stack.destroy()
    assert destroyed.ok, destroyed.errors
    assert made.stack.export()["deployment"].get("resources", []) == []
