"""Maps the errors of AWS and botocore to the errors of this package."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from botocore import exceptions as boto

from ivs_stream_key import errors
from ivs_stream_key.errors import AwsAnswer, StreamKeyError
from ivs_stream_key.messages.redaction import redacted

__all__ = ["is_throttling", "translate_aws_errors", "translate_client_errors"]

_CREDENTIALS: Final = (
    boto.CredentialRetrievalError,
    boto.InvalidIMDSEndpointError,
    boto.LoginError,
    boto.MetadataRetrievalError,
    boto.NoAuthTokenError,
    boto.NoCredentialsError,
    boto.PartialCredentialsError,
    boto.RefreshWithMFAUnsupportedError,
    boto.SSOError,
    boto.TokenRetrievalError,
    boto.UnknownCredentialError,
)
_THROTTLING: Final = frozenset(
    {
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
    }
)
# botocore raises a RuntimeError with this text if credentials have expired already when it fetches them.
_EXPIRED: Final = "still expired"
_CONNECTION: Final = (boto.ConnectionError, boto.HTTPClientError)
_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERROR: Final = 500


@contextlib.contextmanager
def translate_aws_errors(operation: str, resource: str) -> Iterator[None]:
    """Turn errors of the block into a StreamKeyError about `resource` (an ARN) and `operation` (the API's name)."""
    try:
        yield
    except boto.ClientError as error:
        if error.operation_name != operation:
            raise _credentials_call_error(error, resource) from None
        raise _error_of_response(error.response, operation, resource) from None
    except boto.BotoCoreError as error:
        raise _error_without_response(error, operation, resource) from None
    except RuntimeError as error:
        if _EXPIRED not in str(error):
            raise
        raise errors.BadCredentials(
            f"The AWS credentials to work on {resource} have expired.",
            resource=resource,
            got=redacted(str(error), foreign=True),
            remedy=f"{_RENEW}. For credentials in the environment, AWS_CREDENTIAL_EXPIRATION says when they expire.",
        ) from None


@contextlib.contextmanager
def translate_client_errors(resource: str) -> Iterator[None]:
    """Turn errors of creating a client into a StreamKeyError; `resource` is the ARN that the client is for."""
    try:
        yield
    except _CREDENTIALS as error:
        raise _missing_credentials_error(error, resource) from None
    except (boto.BotoCoreError, ValueError) as error:
        # botocore raises ValueError for an invalid endpoint URL.
        raise errors.BadSettings(
            f"No client for IVS could be created to work on {resource}.",
            resource=resource,
            got=redacted(str(error), foreign=True),
            remedy="correct the setting that it names. Settings come from the stack's aws:* config, the AWS_* "
            "environment variables, the AWS config files, and the region of the ARN.",
        ) from None


def is_throttling(response: Mapping[str, Any]) -> bool:
    """Whether this parsed response says that AWS throttled the call."""
    error, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    return error.get("Code") in _THROTTLING or (bool(error) and metadata.get("HTTPStatusCode") == _TOO_MANY_REQUESTS)


class _Meaning(NamedTuple):
    """What an error means. In the texts, {operation} and {resource} stand for the call and its ARN."""

    kind: type[StreamKeyError]
    summary: str
    remedy: str


_NO_CHANNEL: Final = _Meaning(
    errors.NotFound,
    "There is no channel {resource}.",
    "create the channel first, or correct its ARN; the credentials must belong to the ARN's account.",
)
_KEY_APPEARED: Final = _Meaning(
    errors.QuotaExceeded,
    "The channel {resource} got a stream key from elsewhere just before {operation}: IVS allows one key a channel.",
    "run `pulumi up` again: existing_key='replace' deletes that key, 'adopt' takes it over.",
)
_RENEW: Final = "renew them (such as with `aws sso login`)"
_THROTTLED: Final = _Meaning(
    errors.Throttled,
    "AWS throttled {operation} on {resource} repeatedly: too many calls a second in this account and region.",
    "run again when other callers of IVS in this account and region are done. They all share the quota of 5 calls "
    "a second for each operation on keys.",
)
_REJECTED: Final = _Meaning(
    errors.BadCredentials,
    "AWS does not accept the credentials for {operation} on {resource}.",
    f"{_RENEW}; check that AWS_PROFILE or aws:profile names the right profile.",
)
_FAILED: Final = _Meaning(
    errors.ServiceFailed,
    "IVS failed at {operation} on {resource}.",
    "run again later; the AWS Health Dashboard says whether IVS has an outage.",
)
_UNDOCUMENTED: Final = _Meaning(
    errors.UnexpectedAnswer,
    "{operation} on {resource} failed for a reason that IVS does not document.",
    "follow what AWS said.",
)


def _meanings_for(name: str, kind: str, busy: str, in_use: tuple[str, ...]) -> Mapping[tuple[str, str], _Meaning]:
    """Return the meanings of a missing resource and of a conflict, by error code and operation.

    `name` is the resource's name in the API, `kind` its name in messages. `busy` says what AWS does with the resource
    while the operations with the verbs in `in_use` are refused.
    """
    missing = _Meaning(
        errors.NotFound,
        f"There is no {kind} {{resource}}.",
        "run `pulumi refresh` and then `pulumi up`, which makes a new one.",
    )
    conflict = _Meaning(
        errors.Conflict,
        f"The {kind} {{resource}} is in use, or being {busy}.",
        "take it from the channels that have it, or delete them, and run again.",
    )
    return {
        **{("ResourceNotFoundException", f"{verb}{name}"): missing for verb in ("Get", *in_use)},
        **{("ConflictException", f"{verb}{name}"): conflict for verb in in_use},
    }


# The errors of the calls in the service model, and those that any AWS service can return.
_BY_CALL: Final[Mapping[tuple[str, str], _Meaning]] = {
    **{
        ("ResourceNotFoundException", operation): _NO_CHANNEL
        for operation in (
            "CreateStreamKey",
            "GetChannel",
            "GetStream",
            "ListStreamKeys",
            "StopStream",
            "UpdateChannel",
        )
    },
    ("ServiceQuotaExceededException", "CreateStreamKey"): _KEY_APPEARED,
    **_meanings_for("RecordingConfiguration", "recording configuration", "set up", ("Delete",)),
    **_meanings_for("PlaybackRestrictionPolicy", "playback restriction policy", "changed", ("Update", "Delete")),
}
_BY_CODE: Final[Mapping[str, _Meaning]] = {
    "ResourceNotFoundException": _Meaning(
        errors.NotFound,
        "The stream key {resource} no longer exists.",
        "run `pulumi refresh` and then `pulumi up`, which creates a new one.",
    ),
    "AccessDeniedException": _Meaning(
        errors.AccessDenied,
        "AWS does not allow ivs:{operation} on {resource}.",
        "allow ivs:{operation} on it for the credentials in use, or use other credentials.",
    ),
    "ValidationException": _Meaning(
        errors.InvalidRequest,
        "AWS rejected {operation} on {resource} as invalid.",
        "correct the inputs that AWS names; if it names none of yours, please report it.",
    ),
    "PendingVerification": _Meaning(
        errors.PendingVerification,
        "AWS is still verifying the account, and refuses {operation} on {resource} until then.",
        "wait and run `pulumi up` again; if it persists, open a case with AWS support.",
    ),
    "ServiceQuotaExceededException": _Meaning(
        errors.QuotaExceeded,
        "A quota of the account is exhausted: {operation} on {resource} failed.",
        "delete resources that are not needed, or ask AWS to raise the quota.",
    ),
    "ConflictException": _Meaning(
        errors.Conflict,
        "The state of {resource} forbids {operation} for now.",
        "if the channel is live, stop the stream, wait until it has ended, and run again.",
    ),
    "ChannelNotBroadcasting": _Meaning(
        errors.NotLive,
        "The channel {resource} is not live: {operation} found no broadcast.",
        "nothing to do: IVS answers so for a channel without a broadcast.",
    ),
    "InternalServerException": _FAILED,
    "ServiceUnavailable": _FAILED,
    "StreamUnavailable": _FAILED,
    **dict.fromkeys(_THROTTLING, _THROTTLED),
    **dict.fromkeys(
        (
            "ExpiredToken",
            "ExpiredTokenException",
            "IncompleteSignature",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "RequestExpired",
            "SignatureDoesNotMatch",
            "UnrecognizedClientException",
        ),
        _REJECTED,
    ),
}


def _error_of_response(response: Mapping[str, Any], operation: str, resource: str) -> StreamKeyError:
    error, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    answer = AwsAnswer(
        operation=operation,
        code=error.get("Code", "an error without a code"),
        # IVS's model calls the message exceptionMessage; botocore does not look for it there.
        message=error.get("Message") or response.get("exceptionMessage") or "",
        request_id=metadata.get("RequestId", ""),
    )
    meaning = _meaning(answer, metadata.get("HTTPStatusCode", 0))
    return meaning.kind(
        meaning.summary.format(operation=operation, resource=resource),
        resource=resource,
        aws=answer,
        remedy=meaning.remedy.format(operation=operation, resource=resource),
    )


def _meaning(answer: AwsAnswer, status: int) -> _Meaning:
    meaning = _BY_CALL.get((answer.code, answer.operation)) or _BY_CODE.get(answer.code)
    if meaning is not None:
        return meaning
    if status == _TOO_MANY_REQUESTS:
        return _THROTTLED
    return _FAILED if status >= _SERVER_ERROR else _UNDOCUMENTED


def _error_without_response(error: boto.BotoCoreError, operation: str, resource: str) -> StreamKeyError:
    said = redacted(str(error), foreign=True)
    if isinstance(error, _CREDENTIALS):
        return _missing_credentials_error(error, resource)
    if isinstance(error, _CONNECTION):
        return errors.Unreachable(
            f"{operation} on {resource} could not reach IVS, or got no answer in time.",
            resource=resource,
            got=said,
            remedy="check the network, the proxy, and AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_IVS or aws:endpoints if set.",
        )
    return errors.BadSettings(
        f"botocore could not carry out {operation} on {resource}.",
        resource=resource,
        got=said,
        remedy="correct the AWS config or environment that it names; if it names neither, please report it.",
    )


def _credentials_call_error(error: boto.ClientError, resource: str) -> StreamKeyError:
    """Return the error for a call that botocore made to get credentials, such as for the role of a profile."""
    operation, answer = error.operation_name, _error_of_response(error.response, error.operation_name, resource).aws
    return errors.BadCredentials(
        f"AWS refused the credentials to work on {resource}: {operation} failed.",
        resource=resource,
        aws=answer,
        remedy=f"check the profile that calls {operation}: what it names must exist and be allowed.",
    )


def _missing_credentials_error(error: boto.BotoCoreError, resource: str) -> StreamKeyError:
    return errors.BadCredentials(
        f"There are no usable AWS credentials to work on {resource}.",
        resource=resource,
        got=redacted(str(error), foreign=True),
        remedy="sign in, or set AWS_PROFILE, aws:profile or another source of credentials that AWS tools support.",
    )
