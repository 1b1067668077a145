import traceback

import pytest
from pulumi.dynamic import CheckFailure, CheckResult, ResourceProvider

from ivs_stream_key import error_reporting, errors
from ivs_stream_key.channel_settings import ChannelSettingsProvider
from ivs_stream_key.error_reporting import Failure, report_errors
from ivs_stream_key.messages.redaction import SECRETS, redacted
from ivs_stream_key.playback_restriction_policy import PlaybackRestrictionPolicyProvider
from ivs_stream_key.provider import StreamKeyProvider
from ivs_stream_key.recording_configuration import RecordingConfigurationProvider


@report_errors
def fail(error):
    raise error


def text_of(error):
    with pytest.raises(type(error)) as caught:
        fail(error)
    return "".join(traceback.format_exception(caught.value))


def test_an_expected_error_ends_with_its_message_without_inner_frames_and_causes():
    error = errors.NotFound("There is no channel.", remedy="make one.")
    error.__context__ = ValueError("botocore's")
    text = text_of(error)
    assert text.endswith("ivs_stream_key.errors.NotFound: There is no channel.\n  remedy: make one.\n")
    assert "in fail" not in text
    assert "botocore's" not in text
    assert "bug" not in text


def test_an_internal_error_keeps_its_traceback_and_asks_to_be_reported():
    text = text_of(KeyError("arn"))
    assert "in fail" in text
    assert text.splitlines()[-1].startswith("This is a bug in pulumi-ivs-stream-key 0.")
    assert "please report it" in text


def test_the_report_address_comes_from_the_package_metadata(monkeypatch):
    class Metadata(dict):
        def get_all(self, name):
            return {"Project-URL": ["Docs, https://docs.test", "Issues, https://issues.test"]}[name]

    monkeypatch.setattr(error_reporting.metadata, "metadata", lambda _: Metadata(Version="9.9"))
    assert text_of(KeyError("arn")).endswith(
        "pulumi-ivs-stream-key 9.9: please report it, with the lines above, https://issues.test.\n"
    )


def test_a_copy_that_is_not_installed_has_a_report_address_too(monkeypatch):
    def missing(name):
        raise error_reporting.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(error_reporting.metadata, "metadata", missing)
    assert "This is a bug in pulumi-ivs-stream-key: please report it" in text_of(KeyError("arn"))


def text_sent_by_server(error, **module):
    """Return what the SDK's server sends when a provider raises `error`."""
    code = "try:\n  fail(error)\nexcept Exception:\n  text = traceback.format_exc()"
    given = {"fail": fail, "error": error, "traceback": traceback, **module}
    exec(code, given)  # noqa: S102 - a minimal copy of the server's module
    return given["text"]


SERVER = {"DynamicResourceProviderServicer": None}
NOT_FOUND = errors.NotFound("There is no channel.", remedy="make one.")
MESSAGE = "NotFound: There is no channel.\n  remedy: make one."


def test_the_sdks_server_gets_an_expected_error_without_traceback():
    with pytest.raises(Exception, match="There is no channel") as caught:
        text_sent_by_server(NOT_FOUND, **SERVER)
    assert str(caught.value) == MESSAGE
    # Code that logs the exception on its way to the server sees no trace of the original one.
    text = "".join(traceback.format_exception(caught.value))
    assert text.endswith(f"{MESSAGE}\n")
    assert "During handling" not in text


def test_the_sdks_server_gets_an_internal_error_with_its_traceback():
    assert "in fail" in text_sent_by_server(KeyError("arn"), **SERVER)


def test_other_callers_get_the_expected_error_itself():
    assert f"ivs_stream_key.errors.{MESSAGE}" in text_sent_by_server(NOT_FOUND)


def test_a_formatted_expected_error_is_a_short_traceback_and_the_message():
    with pytest.raises(Exception, match="There is no channel") as caught:
        exec("fail(error)", {"fail": fail, "error": NOT_FOUND, **SERVER})  # noqa: S102 - as above
    with pytest.raises(Exception, match="There is no channel"):
        traceback.format_exception(caught.value)
    text = "".join(traceback.format_exception(caught.value))
    assert text.endswith(f"{MESSAGE}\n")
    assert "in fail" not in text.replace("in <module>", "")


# Redaction of secrets.

SECRET = "hunter2-of-a-connection"


def raised_error(error, **module):
    SECRETS.learn(SECRET)
    with pytest.raises(Exception) as caught:
        text_sent_by_server(error, **module) if module else fail(error)
    return caught.value


def all_text_of(error):
    """Return all text of an error: its message, attributes, causes and notes, displayed or not."""
    found, todo = [], [error]
    while todo:
        one = todo.pop()
        if one is not None and one not in found:
            found.append(one)
            todo += [BaseException.__dict__[name].__get__(one) for name in ("__cause__", "__context__")]
    return " ".join(f"{one} {one!r} {vars(one)}" for one in found)


@pytest.mark.parametrize("module", [{}, SERVER], ids=["other callers", "SDK server"])
def test_no_secret_is_in_an_expected_error_or_in_objects_it_references(module):
    error = errors.NotFound("There is no channel.", got=f"x={SECRET}&", remedy=f"give {SECRET}.")
    error.__context__ = error.__cause__ = ValueError(SECRET)
    reported = all_text_of(raised_error(error, **module))
    assert SECRET not in reported
    assert "x=[secret]&" in reported


def test_a_secret_learned_after_the_error_is_redacted_in_its_message():
    error = errors.NotFound("There is no channel.", got=SECRET, remedy="none.")
    assert SECRET in str(error)
    SECRETS.learn(SECRET)
    assert SECRET not in str(error)


def test_an_unknown_secret_quoted_by_aws_is_redacted_by_its_name():
    aws_answer = errors.AwsAnswer(
        "CreateStreamKey", "InvalidSignatureException", "x-amz-security-token:FwoGZ\nhost", "r"
    )
    assert "FwoGZ" not in f"{aws_answer} {aws_answer!r}"
    assert "x-amz-security-token:[secret]" in str(aws_answer)


def test_an_internal_errors_traceback_is_redacted():
    bug = KeyError("no such key")
    bug.__cause__ = ValueError(f"ExternalId={SECRET}")
    reported = raised_error(bug)
    assert isinstance(reported, Failure)
    text = "".join(traceback.format_exception(reported))
    assert SECRET not in text + all_text_of(reported)
    for part in ("ValueError: ExternalId=[secret]", "direct cause", "in fail", "KeyError", "please report it"):
        assert part in text


def test_an_internal_error_is_redacted_for_the_sdks_server_too():
    SECRETS.learn(SECRET)
    text = text_sent_by_server(KeyError(SECRET), **SERVER)
    assert SECRET not in text
    assert "KeyError: '[secret]'" in text


def test_check_failures_are_redacted():
    SECRETS.learn(SECRET)

    @report_errors
    def check():
        return CheckResult({"tags": SECRET}, [CheckFailure(f'tags["{SECRET}"]', f"got {SECRET}")])

    (failure,) = check().failures
    assert (failure.property, failure.reason) == ('tags["[secret]"]', "got [secret]")
    # The engine writes the inputs to the state, where it encrypts secrets.
    assert check().inputs == {"tags": SECRET}


@pytest.mark.parametrize(
    "properties",
    [
        {"value": SECRET},
        {"connection": {"assume_roles": [{"external_id": SECRET}]}},
        {"connection": f'{{"secret_key": "{SECRET}"}}'},
    ],
)
def test_secrets_in_arguments_are_learned_before_the_call(properties):
    @report_errors
    def update(id_, olds, news):
        return redacted(f"{id_} {olds} {news}")

    assert SECRET not in update("id", properties, news={})
    assert SECRET not in update("id", {}, news=properties)


PROVIDERS = (
    StreamKeyProvider,
    ChannelSettingsProvider,
    PlaybackRestrictionPolicyProvider,
    RecordingConfigurationProvider,
)


@pytest.mark.parametrize("method", [name for name in vars(ResourceProvider) if not name.startswith("_")])
def test_every_method_of_each_provider_reports_its_errors(method):
    own = [getattr(provider, method) for provider in PROVIDERS]
    if callable(own[0]):
        assert all(hasattr(function, "__wrapped__") for function in own)
