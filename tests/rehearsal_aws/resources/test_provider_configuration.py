"""Invalid provider settings fail the preview, and are never saved in the state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from rehearsal_aws.resources.provider_configuration import ProviderConfiguration

URN = "urn:pulumi:dev::proj::pulumi:providers:aws::"


def channel(region: str | None = None) -> None:
    aws.ivs.Channel("live", region=region)


def channel_of_a_provider(**settings: Any) -> None:
    aws.ivs.Channel("live", opts=pulumi.ResourceOptions(provider=aws.Provider("vod", **settings)))


@pytest.mark.parametrize(("name", "prefix"), [("default", "aws:"), ("default_7_51_1", "aws:"), ("vod", "")])
def test_errors_spell_a_setting_as_it_was_given(name: str, prefix: str) -> None:
    (failure,) = ProviderConfiguration().check(URN + name, {}, {"regionn": "us-east-1"}).failures
    assert failure.reason.startswith(f"{prefix}regionn: expected the name of a setting")
    assert failure.property == "", "with a property the engine would print its value"


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({"regionn": "us-east-1"}, "aws:regionn: expected the name of a setting of pulumi-aws"),
        ({"region": "mars-1"}, "aws:region: expected a region of AWS"),
        ({"profile": "nobody"}, "aws:profile: expected one that is there"),
        ({"maxRetries": "often"}, "aws:maxRetries: expected a whole number"),
    ],
)
def test_invalid_config_fails_the_preview_and_is_not_saved(
    lifecycle: Callable[..., Any], config: dict[str, str], line: str
) -> None:
    it = lifecycle(channel, **config)
    (refusal,) = it.errors_of().splitlines()
    assert line in refusal
    assert [r["type"] for r in it.stack.export()["deployment"]["resources"]] == ["pulumi:pulumi:Stack"]


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"region": "mars-1"}, "region: expected a region of AWS"),
        ({"profile": "nobody"}, "profile: expected one that is there"),
        ({"assume_roles": [{"role_arn": "arn"}]}, "assumeRoles[0].roleArn: expected the ARN of a role"),
    ],
)
def test_invalid_provider_arguments_fail_the_preview_and_are_not_saved(
    lifecycle: Callable[..., Any], settings: dict[str, Any], line: str
) -> None:
    it = lifecycle(channel_of_a_provider)
    (refusal,) = it.errors_of(**{"region": "us-east-1", **settings}).splitlines()
    assert refusal.startswith(f"pulumi:providers:aws resource 'vod' has a problem: {line}")
    assert [r["type"] for r in it.stack.export()["deployment"]["resources"]] == ["pulumi:pulumi:Stack"]


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_change_to_invalid_settings_keeps_the_state_usable(lifecycle: Callable[..., Any]) -> None:
    it = lifecycle(channel_of_a_provider)
    it.up(region="us-east-1")
    it.errors_of(region="us-east-1", endpoints=[{"ivs": "nowhere"}])
    assert it.ok(it.stack.refresh()).changes.keys() <= {"same"}
    it.destroy()


@pytest.mark.parametrize(
    ("region", "line"),
    [
        ("mars-1", "property region value {mars-1} has a problem: expected a region of AWS such as us-east-1"),
        ("eu-north-1", "property region value {eu-north-1} has a problem: expected a region that has ivs"),
    ],
)
def test_a_channel_in_a_region_without_ivs_fails_the_preview(
    lifecycle: Callable[..., Any], region: str, line: str
) -> None:
    (refusal,) = lifecycle(channel).errors_of(region=region).splitlines()
    assert line in refusal


def test_a_channel_of_a_provider_in_a_region_without_ivs_fails_the_preview(lifecycle: Callable[..., Any]) -> None:
    (refusal,) = lifecycle(channel_of_a_provider).errors_of(region="eu-north-1").splitlines()
    assert "region, which is that of its provider: expected a region that has ivs (" in refusal


def test_unknown_settings_are_checked_once_known(lifecycle: Callable[..., Any]) -> None:
    def program() -> None:
        first = aws.ivs.Channel("first")
        channel_of_a_provider(region=first.arn.apply(lambda _: "mars-1"))

    it = lifecycle(program)
    assert it.ok(it.stack.preview())
    report = it.stack.up()
    assert "region: expected a region of AWS such as us-east-1, got 'mars-1'" in "\n".join(report.errors)
    assert "vod" not in str([r["urn"] for r in it.stack.export()["deployment"]["resources"]])
