"""Functions of the program that the engine calls back: transforms and hooks, served by the SDK over gRPC."""

from __future__ import annotations

import threading
from typing import TypeVar

import grpc
from google.protobuf.message import Message
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc

from rehearsal.engine.call_order import arrived
from rehearsal.errors import RehearsalError

__all__ = ["Callbacks"]

_Response = TypeVar("_Response", bound=Message)

# The maximum size of a gRPC message, as in Pulumi.
_OPTIONS = [("grpc.max_receive_message_length", 400 * 2**20), ("grpc.max_send_message_length", 400 * 2**20)]


class Callbacks:
    """Calls the callback servers of a program, with one connection to each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._channels: dict[str, grpc.Channel] = {}

    def invoke(self, callback: callback_pb2.Callback, request: Message, response: type[_Response]) -> _Response:
        """Call the function and return its response.

        :raises RehearsalError: if the function raises; the text is the SDK's.
        """
        arrived()  # the program may have to make further calls before the function can return
        stub = callback_pb2_grpc.CallbacksStub(self._channel(callback.target))
        try:
            answer = stub.Invoke(
                callback_pb2.CallbackInvokeRequest(token=callback.token, request=request.SerializeToString())
            )
        except grpc.RpcError as error:
            raise RehearsalError(str(error.details()).rstrip()) from None
        made: _Response = response.FromString(answer.response)
        return made

    def _channel(self, target: str) -> grpc.Channel:
        if not target:
            raise RehearsalError("a callback has to name the server that runs it")
        with self._lock:
            if target not in self._channels:
                self._channels[target] = grpc.insecure_channel(target, options=_OPTIONS)
            return self._channels[target]

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            for channel in self._channels.values():
                channel.close()
            self._channels.clear()
