import importlib.util

import pytest

from installed_pulumi_aws import SINCE_7_0
from ivs_stream_key.aws_config import setting_names
from ivs_stream_key.aws_config.setting_names import misnamed, misnamed_services, names_in_pulumi_aws
from ivs_stream_key.aws_config.setting_values import CONFIG, CONNECTION, Values
from ivs_stream_key.aws_config.settings import NAMES, config_values


def config(*names):
    keys = {f"aws:{name}": "hunter2" for name in names}
    return config_values(keys.get, [*keys, "proj:profil", "aws-native:regionn"])


def test_only_settings_of_pulumi_aws_are_checked():
    assert list(misnamed(config(*NAMES), NAMES)) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("regionn", "aws:region"),
        ("max_retries", "aws:maxRetries"),
        ("forbiddenAccountId", "aws:forbiddenAccountIds"),
        ("zzz", "the name of a setting of pulumi-aws"),
        ("version", "the name of a setting of pulumi-aws"),
    ],
)
def test_an_unknown_setting_is_an_error_with_a_suggestion_and_without_its_value(name, expected):
    (problem,) = misnamed(config(name, "profile"), NAMES)
    assert problem.summary == f"There is no setting aws:{name}."
    assert (problem.expected, problem.got) == (expected, repr(name))
    assert "hunter2" not in str(problem)


def test_a_setting_of_the_installed_pulumi_aws_is_accepted(monkeypatch):
    monkeypatch.setattr(setting_names, "names_in_pulumi_aws", lambda: frozenset({"brandNew"}))
    assert list(misnamed(config("brandNew"), NAMES)) == []


def test_names_are_read_from_the_installed_pulumi_aws(monkeypatch):
    assert names_in_pulumi_aws() | SINCE_7_0 == set(NAMES) - {"assumeRole"}
    names_in_pulumi_aws.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert names_in_pulumi_aws() == frozenset()
    names_in_pulumi_aws.cache_clear()


def test_a_connection_accepts_snake_case_and_camel_case():
    values = Values.within({"max_retries": 3, "skipRegionValidation": True, "max_retrys": 3}, CONNECTION)
    (problem,) = misnamed(values, NAMES)
    assert problem.summary == "There is no setting connection.max_retrys."


def endpoints_for(*names):
    return Values.within(dict.fromkeys(names, "http://a"), CONFIG.below("endpoints", 0))


def test_a_misspelt_service_is_an_error_with_its_path():
    (problem,) = misnamed_services(endpoints_for("ivs", "ivss", "s3"), ("ivs", "sts"))
    assert problem.summary == "There is no setting aws:endpoints[0].ivss."
    assert problem.expected == "aws:endpoints[0].ivs"


def test_other_services_with_similar_names_are_accepted():
    assert (
        list(misnamed_services(endpoints_for("ivschat", "ses", "sns", "sqs", "cloudwatchlogs"), ("ivs", "sts"))) == []
    )
