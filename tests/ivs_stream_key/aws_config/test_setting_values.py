import pytest
from pulumi.output import UNKNOWN

from ivs_stream_key.aws_config.setting_values import CONFIG, CONNECTION, Values, snake_case
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.messages.descriptions import kind_of


def config(**values):
    return Values(values.get, CONFIG)


def connection(**values):
    return Values.within(values, CONNECTION)


@pytest.mark.parametrize(
    ("name", "python_name"),
    [
        ("profile", "profile"),
        ("maxRetries", "max_retries"),
        ("ec2MetadataServiceEndpointMode", "ec2_metadata_service_endpoint_mode"),
        ("s3UsEast1RegionalEndpoint", "s3_us_east1_regional_endpoint"),
        ("assumeRoleWithWebIdentity", "assume_role_with_web_identity"),
    ],
)
def test_setting_names_in_python_are_those_of_pulumi_aws(name, python_name):
    assert snake_case(name) == python_name


def test_errors_spell_a_setting_as_its_source_does():
    assert CONFIG.of("maxRetries") == "aws:maxRetries"
    assert CONFIG.remedy("maxRetries", "25") == "run `pulumi config set aws:maxRetries 25`."
    nested = CONFIG.below("assumeRoles", 1)
    assert nested.of("roleArn") == "aws:assumeRoles[1].roleArn"
    assert nested.remedy("roleArn", "X") == "run `pulumi config set --path 'aws:assumeRoles[1].roleArn' X`."
    assert CONNECTION.below("assumeRoles", 1).of("roleArn") == "connection.assume_roles[1].role_arn"
    assert CONNECTION.remedy("maxRetries", "25") == "set connection.max_retries to 25."


def test_a_connection_accepts_the_spelling_of_pulumi_awss_classes():
    (entry,) = connection(assume_roles=[{"roleArn": "camel", "session_name": "snake"}]).entries(
        "assumeRoles", ["roleArn", "sessionName"]
    )
    assert (entry.string("roleArn"), entry.string("sessionName")) == ("camel", "snake")


@pytest.mark.parametrize("value", [None, "", "null", "[]", "{}", [], {}, UNKNOWN, [UNKNOWN], {"a": [UNKNOWN]}])
def test_empty_and_unknown_values_are_unset(value):
    values = config(x=value)
    assert values.value("x") is None
    assert values.strings("x") == ()
    assert values.text_by_name("x") == {}
    assert values.entries("x", ["a"]) == []
    assert values.nested("x", ["a"]) is None
    assert values.whole("x", 1, "1") is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1h", 3600), ("15m", 900), ("3600s", 3600), ("1h30m", 5400), ("1.5h", 5400), (".5h", 1800), ("900000ms", 900)],
)
def test_durations_are_parsed_as_in_go(text, seconds):
    assert config(duration=text).seconds("duration", 900, 43200) == seconds


@pytest.mark.parametrize("text", ["1", "h", "1 h", "1d", "-1h", "1h30", "3600", "14m59s", "12h1s"])
def test_an_invalid_duration_is_an_error_with_its_length(text):
    with pytest.raises(BadSettings, match="aws:duration ") as caught:
        config(duration=text).seconds("duration", 900, 43200)
    assert caught.value.got in {kind_of(text), "a shorter one", "a longer one"}
    assert repr(text) not in str(caught.value)


@pytest.mark.parametrize("text", ["1" * 10**7, "1.5" * 10**6, "1h" * 10**6, f"{'1' * 98}h"])
def test_a_very_long_duration_string_is_refused_quickly(text):
    # Backtracking in a regular expression took 14 seconds for 30,000 digits.
    with pytest.raises(BadSettings, match="aws:duration "):
        config(duration=text).seconds("duration", 900, 43200)


def test_choices_are_case_insensitive_and_normalized():
    assert config(mode="ipv6").choice("mode", "IPv4", "IPv6") == "IPv6"


def test_an_unknown_name_is_refused_with_the_allowed_names():
    with pytest.raises(BadSettings, match=r"no setting aws:assumeRoles\[0\]\.role_arn") as caught:
        config(assumeRoles='[{"role_arn": "x"}]').entries("assumeRoles", ["roleArn", "sessionName"])
    assert caught.value.expected == "roleArn, sessionName"
    with pytest.raises(BadSettings, match=r"no setting connection\.ignore_tags\.key") as caught:
        connection(ignore_tags={"key": ["x"]}).nested("ignoreTags", ["keys", "keyPrefixes"])
    assert caught.value.expected == "keys, key_prefixes"


def test_a_list_with_free_names_is_read():
    (entry,) = config(endpoints=[{"ivs": "x", "whatever": "y"}]).entries("endpoints", known=None)
    assert entry.string("ivs") == "x"


def test_a_mapping_of_strings_has_only_strings():
    assert config(tags='{"a": "1"}').text_by_name("tags") == {"a": "1"}
    with pytest.raises(BadSettings, match="aws:tags ") as caught:
        config(tags='{"a": 1}').text_by_name("tags")
    assert caught.value.got == "one with a number for a name that is a string of 1 character"
