"""Stacks on the selected engine, for tests that do not use the fixture."""

from rehearsal import Stack
from rehearsal.real_engine.stack import PulumiStack


def stack_on(pytestconfig, project, **options):
    """Return a stack on the engine that pytest was started with."""
    real = pytestconfig.getoption("rehearse_engine") == "pulumi"
    return PulumiStack(project, **options) if real else Stack(project, **options)
