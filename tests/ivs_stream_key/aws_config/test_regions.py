import pytest
from pulumi.output import UNKNOWN

from ivs_stream_key.aws_config.regions import bad_region
from ivs_stream_key.aws_config.setting_values import CONNECTION, Values
from ivs_stream_key.aws_config.settings import config_values
from ivs_stream_key.messages.descriptions import kind_of


def config(skip=None):
    return config_values({"aws:skipRegionValidation": skip}.get)


@pytest.mark.parametrize("region", ["us-west-2", "cn-north-1", "us-gov-west-1"])
@pytest.mark.parametrize("skip", [None, "false", "true"])
def test_a_region_that_botocore_knows_is_accepted(region, skip):
    assert bad_region(region, config(skip)) is None


@pytest.mark.parametrize("region", ["mars-1", "us-wset", "uswest2", "", "us-west-2a"])
@pytest.mark.parametrize("skip", [None, "false"])
def test_a_malformed_region_is_refused(region, skip):
    expected, got, remedy = bad_region(region, config(skip))
    assert (expected, got) == ("a region of AWS such as us-west-2", kind_of(region))
    assert "`pulumi config set aws:skipRegionValidation true`" in remedy


def test_an_unknown_region_is_accepted_unless_validation_is_enabled():
    assert bad_region("us-west-9", config()) is None
    assert bad_region("us-west-9", config("false")) is not None


@pytest.mark.parametrize("skip", ["true", True, UNKNOWN])
def test_skip_region_validation_accepts_anything(skip):
    assert bad_region("mars-1", config(skip)) is None


def test_a_similar_region_is_suggested():
    assert bad_region("us-wset-2", config("false"))[2].startswith("did you mean us-west-2? ")


def test_a_connections_error_uses_its_own_spelling():
    values = Values.within({"skip_region_validation": False}, CONNECTION)
    assert "set connection.skip_region_validation to true." in bad_region("mars-1", values)[2]
