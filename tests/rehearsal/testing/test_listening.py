import io
import logging
import sys
import warnings
from contextlib import redirect_stdout

import pytest

from rehearsal.testing.listening import listening


def test_what_is_printed_and_logged_is_heard_and_goes_where_it_would_have_gone():
    below = io.StringIO()
    with redirect_stdout(below), listening() as captured:
        sys.stdout.write("printed\n")
        logging.getLogger("a").warning("logged")
    text = "".join(captured)
    assert below.getvalue() == "printed\n"
    assert "printed" in text
    assert "logged" in text


def test_a_stream_that_was_closed_meanwhile_is_no_trouble():
    below = io.StringIO()
    with redirect_stdout(below), listening():
        tee = sys.stdout
    below.close()
    tee.close()


def test_a_warning_is_heard_and_is_one_still():
    with pytest.warns(UserWarning, match="of what it warns"), listening() as captured:
        warnings.warn("of what it warns", stacklevel=1)
    assert "of what it warns" in "".join(captured)


def test_after_it_warnings_go_where_they_went():
    before = warnings.showwarning
    with listening():
        assert warnings.showwarning is not before
    assert warnings.showwarning is before
