import json

import pytest
from botocore import exceptions as boto
from botocore.awsrequest import AWSResponse

from ivs_stream_key import errors
from ivs_stream_key.aws.error_mapping import translate_aws_errors, translate_client_errors
from ivs_stream_key.ivs.ownership import owner_tag_for
from ivs_stream_key.ivs.stream_keys import Ivs

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh"
VALUE = "sk_us-west-2_abcdABCDefgh_567890abcdef"

CALLS = {
    "CreateStreamKey": lambda ivs: ivs.create(CHANNEL, {}, owner_tag_for(None, {}, "2026-01-31T23:59:59Z")),
    "ListStreamKeys": lambda ivs: ivs.keys_of(CHANNEL),
    "GetStreamKey": lambda ivs: ivs.get(KEY),
    "DeleteStreamKey": lambda ivs: ivs.delete(KEY),
    "TagResource": lambda ivs: ivs.retag(KEY, {}, {"a": "b"}),
    "UntagResource": lambda ivs: ivs.retag(KEY, {"a": "b"}, {}),
    "GetStream": lambda ivs: ivs.stream(CHANNEL),
    "StopStream": lambda ivs: ivs.stop_stream(CHANNEL),
}
CHANNEL_OPERATIONS = {"CreateStreamKey", "ListStreamKeys", "GetStream", "StopStream"}


class _Body:
    def __init__(self, content):
        self._content = content

    def stream(self, **_options):
        yield self._content


@pytest.fixture
def error_of(new_client):
    """Return the error of an operation for an HTTP response: the code is in a header, the message in the body."""

    def error_of(operation, status, code, body):
        def respond(request, **_rest):
            headers = {"x-amzn-ErrorType": code, "x-amzn-RequestId": "11-22-33"}
            return AWSResponse(request.url, status, headers, _Body(json.dumps(body).encode()))

        client = new_client()
        client.meta.events.register("before-send.ivs", respond)
        with pytest.raises(errors.StreamKeyError) as caught:
            CALLS[operation](Ivs(client))
        return caught.value

    return error_of


@pytest.mark.parametrize(
    ("operation", "status", "code", "kind"),
    [
        ("CreateStreamKey", 404, "ResourceNotFoundException", errors.NotFound),
        ("CreateStreamKey", 403, "AccessDeniedException", errors.AccessDenied),
        ("CreateStreamKey", 400, "ValidationException", errors.InvalidRequest),
        ("CreateStreamKey", 403, "PendingVerification", errors.PendingVerification),
        ("CreateStreamKey", 402, "ServiceQuotaExceededException", errors.QuotaExceeded),
        ("ListStreamKeys", 404, "ResourceNotFoundException", errors.NotFound),
        ("ListStreamKeys", 403, "AccessDeniedException", errors.AccessDenied),
        ("GetStreamKey", 403, "AccessDeniedException", errors.AccessDenied),
        ("DeleteStreamKey", 403, "PendingVerification", errors.PendingVerification),
        ("DeleteStreamKey", 409, "ConflictException", errors.Conflict),
        ("TagResource", 404, "ResourceNotFoundException", errors.NotFound),
        ("UntagResource", 404, "ResourceNotFoundException", errors.NotFound),
        ("TagResource", 402, "ServiceQuotaExceededException", errors.QuotaExceeded),
        ("GetStream", 403, "AccessDeniedException", errors.AccessDenied),
        ("StopStream", 403, "AccessDeniedException", errors.AccessDenied),
        ("StopStream", 503, "StreamUnavailable", errors.ServiceFailed),
        ("GetStreamKey", 403, "ExpiredTokenException", errors.BadCredentials),
        ("GetStreamKey", 403, "UnrecognizedClientException", errors.BadCredentials),
        ("GetStreamKey", 418, "TeapotException", errors.UnexpectedAnswer),
    ],
)
def test_each_error_response_becomes_an_error_with_resource_message_and_remedy(error_of, operation, status, code, kind):
    modelled = kind not in {errors.BadCredentials, errors.UnexpectedAnswer}
    error = error_of(operation, status, code, {"exceptionMessage" if modelled else "message": "the message of AWS"})
    assert type(error) is kind
    assert error.resource == (CHANNEL if operation in CHANNEL_OPERATIONS else KEY)
    assert error.resource in error.summary
    assert f"AWS said: {code}: the message of AWS ({operation}, request 11-22-33)" in str(error)
    assert error.remedy in str(error)
    assert "{" not in str(error)


@pytest.mark.parametrize("key", ["message", "Message", "exceptionMessage"])
def test_the_message_is_found_under_each_key_that_services_use(error_of, key):
    error = error_of("CreateStreamKey", 400, "ValidationException", {key: "the message of AWS"})
    assert error.aws.message == "the message of AWS"


def test_a_missing_channel_and_a_missing_key_are_distinguished(error_of):
    body = {"exceptionMessage": "no"}
    assert "no channel" in error_of("ListStreamKeys", 404, "ResourceNotFoundException", body).summary
    gone = error_of("TagResource", 404, "ResourceNotFoundException", body)
    assert gone.summary.startswith("The stream key ")
    assert gone.summary.endswith(" no longer exists.")
    assert "pulumi refresh" in gone.remedy


def test_a_key_value_in_a_response_is_redacted(error_of):
    error = error_of("CreateStreamKey", 400, "ValidationException", {"exceptionMessage": f"not {VALUE}"})
    assert "abcdABCDefgh_5678" not in str(error)


def error_for_response(code, status, operation="GetStreamKey"):
    response = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
    with pytest.raises(errors.StreamKeyError) as caught, translate_aws_errors(operation, KEY):
        raise boto.ClientError(response, operation)
    return caught.value


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("ThrottlingException", 429, errors.Throttled),
        ("TooManyRequestsException", 400, errors.Throttled),
        ("UnknownCode", 429, errors.Throttled),
        ("InternalServerException", 500, errors.ServiceFailed),
        ("ServiceUnavailable", 503, errors.ServiceFailed),
        ("502", 502, errors.ServiceFailed),
        ("UnknownCode", 400, errors.UnexpectedAnswer),
    ],
)
def test_throttling_and_service_failures_are_recognized_by_code_or_status(code, status, kind):
    assert type(error_for_response(code, status)) is kind


def test_every_modelled_error_of_the_calls_is_mapped(new_client):
    model = new_client().meta.service_model
    for operation in CALLS:
        for shape in model.operation_model(operation).error_shapes:
            assert type(error_for_response(shape.error_code, 400, operation)) is not errors.UnexpectedAnswer, shape.name


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (boto.NoCredentialsError(), errors.BadCredentials),
        (boto.PartialCredentialsError(provider="env", cred_var="aws_secret_access_key"), errors.BadCredentials),
        (boto.TokenRetrievalError(provider="sso", error_msg="expired"), errors.BadCredentials),
        (boto.SSOTokenLoadError(profile_name="p", error_msg="expired"), errors.BadCredentials),
        (boto.EndpointConnectionError(endpoint_url="http://127.0.0.1:1/"), errors.Unreachable),
        (boto.ConnectTimeoutError(endpoint_url="http://127.0.0.1:1/"), errors.Unreachable),
        (boto.ReadTimeoutError(endpoint_url="http://127.0.0.1:1/"), errors.Unreachable),
        (boto.ConnectionClosedError(endpoint_url="http://127.0.0.1:1/"), errors.Unreachable),
        (boto.ParamValidationError(report="wrong"), errors.BadSettings),
    ],
)
def test_a_call_without_a_response_becomes_an_error_with_its_cause(raised, kind):
    with pytest.raises(errors.StreamKeyError) as caught, translate_aws_errors("GetStreamKey", KEY):
        raise raised
    assert type(caught.value) is kind
    assert caught.value.got == str(raised)
    assert caught.value.resource == KEY
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("raised", [boto.ProfileNotFound(profile="p"), ValueError("Invalid endpoint: x")])
def test_failing_to_create_a_client_is_a_settings_error(raised):
    with pytest.raises(errors.BadSettings) as caught, translate_client_errors(KEY):
        raise raised
    assert caught.value.got == str(raised)


def test_missing_credentials_when_creating_a_client_are_no_settings_error():
    with pytest.raises(errors.BadCredentials), translate_client_errors(KEY):
        raise boto.PartialCredentialsError(provider="env", cred_var="aws_secret_access_key")


def test_an_internal_error_is_not_translated():
    with pytest.raises(ValueError, match="ours"), translate_aws_errors("GetStreamKey", KEY):
        raise ValueError("ours")
