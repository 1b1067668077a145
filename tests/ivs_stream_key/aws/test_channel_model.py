import pytest

from ivs_stream_key.aws import channel_model


def test_choices_are_those_of_the_service_model():
    assert channel_model.choices("container_format") == ("TS", "FRAGMENTED_MP4")
    assert channel_model.choices("multitrack_input_configuration", "policy") == ("ALLOW", "REQUIRE")
    assert channel_model.choices("multitrack_input_configuration", "maximum_resolution") == ("SD", "HD", "FULL_HD")
    assert channel_model.choices("insecure_ingest") == ()


@pytest.mark.parametrize(
    ("field", "channel_type", "value"),
    [
        ("preset", "STANDARD", None),
        ("preset", "ADVANCED_SD", "HIGHER_BANDWIDTH_DELIVERY"),
        ("container_format", "BASIC", "TS"),
        ("ad_configuration_arn", "BASIC", ""),
        ("insecure_ingest", "BASIC", False),
    ],
)
def test_a_removed_field_gets_the_default_of_ivs(field, channel_type, value):
    assert channel_model.default_of(field, channel_type) == value


def test_multitrack_input_round_trips_and_none_means_disabled():
    field, given = "multitrack_input_configuration", {"enabled": True, "policy": "ALLOW", "maximum_resolution": "HD"}
    name, sent = channel_model.to_request(field, given)
    assert sent == {"enabled": True, "policy": "ALLOW", "maximumResolution": "HD"}
    assert channel_model.from_answer(field, {name: sent}) == given
    assert channel_model.from_answer(field, {}) == channel_model.from_answer(field, {name: {"enabled": False}})
