"""What botocore and urllib3 log, without secrets: at DEBUG they log requests, answers, and how they are signed."""

import logging
import re
from typing import Final

from ivs_stream_key.wording import scrubbed

__all__ = ["keep_secrets_out_of_logs"]

_LIBRARIES: Final = frozenset({"boto3", "botocore", "urllib3"})
_HIDDEN: Final = "[secret]"

# As they stand in JSON, in XML, in a dictionary that is logged, in a canonical request, and in a form.
_NAMES: Final = (
    r"secretaccesskey|secret_access_key|aws_secret_access_key|sessiontoken|session_token|aws_session_token|"
    r"x-amz-security-token|webidentitytoken|samlassertion|accesstoken|access_token|clientsecret|refreshtoken|"
    r"externalid"
)
_NAMED: Final = re.compile(
    rf"""(?P<name>\b(?:{_NAMES})\b\\?["']?\s*(?:[:=>]\s*(?:b?\\?["'])?|>))(?P<value>[^\s"'<>&,;\\}}]+)""", re.IGNORECASE
)


class _WithoutSecrets(logging.Filter):
    """Lets every record pass, with its secrets blotted out."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            text = record.getMessage()
        except Exception:  # noqa: BLE001 - logging says itself what is wrong with such a record
            return True
        hidden = _NAMED.sub(rf"\g<name>{_HIDDEN}", scrubbed(text))
        if hidden != text:
            record.msg, record.args = hidden, ()
        return True


_FILTER: Final = _WithoutSecrets()


def keep_secrets_out_of_logs() -> None:
    """Let the loggers that these libraries have by now log no secret, at any level; later ones need another call."""
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger) and name.partition(".")[0] in _LIBRARIES:
            logger.addFilter(_FILTER)  # which has an effect once
