"""Where a server is: a ``MetadataStoreClientConfig`` or a URL, read into one ``WireTarget``.

``grpc://host:port`` in the clear, ``grpcs://host:port`` encrypted; with the query keys ``timeout`` (seconds for one
call) and, for ``grpcs``, ``ca``, ``cert`` and ``key``: files in PEM.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from gristmill.errors import ConfigError
from gristmill.metadata.wire.protocol import MAX_MESSAGE_BYTES, address_of
from gristmill.proto.metadata_store_pb2 import MetadataStoreClientConfig

__all__ = ["WireTarget", "wire_target"]

_SCHEMES = ("grpc", "grpcs")
_PORT = 8080  # the published server's
_CALL_SECONDS = 60.0  # longer than a server waits for a busy database, so that its own answer is what comes
_TLS_KEYS = ("ca", "cert", "key")


@dataclass(frozen=True)
class WireTarget:
    """A metadata store behind a server.

    Attributes:
        host: its name or address.
        port: its port.
        tls: whether the connection is encrypted.
        ca: PEM of the certificates to trust; the system's where there are none.
        certificate: PEM of this client's certificate, for servers that ask for one.
        key: PEM of its private key.
        timeout: seconds that one call may take.
        max_message_bytes: of one request or answer.
        max_ping_strikes: gRPC's own option of that name; gRPC's default where it is None.
    """

    host: str
    port: int = _PORT
    tls: bool = False
    ca: bytes | None = None
    certificate: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    timeout: float = _CALL_SECONDS
    max_message_bytes: int = MAX_MESSAGE_BYTES
    max_ping_strikes: int | None = None

    def __str__(self) -> str:
        return f"{'grpcs' if self.tls else 'grpc'}://{self.address}"

    def __post_init__(self) -> None:
        if (self.key is None) != (self.certificate is None):
            raise ConfigError(
                "a client's certificate goes with its private key",
                hint="give both: cert and key in a URL, server_cert and client_key in a MetadataStoreClientConfig.",
            )

    @property
    def address(self) -> str:
        """``host:port``."""
        return address_of(self.host, self.port)


def wire_target(config: object) -> WireTarget | None:
    """Reads a ``MetadataStoreClientConfig`` or a URL; None for what does not name a server of the store.

    Raises:
        ConfigError: it names no host, or says what no such URL knows.
    """
    if isinstance(config, MetadataStoreClientConfig):
        return _from_client_config(config)
    if isinstance(config, str) and config.partition("://")[0] in _SCHEMES:
        return _from_url(config)
    return None


def _from_client_config(config: MetadataStoreClientConfig) -> WireTarget:
    if not config.host:
        raise ConfigError("a MetadataStoreClientConfig must name a host", hint="set host and port.")
    ssl, channel = config.ssl_config, config.channel_arguments
    return WireTarget(
        host=config.host,
        port=config.port or _PORT,
        tls=config.HasField("ssl_config"),
        ca=_pem(ssl.custom_ca),
        certificate=_pem(ssl.server_cert),  # the published name; it is this client's certificate
        key=_pem(ssl.client_key),
        timeout=_seconds(config.client_timeout_sec if config.HasField("client_timeout_sec") else _CALL_SECONDS),
        max_message_bytes=channel.max_receive_message_length or MAX_MESSAGE_BYTES,
        max_ping_strikes=channel.http2_max_ping_strikes if channel.HasField("http2_max_ping_strikes") else None,
    )


def _from_url(text: str) -> WireTarget:
    parts = urlsplit(text)
    query = {key: values[-1] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
    timeout = _seconds(query.pop("timeout", _CALL_SECONDS))
    files = {key: _read(query.pop(key)) for key in _TLS_KEYS if key in query and parts.scheme == "grpcs"}
    try:
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        host, port = None, _PORT
    if not host or query or parts.path not in ("", "/") or parts.username is not None:
        raise ConfigError(
            "the URL of a metadata server cannot be read",
            hint="grpc://host:port or grpcs://host:port?ca=ca.pem, and ?timeout=SECONDS.",
        )
    return WireTarget(
        host, port, parts.scheme == "grpcs", files.get("ca"), files.get("cert"), files.get("key"), timeout
    )


def _pem(text: str) -> bytes | None:
    return text.encode() or None


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"a file of the encrypted connection cannot be read: {error.strerror}", value=path) from None


def _seconds(given: str | float) -> float:
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ConfigError("the timeout of a metadata server's calls is a number of seconds above 0", value=given)
    return seconds
