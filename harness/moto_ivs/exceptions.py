"""The errors of the service, and those of this package."""

from __future__ import annotations

import json

from moto.core.exceptions import JsonRESTError
from moto.core.utils import get_service_model

__all__ = [
    "BroadcastError",
    "ChannelNotBroadcasting",
    "ConflictException",
    "IncompatibleMoto",
    "IvsException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "ValidationException",
]


class IvsException(JsonRESTError):
    """An error of the IVS API. Its name is its AWS code; the HTTP status comes from botocore's service model."""

    def __init__(self, message: str) -> None:
        code = type(self).__name__
        super().__init__(code, message)
        self.code = get_service_model("ivs").shape_for(code).metadata["error"]["httpStatusCode"]
        # Clients look for `message`; `exceptionMessage` is the member of IVS's own error shapes.
        self.description = json.dumps({"__type": code, "message": message, "exceptionMessage": message})


class ChannelNotBroadcasting(IvsException):
    """The channel exists and is not live."""


class ConflictException(IvsException):
    """The channel is live, and the operation does not allow that."""


class ResourceNotFoundException(IvsException):
    """No such channel or stream key in this account and region."""


class ServiceQuotaExceededException(IvsException):
    """The channel already has its one stream key."""


class ValidationException(IvsException):
    """The service model does not allow the request."""


class BroadcastError(RuntimeError):
    """A broadcast could not be started or ended; the text says why. Not part of the AWS API."""


class IncompatibleMoto(RuntimeError):
    """The installed moto lacks an attribute that this extension patches, or already has one that it adds."""
