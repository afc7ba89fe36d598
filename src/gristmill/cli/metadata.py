"""``gristmill metadata serve``: a metadata store behind a server, for other machines and other languages."""

from __future__ import annotations

import ipaddress
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gristmill.cli.store_location import StoreOption, find_store
from gristmill.cli.tables import console
from gristmill.errors import ConfigError
from gristmill.redaction import without_secrets

if TYPE_CHECKING:
    from gristmill.metadata.wire.server import ServerTls

__all__ = ["app"]

app = typer.Typer(help="Work with the metadata store itself.", no_args_is_help=True)

_PORT = 8080  # the published server's
_MEGABYTE = 1024 * 1024
_OPEN_TO_ALL = "everybody who reaches this address may read and write the store; --tls-client-ca lets in who is known"


@app.callback()
def metadata() -> None:
    """Work with the metadata store itself."""


@app.command()
def serve(
    store: StoreOption = None,
    host: Annotated[str, typer.Option("--host", help="The address to listen on; this machine alone by default.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = _PORT,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", metavar="FILE", help="The server's certificate chain (PEM): encrypts.")
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option("--tls-key", metavar="FILE", help="The private key of the certificate (PEM).")
    ] = None,
    tls_client_ca: Annotated[
        Path | None,
        typer.Option("--tls-client-ca", metavar="FILE", help="Let in only clients that these have certified (PEM)."),
    ] = None,
    max_message_mb: Annotated[
        int, typer.Option("--max-message-mb", min=1, max=2047, help="The size of one request or answer at most.")
    ] = 64,
    grace: Annotated[
        float, typer.Option("--grace", min=0, metavar="SECONDS", help="What running calls may take when it stops.")
    ] = 10.0,
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Migrate a database of an older schema first.")] = False,
) -> None:
    """Serve the store by gRPC, as the MetadataStoreService that clients of ML Metadata know, until it is stopped.

    Only this machine reaches it unless --host says otherwise, and whoever reaches it may write unless --tls-client-ca
    says who. Ctrl-C and SIGTERM stop it: it takes no more calls, and lets those that are running end.
    """
    from gristmill.metadata import MetadataStore
    from gristmill.metadata.wire.server import MetadataServer
    from gristmill.orchestration.stops.stop_signals import stop_signals_raise

    tls = _tls(tls_cert, tls_key, tls_client_ca)
    place = find_store(store)
    limit = max_message_mb * _MEGABYTE
    with (
        stop_signals_raise(),
        MetadataStore(place, enable_upgrade_migration=upgrade) as opened,
        MetadataServer(opened, host=host, port=port, tls=tls, max_message_bytes=limit, grace_seconds=grace) as server,
    ):
        try:
            _tell(
                f"serving {without_secrets(place)} at {'grpcs' if tls else 'grpc'}://{server.address}; Ctrl-C stops it"
            )
            if not _is_loopback(host) and (tls is None or tls.client_ca is None):
                console(stderr=True).print(_OPEN_TO_ALL, style="yellow")
            server.wait()
        except KeyboardInterrupt:
            console(stderr=True).print("stopping", style="dim")
        if not server.stop():
            console(stderr=True).print("calls were cut off: each is stored as a whole, or not at all", style="yellow")
            sys.stderr.flush()
            os._exit(0)  # nobody waits for them any more


def _tell(line: str) -> None:
    console().print(line)
    sys.stdout.flush()  # whoever started it in the background reads the port here


def _tls(cert: Path | None, key: Path | None, client_ca: Path | None) -> ServerTls | None:
    from gristmill.metadata.wire.server import ServerTls

    if cert is None and key is None and client_ca is None:
        return None
    if cert is None or key is None:
        raise ConfigError("an encrypted server needs a certificate and its key", hint="give --tls-cert and --tls-key.")
    return ServerTls(_pem(key), _pem(cert), None if client_ca is None else _pem(client_ca))


def _pem(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"the file cannot be read: {error.strerror}", value=str(path)) from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
