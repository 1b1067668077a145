"""The harness's own logs in the program's process are muted."""

import logging
import threading

import pytest

from rehearsal.providers import harness_work


@pytest.fixture
def heard(caplog):
    caplog.set_level(logging.DEBUG)
    return lambda: [record.getMessage() for record in caplog.records]


def test_only_logs_of_the_harness_are_muted(heard):
    log = logging.getLogger("moto.core")
    with harness_work.muted():
        with harness_work.work():
            log.critical("ours")
        log.debug("the program's")
    with harness_work.work():
        log.debug("nobody mutes")
    assert heard() == ["the program's", "nobody mutes"]


def test_transport_logs_of_a_modelled_provider_are_muted(heard):
    with harness_work.muted(), harness_work.provider_work():
        logging.getLogger("botocore.parsers").debug("body")
        logging.getLogger("urllib3.connectionpool").info("request")
        logging.getLogger("botocore.credentials").warning("expired")
        logging.getLogger("my_provider").debug("seen by tests")
    assert heard() == ["expired", "seen by tests"]


def test_other_threads_are_not_muted(heard):
    with harness_work.muted(), harness_work.work():
        thread = threading.Thread(target=logging.getLogger("any").info, args=("theirs",))
        thread.start()
        thread.join()
    assert heard() == ["theirs"]


def test_logging_is_restored_when_the_last_mute_ends():
    before = logging.Logger.handle
    with harness_work.muted():
        with harness_work.muted():
            assert logging.Logger.handle is not before
        assert logging.Logger.handle is not before
    assert logging.Logger.handle is before
