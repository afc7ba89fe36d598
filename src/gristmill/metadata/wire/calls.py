"""Calls of the service's methods on one server: over what, for how long, how often, and what their failures mean.

A server may be away for a moment, as when it is restarted. A call that cannot have reached it waits and tries again, as
long as one call may take; so does one that only reads. A write that was lost on its way is the caller's to look after.
"""

from __future__ import annotations

import os
import random
import re
import threading
import time
from typing import Any

from gristmill.errors import MissingExtraError
from gristmill.metadata import errors
from gristmill.metadata.texts import half_a_pair
from gristmill.metadata.wire.protocol import METHODS
from gristmill.metadata.wire.stub import MetadataStoreServiceStub
from gristmill.metadata.wire.target import WireTarget

try:
    import grpc
except ImportError as error:
    raise MissingExtraError("grpcio", "grpc", "a metadata store over the wire") from error

__all__ = ["Calls"]

_FIRST_PAUSE_SECONDS = 0.05  # mean pause before the first repeated attempt; doubles each time
_LONGEST_PAUSE_SECONDS = 2.0
_ACKNOWLEDGED_WITHIN_MS = 20_000  # a connection over which a server acknowledges nothing for so long is dead
_PING_EVERY_MS = 600_000  # servers take pings every five minutes; a call is over long before

# What gRPC says of calls that no method has seen.
_NOT_SENT = "failed to connect to all addresses"
_NOT_TAKEN = "Concurrent RPC limit exceeded"
# What it says of calls that were running when this end closed the connection.
_CLOSED_HERE = "Channel closed"

_HINT = re.compile(r"\n\s*Hint: (.*)", re.DOTALL)
_HINTS = {
    errors.UNAVAILABLE: "is the server running, and is this its address? A write that was under way may have been "
    "stored: read before you repeat it.",
    errors.DEADLINE_EXCEEDED: "give more time with ?timeout=SECONDS, or client_timeout_sec. A write may have been "
    "stored: read before you repeat it.",
    errors.RESOURCE_EXHAUSTED: "put less into one call, or ask for less; both ends bound the size of a message.",
}
_TLS_HINT = (
    "grpcs:// speaks to a server that encrypts; ca names who signed its certificate, cert and key are what it wants "
    "to see of its clients."
)


class Calls:
    """Calls of one server's methods. Its connection is made when it is needed, and anew in the child of a fork."""

    def __init__(self, target: WireTarget) -> None:
        self.target = target
        self._lock = threading.Lock()
        self._channel: Any = None
        self._stub: MetadataStoreServiceStub | None = None
        self._process = 0
        self._was_reached = False

    def close(self) -> None:
        """Closes the connection; the next call makes a new one."""
        with self._lock:
            if self._channel is not None and self._process == os.getpid():
                self._channel.close()
            self._channel = self._stub = None

    def __call__(self, method: str, **fields: Any) -> Any:
        """The answer to a request with these fields.

        Raises:
            StatusError: what the server says, or that there is none; InvalidArgumentError for a text that is none.
        """
        request_class, _ = METHODS[method]
        try:
            request = request_class(**fields)
        except UnicodeEncodeError as error:
            raise half_a_pair(error) from None
        answer = self._answered(method, request)
        self._was_reached = True
        return answer

    def _answered(self, method: str, request: Any) -> Any:
        give_up = time.monotonic() + self.target.timeout
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                return getattr(self._connected(), method)(request, timeout=give_up - time.monotonic())
            except grpc.RpcError as error:
                wait = random.uniform(0, 2 * pause)
                if not self._may_repeat(method, error) or time.monotonic() + wait >= give_up:
                    raise _as_status(error, self.target) from None
            time.sleep(wait)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _may_repeat(self, method: str, error: Any) -> bool:
        """Whether another attempt may succeed and does nothing twice: a server that was there comes back."""
        details = str(error.details() or "")
        if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
            return _NOT_TAKEN in details
        is_away = _code_of(error) == errors.UNAVAILABLE and self._was_reached
        return is_away and (_NOT_SENT in details or method.startswith("Get"))

    def _connected(self) -> MetadataStoreServiceStub:
        with self._lock:
            if self._stub is None or self._process != os.getpid():
                self._channel, self._process = _channel(self.target), os.getpid()
                self._stub = MetadataStoreServiceStub(self._channel)
            return self._stub


def _channel(target: WireTarget) -> Any:
    longest_pause = round(1000 * _LONGEST_PAUSE_SECONDS)
    options = [
        ("grpc.max_receive_message_length", target.max_message_bytes),
        ("grpc.max_send_message_length", target.max_message_bytes),
        ("grpc.initial_reconnect_backoff_ms", round(1000 * _FIRST_PAUSE_SECONDS)),
        ("grpc.max_reconnect_backoff_ms", longest_pause),
        ("grpc.keepalive_time_ms", _PING_EVERY_MS),
        ("grpc.keepalive_timeout_ms", _ACKNOWLEDGED_WITHIN_MS),
        ("grpc.use_local_subchannel_pool", 1),  # a store that is opened anew does not wait for the pause of another
    ]
    if target.max_ping_strikes is not None:
        options.append(("grpc.http2.max_ping_strikes", target.max_ping_strikes))
    if not target.tls:
        return grpc.insecure_channel(target.address, options)
    credentials = grpc.ssl_channel_credentials(target.ca, target.key, target.certificate)
    return grpc.secure_channel(target.address, credentials, options)


def _code_of(error: Any) -> int:
    """The status of a failed call. A server that stops cancels what it has not begun, which is to say: it goes away."""
    code = int(error.code().value[0])
    return errors.UNAVAILABLE if code == errors.CANCELLED and _CLOSED_HERE not in str(error.details()) else code


def _as_status(error: Any, target: WireTarget) -> errors.StatusError:
    """The store's error for a failed call: what the server said, with the hint that it gave."""
    code, details = _code_of(error), str(error.details() or "")
    hint = _HINT.search(details)
    message = _HINT.sub("", details) or error.code().name.lower().replace("_", " ")
    if hint is None and code in _HINTS:
        message = f"the metadata server {target} did not answer: {message}"
    is_about_tls = code == errors.UNAVAILABLE and "handshake" in details.lower()
    usual = _TLS_HINT if is_about_tls else _HINTS.get(code)
    return errors.make_exception(message, code, hint=hint.group(1) if hint else usual)
