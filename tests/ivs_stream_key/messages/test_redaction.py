"""Secrets are redacted in every encoding, and other words stay."""

import base64
import html
import json
import re
import threading
from urllib.parse import quote, quote_plus

import pytest

from ivs_stream_key.messages.redaction import HIDDEN, SECRETS, Secrets, is_name_of_secret, redacted

KEY = "sk_us-west-2_abcdABCDefgh_567890abcdef"
TOKEN = "FwoGZXIvYXdz//8aDE+x&\"<y>'z=="


@pytest.fixture
def secrets():
    return Secrets()


def test_a_stream_keys_value_is_redacted_anywhere():
    text = f"rtmps://x.global-contribute.live-video.net:443/app/{KEY} and {KEY}?"
    assert redacted(text) == "rtmps://x.global-contribute.live-video.net:443/app/[secret] and [secret]?"


ENCODINGS = {
    "plain": lambda text: text,
    "URL": lambda text: quote(text, safe=""),
    "path of a URL": quote,
    "form": quote_plus,
    "URL in a URL": lambda text: quote(quote(text, safe=""), safe=""),
    "lower-case URL": lambda text: re.sub("%..", lambda escape: escape[0].lower(), quote(text, safe="")),
    "JSON": json.dumps,
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "JSON with escaped slashes": lambda text: json.dumps(text).replace("/", "\\/"),
    "Python": repr,
    "JSON in Python": lambda text: repr(json.dumps(text)),
    "JSON in bytes in Python": lambda text: repr(json.dumps(f"'{text}").encode())[1:],
    "JSON in bytes of UTF-8 in Python": lambda text: repr(json.dumps(text, ensure_ascii=False).encode())[1:],
    "bytes in Python": lambda text: repr(text.encode()),
    "Python in Python": lambda text: repr(repr(text)),
    "JSON in JSON in JSON": lambda text: json.dumps(json.dumps(json.dumps(text)[1:-1])[1:-1]),
    "JSON of UTF-8 in JSON": lambda text: json.dumps(json.dumps(text, ensure_ascii=False), ensure_ascii=False),
    "JSON as Go writes it": lambda text: re.sub("[<>&]", lambda c: f"\\u{ord(c[0]):04x}", json.dumps(text)),
    "XML": html.escape,
    "XML with names": lambda text: html.escape(text, quote=False).replace('"', "&quot;").replace("'", "&apos;"),
    "XML with numbers": lambda text: html.escape(text, quote=False).replace('"', "&#34;").replace("'", "&#39;"),
    "XML in Python": lambda text: repr(html.escape(text)),
    "hexadecimal": lambda text: text.encode().hex(),
    "bytes as S3 quotes them": lambda text: text.encode().hex(" "),
    "bytes in capitals": lambda text: text.encode().hex(" ").upper(),
    "JSON in base64": lambda text: base64.b64encode(json.dumps({"a": text}).encode()).decode(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 with other text": lambda text: base64.b64encode(f"a:{text}, and so on".encode()).decode(),
    "base64 for URLs, with other text": lambda text: base64.urlsafe_b64encode(f"ab:{text}".encode()).decode(),
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("secret", [TOKEN, "pässwörd/with+umlauts", KEY])
def test_a_secret_is_redacted_in_each_encoding(secrets, encoding, secret):
    secrets.learn(secret)
    encoded = ENCODINGS[encoding](secret)
    text = secrets.redacted(f"AWS says {encoded} is wrong")
    assert HIDDEN in text
    assert text.startswith("AWS says ")
    assert text.endswith(" is wrong")
    # base64 encodes the ends of a secret together with the characters next to it.
    assert len(text) <= len("AWS says  is wrong") + len(HIDDEN) + (30 if "base64" in encoding else 6)


def test_a_short_secret_is_redacted_as_a_word_and_a_shorter_one_is_not(secrets):
    secrets.learn("hunter2", "abcd")
    text = "hunter2, xhunter2, hunter2x, hunter22, =hunter2& %3Dhunter2%26 \\nhunter2 _hunter2_ abcd"
    assert secrets.redacted(text) == (
        "[secret], xhunter2, hunter2x, hunter22, =[secret]& %3D[secret]%26 \\n[secret] _[secret]_ abcd"
    )


def test_a_secret_of_twelve_characters_is_redacted_within_words_too(secrets):
    secrets.learn("hunter2hunter2")
    assert secrets.redacted("xhunter2hunter2x") == "x[secret]x"


def test_redacting_twice_changes_nothing(secrets):
    secrets.learn("secret", "hunter2")
    once = secrets.redacted("the secret hunter2 of [secret]")
    assert once == "the [secret] [secret] of [secret]"
    assert secrets.redacted(once) == once


def test_the_longest_of_secrets_with_a_common_prefix_is_redacted(secrets):
    secrets.learn("hunter2-and", "hunter2-and-more")
    assert secrets.redacted("hunter2-and-more") == HIDDEN


def test_overlapping_secrets_are_redacted_completely(secrets):
    secrets.learn("hunter2-and-more", "more-and-hunter3", "and")
    assert secrets.redacted("got hunter2-and-more-and-hunter3!") == "got [secret]!"
    assert secrets.redacted("got hunter2-and-moremore-and-hunter3!") == "got [secret][secret]!"


def test_whitespace_around_a_secret_is_ignored(secrets):
    secrets.learn(" hunter2-and-more\n")
    assert secrets.redacted("got 'hunter2-and-more'") == "got '[secret]'"


def test_values_that_are_not_strings_are_no_secrets(secrets):
    secrets.learn(None, 12345678, b"hunter2")
    assert secrets.redacted("12345678 hunter2 None") == "12345678 hunter2 None"


def test_secrets_are_learned_from_deeply_nested_values(secrets):
    deep = {"external_id": [{"a": "hunter2-deep"}]}
    for _ in range(5_000):
        deep = {"a": [deep]}
    secrets.learn_settings(deep)
    secrets.learn_settings({"assumeRoles": "[" * 100_000})
    assert secrets.redacted("got hunter2-deep") == "got [secret]"


def test_a_secret_with_lone_surrogates_is_handled(secrets):
    secrets.learn("lone \ud800 surrogate")
    assert secrets.redacted("got lone \ud800 surrogate") == "got [secret]"


def test_all_strings_in_a_secret_value_are_secrets(secrets):
    secrets.learn_all([{"team": "hunter2", "list": [b"in-bytes", 1.0]}, None])
    assert secrets.redacted("team hunter2 in-bytes") == "team [secret] [secret]"


def test_a_new_run_knows_no_secrets_of_the_previous_one(secrets):
    secrets.learn("hunter2")
    secrets.forget()
    assert secrets.redacted("hunter2") == "hunter2"


def test_secrets_are_learned_from_settings_by_name_at_any_depth_and_in_any_spelling(secrets):
    secrets.learn_settings(
        {
            "access_key": "AKIAIOSFODNN7EXAMPLE",
            "secretKey": "wJalrXUtnFEMI",
            "token": "t0ken-of-session",
            "assumeRoles": json.dumps(
                [{"roleArn": "arn:aws:iam::111111111111:role/open", "externalId": "external-one"}]
            ),
            "assume_role_with_web_identity": {"web_identity_token": "eyJhbGci.e30"},
            "httpsProxy": "http://me:p%40ssw0rd@proxy.test:3128",
            "http_proxy": "http://me:pa#ss/word@proxy.test",
            "endpoints": [{"ivs": "https://only-a-user@ivs.test"}],
            "profile": "production",
            "region": None,
        }
    )
    for secret in (
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI",
        "t0ken-of-session",
        "external-one",
        "eyJhbGci.e30",
        "p%40ssw0rd",
        "p@ssw0rd",
        "pa#ss/word",
        "only-a-user",
    ):
        assert secrets.redacted(f"<{secret}>") == "<[secret]>"
    for text in ("arn:aws:iam::111111111111:role/open", "proxy.test", "production"):
        assert secrets.redacted(text) == text


def test_a_token_in_a_response_is_no_setting(secrets):
    secrets.learn_from({"token": "nextpage1", "x-amz-security-token": "FwoGZXIvYXdz"})
    assert secrets.redacted("nextpage1 FwoGZXIvYXdz") == "nextpage1 [secret]"


@pytest.mark.parametrize("name", ["SecretAccessKey", "secret_access_key", "X-Amz-Security-Token", "externalId"])
def test_secret_names_are_recognized_in_each_spelling(name):
    assert is_name_of_secret(name)


@pytest.mark.parametrize("name", ["AccessKeyId", "token", "arn", "", None, 1])
def test_other_names_are_no_secret_names(name):
    assert not is_name_of_secret(name)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("x-amz-security-token:Fwo/=\nhost", "x-amz-security-token:[secret]\nhost"),
        ("<SessionToken>Fwo</SessionToken>", "<SessionToken>[secret]</SessionToken>"),
        ("ExternalId=ab&RoleArn=arn", "ExternalId=[secret]&RoleArn=arn"),
        ("{'X-Amz-Security-Token': b'Fwo'}", "{'X-Amz-Security-Token': b'[secret]'}"),
        ('{\\"secretAccessKey\\": \\"wJal\\"}', '{\\"secretAccessKey\\": \\"[secret]\\"}'),
        ('{"streamKey": {"value" : "anything"}}', '{"streamKey": {"value" : "[secret]"}}'),
        ('{"Token":"Fwo"}', '{"Token":"[secret]"}'),
        ("Authorization: Bearer abc", "Authorization: Bearer [secret]"),
        ("'Authorization': 'Basic YTpi'", "'Authorization': 'Basic [secret]'"),
        ("'Authorization': b'AWS4-HMAC-SHA256 Credential=A'", "'Authorization': b'AWS4-HMAC-SHA256 Credential=A'"),
        (f"Signature={'0a' * 32}, x", "Signature=[secret], x"),
        (f"Signature:\n{'0a' * 32}", "Signature:\n[secret]"),
        ("https://me:p@ss@host:1/path@x", "https://[secret]@host:1/path@x"),
        ("https://host/path?to=a@b", "https://host/path?to=a@b"),
    ],
)
def test_values_with_secret_names_in_foreign_text_are_redacted(text, hidden):
    assert redacted(text, foreign=True) == hidden
    assert redacted(text) == text


def test_the_time_is_linear_in_the_length_of_the_text(secrets):
    for number in range(3000):
        secrets.learn(f"sk_us-west-2_abcdABCDefgh_{number:06}")
    positions = []
    secrets._stands_at = lambda text, at, end: positions.append(at) or False
    secrets.redacted("sk_us-west-2_nothing " * 10)
    assert len(positions) <= 10 * len({*secrets._lengths["sk_us"]}) <= 60


@pytest.mark.parametrize(
    "text", ["\\" * 50_000, "externalid" * 5_000, "externalid " * 5_000, "://" * 20_000, '"value\\' * 9_000]
)
def test_adversarial_text_is_redacted_in_linear_time(text):
    # Quadratic time would take minutes.
    assert len(redacted(text * 4, foreign=True)) <= len(text * 4)


def test_threads_can_learn_and_redact_concurrently(secrets):
    def learn(thread):
        for number in range(100):
            secrets.learn(f"secret-{thread}-number-{number}")
            assert secrets.redacted(f"secret-{thread}-number-{number}") == HIDDEN

    threads = [threading.Thread(target=learn, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    text = " ".join(f"secret-{thread}-number-{number}" for thread in range(4) for number in range(100))
    assert secrets.redacted(text) == " ".join([HIDDEN] * 400)


def test_secrets_are_shared_within_the_package():
    SECRETS.learn("hunter2-for-all")
    assert redacted("got hunter2-for-all") == "got [secret]"
