"""Runs a program under Pulumi's mocks in a test, and checks what it registers and prints."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NoReturn

from pulumi.automation import OutputValue
from pulumi.runtime.mocks import Mocks

from rehearsal.paths import is_folder
from rehearsal.program.isolation import program_directory, run_in
from rehearsal.program.mocked import MockedResource, MockedRun, check_mocks, run_mocked
from rehearsal.program.start import Program
from rehearsal.project import Project
from rehearsal.state.passphrase import Keyring
from rehearsal.state.property_values import Secret, map_leaves
from rehearsal.state.resource import ResourceState
from rehearsal.testing.applies import Applies
from rehearsal.testing.checks import CheckFailed, Checks
from rehearsal.testing.configured import Configured, HasConfig
from rehearsal.testing.listening import listening
from rehearsal.testing.naming import only_match
from rehearsal.testing.pickles import fault_of
from rehearsal.testing.plaintext import exposed, secrets_of, secrets_of_config
from rehearsal.testing.results import output_map

__all__ = ["MockedResult", "MockedStack"]

_OFF: Final = "(rehearse(…, check_{0}=False) leaves this check out)"
_STATELESS: Final = (
    "destroy",
    "export_stack",
    "faults",
    "cloud",
    "clouds",
    "import_stack",
    "preview_destroy",
    "preview_refresh",
    "refresh",
)


@dataclasses.dataclass(frozen=True)
class MockedResult:
    """What a program did under mocks."""

    run: MockedRun
    stdout: str = dataclasses.field(repr=False)
    """What the program printed and logged."""

    @property
    def outputs(self) -> dict[str, OutputValue]:
        """The stack's outputs; `rehearsal.provider.UNKNOWN` for those that are unknown in a preview."""
        return output_map(self.run.outputs)

    @property
    def resources(self) -> tuple[MockedResource, ...]:
        """The resources that the program registered or read, in order, components included."""
        return self.run.resources


@dataclasses.dataclass
class _Settings:
    project: Project
    config: dict[str, str | Secret]


class MockedStack(Configured):
    """A program that runs under mocks: `up` as in an update, `preview` as in a preview.

    Mocks have no state, diff, provider or cloud. So the other methods of a stack are missing; using one raises an
    AttributeError that says why. Secrets, pickles and assertions are checked. Exceptions of the program are raised.
    """

    def __init__(self, project: Project, name: str, program: Program | None, mocks: Mocks, checks: Checks) -> None:
        check_mocks(mocks)
        self.name = name
        self._settings = _Settings(project, {})
        self.mocks = mocks
        self.checks = checks
        self._program: Program = program or project.main
        self._applies = Applies()
        self._result: MockedResult | None = None
        self._codes: dict[str, str] = {}

    def preview(self) -> MockedResult:
        """Run the program as in a preview: outputs that the mocks do not return are unknown."""
        __tracebackhide__ = True
        return self._run(preview=True)

    def up(self) -> MockedResult:
        """Run the program as in an update: outputs that the mocks do not return are None."""
        __tracebackhide__ = True
        result = self._run(preview=False)
        self._applies.had_to_run()
        return result

    def resource(self, resource: str) -> MockedResource:
        """Return a resource of the last run by its URN, its name, or its name with types before it.

        :raises LookupError: if there is none, or several.
        """
        made = {one.urn: one for one in self._last().resources}
        return made[only_match(resource, made)]

    def outputs(self) -> dict[str, OutputValue]:
        """Return the stack's outputs of the last run."""
        return self._last().outputs

    def is_secret(self, resource: str, output: str) -> bool:
        """Assert that an output of a resource is secret."""
        __tracebackhide__ = True
        made = self.resource(resource)
        if output not in made.outputs and output not in made.secret_outputs:
            raise AssertionError(f"{resource} has no output {output!r}; it has {', '.join(made.outputs) or 'none'}")
        if output not in made.secret_outputs:
            raise AssertionError(
                f"output {output!r} of {resource} is in plaintext; name it in the resource's additional_secret_outputs"
            )
        return True

    def finish(self) -> list[str]:
        """Return the problems at the end of the test."""
        if not self.checks.asserts:
            return []
        return [
            f"the assertion in the callback at {place} never ran: its value was never known, or what it was applied "
            f"to failed {_OFF.format('asserts')}"
            for place in self._applies.never_ran()
        ]

    def __getattr__(self, name: str) -> NoReturn:
        if name in _STATELESS:
            raise AttributeError(
                f"{name}: under mocks nothing but the program runs, and nothing is kept; "
                "rehearse(…) without mocks= has it"
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _kept(self) -> HasConfig:
        return self._settings

    def _config(self) -> dict[str, str | Secret]:
        settings = self._settings
        return settings.project.config(self.name, settings.config, keyring=Keyring(os.environ))

    def _last(self) -> MockedResult:
        if self._result is None:
            raise LookupError("the program has not run yet; call up() or preview()")
        return self._result

    def _run(self, *, preview: bool) -> MockedResult:
        __tracebackhide__ = True
        project = self._settings.project
        folder = program_directory(project.main if callable(self._program) else self._program)
        folder = folder if is_folder(folder) else project.folder
        config = self._config()
        with listening() as captured, self._applies.watched(), run_in(folder):
            run = run_mocked(
                self._program,
                self.mocks,
                preview=preview,
                config=config,
                project=project.name,
                stack=self.name,
                folder=project.folder,
            )
        self._result = MockedResult(run, "".join(captured))
        if self.checks.secrets:
            self._check_secrets(self._result, config)
        if self.checks.pickle:
            for resource in run.resources:
                self._check_pickle(resource, folder)
        return self._result

    def _check_secrets(self, result: MockedResult, config: Mapping[str, Any]) -> None:
        __tracebackhide__ = True
        states = [
            ResourceState(
                made.urn,
                made.type,
                custom=True,
                outputs={name: Secret(made.outputs[name]) for name in made.secret_outputs if name in made.outputs},
            )
            for made in result.resources
        ]
        secrets = {**secrets_of(states), **secrets_of_config(config)}
        shown = {name: "" if isinstance(value, Secret) else value for name, value in result.run.outputs.items()}
        places = {
            "what was printed or logged": result.stdout,
            "the stack's outputs": json.dumps(_without_secrets(shown), default=repr),
        }
        lines = exposed(secrets, places)
        if lines:
            what = "a secret can be read in plaintext"
            raise CheckFailed("\n  ".join([f"{what}:", *lines]) + f"\n{_OFF.format('secrets')}")

    def _check_pickle(self, made: MockedResource, folder: Path) -> None:
        __tracebackhide__ = True
        if not made.code:
            return
        fault = fault_of(made.code, folder)
        if fault:
            raise CheckFailed(f"the provider of {made.name} can't be relied on: {fault}\n{_OFF.format('pickle')}")
        if self._codes.setdefault(made.urn, made.code) != made.code:
            raise CheckFailed(
                f"the provider of {made.name} is not the same bytes when the program runs again, so that every `up` "
                f"would update it {_OFF.format('pickle')}"
            )


def _without_secrets(value: Any) -> Any:
    return map_leaves(value, lambda leaf: "" if isinstance(leaf, Secret) else leaf)
