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


def test_records_below_the_level_are_captured_and_not_shown(logger, caplog):
    captured = []
    with log_records(captured.append):
        logger.debug("quiet %s", "one")
        logger.warning("loud %s", "one")
    assert captured == ["quiet one\n", "loud one\n"]
    assert [record.getMessage() for record in caplog.records] == ["loud one"]


def test_afterwards_nothing_is_captured_and_levels_are_restored(logger):
    captured = []
    with log_records(captured.append), log_records(captured.append):
        pass
    logger.warning("loud")
    assert captured == []
    assert not logger.isEnabledFor(logging.DEBUG)
    assert logging.Logger.isEnabledFor.__module__ == "logging"
    assert logging.Logger.callHandlers.__module__ == "logging"


def test_a_non_propagating_logger_is_captured_too(logger):
    logger.propagate = False
    captured = []
    with log_records(captured.append):
        logger.warning("own")
    assert captured == ["own\n"]


def test_filtered_records_are_not_captured(logger):
    def redact(record):
        record.msg, record.args = "redacted", ()
        return True

    logger.addFilter(redact)
    captured = []
    with log_records(captured.append):
        logger.debug("swordfish")
    assert captured == ["redacted\n"]


def test_exceptions_and_extra_fields_are_captured(logger):
    captured = []
    with log_records(captured.append):
        logger.info("quiet", exc_info=ValueError("swordfish"), extra={"pin": "fishhook"})
    assert "ValueError: swordfish" in captured[0]
    assert "{'pin': 'fishhook'}" in captured[0]


def test_a_record_with_a_formatting_error_is_captured(logger):
    captured = []
    with log_records(captured.append):
        logger.debug("%d", "swordfish")
    assert "swordfish" in captured[0]


def test_a_manually_handled_record_is_shown_as_usual(logger, caplog):
    captured = []
    with log_records(captured.append):
        logger.handle(logging.makeLogRecord({"levelno": logging.DEBUG, "msg": "by hand"}))
    assert captured == ["by hand\n"]
    assert "by hand" in caplog.text


@pytest.mark.parametrize(("level", "messages"), [(logging.WARNING, 0), (logging.DEBUG, 1)])
def test_transport_logs_are_captured_if_shown(caplog, level, messages):
    caplog.set_level(level)
    captured = []
    with log_records(captured.append):
        logging.getLogger("botocore.parsers").debug("Response body")
    assert len(captured) == len(caplog.records) == messages


def test_logs_of_the_harness_are_not_captured(logger):
    captured = []
    with log_records(captured.append), work():
        logger.debug("of the harness")
    assert captured == []
