"""Published copies that the audit cannot compare with their keys."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ivs_stream_key import errors
from ivs_stream_key.audit.states import Copy, StateKey
from ivs_stream_key.audit.survey import Survey

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh"
VALUE = "sk_us-west-2_abcdABCDefgh_567890abcdef"


def client_error(code):
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetParameter")


def problems_of_copy(key, parameter):
    """Return the place and the problem of each copy, where IVS and Systems Manager return or raise these."""

    def return_or_raise(given):
        if isinstance(given, Exception):
            raise given
        return given

    ivs = SimpleNamespace(get=lambda _: return_or_raise(key))
    ssm = SimpleNamespace(get_parameter=lambda **_: return_or_raise(parameter))
    clients = SimpleNamespace(ivs=lambda _: ivs, other=lambda *_: ssm)
    progress = []
    state = StateKey(KEY, CHANNEL, "urn:key", None, None, (Copy("parameter", "/key", "us-west-2"),))
    found = Survey(clients, lambda *step: progress.append(step)).copies([state], {CHANNEL: KEY})
    assert progress == [(1, 1, "published keys")]
    return [(copy.place, copy.problem) for copy in found["urn:key"]]


@pytest.mark.parametrize("key", [None, errors.ServiceFailed("GetStreamKey is denied", remedy="allow it")])
def test_copies_of_an_unreadable_key_are_unreadable(key):
    assert problems_of_copy(key, {"Parameter": {"Value": VALUE}}) == [("/key", "copy-unreadable")]


@pytest.mark.parametrize(
    ("parameter", "problem"),
    [
        ({"Parameter": {"Value": VALUE}}, None),
        ({"Parameter": {"Value": "sk_another"}}, "copy-differs"),
        (client_error("ParameterNotFound"), "copy-missing"),
        (client_error("AccessDeniedException"), "copy-unreadable"),
        (EndpointConnectionError(endpoint_url="https://ssm"), "copy-unreadable"),
        (errors.BadCredentials("There are none.", remedy="give some"), "copy-unreadable"),
    ],
)
def test_a_copy_is_compared_and_a_failure_to_do_so_is_its_problem(parameter, problem):
    assert problems_of_copy(SimpleNamespace(value=VALUE), parameter) == [("/key", problem)]
