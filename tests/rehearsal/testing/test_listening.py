import io
import logging
import sys
import warnings
from contextlib import redirect_stdout

import pytest

from rehearsal.testing.listening import listening


def test_printed_and_logged_output_is_captured_and_passed_on():
    underlying = io.StringIO()
    with redirect_stdout(underlying), listening() as captured:
        sys.stdout.write("printed\n")
        logging.getLogger("a").warning("logged")
    text = "".join(captured)
    assert underlying.getvalue() == "printed\n"
    assert "printed" in text
    assert "logged" in text


def test_a_closed_stream_is_no_error():
    underlying = io.StringIO()
    with redirect_stdout(underlying), listening():
        tee = sys.stdout
    underlying.close()
    tee.close()


def test_a_warning_is_captured_and_passed_on():
    with pytest.warns(UserWarning, match="of what it warns"), listening() as captured:
        warnings.warn("of what it warns", stacklevel=1)
    assert "of what it warns" in "".join(captured)


def test_warnings_are_restored_afterwards():
    before = warnings.showwarning
    with listening():
        assert warnings.showwarning is not before
    assert warnings.showwarning is before
