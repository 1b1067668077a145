"""Log records of the harness's own work are muted in the program's process."""

import logging
import threading

import pytest

from rehearsal.providers import harness_work


@pytest.fixture
def logged_messages(caplog):
    caplog.set_level(logging.DEBUG)
    return lambda: [record.getMessage() for record in caplog.records]


def test_only_logs_of_the_harness_are_muted(logged_messages):
    log = logging.getLogger("moto.core")
    with harness_work.muted():
        with harness_work.work():
            log.critical("of the harness")
        log.debug("of the program")
    with harness_work.work():
        log.debug("not muted")
    assert logged_messages() == ["of the program", "not muted"]


def test_transport_logs_of_a_modelled_provider_are_muted(logged_messages):
    with harness_work.muted(), harness_work.provider_work():
        logging.getLogger("botocore.parsers").debug("body")
        logging.getLogger("urllib3.connectionpool").info("request")
        logging.getLogger("botocore.credentials").warning("expired")
        logging.getLogger("my_provider").debug("seen by tests")
    assert logged_messages() == ["expired", "seen by tests"]


def test_other_threads_are_not_muted(logged_messages):
    with harness_work.muted(), harness_work.work():
        thread = threading.Thread(target=logging.getLogger("any").info, args=("of another thread",))
        thread.start()
        thread.join()
    assert logged_messages() == ["of another thread"]


def test_logging_is_restored_when_the_last_mute_ends():
    before = logging.Logger.handle
    with harness_work.muted():
        with harness_work.muted():
            assert logging.Logger.handle is not before
        assert logging.Logger.handle is not before
    assert logging.Logger.handle is before
