from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from rehearsal import ProviderError
from rehearsal.provider import NotFound
from rehearsal_aws.errors import Absent, translate_aws_errors


def client_error(code: str, **metadata: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": metadata}, "GetChannel")


def test_an_aws_error_has_action_operation_code_and_request_id() -> None:
    text = r"^reading IVS Channel \(live\): GetChannel: AccessDenied: no \(request r-1\)$"
    with pytest.raises(ProviderError, match=text), translate_aws_errors("reading IVS Channel (live)"):
        raise client_error("AccessDenied", RequestId="r-1")


def test_a_response_without_a_request_id_names_none() -> None:
    with pytest.raises(ProviderError, match=r"AccessDenied: no$"), translate_aws_errors("reading"):
        raise client_error("AccessDenied")


def test_not_found_codes_are_recognized() -> None:
    with pytest.raises(Absent), translate_aws_errors("reading", {"NotFound"}):
        raise client_error("NotFound")
    with pytest.raises(ProviderError) as other, translate_aws_errors("reading", {"NotFound"}):
        raise client_error("AccessDenied")
    assert not isinstance(other.value, Absent)


@pytest.mark.parametrize("code", ["InvalidVpcID.NotFound", "NoSuchHostedZone", "ResourceNotFoundException", "404"])
def test_not_found_errors_of_dependencies_are_recognized(code: str) -> None:
    with pytest.raises(NotFound) as missing, translate_aws_errors("creating"):
        raise client_error(code)
    assert not isinstance(missing.value, Absent)
    with pytest.raises(ProviderError) as other, translate_aws_errors("creating"):
        raise client_error("InvalidParameterValue")
    assert not isinstance(other.value, NotFound)


def test_an_unreachable_service_causes_no_traceback() -> None:
    with (
        pytest.raises(ProviderError, match=r"^reading: Could not connect to the endpoint URL"),
        translate_aws_errors("reading"),
    ):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")


def test_other_exceptions_are_passed_on() -> None:
    with pytest.raises(ZeroDivisionError), translate_aws_errors("reading"):
        raise ZeroDivisionError
