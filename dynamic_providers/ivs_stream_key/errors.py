"""What can go wrong with a stream key, as errors that a person can act on.

Each says the resource, what AWS said, what was expected and got where there is something to compare, what state
the channel is left in where that matters, and the remedy. No secret of the run is in any of them.
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
    """What AWS said to one call.

    `operation` is the API's name for it (``CreateStreamKey``), `code` the error code (``ValidationException``),
    `message` the service's own words, possibly empty, and `request_id` what AWS support asks for; empty if the
    answer bore none. Secrets that AWS quotes are in none of them.
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
    """Something foreseeable went wrong with a stream key; the base of all errors of this package.

    `summary` is one sentence that names the resource, `remedy` says what to do. The rest is None where it does not
    apply: `resource` (an ARN), `aws` (the service's answer), `expected`, `got`, and `aftermath`: what state the
    channel is left in.
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
        """Take out what has become known as a secret since the error was made, as was done when it was."""
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
    """A text is not the ARN that it has to be."""


class BadSettings(StreamKeyError):
    """The stack's `aws:*` config, or the AWS environment, cannot be used as it is."""


class BadCredentials(StreamKeyError):
    """There are no AWS credentials, or AWS does not accept them."""


class Unreachable(StreamKeyError):
    """The IVS endpoint could not be reached, or did not answer in time."""


class KeyExists(StreamKeyError):
    """The channel has a stream key, and this resource may not do away with it."""


class NotFound(StreamKeyError):
    """AWS knows no such channel or stream key (ResourceNotFoundException)."""


class NotLive(StreamKeyError):
    """The channel is not live (ChannelNotBroadcasting)."""


class OnAir(StreamKeyError):
    """The channel is live, and `when_live` says to leave its key alone then."""


class DeletionProtected(StreamKeyError):
    """The key has `deletion_protection`, and the operation would delete it for good."""


class AccessDenied(StreamKeyError):
    """The credentials may not make the call (AccessDeniedException)."""


class InvalidRequest(StreamKeyError):
    """AWS finds the request at fault (ValidationException)."""


class PendingVerification(StreamKeyError):
    """AWS is still verifying the account (PendingVerification)."""


class QuotaExceeded(StreamKeyError):
    """A quota is used up; for CreateStreamKey: the channel has its one key (ServiceQuotaExceededException)."""


class Throttled(StreamKeyError):
    """AWS turned the call away because of the rate of calls, also after botocore's retries (ThrottlingException)."""


class Conflict(StreamKeyError):
    """The channel is in a state that forbids the call (ConflictException)."""


class ServiceFailed(StreamKeyError):
    """The service failed (InternalServerException, ServiceUnavailable, any HTTP status of 500 or above)."""


class UnexpectedAnswer(StreamKeyError):
    """AWS answered with an error that its service model does not list for IVS."""
