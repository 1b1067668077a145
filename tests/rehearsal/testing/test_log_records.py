import logging

import pytest

from rehearsal.providers.harness_work import work
from rehearsal.testing.log_records import log_records


@pytest.fixture
def logger(caplog):
    caplog.set_level(logging.WARNING)
    caplog.handler.setLevel(logging.NOTSET)
    made = logging.getLogger("of_this_test")
    yield made
    made.setLevel(logging.NOTSET)
    made.propagate = True
    made.filters.clear()


def test_what_is_logged_below_the_level_is_heard_and_not_shown(logger, caplog):
    captured = []
    with log_records(captured.append):
        logger.debug("quiet %s", "one")
        logger.warning("loud %s", "one")
    assert captured == ["quiet one\n", "loud one\n"]
    assert [record.getMessage() for record in caplog.records] == ["loud one"]


def test_afterwards_nothing_is_heard_and_levels_are_as_they_were(logger):
    captured = []
    with log_records(captured.append), log_records(captured.append):
        pass
    logger.warning("loud")
    assert captured == []
    assert not logger.isEnabledFor(logging.DEBUG)
    assert logging.Logger.isEnabledFor.__module__ == "logging"
    assert logging.Logger.callHandlers.__module__ == "logging"


def test_a_logger_that_keeps_to_its_own_handlers_is_heard_too(logger):
    logger.propagate = False
    captured = []
    with log_records(captured.append):
        logger.warning("own")
    assert captured == ["own\n"]


def test_what_a_filter_takes_out_is_not_heard(logger):
    def blot(record):
        record.msg, record.args = "blotted", ()
        return True

    logger.addFilter(blot)
    captured = []
    with log_records(captured.append):
        logger.debug("swordfish")
    assert captured == ["blotted\n"]


def test_an_error_and_what_a_record_has_besides_are_heard(logger):
    captured = []
    with log_records(captured.append):
        logger.info("quiet", exc_info=ValueError("swordfish"), extra={"pin": "fishhook"})
    assert "ValueError: swordfish" in captured[0]
    assert "{'pin': 'fishhook'}" in captured[0]


def test_a_record_that_can_not_be_formatted_is_heard_and_no_trouble(logger):
    captured = []
    with log_records(captured.append):
        logger.debug("%d", "swordfish")
    assert "swordfish" in captured[0]


def test_a_record_that_is_passed_on_by_hand_is_shown_as_ever(logger, caplog):
    captured = []
    with log_records(captured.append):
        logger.handle(logging.makeLogRecord({"levelno": logging.DEBUG, "msg": "by hand"}))
    assert captured == ["by hand\n"]
    assert "by hand" in caplog.text


@pytest.mark.parametrize(("level", "messages"), [(logging.WARNING, 0), (logging.DEBUG, 1)])
def test_what_transports_log_of_requests_is_heard_if_it_is_shown(caplog, level, messages):
    caplog.set_level(level)
    captured = []
    with log_records(captured.append):
        logging.getLogger("botocore.parsers").debug("Response body")
    assert len(captured) == len(caplog.records) == messages


def test_work_of_the_harness_itself_is_not_heard(logger):
    captured = []
    with log_records(captured.append), work():
        logger.debug("the harness's own")
    assert captured == []
