"""The server: a store behind the published service, on gRPC.

with MetadataStore("metadata.db") as store, MetadataServer(store) as server:
    print(server.address)      # 127.0.0.1:8080
    server.wait()
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from gristmill.errors import ConfigError, MissingExtraError, NotSupportedError
from gristmill.metadata import errors
from gristmill.metadata.contract import MetadataBackend
from gristmill.metadata.store import MetadataStore
from gristmill.metadata.wire.answers import ANSWERS, Answer
from gristmill.metadata.wire.protocol import MAX_MESSAGE_BYTES, METHODS, SERVICE

try:
    import grpc
except ImportError as error:
    raise MissingExtraError("grpcio", "grpc", "a metadata store over the wire") from error

__all__ = ["LOOPBACK", "MetadataServer", "ServerTls"]

LOOPBACK = "127.0.0.1"
_WORKERS = 16  # threads that answer; a store's writes wait for one another anyway
_WAITING = 256  # requests at once beyond which callers are told to come again
_GRACE_SECONDS = 5.0  # for requests that are being answered when the server stops

_log = logging.getLogger(__name__)
_CODES = {code.value[0]: code for code in grpc.StatusCode}


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

    Raises:
        ConfigError: the address cannot be listened on.
    """

    def __init__(
        self,
        store: MetadataStore,
        *,
        host: str = LOOPBACK,
        port: int = 8080,
        tls: ServerTls | None = None,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        self._server = grpc.server(
            ThreadPoolExecutor(_WORKERS, thread_name_prefix="gristmill metadata"),
            options=[
                ("grpc.max_receive_message_length", max_message_bytes),
                ("grpc.max_send_message_length", max_message_bytes),
                ("grpc.so_reuseport", 0),  # a second server on the port is an error, not a rival
            ],
            maximum_concurrent_rpcs=_WAITING,
        )
        handlers = {
            method: grpc.unary_unary_rpc_method_handler(
                _handler(store.backend, method, answer, max_message_bytes),
                request_deserializer=METHODS[method][0].FromString,
                response_serializer=METHODS[method][1].SerializeToString,
            )
            for method, answer in ANSWERS.items()
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, handlers),))
        self.host, self.port = host, self._listen(host, port, tls)
        self._server.start()

    def _listen(self, host: str, port: int, tls: ServerTls | None) -> int:
        address = f"{f'[{host}]' if ':' in host else host}:{port}"
        try:
            if tls is None:
                return int(self._server.add_insecure_port(address))
            credentials = grpc.ssl_server_credentials(
                [(tls.key, tls.certificate)], tls.client_ca, require_client_auth=tls.client_ca is not None
            )
            return int(self._server.add_secure_port(address, credentials))
        except RuntimeError:
            raise ConfigError(
                "the metadata server cannot listen there",
                value=address,
                hint="choose another port, or 0 for a free one.",
            ) from None

    @property
    def address(self) -> str:
        """``host:port``, as clients name it."""
        return f"{self.host}:{self.port}"

    def wait(self) -> None:
        """Wait until the server is stopped."""
        self._server.wait_for_termination()

    def stop(self) -> None:
        """Stop listening, and wait a little for requests that are being answered."""
        self._server.stop(_GRACE_SECONDS).wait()

    def __enter__(self) -> MetadataServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _handler(
    backend: MetadataBackend, method: str, answer: Answer, max_message_bytes: int
) -> Callable[[Any, Any], Any]:
    response_class = METHODS[method][1]

    def handle(request: Any, context: Any) -> Any:
        try:
            response = response_class(**answer(backend, request))
            _check_size(response, max_message_bytes)
            return response
        except errors.StatusError as error:
            context.abort(_CODES[error.error_code], str(error))
        except NotSupportedError as error:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
        except Exception:  # noqa: BLE001 - whatever it is, it is for the server's log: it may name files and tables
            _log.exception("%s failed", method)
            context.abort(grpc.StatusCode.INTERNAL, f"{method} failed in the server; its log says why")

    return handle


def _check_size(response: Any, max_message_bytes: int) -> None:
    if response.ByteSize() > max_message_bytes:
        raise errors.ResourceExhaustedError(
            "the answer is larger than one message may be",
            value=response.ByteSize(),
            hint="ask for pages, with options.max_result_size, or for fewer ids.",
        )
