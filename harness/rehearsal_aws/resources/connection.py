"""AWS clients for the inputs of an `aws` provider: the stack's `aws:*` config, or those of an explicit provider."""

from __future__ import annotations

import functools
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from rehearsal.provider import PropertyMap, ProviderError
from rehearsal_aws.argument_rules import loader
from rehearsal_aws.resources.provider_settings import problems, read, session
from rehearsal_aws.resources.setting_kinds import seconds

__all__ = ["Connection", "connect"]

# Members of a role to assume, and their names in the API.
_ROLE_MEMBERS: Final = {
    "externalId": "ExternalId",
    "policy": "Policy",
    "roleArn": "RoleArn",
    "sessionName": "RoleSessionName",
    "sourceIdentity": "SourceIdentity",
    "transitiveTagKeys": "TransitiveTagKeys",
}
# The number of cached connections: more than one for programs with several providers.
_CONNECTIONS: Final = 8


def connect(inputs: PropertyMap) -> Connection:
    """Return a connection for the inputs of a provider, cached by the inputs and the AWS environment.

    Creating a client takes a tenth of the time of an operation on a few resources.
    """
    if inputs.get("assumeRoles") or inputs.get("assumeRoleWithWebIdentity"):
        # Not cached, because these credentials expire.
        return Connection(inputs)
    environment = {k: v for k, v in os.environ.items() if k.startswith("AWS_") or k.lower().endswith("_proxy")}
    return _connection(json.dumps(inputs, sort_keys=True), json.dumps(environment, sort_keys=True))


@functools.lru_cache(maxsize=_CONNECTIONS)
def _connection(inputs: str, environment: str) -> Connection:
    del environment
    return Connection(json.loads(inputs))


class Connection:
    """Creates and caches clients, one for each service and region. `inputs` are those of the provider resource."""

    def __init__(self, inputs: PropertyMap) -> None:
        self._given = inputs
        self._inputs = read(inputs)
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._sessions: list[Session] = []

    @property
    def default_tags(self) -> dict[str, str]:
        """The tags that every resource gets. A resource's own tags override them."""
        return dict((self._inputs.get("defaultTags") or {}).get("tags") or {})

    def ignores_tag(self, key: str) -> bool:
        """Whether the provider ignores the tag: it is not shown, and not removed."""
        ignored: Mapping[str, Any] = self._inputs.get("ignoreTags") or {}
        return key in (ignored.get("keys") or ()) or key.startswith(tuple(ignored.get("keyPrefixes") or ()))

    @property
    def region(self) -> str:
        """The default region of resources.

        :raises ProviderError: if neither config nor environment names a region.
        """
        region = (
            self._inputs.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
        )
        if not region:
            raise ProviderError(
                "aws:region: expected a region such as us-east-1, got nothing; "
                "run `pulumi config set aws:region …`, give the provider one, or set AWS_REGION"
            )
        return str(region)

    def client(self, service: str, region: str) -> Any:
        """Return boto's client of the service.

        :raises ProviderError: if a setting of the provider is invalid, or there are no credentials.
        """
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._make(self._session(), service, region)
            return self._clients[service, region]

    def _make(self, session: Session, service: str, region: str) -> Any:
        # Path-style requests, because 127.0.0.1 can't have a bucket's name as a subdomain.
        config = Config(s3={"addressing_style": "path"})
        try:
            return session.create_client(
                service, region_name=region, endpoint_url=self._endpoint(service), config=config
            )
        except (BotoCoreError, ValueError) as error:
            raise ProviderError(
                f"no client for {service} can be made: {error}; correct what it names: it is in the AWS_* environment "
                "variables or the AWS config files"
            ) from None

    def _endpoint(self, service: str) -> str | None:
        given = [entry[service] for entry in self._inputs.get("endpoints") or () if entry.get(service)]
        return given[-1] if given else None

    def _session(self) -> Session:
        if not self._sessions:
            # `check` may not have seen these settings: refresh and destroy use those of the state.
            for wrong in problems(self._given, "aws:"):
                raise ProviderError(wrong)
            made = session(self._inputs)
            if self._inputs.get("profile"):
                made.set_config_variable("profile", self._inputs["profile"])
            made.register_component("data_loader", loader())
            if self._inputs.get("accessKey"):
                made.set_credentials(self._inputs["accessKey"], self._inputs["secretKey"], self._inputs.get("token"))
            if identity := self._inputs.get("assumeRoleWithWebIdentity"):
                self._assume(made, "assumeRoleWithWebIdentity", identity)
            for number, role in enumerate(self._inputs.get("assumeRoles") or ()):
                self._assume(made, f"assumeRoles[{number}]", role)
            self._sessions.append(made)
        return self._sessions[0]

    def _assume(self, session: Session, where: str, role: Mapping[str, Any]) -> None:
        sts = self._make(session, "sts", self._inputs.get("stsRegion") or self.region)
        request = _request(role)
        try:
            if "webIdentityToken" in role or "webIdentityTokenFile" in role:
                request["WebIdentityToken"] = role.get("webIdentityToken") or _content(role["webIdentityTokenFile"])
                response = sts.assume_role_with_web_identity(**request)["Credentials"]
            else:
                response = sts.assume_role(**request)["Credentials"]
        except (ClientError, BotoCoreError, OSError) as error:
            raise ProviderError(f"aws:{where}: {error}") from None
        session.set_credentials(response["AccessKeyId"], response["SecretAccessKey"], response["SessionToken"])


def _request(role: Mapping[str, Any]) -> dict[str, Any]:
    request = {_ROLE_MEMBERS[name]: value for name, value in role.items() if name in _ROLE_MEMBERS}
    request.setdefault("RoleSessionName", "rehearsal")
    if "duration" in role:
        request["DurationSeconds"] = seconds(role["duration"])
    if "policyArns" in role:
        request["PolicyArns"] = [{"arn": arn} for arn in role["policyArns"]]
    if "tags" in role:
        request["Tags"] = [{"Key": key, "Value": value} for key, value in role["tags"].items()]
    return request


def _content(file: str) -> str:
    return Path(file).expanduser().read_text(encoding="utf-8")
