from __future__ import annotations

import json
from typing import Any

import pytest
from moto.core.utils import get_service_model

from moto_ivs import exceptions
from moto_ivs.exceptions import IvsException

ERRORS = sorted(error.__name__ for error in IvsException.__subclasses__())


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_has_name_status_and_message_of_the_service_model(name: str) -> None:
    error = getattr(exceptions, name)("what is wrong")
    shape = get_service_model("ivs").shape_for(name)
    assert shape.metadata["exception"]
    assert error.code == shape.metadata["error"]["httpStatusCode"]
    assert dict(error.get_headers())["X-Amzn-ErrorType"] == name
    body = json.loads(error.get_body())
    assert "exceptionMessage" in shape.members
    assert body["exceptionMessage"] == body["message"] == "what is wrong"


REFUSALS = {
    "ChannelNotBroadcasting": lambda ivs, channel: ivs.get_stream(channelArn=channel["channel"]["arn"]),
    "ConflictException": lambda ivs, channel: ivs.delete_channel(arn=channel["channel"]["arn"]),
    "ResourceNotFoundException": lambda ivs, channel: ivs.get_channel(arn=f"{channel['channel']['arn']}x"),
    "ServiceQuotaExceededException": lambda ivs, channel: ivs.create_stream_key(channelArn=channel["channel"]["arn"]),
    "ValidationException": lambda ivs, channel: ivs.get_stream_key(arn=channel["channel"]["arn"]),
}


def test_every_error_is_covered_by_a_test() -> None:
    assert sorted(REFUSALS) == ERRORS


@pytest.mark.parametrize("name", REFUSALS)
def test_botocore_raises_the_modelled_class_with_code_and_message(
    cloud: Any, ivs: Any, channel: Any, name: str
) -> None:
    if name == "ConflictException":
        cloud.go_live(channel["channel"]["arn"])
    with pytest.raises(getattr(ivs.exceptions, name)) as refused:
        REFUSALS[name](ivs, channel)
    response = refused.value.response
    assert response["Error"]["Code"] == name
    assert response["Error"]["Message"]
    assert response["exceptionMessage"] == response["Error"]["Message"]
