from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from rehearsal import ProviderError
from rehearsal.provider import NotFound
from rehearsal_aws.errors import Absent, translate_aws_errors


def refusal(code: str, **metadata: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": metadata}, "GetChannel")


def test_what_aws_refuses_says_what_was_done_the_operation_the_code_and_the_request() -> None:
    text = r"^reading IVS Channel \(live\): GetChannel: AccessDenied: no \(request r-1\)$"
    with pytest.raises(ProviderError, match=text), translate_aws_errors("reading IVS Channel (live)"):
        raise refusal("AccessDenied", RequestId="r-1")


def test_an_answer_without_a_request_id_names_none() -> None:
    with pytest.raises(ProviderError, match=r"AccessDenied: no$"), translate_aws_errors("reading"):
        raise refusal("AccessDenied")


def test_the_codes_of_what_is_not_there_are_distinguished() -> None:
    with pytest.raises(Absent), translate_aws_errors("reading", {"NotFound"}):
        raise refusal("NotFound")
    with pytest.raises(ProviderError) as other, translate_aws_errors("reading", {"NotFound"}):
        raise refusal("AccessDenied")
    assert not isinstance(other.value, Absent)


@pytest.mark.parametrize("code", ["InvalidVpcID.NotFound", "NoSuchHostedZone", "ResourceNotFoundException", "404"])
def test_that_something_else_is_not_there_is_told_from_other_refusals(code: str) -> None:
    with pytest.raises(NotFound) as missing, translate_aws_errors("creating"):
        raise refusal(code)
    assert not isinstance(missing.value, Absent)
    with pytest.raises(ProviderError) as other, translate_aws_errors("creating"):
        raise refusal("InvalidParameterValue")
    assert not isinstance(other.value, NotFound)


def test_a_service_that_can_not_be_reached_is_no_traceback_either() -> None:
    with (
        pytest.raises(ProviderError, match=r"^reading: Could not connect to the endpoint URL"),
        translate_aws_errors("reading"),
    ):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")


def test_any_other_error_is_a_fault_and_passes() -> None:
    with pytest.raises(ZeroDivisionError), translate_aws_errors("reading"):
        raise ZeroDivisionError
