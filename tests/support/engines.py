"""Creates stacks on the selected engine, for tests that do not use the fixture `rehearse`."""

from rehearsal import Stack
from rehearsal.real_engine.stack import PulumiStack


def stack_on(pytestconfig, project, **options):
    """Return a stack on the engine that pytest's option `--rehearse-engine` selects."""
    real = pytestconfig.getoption("rehearse_engine") == "pulumi"
    return PulumiStack(project, **options) if real else Stack(project, **options)
