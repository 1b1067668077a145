"""The errors of this package, with texts that tell the user what to do.

Each has the resource, AWS's response, the expected and the actual value where they apply, the resulting state of the
channel if it matters, and the remedy. Errors contain no secrets.
"""

from dataclasses import dataclass, replace

from ivs_stream_key.messages.redaction import redacted

__all__ = [
    "AccessDenied",
    "AwsAnswer",
    "BadArn",
    "BadCredentials",
    "BadSettings",
    "Conflict",
    "DeletionProtected",
    "InvalidRequest",
    "KeyExists",
    "NotFound",
    "NotLive",
    "OnAir",
    "PendingVerification",
    "QuotaExceeded",
    "ServiceFailed",
    "StreamKeyError",
    "Throttled",
    "UnexpectedAnswer",
    "Unreachable",
]


@dataclass(frozen=True, slots=True)
class AwsAnswer:
    """AWS's answer to one call.

    `operation` is the API's name for it (``CreateStreamKey``), `code` the error code (``ValidationException``),
    `message` the service's message, possibly empty, and `request_id` the id that AWS support asks for; empty if the
    answer had none. Secrets that AWS quotes are redacted in all of them.
    """

    operation: str
    code: str
    message: str
    request_id: str

    def __post_init__(self) -> None:
        for name in ("operation", "code", "message", "request_id"):
            object.__setattr__(self, name, redacted(getattr(self, name), foreign=True))

    def __str__(self) -> str:
        said = f"{self.code}: {self.message}" if self.message else self.code
        request = f", request {self.request_id}" if self.request_id else ""
        return f"{said} ({self.operation}{request})"


class StreamKeyError(Exception):
    """An expected error of a stream key; the base class of all errors of this package.

    `summary` is one sentence that names the resource, `remedy` says what to do. The rest is None where it does not
    apply: `resource` (an ARN), `aws` (the service's answer), `expected`, `got`, and `aftermath`: the resulting state of
    the channel.
    """

    def __init__(
        self,
        summary: str,
        *,
        remedy: str,
        resource: str | None = None,
        aws: AwsAnswer | None = None,
        expected: str | None = None,
        got: str | None = None,
        aftermath: str | None = None,
    ) -> None:
        super().__init__(summary)
        self.summary = summary
        self.remedy = remedy
        self.resource = resource
        self.aws = aws
        self.expected = expected
        self.got = got
        self.aftermath = aftermath
        self.redact()

    def redact(self) -> None:
        """Redact the secrets that were learned since the error was created."""
        for name in ("summary", "remedy", "expected", "got", "aftermath"):
            text = getattr(self, name)
            setattr(self, name, text and redacted(text))
        self.args = (self.summary,)
        self.aws = self.aws and replace(self.aws)

    def __str__(self) -> str:
        details = (
            ("AWS said", self.aws),
            ("expected", self.expected),
            ("got", self.got),
            ("now", self.aftermath),
            ("remedy", self.remedy),
        )
        return redacted("\n".join([self.summary, *(f"  {name}: {detail}" for name, detail in details if detail)]))


class BadArn(StreamKeyError):
    """A text is not the ARN that was expected."""


class BadSettings(StreamKeyError):
    """The stack's `aws:*` config, or the AWS environment, is invalid."""


class BadCredentials(StreamKeyError):
    """There are no AWS credentials, or AWS does not accept them."""


class Unreachable(StreamKeyError):
    """The IVS endpoint could not be reached, or did not answer in time."""


class KeyExists(StreamKeyError):
    """The channel has a stream key, and this resource may not replace it."""


class NotFound(StreamKeyError):
    """AWS knows no such channel or stream key (ResourceNotFoundException)."""


class NotLive(StreamKeyError):
    """The channel is not live (ChannelNotBroadcasting)."""


class OnAir(StreamKeyError):
    """The channel is live, and `when_live` forbids changing its key."""


class DeletionProtected(StreamKeyError):
    """The key has `deletion_protection`, and the operation would delete it without a new one."""


class AccessDenied(StreamKeyError):
    """The credentials may not make the call (AccessDeniedException)."""


class InvalidRequest(StreamKeyError):
    """AWS rejected the request as invalid (ValidationException)."""


class PendingVerification(StreamKeyError):
    """AWS is still verifying the account (PendingVerification)."""


class QuotaExceeded(StreamKeyError):
    """A quota is exhausted; for CreateStreamKey: the channel has its one key (ServiceQuotaExceededException)."""


class Throttled(StreamKeyError):
    """AWS throttled the call, also after botocore's retries (ThrottlingException)."""


class Conflict(StreamKeyError):
    """The state of the channel forbids the call (ConflictException)."""


class ServiceFailed(StreamKeyError):
    """The service failed (InternalServerException, ServiceUnavailable, any HTTP status of 500 or above)."""


class UnexpectedAnswer(StreamKeyError):
    """AWS answered with an error that its service model does not list for IVS."""
