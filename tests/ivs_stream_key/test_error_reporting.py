import traceback

import pytest
from pulumi.dynamic import CheckFailure, CheckResult

from ivs_stream_key import error_reporting, errors
from ivs_stream_key.error_reporting import Failure, report_errors
from ivs_stream_key.messages.redaction import SECRETS, redacted


@report_errors
def fail(error):
    raise error


def text_of(error):
    with pytest.raises(type(error)) as caught:
        fail(error)
    return "".join(traceback.format_exception(caught.value))


def test_a_foreseeable_error_ends_in_its_own_words_with_no_frame_from_below_and_no_cause():
    error = errors.NotFound("There is no channel.", remedy="make one.")
    error.__context__ = ValueError("botocore's")
    text = text_of(error)
    assert text.endswith("ivs_stream_key.errors.NotFound: There is no channel.\n  remedy: make one.\n")
    assert "in fail" not in text
    assert "botocore's" not in text
    assert "bug" not in text


def test_a_mistake_of_ours_keeps_its_traceback_and_says_that_it_is_to_be_reported():
    text = text_of(KeyError("arn"))
    assert "in fail" in text
    assert text.splitlines()[-1].startswith("This is a bug in pulumi-ivs-stream-key 0.")
    assert "please report it" in text


def test_where_to_report_comes_from_the_package(monkeypatch):
    class Metadata(dict):
        def get_all(self, name):
            return {"Project-URL": ["Docs, https://docs.test", "Issues, https://issues.test"]}[name]

    monkeypatch.setattr(error_reporting.metadata, "metadata", lambda _: Metadata(Version="9.9"))
    assert text_of(KeyError("arn")).endswith(
        "pulumi-ivs-stream-key 9.9: please report it, with the lines above, https://issues.test.\n"
    )


def test_a_copy_that_was_not_installed_says_it_too(monkeypatch):
    def missing(name):
        raise error_reporting.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(error_reporting.metadata, "metadata", missing)
    assert "This is a bug in pulumi-ivs-stream-key: please report it" in text_of(KeyError("arn"))


def sent_by_code_like_the_servers(error, **module):
    """What the SDK's server would send when a provider raises `error`; nothing else of its module counts."""
    code = "try:\n  fail(error)\nexcept Exception:\n  text = traceback.format_exc()"
    given = {"fail": fail, "error": error, "traceback": traceback, **module}
    exec(code, given)  # noqa: S102 - the server's module, in small
    return given["text"]


SERVER = {"DynamicResourceProviderServicer": None}
GONE = errors.NotFound("There is no channel.", remedy="make one.")
WORDS = "NotFound: There is no channel.\n  remedy: make one."


def test_to_the_sdks_server_a_foreseeable_error_has_no_traceback_but_words():
    with pytest.raises(Exception, match="There is no channel") as caught:
        sent_by_code_like_the_servers(GONE, **SERVER)
    assert str(caught.value) == WORDS
    # Whoever logs it on its way finds an ordinary exception, with nothing of the one before it.
    text = "".join(traceback.format_exception(caught.value))
    assert text.endswith(f"{WORDS}\n")
    assert "During handling" not in text


def test_a_mistake_of_ours_has_its_traceback_there_too():
    assert "in fail" in sent_by_code_like_the_servers(KeyError("arn"), **SERVER)


def test_to_anybody_else_a_foreseeable_error_is_the_error_itself():
    assert f"ivs_stream_key.errors.{WORDS}" in sent_by_code_like_the_servers(GONE)


def test_who_overlooks_the_words_gets_them_after_a_short_traceback():
    with pytest.raises(Exception, match="There is no channel") as caught:
        exec("fail(error)", {"fail": fail, "error": GONE, **SERVER})  # noqa: S102 - as above
    with pytest.raises(Exception, match="There is no channel"):
        traceback.format_exception(caught.value)
    text = "".join(traceback.format_exception(caught.value))
    assert text.endswith(f"{WORDS}\n")
    assert "in fail" not in text.replace("in <module>", "")


# Secrets do not leave.

SECRET = "hunter2-of-a-connection"


def raised(error, **module):
    SECRETS.learn(SECRET)
    with pytest.raises(Exception) as caught:
        sent_by_code_like_the_servers(error, **module) if module else fail(error)
    return caught.value


def everything_of(error):
    """Whatever can be read in an error: its text, its attributes, and all that hangs on to it, shown or not."""
    found, todo = [], [error]
    while todo:
        one = todo.pop()
        if one is not None and one not in found:
            found.append(one)
            todo += [BaseException.__dict__[name].__get__(one) for name in ("__cause__", "__context__")]
    return " ".join(f"{one} {one!r} {vars(one)}" for one in found)


@pytest.mark.parametrize("module", [{}, SERVER], ids=["anybody", "the server"])
def test_no_secret_is_in_a_foreseeable_error_nor_in_anything_that_hangs_on_to_it(module):
    error = errors.NotFound("There is no channel.", got=f"x={SECRET}&", remedy=f"give {SECRET}.")
    error.__context__ = error.__cause__ = ValueError(SECRET)
    left = everything_of(raised(error, **module))
    assert SECRET not in left
    assert "x=[secret]&" in left


def test_what_becomes_known_as_a_secret_after_the_error_was_made_is_none_of_its_words_either():
    error = errors.NotFound("There is no channel.", got=SECRET, remedy="none.")
    assert SECRET in str(error)
    SECRETS.learn(SECRET)
    assert SECRET not in str(error)


def test_what_aws_quotes_is_hidden_by_its_name_where_nobody_knows_it():
    answer = errors.AwsAnswer("CreateStreamKey", "InvalidSignatureException", "x-amz-security-token:FwoGZ\nhost", "r")
    assert "FwoGZ" not in f"{answer} {answer!r}"
    assert "x-amz-security-token:[secret]" in str(answer)


def test_a_mistake_of_ours_with_a_secret_in_its_traceback_leaves_as_that_traceback_without_it():
    mistake = KeyError("no such key")
    mistake.__cause__ = ValueError(f"ExternalId={SECRET}")
    left = raised(mistake)
    assert isinstance(left, Failure)
    text = "".join(traceback.format_exception(left))
    assert SECRET not in text + everything_of(left)
    for part in ("ValueError: ExternalId=[secret]", "direct cause", "in fail", "KeyError", "please report it"):
        assert part in text


def test_a_mistake_of_ours_with_a_secret_is_without_it_at_the_server_too():
    SECRETS.learn(SECRET)
    text = sent_by_code_like_the_servers(KeyError(SECRET), **SERVER)
    assert SECRET not in text
    assert "KeyError: '[secret]'" in text


def test_what_a_check_finds_wrong_is_redacted():
    SECRETS.learn(SECRET)

    @report_errors
    def check():
        return CheckResult({"tags": SECRET}, [CheckFailure(f'tags["{SECRET}"]', f"got {SECRET}")])

    (failure,) = check().failures
    assert (failure.property, failure.reason) == ('tags["[secret]"]', "got [secret]")
    # What is to be in the state, where the engine encrypts it.
    assert check().inputs == {"tags": SECRET}


@pytest.mark.parametrize(
    "properties",
    [
        {"value": SECRET},
        {"connection": {"assume_roles": [{"external_id": SECRET}]}},
        {"connection": f'{{"secret_key": "{SECRET}"}}'},
    ],
)
def test_the_secrets_of_what_a_call_is_given_are_known_before_it_begins(properties):
    @report_errors
    def update(id_, olds, news):
        return redacted(f"{id_} {olds} {news}")

    assert SECRET not in update("id", properties, news={})
    assert SECRET not in update("id", {}, news=properties)
