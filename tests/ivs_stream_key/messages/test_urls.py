import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivs_stream_key.messages import urls

VALID = ["http://host", "https://host:65535/path?q=1#f", "HTTP://host", "http://u:p%23w@host:1", "http://[::1]:80/"]
WRONG = [
    "",
    "host",
    "host:3128",
    "http://",
    "socks5://u:hunter2@host",
    "http://u:hunter2#x@host:3128",
    "http://u:1#hunter2@host:3128",
    "http://u:1?hunter2@host:3128",
    "http://u:1/hunter2@host:3128",
    "http://u:hunter2@host:99999",
    "http://u:hunter2@host:port",
    "http://u:hunter2@host:0",
    "http://[::1:80/",
    "http://u:hunter2@host\n",
    "http://u:hunter2 @host",
    "http://u:hunter2@host\x1b",
]


@pytest.mark.parametrize("url", VALID)
def test_a_valid_url_has_no_problem(url):
    assert urls.problem_of(url) is None


@pytest.mark.parametrize("url", WRONG)
def test_the_problem_is_reported_without_quoting_the_url(url):
    assert "hunter2" not in urls.problem_of(url)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(min_size=1), st.sampled_from(["", "%", ":", "/", "?", "#", "@"]))
def test_no_password_is_in_a_message(secret, sign):
    secret = f"zQx{sign}{secret}xQz"
    for url in (f"http://u:{secret}@host:1", f"socks5://u:{secret}@host", f"http://u:{secret}@host:99999", secret):
        for message in (urls.problem_of(url), urls.problem_of_proxy(url)):
            assert "zQx" not in str(message)
            assert "xQz" not in str(message)


@pytest.mark.parametrize(
    "url", ["host", "host:3128", "//host:3128", "u:p@host:3128", "http://host", "https://u:p@host"]
)
def test_a_proxy_of_the_environment_may_omit_the_scheme(url):
    assert urls.problem_of_proxy(url) is None


@pytest.mark.parametrize("url", ["HTTP://u:p@host", "socks5://host", "socks5://u:p@host", "u:p#w@host:1", "host:99999"])
def test_a_proxy_that_botocore_would_misread_is_a_problem(url):
    assert urls.problem_of_proxy(url) is not None


def test_schemes_are_lowercased_and_user_info_is_removed():
    assert urls.in_lower_case("HTTP://U:P@Host/A") == "http://U:P@Host/A"
    assert urls.has_user("http://u@host") is True
    assert urls.has_user("http://host/@") is False
    assert urls.without_user("http://u:p@host:1/path?q") == "http://host:1/path?q"
    assert urls.without_user("http://host:1") == "http://host:1"
