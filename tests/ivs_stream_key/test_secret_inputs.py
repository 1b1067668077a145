"""No failure, error or repr shows a secret input."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.dynamic import Config, ConfigureRequest

from ivs_channel import LiveChannelArgs
from ivs_stream_key.aws_config.setting_values import snake_case
from ivs_stream_key.aws_config.settings import NAMES, config_values, problems, read
from ivs_stream_key.channel_settings import ChannelSettingsProvider
from ivs_stream_key.connection import AssumeRole, AssumeRoleWithWebIdentity, connection_values
from ivs_stream_key.errors import BadArn, BadSettings
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.messages.redaction import HIDDEN, redacted
from ivs_stream_key.playback_restriction_policy import PlaybackRestrictionPolicyProvider
from ivs_stream_key.provider import StreamKeyProvider
from ivs_stream_key.recording_configuration import RecordingConfigurationProvider

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
BEGIN, END = "zQx", "xQz"
INPUTS = (
    "channel_arn",
    "tags",
    "rotation_triggers",
    "rotation_days",
    "existing_key",
    "when_live",
    "deletion_protection",
)

# All begin and end with markers that occur nowhere else.
secrets = st.text(min_size=2).map(lambda text: f"{BEGIN}{text}{END}")
shapes = st.sampled_from(
    [
        lambda secret: secret,
        lambda secret: f"https://user:{secret}@host:1",
        lambda secret: f"arn:aws:ivs:us-west-2:123456789012:channel/{secret}",
        lambda secret: [secret],
        lambda secret: [[secret], 1.0],
        lambda secret: {"a": secret},
        lambda secret: {"a!": [secret, float("nan")]},
        lambda secret: {secret: "a"},
        lambda secret: {secret: float("nan")},
        lambda secret: {secret: {secret: 1.0}},
        lambda secret: [{secret: secret}],
    ]
)
ROLES = {"assume_roles": AssumeRole, "assume_role_with_web_identity": AssumeRoleWithWebIdentity}
setting_fields = st.sampled_from(
    [
        *((name, None) for name in map(snake_case, NAMES)),
        *((name, field) for name, kind in ROLES.items() for field in kind.__annotations__),
        ("default_tags", "tags"),
        ("ignore_tags", "keys"),
        ("ignore_tags", "key_prefixes"),
        ("endpoints", "ivs"),
        ("endpoints", "sts"),
        ("endpoints", "elsewhere"),
    ]
)


def provider(config=None):
    made = StreamKeyProvider()
    made.configure(ConfigureRequest(Config(config or {}, "shop")))
    return made


def failures_of(config=None, **inputs):
    # With inputs in the state, check makes no call to AWS.
    found = provider(config).check({"channel_arn": CHANNEL}, {"channel_arn": CHANNEL, **inputs}).failures
    return [*(failure.property for failure in found), *(failure.reason for failure in found)]


def connection_with(field_path, value):
    name, field = field_path
    if field is None:
        return {name: value}
    inner = {"role_arn": "arn:aws:iam::123456789012:role/a"} if name in ROLES else {}
    inner[field] = value
    return {name: [inner] if name in ("assume_roles", "endpoints") else inner}


def assert_hidden(*texts):
    for text in texts:
        assert BEGIN not in text
        assert END not in text


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.sampled_from(INPUTS), shapes, secrets)
def test_no_failure_shows_a_secret_input(name, shape, secret):
    assert_hidden(*failures_of(**{name: shape(secret), "secret_inputs": [name]}))


@pytest.mark.slow("many generated cases")
@settings(derandomize=True, max_examples=100, deadline=None)
@given(
    st.sampled_from(("tags", "rotation_triggers", "rotation_days", "existing_key", "when_live", "deletion_protection")),
    st.sampled_from([lambda s: s, lambda s: [s], lambda s: {"a": [s, object()]}, lambda s: {"b": {"a": s}}]),
    secrets,
)
def test_no_failure_shows_an_unmarked_or_transformed_value(name, shape, secret):
    found = failures_of(**{name: shape(secret)})
    assert_hidden(*found)
    # The engine prints the value of the property that a failure names.
    assert name not in found


@pytest.mark.slow("many generated cases")
@settings(derandomize=True, max_examples=300, deadline=None)
@given(setting_fields, shapes, secrets)
def test_no_failure_error_or_repr_shows_a_connections_values(field_path, shape, secret):
    connection = connection_with(field_path, shape(secret))
    found = failures_of(connection=connection)
    assert_hidden(*found, repr(LiveChannelArgs(connection=connection)))
    assert "connection" not in found
    clients = Clients()
    try:
        assert_hidden(repr(read(connection_values(connection))), repr(clients.of(connection).tagging()))
    except BadSettings as error:
        assert_hidden(str(error), repr(error))
    assert_hidden(repr(clients), repr(connection_values({})))


@pytest.mark.parametrize("shape", [json.dumps, lambda value: json.dumps(value)[:-1], lambda value: f"{value}"])
def test_no_failure_shows_a_connection_that_is_a_string(shape):
    connection = {"access_key": f"{BEGIN}AKIA{END}", "secret_key": f"{BEGIN}s{END}"}
    found = failures_of(connection=shape(connection))
    assert_hidden(*found)
    assert "got: a string of " in found[-1]
    assert "require_secret_object" in found[-1]


@pytest.mark.slow("many generated cases")
@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.sampled_from(NAMES), shapes, secrets, st.integers(0, 3))
def test_no_failure_or_error_shows_the_value_of_a_setting(name, shape, secret, cut):
    value = shape(secret)
    text = value if isinstance(value, str) else json.dumps(value)
    config = {f"aws:{name}": text[: len(text) - cut]}
    assert_hidden(*failures_of(config))
    assert_hidden(*(f"{problem}{problem!r}" for problem in problems(config_values(config.get, config))))


ARGUMENTS_BY_PROVIDER = {
    ChannelSettingsProvider: (
        "channel_arn",
        "channel_type",
        "container_format",
        "insecure_ingest",
        "multitrack_input_configuration",
        "playback_restriction_policy_arn",
        "preset",
    ),
    PlaybackRestrictionPolicyProvider: (
        "allowed_countries",
        "allowed_origins",
        "enable_strict_origin_enforcement",
        "name",
        "tags",
    ),
    RecordingConfigurationProvider: (
        "bucket_name",
        "name",
        "reconnect_window_seconds",
        "renditions",
        "tags",
        "thumbnails",
    ),
}


@pytest.mark.parametrize("kind", ARGUMENTS_BY_PROVIDER)
def test_check_failures_of_other_providers_show_no_secret_and_name_no_property(kind):
    secret = f"{BEGIN}aws:{END}"
    for shape in (secret, [secret], {secret: 1.0}, {"a": {"b": secret}}, {f"aws:{secret}": "x"}, {"secret_key": 1.0}):
        for name in (*ARGUMENTS_BY_PROVIDER[kind], "connection"):
            checked = kind().check({}, {name: shape, "secret_inputs": [name]})
            assert_hidden(*(failure.reason for failure in checked.failures))
            assert {failure.property for failure in checked.failures} <= {""}
            assert "secret_inputs" not in checked.inputs
    assert redacted(secret) == HIDDEN


def test_the_names_of_secret_inputs_are_in_no_state():
    given = {"channel_arn": CHANNEL, "when_live": "stop"}
    checked = provider().check({"channel_arn": CHANNEL}, {**given, "secret_inputs": ["when_live"]})
    assert (checked.failures, checked.inputs) == ([], given)


@pytest.mark.parametrize("names", ["when_live", 1.0, [1.0, None], {"when_live": True}])
def test_an_invalid_list_of_secret_names_is_ignored(names):
    assert failures_of(secret_inputs=names) == []


@pytest.mark.parametrize("name", [*INPUTS, "connection"])
def test_a_recursively_nested_input_is_a_failure_that_names_it(name):
    deep = BEGIN
    for _ in range(5000):
        deep = [deep]
    assert failures_of(**{name: deep}) == [
        "",
        f"{name}: expected lists and mappings nested at most 100 deep, got deeper ones. Make them flatter.",
    ]


@settings(derandomize=True, max_examples=50, deadline=None)
@given(secrets)
def test_get_does_not_quote_an_invalid_arn(secret):
    with pytest.raises(BadArn) as caught:
        provider().read(secret, {})
    assert_hidden(str(caught.value), repr(caught.value))
