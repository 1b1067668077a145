"""Resources of packages that need no cloud, by their type tokens: their SDKs need not be installed."""

import datetime as dt

import pulumi
import pytest

from rehearsal import Project, Stack


class Local:
    """One resource, whose type and inputs are to be changed, and a clock that a test moves."""

    def __init__(self, folder):
        self.now = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
        self.token, self.given, self.options = "", {}, {}
        self.stack = Stack(
            Project("proj", folder, folder), program=self.program, clouds=[], now=lambda: self.now, name="dev"
        )

    def program(self):
        pulumi.CustomResource(self.token, "it", dict(self.given), pulumi.ResourceOptions(**self.options))

    def make(self, token, **given):
        self.token, self.given = token, given
        return self.up()

    def up(self):
        """Bring it up; a preview and a refresh after that find nothing. Return what was done, and the outputs."""
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

    def refused(self, token, **given):
        self.token, self.given = token, given
        report = self.stack.preview()
        assert not report.ok
        return "\n".join(report.errors)


@pytest.fixture
def local(tmp_path):
    made = Local(tmp_path)
    yield made
    destroyed = made.stack.destroy()
    assert destroyed.ok, destroyed.errors
    assert made.stack.export()["deployment"].get("resources", []) == []
