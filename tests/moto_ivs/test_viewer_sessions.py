from __future__ import annotations

from typing import Any

import pytest

NOWHERE = "arn:aws:ivs:us-west-2:123456789012:channel/nowhere"


def test_a_revocation_needs_an_existing_channel(ivs: Any, channel: dict[str, Any]) -> None:
    given = {"viewerId": "somebody", "viewerSessionVersionsLessThanOrEqualTo": 5}
    ivs.start_viewer_session_revocation(channelArn=channel["channel"]["arn"], **given)
    with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=NOWHERE):
        ivs.start_viewer_session_revocation(channelArn=NOWHERE, **given)


def test_a_batch_returns_an_error_for_each_failed_revocation(ivs: Any, channel: dict[str, Any]) -> None:
    sessions = [
        {"channelArn": NOWHERE, "viewerId": "one"},
        {"channelArn": channel["channel"]["arn"], "viewerId": "two"},
        {"channelArn": NOWHERE, "viewerId": "three"},
    ]
    errors = ivs.batch_start_viewer_session_revocation(viewerSessions=sessions)["errors"]
    assert [(error["channelArn"], error["viewerId"], error["code"]) for error in errors] == [
        (NOWHERE, "one", "404"),
        (NOWHERE, "three", "404"),
    ]
    assert all(NOWHERE in error["message"] for error in errors)


@pytest.mark.parametrize(
    ("sessions", "member"),
    [
        ([], "viewerSessions"),
        ([{"channelArn": NOWHERE, "viewerId": "x"}] * 21, "viewerSessions"),
        ([{"channelArn": NOWHERE}], "viewerId"),
        ([{"channelArn": NOWHERE, "viewerId": "x" * 41}], "viewerId"),
        (
            [{"channelArn": NOWHERE, "viewerId": "x", "viewerSessionVersionsLessThanOrEqualTo": -1}],
            "viewerSessionVersionsLessThanOrEqualTo",
        ),
    ],
)
def test_requests_that_violate_the_model_are_refused(cloud: Any, sessions: list[dict[str, Any]], member: str) -> None:
    ivs = cloud.client(checks_parameters=False)
    with pytest.raises(ivs.exceptions.ValidationException, match=rf"{member}' failed to satisfy"):
        ivs.batch_start_viewer_session_revocation(viewerSessions=sessions)
