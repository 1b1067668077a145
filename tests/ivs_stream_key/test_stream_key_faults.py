import traceback

import pytest

from ivs_stream_key import errors, faults
from ivs_stream_key.faults import presentable


@presentable
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

    monkeypatch.setattr(faults.metadata, "metadata", lambda _: Metadata(Version="9.9"))
    assert text_of(KeyError("arn")).endswith(
        "pulumi-ivs-stream-key 9.9: please report it, with the lines above, https://issues.test.\n"
    )


def test_a_copy_that_was_not_installed_says_it_too(monkeypatch):
    def missing(name):
        raise faults.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(faults.metadata, "metadata", missing)
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
