"""The credentials that the settings give: the source credentials and the roles assumed with them.

A role is assumed when its credentials are first needed, and again before they expire. The same holds for each role
before it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from botocore import exceptions as boto
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    AssumeRoleWithWebIdentityCredentialFetcher,
    Credentials,
    DeferredRefreshableCredentials,
    ReadOnlyCredentials,
)
from botocore.session import Session

from ivs_stream_key import errors
from ivs_stream_key.aws_config.assume_role import Role, WebIdentity
from ivs_stream_key.aws_config.settings import Settings
from ivs_stream_key.errors import AwsAnswer
from ivs_stream_key.messages.descriptions import kind_of
from ivs_stream_key.messages.redaction import SECRETS, redacted

__all__ = ["ClientMaker", "ConfiguredCredentials"]


class ClientMaker(Protocol):
    """Creates a client of a service; keyword arguments as of ``botocore.session.Session.create_client``."""

    def __call__(self, service: str, **options: Any) -> Any: ...


class ConfiguredCredentials:
    """The component ``credential_provider`` of a botocore session; it replaces botocore's own chain."""

    def __init__(self, session: Session, settings: Settings, make_client: ClientMaker) -> None:
        self._chain = session.get_component("credential_provider")
        if settings.skip_metadata:
            self._chain.remove("iam-role")
        self._settings = settings
        self._make_client = make_client

    def load_credentials(self) -> Credentials | None:
        """Return the credentials; None if there are no source credentials and no role to assume.

        The credentials that sign requests are redacted from then on.
        """
        found = self._found()
        if found is not None:
            freeze = found.get_frozen_credentials

            def frozen() -> ReadOnlyCredentials:
                signing = freeze()
                SECRETS.learn(signing.secret_key, signing.token)
                return signing

            found.get_frozen_credentials = frozen  # type: ignore[method-assign]
        return found

    def _found(self) -> Credentials | None:
        found = self._start()
        for role in self._settings.roles:
            if found is None:
                raise boto.NoCredentialsError
            found = self._assumed(role, found)
        return found

    def _start(self) -> Credentials | None:
        settings = self._settings
        if settings.web_identity is not None:
            return self._identified(settings.web_identity)
        if settings.access_key is not None and settings.secret_key is not None:
            return Credentials(settings.access_key, settings.secret_key, settings.token)
        found: Credentials | None = self._chain.load_credentials()
        return found

    def _assumed(self, role: Role, source: Credentials) -> Credentials:
        fetcher = AssumeRoleCredentialFetcher(self._make_client, source, role.arn, extra_args=role.arguments())
        return _deferred("AssumeRole", role.arn, fetcher.fetch_credentials)

    def _identified(self, identity: WebIdentity) -> Credentials:
        fetcher = AssumeRoleWithWebIdentityCredentialFetcher(
            self._make_client, lambda: _token(identity), identity.arn, extra_args=identity.arguments()
        )
        return _deferred("AssumeRoleWithWebIdentity", identity.arn, fetcher.fetch_credentials)


def _deferred(operation: str, role_arn: str, fetch: Callable[[], dict[str, Any]]) -> Credentials:
    """Return credentials that call `fetch` on first use and on expiry; its failures become errors of this package."""

    def fetched() -> dict[str, Any]:
        try:
            return fetch()
        except boto.ClientError as error:
            raise _refused(error, operation, role_arn) from None
        except (boto.ConnectionError, boto.HTTPClientError) as error:
            raise errors.Unreachable(
                f"{operation} of {role_arn} could not reach AWS STS, or got no answer in time.",
                resource=role_arn,
                got=redacted(str(error), foreign=True),
                remedy="check the network, the proxy, and the endpoint and region of STS in the settings, if set.",
            ) from None
        except boto.BotoCoreError as error:
            raise errors.BadCredentials(
                f"The role {role_arn} could not be assumed.",
                resource=role_arn,
                got=redacted(str(error), foreign=True),
                remedy="sign in with the source credentials of the role, or correct the settings.",
            ) from None

    return DeferredRefreshableCredentials(refresh_using=fetched, method="assume-role")


def _refused(error: boto.ClientError, operation: str, role_arn: str) -> errors.BadCredentials:
    said, metadata = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
    return errors.BadCredentials(
        f"AWS refused to let the role {role_arn} be assumed.",
        resource=role_arn,
        aws=AwsAnswer(
            operation,
            said.get("Code", "an error without a code"),
            said.get("Message", ""),
            metadata.get("RequestId", ""),
        ),
        remedy=f"check that the role exists, that its trust policy allows sts:{operation} for the credentials or the "
        "role before it, and that those are allowed to call it.",
    )


def _token(identity: WebIdentity) -> str:
    if identity.token is not None:
        return identity.token
    path = Path(identity.token_file or "")
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        # The name is not quoted if the file does not exist: a user may have passed the token instead of a file name.
        where = path if path.is_absolute() and path.parent.is_dir() else kind_of(str(path))
        raise errors.BadSettings(
            f"The web identity token for {identity.arn} could not be read.",
            resource=identity.arn,
            expected="a file with the token",
            got=f"{where}: {error.strerror if isinstance(error, OSError) else 'not text'}",
            remedy="correct webIdentityTokenFile, or write the token to that file first.",
        ) from None
