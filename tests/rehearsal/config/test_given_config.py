import json

import pytest

from rehearsal.config.given_config import config_from_environment, config_from_options
from rehearsal.errors import ConfigError
from rehearsal.state.property_values import Secret


def test_a_value_may_hold_an_equals_sign():
    assert config_from_options(["a=b=c", "p:d="]) == {"a": "b=c", "p:d": ""}


@pytest.mark.parametrize(("pair", "got"), [("hunter2", "text without ="), ("=hunter2", "no key before =")])
def test_config_without_equals_sign_is_refused_and_not_quoted(pair, got):
    with pytest.raises(ValueError, match=f"expected K=V, got {got}") as caught:
        config_from_options([pair])
    assert "hunter2" not in str(caught.value)


def test_config_of_the_environment_has_pulumis_format():
    given = {"PULUMI_CONFIG": json.dumps({"p:a": "b", "p:n": [1]}), "PULUMI_CONFIG_SECRET_KEYS": '["p:n"]'}
    assert config_from_environment(given) == {"p:a": "b", "p:n": Secret("[1]")}
    assert config_from_environment({}) == {}
    assert config_from_environment({"PULUMI_CONFIG": ""}) == {}


@pytest.mark.parametrize("name", ["PULUMI_CONFIG", "PULUMI_CONFIG_SECRET_KEYS"])
@pytest.mark.parametrize("text", ["hunter2", "5", '"hunter2"', "[" * 100_000])
def test_malformed_config_is_refused_and_not_quoted(name, text):
    with pytest.raises(ConfigError, match=f"{name}: expected a JSON ") as caught:
        config_from_environment({name: text})
    assert text not in str(caught.value)
