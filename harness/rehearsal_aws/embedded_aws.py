"""The embedded AWS for rehearsal: moto with stream keys, behind a server of this process."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import threading
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rehearsal.errors import StateError
from rehearsal.provider import ExistingResource, MadeUp, ProviderFactory
from rehearsal.state.scratch import scratch_folder
from rehearsal_aws.cloud.calls import Call, call_of, is_by_test
from rehearsal_aws.cloud.faults import Exchange, Faults
from rehearsal_aws.cloud.gate import Gate
from rehearsal_aws.cloud.persistence import Persistence
from rehearsal_aws.cloud.server import LazyServer
from rehearsal_aws.cloud.wsgi import Application
from rehearsal_aws.environment import ACCESS_KEY, client_environment, profiles
from rehearsal_aws.made_up_names import DERIVED, made_up_value, replaces

__all__ = ["EmbeddedAws"]

_SCRATCH: Final = "embedded-aws-"
_ACCOUNT: Final = "123456789012"  # moto's default
_PARAMETER: Final = "aws:ssm/parameter:Parameter"
_PLAIN_PARAMETERS: Final = frozenset({"String", "StringList"})
_PARAMETER_VALUES: Final = ("value", "insecureValue")

_in_use = threading.Lock()


class EmbeddedAws:
    """moto's server with stream keys. It starts at the first request. A process can use one at a time.

    `folder` stores its resources between runs; with None they exist as long as this object. A change is stored before
    its call is answered, so that it survives if the process is killed. `config` is the stack's config. This cloud has
    the profile that the config names, and uses the first account that it allows.

    :raises StateError: if the files in the folder can't be used.
    """

    def __init__(self, folder: Path | None = None, config: Mapping[str, Any] | None = None) -> None:
        self._persistence = Persistence(folder) if folder else None
        self._config = config or {}
        self._held = contextlib.ExitStack()
        self._scratch = self._held.enter_context(scratch_folder(_SCRATCH))
        self._profiles = self._scratch / "config"
        self._profiles.write_text(profiles(self._config.get("aws:profile")), encoding="utf-8")
        self._account = _first_allowed(self._config.get("aws:allowedAccountIds"))
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        self._started = False
        self.faults = Faults()
        """The faults that a test can cause."""
        self._gate = Gate()
        self._server = LazyServer(lambda: self._gate.guard(self._start_or_refuse()))

    @property
    def url(self) -> str:
        """The endpoint of every service: ``http://127.0.0.1:PORT/SECRET``. Everyone who knows it controls the cloud."""
        return self._server.url + self._gate.prefix

    @property
    def calls(self) -> list[Call]:
        """The calls that were made, in order, without those of the test's own clients (`boto3`)."""
        with self._lock:
            return list(self._calls)

    def environment(self) -> Mapping[str, str | None]:
        """Return the environment variables that direct every AWS client to this cloud."""
        return client_environment(self.url, self._profiles, os.environ)

    def providers(self) -> Mapping[str, ProviderFactory]:
        """Return the providers of the modelled types of pulumi-aws."""
        from rehearsal_aws.resources.catalog import MODELS  # noqa: PLC0415 - imports boto3, which only these resources need

        return MODELS

    def boto3(self, service: str, region: str | None = None) -> Any:
        """Return boto3's client of a service, for a test to inspect this cloud or to cause drift.

        `region` is by default the stack's. The client's calls are not in `calls`, and faults do not affect them.
        """
        from rehearsal_aws.cloud.clients import client  # noqa: PLC0415 - imports boto3

        configured = self._config.get("aws:region") or self.environment()["AWS_REGION"]
        return client(service, region or str(configured), self.url)

    def remaining(self) -> list[str]:
        """Return the ARNs of all resources of the services whose types are modelled."""
        if not self._started:
            return []
        from rehearsal_aws.cloud import inventory  # noqa: PLC0415

        with self._lock:
            return inventory.remaining()

    def secrets(self) -> set[str]:
        """Return the plaintext of all stream keys, passphrases of channels, secure parameters and secrets."""
        if not self._started:
            return set()
        from rehearsal_aws.cloud import inventory  # noqa: PLC0415

        with self._lock:
            return inventory.secrets()

    def in_the_open(self, type: str, properties: Mapping[str, Any]) -> Collection[str]:
        """Return the properties that AWS stores as plain text, although pulumi-aws marks them secret."""
        plain = type == _PARAMETER and properties.get("type") in _PLAIN_PARAMETERS
        return _PARAMETER_VALUES if plain else ()

    def make_up(self, asked: MadeUp) -> Any:
        """Return a value in AWS's form, for an output of an unmodelled type."""
        return made_up_value(asked, self._account or _ACCOUNT)

    def replaces(self, type: str, property: str) -> bool:
        """Whether a change of this property replaces a resource of this type, even if its type is not modelled."""
        return replaces(type, property)

    def derived(self, type: str) -> Collection[str]:
        """Return the outputs that are computed from the inputs for all types."""
        return DERIVED if type.startswith("aws:") else ()

    def put_existing(self, resources: Sequence[ExistingResource]) -> dict[str, str]:
        """Create the resources of a state in this cloud; return the reasons for failures, by URN.

        :raises StateError: if they can't be stored.
        """
        from rehearsal_aws.cloud.imported_resources import put_existing  # noqa: PLC0415 - imports moto
        from rehearsal_aws.resources.recreated import is_of_a_table, recreate  # noqa: PLC0415 - imports all models

        of_tables = {resource.urn: resource for resource in resources if is_of_a_table(resource)}
        refused = put_existing(resources, self.url, others=of_tables.keys())
        others = {urn: reason for urn, reason in refused.items() if urn not in of_tables}
        return others | recreate(of_tables.values())

    @property
    def failure(self) -> str:
        """Why the cloud has failed; empty if it works."""
        return self._persistence.failure if self._persistence else ""

    def close(self) -> None:
        """Stop serving, and empty moto."""
        self._server.close()
        self._started = False
        self._held.close()

    def _start_or_refuse(self) -> Application:
        try:
            return self._start()
        except Exception as error:  # noqa: BLE001 - without an answer, the clients would wait
            from rehearsal.tracebacks import traceback_of  # noqa: PLC0415 - imports pulumi, which a cloud does not need

            return _refuse_all(f"it did not start: {traceback_of(error)}")

    def _start(self) -> Application:
        if not _in_use.acquire(blocking=False):
            return _refuse_all("another embedded AWS is in use in this process; close it first: moto has one memory")
        self._held.callback(_in_use.release)
        import moto.backends  # noqa: PLC0415 - takes most of a second, so only when something connects

        import moto_ivs  # noqa: PLC0415
        from moto_ivs.patching import patch  # noqa: PLC0415
        from rehearsal_aws.cloud import memory  # noqa: PLC0415
        from rehearsal_aws.cloud.application import MotoApplication  # noqa: PLC0415
        from rehearsal_aws.cloud.containment import contained  # noqa: PLC0415
        from rehearsal_aws.cloud.managed_policies import managed_policies  # noqa: PLC0415
        from rehearsal_aws.cloud.moto_failures import answered  # noqa: PLC0415
        from rehearsal_aws.cloud.object_versions import object_versions  # noqa: PLC0415

        memory.forget()
        self._held.callback(memory.forget)
        self._held.enter_context(contained())
        self._held.enter_context(moto_ivs.stream_keys())
        self._held.enter_context(managed_policies())
        self._held.enter_context(object_versions())
        # Cached: moto lists the folders of its package for every request, which takes half of the request's time.
        self._held.callback(patch(moto.backends, "list_of_moto_modules", lambda found: functools.cache(_listed(found))))
        application = MotoApplication()
        if self._persistence is not None:
            try:
                self._open(self._persistence, application)
            except StateError as error:
                return _refuse_all(str(error))

        def carry_out(environ: dict[str, Any], start_response: Any, call: Call | None) -> Iterable[bytes]:
            # moto's backends are not thread-safe.
            with self._lock:
                if self._persistence is None:
                    return answered(application, environ, start_response, call)
                try:
                    return self._persistence.carry_out(environ, call).give(start_response)
                except StateError as error:
                    return _refuse_all(str(error))(environ, start_response)

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

    def _open(self, persistence: Persistence, application: Any) -> None:
        import moto_ivs  # noqa: PLC0415
        from rehearsal_aws.cloud.repeatable import Repeatable  # noqa: PLC0415

        repeatable = self._held.enter_context(Repeatable())
        make = application.create_app

        def create_app(service: str) -> Any:
            made = make(service)
            repeatable.notice()
            return made

        application.create_app = create_app
        self._held.callback(persistence.close)
        persistence.open(application, repeatable)
        # Send broadcasts that a test starts in this process through the server, so that they are stored too.
        self._held.enter_context(moto_ivs.broadcasting_through(self.url))
        if persistence.lost:
            warnings.warn(
                f"the embedded AWS can't keep the resources of {', '.join(persistence.lost)} between runs: "
                "moto's responses differ when its calls are repeated; run with a state in memory, or leave those "
                "resources out",
                stacklevel=2,
            )


def _listed(function: Callable[[], Iterable[str]]) -> Callable[[], list[str]]:
    return lambda: list(function())


def _first_allowed(accounts: Any) -> str:
    if isinstance(accounts, str):
        try:
            accounts = json.loads(accounts)
        except ValueError:
            # Not an error here: the check of the provider's configuration reports it.
            return ""
    return str(accounts[0]) if isinstance(accounts, list) and accounts else ""


def _refuse_all(reason: str) -> Application:
    """Return an application that answers every request with an error, which says why the cloud is not available."""
    body = json.dumps({"__type": "EmbeddedAwsUnavailable", "message": reason}).encode()

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        del environ
        start_response(
            "400 Bad Request", [("Content-Type", "application/json"), ("x-amzn-ErrorType", "EmbeddedAwsUnavailable")]
        )
        return [body]

    return answer
