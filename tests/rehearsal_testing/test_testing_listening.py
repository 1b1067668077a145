import io
import logging
import sys
from contextlib import redirect_stdout

from rehearsal.testing.listening import listening


def test_what_is_printed_and_logged_is_heard_and_goes_where_it_would_have_gone():
    below = io.StringIO()
    with redirect_stdout(below), listening() as heard:
        sys.stdout.write("printed\n")
        logging.getLogger("a").warning("logged")
        logging.getLogger("a").debug("not said aloud")
    text = "".join(heard)
    assert below.getvalue() == "printed\n"
    assert "printed" in text
    assert "logged" in text
    assert "aloud" not in text


def test_a_stream_that_was_closed_meanwhile_is_no_trouble():
    below = io.StringIO()
    with redirect_stdout(below), listening():
        tee = sys.stdout
    below.close()
    tee.close()
