"""Fixtures for long lifecycles: an embedded AWS that persists, virtual time, and a stack whose engine can be killed."""

import functools
import json
import os

import botocore.endpoint
import pytest
from hypothesis import HealthCheck, Phase, Verbosity, settings
from moto.ivs.models import ivs_backends

import rehearsal_aws.cloud.faults
from ivs_stream_key.ivs import stream_keys
from ivs_stream_key.ivs.rate_limiter import RateLimiter
from rehearsal import Project, Stack
from rehearsal.engine.file_backend import StateFile
from rehearsal_aws import EmbeddedAws
from rehearsal_aws.cloud import memory

_SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much)
_COMMON = settings(deadline=None, suppress_health_check=_SLOW)
settings.register_profile(
    "quick",
    _COMMON,
    derandomize=True,
    max_examples=8,
    stateful_step_count=12,
    phases=[Phase.generate, Phase.shrink],
)
settings.register_profile(
    "deep", _COMMON, max_examples=300, stateful_step_count=30, print_blob=True, verbosity=Verbosity.normal
)


@pytest.fixture
def budget():
    """Return the settings: a few fixed lifecycles, or with ``--hypothesis-profile deep`` many new ones."""
    return settings.get_profile("deep" if settings.get_current_profile_name() == "deep" else "quick")


class VirtualTime:
    """Replaces the module `time`: waiting only advances the virtual clock."""

    def __init__(self):
        self._now = 0.0

    def monotonic(self):
        return self._now

    def sleep(self, seconds):
        self._now += seconds


class Disk(StateFile):
    """A state file that simulates a kill of the engine during the next run.

    `at` is the number of the journal's entry at which the kill comes. After the last entry, it comes before the file is
    rewritten. `written` is the part of that entry that is written to the disk: 0 is nothing, 1 all of it.
    """

    def __init__(self, path, on_kill):
        super().__init__(path)
        self._on_kill = on_kill
        self._at = None
        self._written = 0.0
        self._seen = 0
        self._remains = None

    def kill(self, at, written):
        self._at, self._written, self._seen, self._remains = at, written, 0, None

    def _note(self, entry):
        if self._seen == self._at:
            line = json.dumps(entry) + "\n"
            self._kill_run(line[: int(len(line) * self._written)])
        self._seen += 1
        super()._note(entry)

    def _write(self):
        # A run first writes the file, and then begins the journal.
        if self._at is not None and self._seen:
            self._kill_run("")
        return super()._write()

    def _kill_run(self, cut_entry):
        if self._remains is None:
            paths = [self.path, self._path_with_suffix(".journal")]
            self._remains = {path: path.read_text() if path.exists() else None for path in paths}
            self._remains[paths[1]] = (self._remains[paths[1]] or "") + cut_entry
            self._on_kill()

    def recover(self):
        """Restore the files that a killed run left; return whether there was one."""
        remains, self._at, self._remains = self._remains, None, None
        for path, text in (remains or {}).items():
            path.unlink(missing_ok=True)
            if text is not None:
                path.write_text(text)
        return remains is not None

    def texts(self):
        """Return all that is on the disk: the file, and the entries of the journal except a truncated one."""
        journal = self._path_with_suffix(".journal")
        entries = journal.read_text().splitlines(keepends=True) if journal.exists() else []
        return (
            [self.path.read_text(), *(entry for entry in entries if entry.endswith("\n"))] if self.path.exists() else []
        )


class KillableStack(Stack):
    """A stack whose state is on a `disk`. After a kill, the cloud refuses further calls of the run."""

    def __init__(self, cloud, program, **options):
        super().__init__(
            Project("lives", cloud.folder, cloud.folder),
            program=program,
            clouds=[lambda *_: cloud],
            provider_process=False,
            **options,
        )
        self._state = self.disk = Disk(cloud.folder / "state.json", self._refuse_calls)
        self._faults = cloud.aws.faults

    def _refuse_calls(self):
        self._faults.error("", "AccessDeniedException", "killed", times=None, must_fire=False)


class PersistentCloud:
    """An embedded AWS that consecutive stacks share, and the folder of their states."""

    def __init__(self, aws, folder):
        self.aws, self.folder = aws, folder
        self.environment, self.providers = aws.environment, aws.providers

    def close(self):
        """Keep the cloud running for the next stack."""

    def reset(self):
        """Reset cloud, faults and states."""
        memory.forget()
        self.aws.faults.clear()
        for path in self.folder.iterdir():
            path.unlink()

    def stack(self, program, **options):
        """Return a stack with an empty state; a crash fault kills its providers."""
        stack = KillableStack(self, program, **options)
        self.aws.faults.crash = stack.crash_providers
        return stack

    @property
    def client(self):
        return self.aws.boto3("ivs")

    @property
    def ivs(self):
        """The backend of moto."""
        return ivs_backends["123456789012"]["us-east-1"]


@pytest.fixture
def cloud(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "4")
    time = VirtualTime()
    monkeypatch.setattr(botocore.endpoint, "time", time)
    monkeypatch.setattr(rehearsal_aws.cloud.faults, "time", time)
    monkeypatch.setattr(stream_keys, "RateLimiter", functools.partial(RateLimiter, time.monotonic, time.sleep))
    monkeypatch.setattr(os, "fsync", lambda _: None)
    aws = EmbeddedAws()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in aws.environment().items():
            environment.setenv(name, value) if value is not None else environment.delenv(name, raising=False)
        aws.boto3("ivs").list_channels()
        yield PersistentCloud(aws, tmp_path)
    aws.close()
