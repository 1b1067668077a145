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
def test_a_region_that_botocore_knows_will_do(region, skip):
    assert bad_region(region, config(skip)) is None


@pytest.mark.parametrize("region", ["mars-1", "us-wset", "uswest2", "", "us-west-2a"])
@pytest.mark.parametrize("skip", [None, "false"])
def test_what_is_not_named_as_regions_are_will_not(region, skip):
    expected, got, remedy = bad_region(region, config(skip))
    assert (expected, got) == ("a region of AWS such as us-west-2", kind_of(region))
    assert "`pulumi config set aws:skipRegionValidation true`" in remedy


def test_a_region_that_is_newer_than_botocore_will_do_unless_the_setting_says_to_look():
    assert bad_region("us-west-9", config()) is None
    assert bad_region("us-west-9", config("false")) is not None


@pytest.mark.parametrize("skip", ["true", True, UNKNOWN])
def test_the_setting_lets_anything_pass(skip):
    assert bad_region("mars-1", config(skip)) is None


def test_the_region_that_may_be_meant_is_suggested():
    assert bad_region("us-wset-2", config("false"))[2].startswith("did you mean us-west-2? ")


def test_a_connection_says_it_in_its_own_words():
    values = Values.within({"skip_region_validation": False}, CONNECTION)
    assert "set connection.skip_region_validation to true." in bad_region("mars-1", values)[2]
