"""The server: a store behind the published service, on gRPC.

with MetadataStore("metadata.db") as store, MetadataServer(store) as server:
    print(server.address)      # 127.0.0.1:8080
    server.wait()
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from gristmill.errors import ConfigError, MissingExtraError, NotSupportedError
from gristmill.metadata import errors
from gristmill.metadata.contract import MetadataBackend
from gristmill.metadata.store import MetadataStore
from gristmill.metadata.wire.answers import ANSWERS, Answer
from gristmill.metadata.wire.health import HEALTH, check_of
from gristmill.metadata.wire.protocol import MAX_MESSAGE_BYTES, METHODS, SERVICE, address_of

try:
    import grpc
except ImportError as error:
    raise MissingExtraError("grpcio", "grpc", "a metadata store over the wire") from error

__all__ = ["GRACE_SECONDS", "LOOPBACK", "MetadataServer", "ServerTls"]

LOOPBACK = "127.0.0.1"
GRACE_SECONDS = 10.0  # a third of what orchestrators of containers give a process before they kill it
_WORKERS = 16  # threads that answer; a store's writes wait for one another anyway
_AT_ONCE = 256  # requests that are answered or wait, beyond which callers are told to come again

_log = logging.getLogger(__name__)
_CODES = {code.value[0]: code for code in grpc.StatusCode}
_FAULTS = {errors.UNKNOWN, errors.INTERNAL, errors.UNAVAILABLE, errors.DATA_LOSS}  # of the database, not of a caller


@dataclass(frozen=True)
class ServerTls:
    """What an encrypted server needs, as PEM texts.

    Attributes:
        key: its private key.
        certificate: its certificate chain.
        client_ca: certificates of who may sign the clients'; with them, a client must have a certificate.
    """

    key: bytes
    certificate: bytes
    client_ca: bytes | None = None


class MetadataServer:
    """Serves a store until it is stopped. A context manager; leaving it stops the server, the store stays open.

    Args:
        store: what is served.
        host: the address to listen on; of this machine alone, unless told otherwise.
        port: 0 takes a free one.
        tls: encrypts; without it everything is sent in the clear, and everybody who reaches the address may write.
        max_message_bytes: of one request or answer; a larger one ends in RESOURCE_EXHAUSTED.
        grace_seconds: how long calls that are being answered may take when the server stops.

    Beside the store's service it answers ``grpc.health.v1.Health/Check``: SERVING while the store can be read.

    Raises:
        ConfigError: the address cannot be listened on, or the certificate cannot be used.
    """

    def __init__(
        self,
        store: MetadataStore,
        *,
        host: str = LOOPBACK,
        port: int = 8080,
        tls: ServerTls | None = None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._grace_seconds = grace_seconds
        self._running = _Running()
        self._server = grpc.server(
            ThreadPoolExecutor(_WORKERS, thread_name_prefix="gristmill metadata"),
            options=[
                ("grpc.max_receive_message_length", max_message_bytes),
                ("grpc.max_send_message_length", max_message_bytes),
                ("grpc.so_reuseport", 0),  # a second server on the port is an error, not a rival
            ],
            maximum_concurrent_rpcs=_AT_ONCE,
        )
        handlers = {
            method: grpc.unary_unary_rpc_method_handler(
                _handler(store.backend, method, answer, max_message_bytes, self._running),
                request_deserializer=METHODS[method][0].FromString,
                response_serializer=METHODS[method][1].SerializeToString,
            )
            for method, answer in ANSWERS.items()
        }
        health = {"Check": grpc.unary_unary_rpc_method_handler(check_of(store.backend))}
        for service, methods in ((SERVICE, handlers), (HEALTH, health)):
            self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, methods),))
        self.host, self.port = host, self._listen(host, port, tls)
        self._server.start()

    def _listen(self, host: str, port: int, tls: ServerTls | None) -> int:
        address = address_of(host, port)
        try:
            if tls is None:
                return int(self._server.add_insecure_port(address))
            credentials = grpc.ssl_server_credentials(
                [(tls.key, tls.certificate)], tls.client_ca, require_client_auth=tls.client_ca is not None
            )
            return int(self._server.add_secure_port(address, credentials))
        except RuntimeError:
            if tls is not None and _is_free(host, port):
                raise ConfigError(
                    "the certificate of the metadata server cannot be used",
                    hint="certificates and key are PEM texts, and the key is that of the first certificate.",
                ) from None
            raise ConfigError(
                "the metadata server cannot listen there",
                value=address,
                hint="name an address of this machine and a port that is free; 0 takes one.",
            ) from None

    @property
    def address(self) -> str:
        """``host:port``, as clients name it."""
        return address_of(self.host, self.port)

    def wait(self) -> None:
        """Wait until the server is stopped."""
        self._server.wait_for_termination()

    def stop(self) -> bool:
        """Stop listening, and let calls that are being answered end within the grace period.

        Returns:
            Whether all ended. What is left is told to its callers as UNAVAILABLE, and goes on until it is stored or
            not, unless the process ends before.
        """
        self._server.stop(self._grace_seconds).wait()
        return self._running.count == 0

    def __enter__(self) -> MetadataServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Running:
    """Counts the calls that are being answered."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def one_more(self) -> Iterator[None]:
        with self._lock:
            self.count += 1
        try:
            yield
        finally:
            with self._lock:
                self.count -= 1


def _handler(
    backend: MetadataBackend, method: str, answer: Answer, max_message_bytes: int, running: _Running
) -> Callable[[Any, Any], Any]:
    response_class = METHODS[method][1]

    def handle(request: Any, context: Any) -> Any:
        with running.one_more():
            try:
                response = response_class(**answer(backend, request))
                _check_size(response, max_message_bytes)
                return response
            except errors.StatusError as error:
                if error.error_code in _FAULTS:
                    _log.warning("%s: %s", method, error)
                context.abort(_CODES[error.error_code], str(error))
            except NotSupportedError as error:
                context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
            except Exception:  # noqa: BLE001 - whatever it is, it is for the server's log: it may name files and tables
                _log.exception("%s failed", method)
                context.abort(grpc.StatusCode.INTERNAL, f"{method} failed in the server; its log says why")

    return handle


def _is_free(host: str, port: int) -> bool:
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError:
        return False
    return True


def _check_size(response: Any, max_message_bytes: int) -> None:
    if response.ByteSize() > max_message_bytes:
        raise errors.ResourceExhaustedError(
            "the answer is larger than one message may be",
            value=response.ByteSize(),
            hint="ask for pages, with options.max_result_size, or for fewer ids.",
        )
