"""The pytest plugin (entry point group ``pytest11``): the fixture ``rehearse``, and messages for plans that differ."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Final

import pytest

from rehearsal.missing_extra import MissingExtra, needing_the_extra
from rehearsal.providers import preloaded

if TYPE_CHECKING:
    from rehearsal.testing.fixture import Rehearse

__all__ = ["rehearse"]

_FAILED: Final = pytest.StashKey[bool]()
_ENGINES: Final = ("rehearsal", "pulumi")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("rehearsal")
    group.addoption(
        "--rehearse-provider-process",
        action="store_true",
        help="Run dynamic providers in a process of their own, one for each operation, as Pulumi does.",
    )
    group.addoption(
        "--rehearse-engine",
        choices=_ENGINES,
        default=_ENGINES[0],
        help="The engine that runs programs: rehearsal's own, or pulumi, the real one (seconds an operation).",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the plugin's marker."""
    config.addinivalue_line(
        "markers", "rehearse_engine(name, reason): the test is true on one engine alone, rehearsal or pulumi."
    )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip tests whose marker names another engine."""
    engine = item.config.getoption("rehearse_engine")
    for marker in item.iter_markers("rehearse_engine"):
        name, reason = _marker_arguments(*marker.args, **marker.kwargs)
        if name != engine:
            pytest.skip(f"on the engine {name} alone: {reason}")


def _marker_arguments(name: str, *, reason: str) -> tuple[str, str]:
    """Return the arguments of the marker.

    :raises ValueError: for an unknown engine.
    """
    if name not in _ENGINES:
        raise ValueError(f"rehearse_engine: expected one of {', '.join(map(repr, _ENGINES))}, got {name!r}")
    return name, reason


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let the session fork provider processes from one that has already imported the modules that they need."""
    preloaded.enable()
    # Not in `pytest_unconfigure`, which is also called if no session has started.
    session.config.add_cleanup(preloaded.close)


@pytest.fixture
def rehearse(request: pytest.FixtureRequest) -> Iterator[Rehearse]:
    """Create stacks of Pulumi programs that run offline; see `Rehearse`."""
    # Imported late, because these import pulumi, which other tests do not need.
    try:
        with needing_the_extra("the fixture rehearse"):
            from rehearsal.testing.checks import CheckFailed  # noqa: PLC0415
            from rehearsal.testing.fixture import Rehearse  # noqa: PLC0415

            option = request.config.getoption
            made = Rehearse(provider_process=option("rehearse_provider_process"), engine=option("rehearse_engine"))
    except MissingExtra as error:
        pytest.fail(str(error), pytrace=False)
    try:
        yield made
        # After a failed test, leftover resources are not an error.
        if not request.node.stash.get(_FAILED, False):
            made.finish()
    except CheckFailed as error:
        pytest.fail(str(error), pytrace=False)
    finally:
        made.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Record whether the test has failed, for the fixture."""
    report = yield
    if call.when == "call" and not report.passed:
        item.stash[_FAILED] = True
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain how a plan differs from the dictionary with which it was compared."""
    plans = sys.modules.get("rehearsal.testing.plan")
    if plans is None or op != "==":
        return None
    plan, expected = (left, right) if isinstance(left, plans.Plan) else (right, left)
    if not isinstance(plan, plans.Plan) or not isinstance(expected, dict):
        return None
    return ["the plan is not as expected:", *plan.differences(expected)]
