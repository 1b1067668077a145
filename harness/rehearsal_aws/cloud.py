"""The embedded AWS as rehearsal knows it: moto with stream keys, behind a server of this process."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import tempfile
import threading
import time
import warnings
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from rehearsal.errors import RehearsalError
from rehearsal.provider import ProviderFactory
from rehearsal_aws.calls import Call, call_of, is_by_test
from rehearsal_aws.environment import ACCESS_KEY, client_environment, profiles
from rehearsal_aws.faults import Exchange, Faults
from rehearsal_aws.gate import Gate
from rehearsal_aws.server import Application, LazyServer

__all__ = ["EmbeddedAws"]

_FILE: Final = "aws.pickle"
# Saving may take this part of the time, so that a large cloud is not written out after each of many calls.
_SHARE: Final = 0.05

_PARAMETER: Final = "aws:ssm/parameter:Parameter"
_PLAIN_PARAMETERS: Final = frozenset({"String", "StringList"})
_PARAMETER_VALUES: Final = ("value", "insecureValue")

_in_use = threading.Lock()


class EmbeddedAws:
    """Moto's server with stream keys. It starts when something first speaks to it, and there is one at a time.

    `folder` is where it keeps its resources between runs; None: they end with this object. `config` is the stack's:
    of it, the profile that it names and the first account that it allows are there.
    """

    def __init__(self, folder: Path | None = None, config: Mapping[str, Any] | None = None) -> None:
        self._path = folder / _FILE if folder else None
        self._config = config or {}
        self._held = contextlib.ExitStack()
        self._scratch = Path(self._held.enter_context(tempfile.TemporaryDirectory(prefix="embedded-aws-")))
        self._profiles = self._scratch / "config"
        self._profiles.write_text(profiles(self._config.get("aws:profile")), encoding="utf-8")
        self._account = _first_allowed(self._config.get("aws:allowedAccountIds"))
        self._lock = threading.Lock()
        self._changed = False
        self._saved_at, self._save_seconds = 0.0, 0.0
        self._calls: list[Call] = []
        self._started = False
        self.faults = Faults()
        """What goes wrong because a test asked for it."""
        self._gate = Gate()
        self._server = LazyServer(lambda: self._gate.guard(self._start()))

    @property
    def url(self) -> str:
        """The endpoint of every service: ``http://127.0.0.1:PORT/SECRET``; who knows it has the cloud."""
        return self._server.url + self._gate.prefix

    @property
    def calls(self) -> list[Call]:
        """The calls that were made, in order; those of the test's own clients (`boto3`) left out."""
        with self._lock:
            return list(self._calls)

    def environment(self) -> Mapping[str, str | None]:
        """Return the environment variables that lead every AWS client here, and to nothing else."""
        return client_environment(self.url, self._profiles, os.environ)

    def providers(self) -> Mapping[str, ProviderFactory]:
        """Return the providers of the types that pulumi-aws has, as far as they are modelled."""
        from rehearsal_aws.models import MODELS  # noqa: PLC0415 - boto3, which who has no such resource need not load

        return MODELS

    def boto3(self, service: str, region: str | None = None) -> Any:
        """Return boto3's client of a service, for a test to look into this cloud or to change it behind Pulumi's back.

        `region` None is the stack's. What it does is none of `calls`, and no fault is in its way.
        """
        from rehearsal_aws.clients import client  # noqa: PLC0415 - boto3, which who has no need of it need not load

        configured = self._config.get("aws:region") or self.environment()["AWS_REGION"]
        return client(service, region or str(configured), self.url)

    def remaining(self) -> list[str]:
        """Return the ARNs of all that exists of IVS, S3, Secrets Manager and SSM."""
        if not self._started:
            return []
        from rehearsal_aws import inventory  # noqa: PLC0415

        with self._lock:
            return inventory.remaining()

    def secrets(self) -> set[str]:
        """Return the plaintext of all stream keys, secure parameters and secrets."""
        if not self._started:
            return set()
        from rehearsal_aws import inventory  # noqa: PLC0415

        with self._lock:
            return inventory.secrets()

    def in_the_open(self, type: str, properties: Mapping[str, Any]) -> Collection[str]:
        """Return the properties that AWS keeps as plain text, though pulumi-aws marks them secret."""
        plain = type == _PARAMETER and properties.get("type") in _PLAIN_PARAMETERS
        return _PARAMETER_VALUES if plain else ()

    def close(self) -> None:
        """Save, if there is a folder and anything has changed; stop serving; leave moto empty."""
        self._server.close()
        self._started = False
        self._held.close()

    def _start(self) -> Application:
        if not _in_use.acquire(blocking=False):
            return _refusing("another embedded AWS is in use in this process; close it first: moto has one memory")
        self._held.callback(_in_use.release)
        from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415

        import moto_ivs  # noqa: PLC0415 - what takes most of a second is loaded when something connects
        from rehearsal_aws import memory  # noqa: PLC0415
        from rehearsal_aws.moto_failures import answered  # noqa: PLC0415

        memory.forget()
        self._held.callback(memory.forget)
        self._held.enter_context(moto_ivs.stream_keys())
        self._held.callback(self._save)
        if self._path is not None:
            try:
                memory.load(self._path)
            except RehearsalError as error:
                return _refusing(str(error))
        application = DomainDispatcherApplication(create_backend_app)

        def carry_out(environ: dict[str, Any], start_response: Any, call: Call | None) -> Iterable[bytes]:
            # Moto's backends are not made for threads.
            with self._lock:
                body = answered(application, environ, start_response, call)
                if call is None or not call.reads:
                    self._changed = True
                    self._save_if_cheap()
            return body

        def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            call = call_of(environ)
            if self._account and call is not None and ACCESS_KEY in environ["HTTP_AUTHORIZATION"]:
                environ["HTTP_X_MOTO_ACCOUNT_ID"] = self._account
            proceed = functools.partial(carry_out, environ, start_response, call)
            if call is None or is_by_test(environ):
                return proceed()
            with self._lock:
                self._calls.append(call)
            return self.faults.around(Exchange(call, environ, start_response), proceed)

        self._started = True
        return answer

    def _save_if_cheap(self) -> None:
        if time.monotonic() - self._saved_at > self._save_seconds / _SHARE:
            self._save()

    def _save(self) -> None:
        if self._path is None or not self._changed:
            return
        from rehearsal_aws import memory  # noqa: PLC0415

        started = time.monotonic()
        lost = memory.save(self._path)
        if lost:
            warnings.warn(
                f"the embedded AWS can't keep the resources of {', '.join(lost)} between runs: moto's memory of them "
                "can't be written to a file; run with a state in memory, or leave those resources out",
                stacklevel=2,
            )
        self._changed = False
        self._saved_at = time.monotonic()
        self._save_seconds = self._saved_at - started


def _first_allowed(accounts: Any) -> str:
    if isinstance(accounts, str):
        try:
            accounts = json.loads(accounts)
        except ValueError:
            # Not for this to refuse: the check of the provider's configuration says what is wrong.
            return ""
    return str(accounts[0]) if isinstance(accounts, list) and accounts else ""


def _refusing(reason: str) -> Application:
    """Return an application that answers everything with the reason for which there is no cloud."""
    body = json.dumps({"__type": "EmbeddedAwsUnavailable", "message": reason}).encode()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        del environ
        start_response(
            "400 Bad Request", [("Content-Type", "application/json"), ("x-amzn-ErrorType", "EmbeddedAwsUnavailable")]
        )
        return [body]

    return answer
