from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.parsers import create_parser

from rehearsal_aws.cloud.error_response import error_response

SESSION = botocore.session.Session()


@pytest.mark.parametrize("service", ["ivs", "ssm", "secretsmanager", "sts", "s3", "ec2", "iam"])
def test_botocore_reads_code_and_message_in_each_protocol(service: str) -> None:
    started: list[Any] = []
    body = error_response(service, lambda *response: started.extend(response), "SomeError", "a < b & c", 418)
    model = SESSION.get_service_model(service)
    response = {"body": b"".join(body), "headers": dict(started[1]), "status_code": 418}
    parsed = create_parser(model.metadata["protocol"]).parse(
        response, model.operation_model(model.operation_names[0]).output_shape
    )
    assert (parsed["Error"]["Code"], parsed["Error"]["Message"]) == ("SomeError", "a < b & c")
    assert started[0].startswith("418 ")


def test_the_status_comes_from_the_services_model() -> None:
    started: list[Any] = []
    error_response("ivs", lambda *response: started.extend(response), "ResourceNotFoundException", "gone")
    assert started[0].startswith("404 ")


def test_a_service_unknown_to_botocore_gets_json() -> None:
    (body,) = error_response("nothing", lambda *_: None, "SomeError", "said")
    assert b'"__type": "SomeError"' in body
