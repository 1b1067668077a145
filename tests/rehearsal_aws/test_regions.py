from __future__ import annotations

import pytest

from rehearsal_aws.regions import endpoints_of, is_region, problem


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"])
def test_regions_of_all_partitions_are_known(region: str) -> None:
    assert is_region(region)
    assert problem(region) is None


@pytest.mark.parametrize("region", ["mars-1", "us-east-1a", "aws-global", "US-EAST-1", ""])
def test_a_malformed_region_is_refused_with_an_example(region: str) -> None:
    assert str(problem(region)).startswith(f"expected a region of AWS such as us-east-1, got {region!r}")


def test_a_similar_region_is_suggested() -> None:
    assert "got 'us-wset-2'; did you mean us-west-2?" in str(problem("us-wset-2"))


def test_a_region_without_the_service_is_refused_with_the_supported_ones() -> None:
    assert "us-west-2" in endpoints_of("ivs")
    assert str(problem("eu-north-1", "ivs")).startswith(
        f"expected a region that has ivs ({', '.join(endpoints_of('ivs'))}), "
    )
    assert problem("eu-north-1", "ssm") is None


def test_global_services_are_available_in_every_region() -> None:
    assert endpoints_of("iam") == ()
    assert problem("eu-north-1", "iam") is None


def test_motos_switch_allows_regions_unknown_to_botocore(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "MOTO_ALLOW_NONEXISTENT_REGION=true" in str(problem("mars-1"))
    monkeypatch.setenv("MOTO_ALLOW_NONEXISTENT_REGION", "true")
    assert problem("mars-1", "ivs") is None
