import pytest
from pulumi.output import UNKNOWN

from ivs_stream_key.aws_config.setting_checks import problems_of_combination
from ivs_stream_key.aws_config.setting_values import CONNECTION, Values
from ivs_stream_key.aws_config.settings import config_values


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    (tmp_path / "config").write_text("[default]\n[profile vod]\n[profile 'with space']\n", encoding="utf-8")
    (tmp_path / "credentials").write_text("[live]\n", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return tmp_path


def problems_of_config(**config):
    keys = {f"aws:{name}": value for name, value in config.items()}
    return list(problems_of_combination(config_values(keys.get, keys)))


@pytest.mark.parametrize("profile", ["default", "vod", "with space", "live"])
def test_a_profile_in_either_file_is_accepted(profile):
    assert problems_of_config(profile=profile) == []


def test_a_missing_profile_is_refused_with_the_files_that_were_read(files):
    (problem,) = problems_of_config(profile="nobody")
    assert problem.summary == "The setting aws:profile cannot be used."
    assert problem.expected == f"a profile in {files / 'config'} or {files / 'credentials'}"
    assert problem.got == "a string of 6 characters"


def test_a_similar_profile_is_suggested_and_configured_files_are_named_by_their_setting(files):
    (problem,) = problems_of_config(profile="vodd", sharedConfigFiles=[str(files / "config")])
    assert problem.expected == f"a profile in aws:sharedConfigFiles or {files / 'credentials'}"
    assert problem.remedy.startswith("did you mean vod? Add it there")


def test_profiles_are_looked_up_in_the_configured_files(files):
    (files / "other").write_text("[profile other]\n", encoding="utf-8")
    others = [str(files / "none"), str(files / "other")]
    assert problems_of_config(profile="other", sharedConfigFiles=others) == []
    assert len(problems_of_config(profile="vod", sharedConfigFiles=others)) == 1
    assert problems_of_config(profile="vod", sharedConfigFiles=UNKNOWN) == []


def test_an_invalid_file_has_no_profiles(files):
    (files / "config").write_text("no section", encoding="utf-8")
    assert len(problems_of_config(profile="vod")) == 1


def test_skip_credentials_validation_skips_the_profile_check():
    assert problems_of_config(profile="nobody", skipCredentialsValidation="true") == []


def test_names_services_and_the_sts_region_are_checked():
    wrong = problems_of_config(maxRetrys="3", endpoints=[{"ivss": "http://a"}], stsRegion="mars-1")
    assert [p.summary.split()[-1].rstrip(".") for p in wrong[:2]] == ["aws:maxRetrys", "aws:endpoints[0].ivss"]
    assert wrong[2].summary == "The setting aws:stsRegion cannot be used."
    assert wrong[2].got == "a string of 6 characters"


@pytest.mark.parametrize(
    "given",
    [
        {"endpoints": [{"ivs": "http://u:hunter2@ivs"}]},
        {"endpoints": '[{"sts": "http://u@sts"}]'},
        {"ec2MetadataServiceEndpoint": "http://:hunter2@ivs"},
    ],
)
def test_an_endpoint_with_a_user_or_a_password_is_refused_and_not_quoted(given):
    (problem,) = problems_of_config(**given)
    assert problem.expected == "a URL without user name and password"
    assert "hunter2" not in str(problem)


def test_a_connection_is_checked_too():
    (problem,) = problems_of_combination(Values.within({"profile": "nobody"}, CONNECTION))
    assert problem.summary == "The setting connection.profile cannot be used."
