"""The operations on stream keys, streams and tags, in the form of moto's IVSResponse."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import unquote

from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import InvalidToken
from moto.core.request import Request
from moto.core.responses import ActionContext, ActionResult
from moto.ivs.responses import IVSResponse

from moto_ivs.exceptions import ValidationException
from moto_ivs.models import StreamKeyBackend
from moto_ivs.validate import check_request, operation_model

__all__ = ["NoContent", "StreamKeyResponse", "route_untag_without_keys", "validate_with_model"]

_TAGS_PATH = "/tags/"


class NoContent(ActionResult):
    """A response without a body, for status 204. moto's own empty response has the body `{}`."""

    def __init__(self) -> None:
        super().__init__(None)

    def execute_result(self, context: ActionContext) -> TYPE_RESPONSE:
        return context.operation_model.http["responseCode"], {}, ""


class StreamKeyResponse(IVSResponse):
    """Holds the methods that the installation copies onto IVSResponse; it is never instantiated."""

    def create_stream_key(self) -> ActionResult:
        members = self._request_members()
        key = self._stream_key_backend.create_stream_key(members["channelArn"], members.get("tags", {}))
        return ActionResult({"streamKey": key})

    def get_stream_key(self) -> ActionResult:
        return ActionResult({"streamKey": self._stream_key_backend.get_stream_key(self._request_members()["arn"])})

    def batch_get_stream_key(self) -> ActionResult:
        keys, errors = self._stream_key_backend.batch_get_stream_key(self._request_members()["arns"])
        return ActionResult({"streamKeys": keys, "errors": errors})

    def list_stream_keys(self) -> ActionResult:
        members = self._request_members()
        keys, token = self._stream_key_backend.list_stream_keys(
            members["channelArn"], max_results=members.get("maxResults"), next_token=members.get("nextToken")
        )
        return ActionResult({"streamKeys": keys, "nextToken": token})

    def delete_stream_key(self) -> ActionResult:
        self._stream_key_backend.delete_stream_key(self._request_members()["arn"])
        return NoContent()

    def list_tags_for_resource(self) -> ActionResult:
        return ActionResult(
            {"tags": self._stream_key_backend.list_tags_for_resource(self._request_members()["resourceArn"])}
        )

    def tag_resource(self) -> ActionResult:
        members = self._request_members()
        self._stream_key_backend.tag_resource(members["resourceArn"], members["tags"])
        return NoContent()

    def untag_resource(self) -> ActionResult:
        members = self._request_members()
        self._stream_key_backend.untag_resource(members["resourceArn"], members["tagKeys"])
        return NoContent()

    def get_stream(self) -> ActionResult:
        return ActionResult({"stream": self._stream_key_backend.get_stream(self._request_members()["channelArn"])})

    def list_streams(self) -> ActionResult:
        members = self._request_members()
        streams, token = self._stream_key_backend.list_streams(
            health=members.get("filterBy", {}).get("health"),
            max_results=members.get("maxResults"),
            next_token=members.get("nextToken"),
        )
        return ActionResult({"streams": streams, "nextToken": token})

    def stop_stream(self) -> ActionResult:
        self._stream_key_backend.stop_stream(self._request_members()["channelArn"])
        return NoContent()

    @property
    def _stream_key_backend(self) -> StreamKeyBackend:
        return cast("StreamKeyBackend", self.ivs_backend)

    def _list_response(
        self, name: str, list_page: Callable[..., tuple[list[dict[str, Any]], str | None]]
    ) -> ActionResult:
        """Return the response to a List operation whose only parameters are those for paging."""
        members = self._request_members()
        items, token = list_page(max_results=members.get("maxResults"), next_token=members.get("nextToken"))
        return ActionResult({name: items, "nextToken": token})

    def _request_members(self) -> dict[str, Any]:
        """Return the request's parameters by the model's member names. Raises ValidationException."""
        operation = operation_model(self._get_action())
        try:
            self.parse_parameters(self.normalized_request)
        except (AttributeError, TypeError, ValueError):
            # moto's parser does not check the types of the members.
            raise ValidationException("The request's members are not of the types that the operation takes") from None
        shapes = operation.input_shape.members if operation.input_shape else {}
        # moto's parser creates an empty list for a list that is missing in the query string.
        members = {
            name: value
            for name, value in self.params.items()
            if value != [] or shapes[name].serialization.get("location") != "querystring"
        }
        check_request(operation, members)
        return members


def validate_with_model(operation: Callable[..., Any]) -> Callable[..., Any]:
    """Patch one of moto's operations: validate the request, and respond with the model's members and status."""

    @functools.wraps(operation)
    def patched(self: StreamKeyResponse) -> ActionResult:
        self._request_members()
        try:
            body = operation(self)
        except InvalidToken as error:
            raise ValidationException(error.message) from None
        return ActionResult(json.loads(body)) if body else NoContent()

    return patched


def route_untag_without_keys(find_action: Callable[..., Any]) -> Callable[..., Any]:
    """Patch the routing: without it, moto responds with 404 if the query parameter of UntagResource is missing.

    The patch also caches the operation of a request, which moto looks up four times.
    """

    @functools.wraps(find_action)
    def patched(self: StreamKeyResponse, request: Request) -> str | None:
        found: tuple[Request, str | None] | None = vars(self).get("_routed")
        if found is None or found[0] is not request:
            found = (request, found_action(self, request))
            vars(self)["_routed"] = found
        return found[1]

    def found_action(self: StreamKeyResponse, request: Request) -> str | None:
        action: str | None = find_action(self, request)
        if action is None and request.method == "DELETE" and request.raw_path.startswith(_TAGS_PATH):
            self.uri_match = {"resourceArn": unquote(request.raw_path.removeprefix(_TAGS_PATH))}
            return "UntagResource"
        return action

    return patched
