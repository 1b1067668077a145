"""Stacks on the engine that the run is for, where a test has no use for the fixture."""

from rehearsal import Stack
from rehearsal.real_engine.stack import PulumiStack


def stack_on(pytestconfig, project, **options):
    """Return a stack on the engine that pytest was started with."""
    real = pytestconfig.getoption("rehearse_engine") == "pulumi"
    return PulumiStack(project, **options) if real else Stack(project, **options)
