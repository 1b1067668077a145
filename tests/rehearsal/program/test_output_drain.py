"""A run waits for all pending outputs of the program, and reports their errors."""

import asyncio

import pulumi
import pytest

from rehearsal import Project, Stack
from rehearsal.provider import CreateResult, DiffResult, Provider


class Toys(Provider):
    def diff(self, urn, id, old_inputs, old_outputs, news):
        return DiffResult(changes=old_inputs != news)

    def create(self, urn, inputs):
        return CreateResult("toy", {**inputs, "serial": "1"})

    def delete(self, urn, id, inputs, outputs):
        pass


class Toy(pulumi.CustomResource):
    serial: pulumi.Output[str]

    def __init__(self, name, **props):
        super().__init__("toy:index:Toy", name, {"serial": None, **props})


@pytest.fixture
def up(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: drain\nruntime: python\n", encoding="utf-8")

    def run(program):
        return Stack(Project.load(tmp_path), program=program, clouds=[], providers={"toy:*": Toys}).up()

    return run


def test_resources_created_from_outputs_are_waited_for(up):
    def program():
        toy = Toy("0")
        for n in range(1, 30):
            toy = Toy(str(n), after=toy.serial)

    report = up(program)
    assert report.ok
    assert report.changes["create"] == 31


def test_resources_created_in_an_apply_are_waited_for(up):
    def program():
        Toy("outer").serial.apply(lambda serial: Toy("inner", after=serial) and None)

    report = up(program)
    assert {step.urn.rpartition("::")[2] for step in report.steps} >= {"outer", "inner"}


def test_slow_callbacks_are_waited_for(up):
    reached = []

    async def delayed(serial):
        await asyncio.sleep(0.05)
        reached.append(serial)
        return serial + "!"

    def program():
        pulumi.export("delayed", Toy("a").serial.apply(delayed))

    report = up(program)
    assert reached == ["1"]
    assert report.outputs["delayed"] == "1!"


def test_an_error_in_an_apply_fails_the_update(up):
    def program():
        Toy("a").serial.apply(lambda serial: int("not " + serial))

    report = up(program)
    assert not report.ok
    assert "invalid literal for int" in report.errors[0]


def test_a_program_may_be_asynchronous(up):
    async def program():
        await asyncio.sleep(0)
        Toy("a")

    assert up(program).changes["create"] == 2


ASYNCHRONOUS = """
import asyncio
import pulumi


class Toy(pulumi.CustomResource):
    serial: pulumi.Output[str]

    def __init__(self, name, **props):
        super().__init__("toy:index:Toy", name, {"serial": None, **props})


async def main():
    first = Toy("first")
    serial = await first.serial.future()
    await asyncio.sleep(0)
    Toy("second", after=serial)
    return {"serial": serial, "late": Toy("third", after=serial).serial}


pulumi.run(main)
pulumi.export("early", "yes")
"""


@pytest.mark.skipif(not hasattr(pulumi, "run"), reason="this SDK has no asynchronous programs")
def test_a_coroutine_passed_to_pulumi_run_is_completed(up, tmp_path):
    (tmp_path / "__main__.py").write_text(ASYNCHRONOUS, encoding="utf-8")
    report = up(None)
    assert report.ok, report.errors
    assert report.changes["create"] == 4
    assert report.outputs == {"early": "yes", "serial": "1", "late": "1"}


@pytest.mark.skipif(not hasattr(pulumi, "run"), reason="this SDK has no asynchronous programs")
def test_an_exception_of_that_coroutine_fails_the_program(up, tmp_path):
    (tmp_path / "__main__.py").write_text(ASYNCHRONOUS.replace("await asyncio.sleep(0)", "int('x')"), encoding="utf-8")
    report = up(None)
    assert not report.ok
    assert "invalid literal for int" in report.errors[0]
    assert "__main__.py" in report.errors[0]


def test_a_coroutine_named_main_is_not_called(up, tmp_path):
    program = "import pulumi\nasync def main():\n    raise ValueError\npulumi.export('called', False)\n"
    (tmp_path / "__main__.py").write_text(program, encoding="utf-8")
    assert up(None).outputs == {"called": False}
