from __future__ import annotations

import pytest

from installed_pulumi_aws import setting_names
from rehearsal_aws.resources.setting_kinds import NAMES, seconds


def test_the_names_are_those_of_the_installed_pulumi_aws() -> None:
    assert setting_names() == NAMES


@pytest.mark.parametrize(("text", "value"), [("1h30m", 5400), ("15m", 900), ("45s", 45), ("h", None), ("", None)])
def test_durations_are_go_durations(text: str, value: int | None) -> None:
    assert seconds(text) == value
