"""A toy cloud in this process, and a stack on it whose program each operation can replace."""

import collections
import threading

import pulumi
import pytest

from rehearsal import Project, Provider, ProviderError, Stack
from rehearsal.provider import UNKNOWN, CheckFailure, CheckResult, CreateResult, DiffResult, InvokeResult, ReadResult

INPUTS = ("value", "force", "dbr", "secret", "link", "fail", "link_forces", "nested")


class Cloud:
    """The toy cloud: its resources, the calls in order, and the calls that fail, as (method, name)."""

    def __init__(self):
        self.things = {}
        self.calls = []
        self.failing = set()
        self.serial = collections.Counter()
        self.lock = threading.Lock()
        self.on = {}  # (method, name) -> a callback for that call

    def record_call(self, method, name, detail=None):
        with self.lock:
            self.calls.append((method, name, detail))
        self.on.get((method, name), lambda: None)()
        if (method, name) in self.failing:
            raise ProviderError(f"{method} of {name} fails")

    def changes(self):
        """Return and clear the recorded calls, except check and diff."""
        with self.lock:
            calls, self.calls = self.calls, []
        return [f"{method} {detail or name}" for method, name, detail in calls if method not in ("check", "diff")]

    def provider(self):
        return Toy(self)


class Toy(Provider):
    """The provider of ``toy:index:Thing``: a change of `force` or `dbr` replaces it, with `dbr` deleting it first."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.config = None

    def configure(self, config):
        self.config = config

    def check(self, urn, olds, news):
        name = urn.rpartition("::")[2]
        self.cloud.record_call("check", name)
        failures = (
            [CheckFailure("value", "a thing's value may not be 'invalid'")]
            if news.get("value") in ("invalid", {"invalid": ["hunter2"]})
            else []
        )
        return CheckResult({"kind": "default", **news} if "defaults" in news else dict(news), tuple(failures))

    def diff(self, urn, id, old_inputs, old_outputs, news):
        self.cloud.record_call("diff", urn.rpartition("::")[2], id)
        changed = [k for k in INPUTS if old_outputs.get(k) is UNKNOWN or news.get(k) != old_outputs.get(k)]
        replaces = [k for k in changed if k in ("force", "dbr") or (k == "link" and news.get("link_forces"))]
        return DiffResult(bool(changed), tuple(replaces), "dbr" in replaces, detailed=dict.fromkeys(changed, "update"))

    def create(self, urn, inputs):
        name = urn.rpartition("::")[2]
        self.cloud.record_call("begin-create", name)
        with self.cloud.lock:
            self.cloud.serial[name] += 1
            id = f"{name}-{self.cloud.serial[name]}"
        self.cloud.record_call("create", name, id)
        self.cloud.things[id] = {**inputs, "derived": f"{name}={inputs.get('value')}", "made_by": self.config or {}}
        return CreateResult(id, dict(self.cloud.things[id]))

    def preview_create(self, urn, inputs):
        return {**inputs, "derived": UNKNOWN}

    def read(self, urn, id, inputs, outputs):
        self.cloud.record_call("read", urn.rpartition("::")[2], id)
        thing = self.cloud.things.get(id)
        if thing is None:
            return None
        found = {k: v for k, v in thing.items() if k not in ("derived", "made_by")}
        return ReadResult(id, dict(thing), found)

    def update(self, urn, id, old_inputs, old_outputs, news):
        name = urn.rpartition("::")[2]
        self.cloud.record_call("update", name, id)
        self.cloud.things[id] = {**news, "derived": f"{name}={news.get('value')}", "made_by": self.config or {}}
        return dict(self.cloud.things[id])

    def delete(self, urn, id, inputs, outputs):
        self.cloud.record_call("delete", urn.rpartition("::")[2], id)
        self.cloud.things.pop(id, None)

    def invoke(self, token, args):
        self.cloud.record_call("invoke", token, None)
        if args.get("bad"):
            return InvokeResult({}, (CheckFailure("bad", "is not good"),))
        return InvokeResult({"answer": args.get("question"), "config": self.config or {}})


class Thing(pulumi.CustomResource):
    """A resource with any inputs."""

    value: pulumi.Output
    derived: pulumi.Output
    link: pulumi.Output
    secret: pulumi.Output

    def __init__(self, name, opts=None, **props):
        super().__init__(
            "toy:index:Thing", name, {"derived": None, "link": None, "secret": None, "value": None, **props}, opts
        )


class Group(pulumi.ComponentResource):
    """A component without children of its own; programs use it as a parent."""

    def __init__(self, name, opts=None, props=None):
        super().__init__("toy:index:Group", name, props, opts)


class Rig:
    """A stack on a toy cloud. `up` and `preview` take an optional program; without one they run the last one again."""

    Thing, Group = Thing, Group

    def __init__(self, folder, **options):
        self.cloud = Cloud()
        self.program = lambda: None
        self.project = Project(name="p", folder=folder, main=folder)
        options = {"providers": {"toy:*": self.cloud.provider}, "clouds": [], **options}
        self.stack = Stack(self.project, program=self._run_program, **options)

    def _run_program(self):
        self.program()

    def urn(self, name, *parents, type="toy:index:Thing"):
        return f"urn:pulumi:dev::p::{'$'.join([*parents, type])}::{name}"

    def _run(self, op, program, options):
        if program is not None:
            self.program = program
        return getattr(self.stack, op)(**options)

    def preview(self, program=None, **options):
        return self._run("preview", program, options)

    def up(self, program=None, **options):
        return self._run("up", program, options)

    def refresh(self, **options):
        return self._run("refresh", None, options)

    def destroy(self, **options):
        return self._run("destroy", None, options)

    def resources(self):
        return [r for r in self.stack.export()["deployment"]["resources"] if r["type"] not in IMPLICIT_TYPES]

    def state(self):
        """Return the resources by name, without those that are pending deletion."""
        return {r["urn"].rpartition("::")[2]: r for r in self.resources() if not r.get("delete")}


IMPLICIT_TYPES = {"pulumi:pulumi:Stack", "pulumi:providers:toy"}


def ops(report):
    """Return the steps of all resources except the stack, in order, as "OPERATION NAME"."""
    return [f"{s.op.value} {s.urn.rpartition('::')[2]}" for s in report.steps if "pulumi:pulumi:Stack" not in s.urn]


@pytest.fixture
def rig(tmp_path):
    return Rig(tmp_path)


@pytest.fixture
def make_rig(tmp_path):
    """Return a function that makes a rig whose stack has the given options."""
    return lambda **options: Rig(tmp_path, **options)


@pytest.fixture(name="ops")
def _ops():
    return ops
