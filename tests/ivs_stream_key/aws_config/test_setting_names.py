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


def test_the_settings_of_pulumi_aws_and_of_nobody_else_are_looked_at():
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
def test_a_name_that_is_no_setting_is_an_error_that_suggests_the_right_one_and_quotes_no_value(name, expected):
    (problem,) = misnamed(config(name, "profile"), NAMES)
    assert problem.summary == f"There is no setting aws:{name}."
    assert (problem.expected, problem.got) == (expected, repr(name))
    assert "hunter2" not in str(problem)


def test_a_setting_that_the_installed_pulumi_aws_has_is_none_that_is_misspelt(monkeypatch):
    monkeypatch.setattr(setting_names, "names_in_pulumi_aws", lambda: frozenset({"brandNew"}))
    assert list(misnamed(config("brandNew"), NAMES)) == []


def test_the_names_are_read_from_pulumi_aws_where_it_is_installed(monkeypatch):
    assert names_in_pulumi_aws() | SINCE_7_0 == set(NAMES) - {"assumeRole"}
    names_in_pulumi_aws.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert names_in_pulumi_aws() == frozenset()
    names_in_pulumi_aws.cache_clear()


def test_a_connection_is_spelled_either_way():
    values = Values.within({"max_retries": 3, "skipRegionValidation": True, "max_retrys": 3}, CONNECTION)
    (problem,) = misnamed(values, NAMES)
    assert problem.summary == "There is no setting connection.max_retrys."


def services(*names):
    return Values.within(dict.fromkeys(names, "http://a"), CONFIG.below("endpoints", 0))


def test_a_misspelt_service_is_an_error_that_names_its_place():
    (problem,) = misnamed_services(services("ivs", "ivss", "s3"), ("ivs", "sts"))
    assert problem.summary == "There is no setting aws:endpoints[0].ivss."
    assert problem.expected == "aws:endpoints[0].ivs"


def test_other_services_whose_names_are_alike_are_accepted():
    assert list(misnamed_services(services("ivschat", "ses", "sns", "sqs", "cloudwatchlogs"), ("ivs", "sts"))) == []
