"""Stores on a database server: configuration messages and URLs, read into one ``ServerTarget``.

- ``"postgresql://user:password@host:5432/database"``, also ``postgresql+psycopg://``; further query keys are those of
  libpq (``sslmode``, ``sslrootcert``, ``passfile``, …);
- ``"mysql://user:password@host:3306/database"``, also ``mysql+pymysql://``, ``mariadb://`` and ``mariadb+pymysql://``,
  with the query keys ``unix_socket``, ``ssl_ca``, ``ssl_capath``, ``ssl_cert``, ``ssl_key``, ``ssl_cipher`` and
  ``ssl_verify_server_cert``;
- both with ``timeout`` (seconds that one attempt waits for another writer), ``retries`` (further attempts) and
  ``skip_db_creation=true``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import URL

from gristmill.errors import ConfigError, NotSupportedError
from gristmill.proto.metadata_store_pb2 import MySQLDatabaseConfig, PostgreSQLDatabaseConfig

__all__ = [
    "BUSY_SECONDS",
    "DEFAULT_RETRIES",
    "ServerTarget",
    "from_mysql",
    "from_postgresql",
    "from_server_url",
    "pop_patience",
]

BUSY_SECONDS = 10.0
"""How long one attempt waits for another writer: a hundred short writes fit in, a hung process is told apart."""

DEFAULT_RETRIES = 5  # the published client's number of retries of an aborted call

_DAY, _MOST_RETRIES = 86_400, 101  # past these a typing error is likelier than a wish

_DRIVERS = {
    "postgresql": "postgresql",
    "postgresql+psycopg": "postgresql",
    "mysql": "mysql",
    "mysql+pymysql": "mysql",
    "mariadb": "mysql",
    "mariadb+pymysql": "mysql",
}
_TITLES = {"postgresql": "PostgreSQL", "mysql": "MySQL"}
_TLS_KEYS = ("ca", "capath", "cert", "key", "cipher")
_SECRETS = ("password", "sslpassword")


@dataclass(frozen=True)
class ServerTarget:
    """A database on a PostgreSQL, MySQL or MariaDB server.

    Attributes:
        dialect: ``postgresql`` or ``mysql`` (which MariaDB speaks too).
        database: its name.
        options: what the driver's ``connect`` is told besides the name. For MySQL ``tls`` holds the files and settings
            of an encrypted connection: ca, capath, cert, key, cipher and verify_server_cert.
        create: whether the database is made when it is absent.
        busy_seconds: how long one attempt waits for another writer.
        retries: how many further attempts follow when that was not enough, or when the connection broke.
    """

    dialect: str
    database: str
    options: Mapping[str, Any] = field(repr=False)
    create: bool = True
    busy_seconds: float = BUSY_SECONDS
    retries: int = DEFAULT_RETRIES

    def __str__(self) -> str:
        place = self.options.get("unix_socket") or self.options.get("host") or self.options.get("hostaddr")
        port = f":{self.options['port']}" if self.options.get("port") and "unix_socket" not in self.options else ""
        return f"{self.database!r} on the {_TITLES[self.dialect]} server {place or 'localhost'}{port}"

    def without_secrets(self, text: str) -> str:
        """The text with the passwords blotted out, should it hold one."""
        for name in _SECRETS:
            if secret := self.options.get(name):
                text = text.replace(str(secret), "***")
        return text


def from_postgresql(config: PostgreSQLDatabaseConfig, retries: int) -> ServerTarget:
    """Reads the message.

    Raises:
        ConfigError: it names no database.
    """
    names = ("host", "hostaddr", "port", "user", "password", "passfile")
    options = {name: getattr(config, name) for name in names if getattr(config, name)}
    options |= {option.name: value for option, value in config.ssloption.ListFields() if value}
    return ServerTarget(
        "postgresql", _named(config.dbname, "dbname"), options, create=not config.skip_db_creation, retries=retries
    )


def from_mysql(config: MySQLDatabaseConfig, retries: int) -> ServerTarget:
    """Reads the message.

    Raises:
        ConfigError: it names no database.
    """
    names = {"host": "host", "port": "port", "user": "user", "password": "password", "socket": "unix_socket"}
    options: dict[str, Any] = {theirs: getattr(config, ours) for ours, theirs in names.items() if getattr(config, ours)}
    tls = {option.name: value for option, value in config.ssl_options.ListFields() if value}
    if tls:
        options["tls"] = tls
    return ServerTarget(
        "mysql", _named(config.database, "database"), options, create=not config.skip_db_creation, retries=retries
    )


def from_server_url(url: URL) -> ServerTarget:
    """Reads a URL.

    Raises:
        NotSupportedError: it names a database or a driver that has no back end here.
        ConfigError: it names no database, or has a query key that nobody reads.
    """
    dialect = _DRIVERS.get(url.drivername)
    if dialect is None:
        raise NotSupportedError(
            f"the metadata store has no back end for {url.drivername}",
            hint=f"the URL of a store begins with sqlite, {', '.join(_DRIVERS)}",
        )
    query = {key: value if isinstance(value, str) else value[-1] for key, value in url.query.items()}
    patience = pop_patience(query)
    create = not _flag(query.pop("skip_db_creation", "false"), "skip_db_creation")
    parts = {"host": url.host, "port": url.port, "user": url.username, "password": url.password}
    options: dict[str, Any] = {name: value for name, value in parts.items() if value}
    options |= query if dialect == "postgresql" else _mysql_query(query)
    return ServerTarget(dialect, _named(url.database, "database"), options, create, *patience)


def pop_patience(query: dict[str, str]) -> tuple[float, int]:
    """Takes the keys ``timeout`` and ``retries`` out of a URL's query; gives seconds and attempts.

    Raises:
        ConfigError: one of them is no such number.
    """
    seconds, retries = query.pop("timeout", str(BUSY_SECONDS)), query.pop("retries", str(DEFAULT_RETRIES))
    try:
        patience = float(seconds), int(retries)
    except ValueError:
        patience = -1.0, -1
    if not (0 <= patience[0] < _DAY and 0 <= patience[1] < _MOST_RETRIES):
        raise ConfigError(
            "in a store's URL timeout is a number of seconds from 0 to 86,400, and retries one from 0 to 100",
            value=f"timeout={seconds}&retries={retries}",
        )
    return patience


def _mysql_query(query: dict[str, str]) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if "unix_socket" in query:
        options["unix_socket"] = query.pop("unix_socket")
    tls: dict[str, Any] = {key: query.pop(f"ssl_{key}") for key in _TLS_KEYS if f"ssl_{key}" in query}
    if "ssl_verify_server_cert" in query:
        tls["verify_server_cert"] = _flag(query.pop("ssl_verify_server_cert"), "ssl_verify_server_cert")
    if tls:
        options["tls"] = tls
    if query:
        raise ConfigError(
            "the URL of a MySQL store has a key that is not known",
            value=sorted(query),
            hint="keys are timeout, retries, skip_db_creation, unix_socket, ssl_verify_server_cert, "
            + ", ".join(f"ssl_{key}" for key in _TLS_KEYS),
        )
    return options


def _flag(text: str, key: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise ConfigError(f"{key} in a store's URL is true or false", value=text)
    return text.lower() in ("true", "1")


def _named(database: str | None, field_name: str) -> str:
    if not database:
        raise ConfigError(
            "a metadata store on a server must name its database",
            hint=f"set {field_name}, or write it behind the host: postgresql://user@host/database",
        )
    return database
