"""Where a store lives: configuration messages and URLs, read into a ``SqliteTarget`` or a ``ServerTarget``.

Accepted:

- a ``ConnectionConfig`` with ``fake_database`` (in memory, of this store alone), ``sqlite``, ``postgresql`` or
  ``mysql``;
- ``"sqlite:///relative.db"``, ``"sqlite:////absolute.db"``, ``"sqlite://"`` (in memory), with the query keys ``mode``
  (``ro``, ``rw``, ``rwc``), ``timeout`` (seconds that one attempt waits for another writer) and ``retries``;
- the URL of a database on a server (``gristmill.metadata.server_target``);
- the path of a SQLite file.

Whatever is shown of a target hides its password.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import parse_qs, quote, unquote, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from gristmill.errors import ConfigError
from gristmill.metadata.server_target import (
    BUSY_SECONDS,
    DEFAULT_RETRIES,
    ServerTarget,
    from_mysql,
    from_postgresql,
    from_server_url,
    pop_patience,
)
from gristmill.proto.metadata_store_pb2 import ConnectionConfig, SqliteMetadataSourceConfig

__all__ = ["SqliteTarget", "Target", "is_in_memory", "read_target", "sqlite_config"]

_MODES = {
    SqliteMetadataSourceConfig.UNKNOWN: "rwc",
    SqliteMetadataSourceConfig.READONLY: "ro",
    SqliteMetadataSourceConfig.READWRITE: "rw",
    SqliteMetadataSourceConfig.READWRITE_OPENCREATE: "rwc",
}


@dataclass(frozen=True)
class SqliteTarget:
    """A SQLite database.

    Attributes:
        path: the file; None for a database in memory.
        mode: ``ro``, ``rw`` or ``rwc`` (create when absent).
        parameters: further URI parameters for SQLite, as ``key=value`` joined by ``&``.
        busy_seconds: how long one attempt waits for another writer.
        retries: how many further attempts follow when that was not enough.
    """

    path: str | None
    mode: str = "rwc"
    parameters: str = ""
    busy_seconds: float = BUSY_SECONDS
    retries: int = DEFAULT_RETRIES
    dialect: ClassVar[str] = "sqlite"

    def __str__(self) -> str:
        return self.path or "(in memory)"

    def without_secrets(self, text: str) -> str:
        """The text: files have no passwords."""
        return text

    @property
    def uri(self) -> str:
        """The name in SQLite's URI syntax."""
        if self.path is None:
            return ":memory:"
        more = f"&{self.parameters}" if self.parameters else ""
        return f"file:{quote(self.path)}?mode={self.mode}{more}"


Target = SqliteTarget | ServerTarget


def is_in_memory(target: Target) -> bool:
    """Whether the database lives and ends with its store object."""
    return isinstance(target, SqliteTarget) and target.path is None


def sqlite_config(path: str | os.PathLike[str], *, read_only: bool = False) -> ConnectionConfig:
    """The configuration message for a SQLite file, which is created when it is absent (unless ``read_only``)."""
    mode = SqliteMetadataSourceConfig.READONLY if read_only else SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    return ConnectionConfig(sqlite=SqliteMetadataSourceConfig(filename_uri=os.fspath(path), connection_mode=mode))


def read_target(config: ConnectionConfig | str | os.PathLike[str]) -> Target:
    """Reads a configuration message, a URL or a path.

    Raises:
        ConfigError: it says nothing, or something that contradicts itself.
        NotSupportedError: it names a database that has no back end here.
    """
    if isinstance(config, ConnectionConfig):
        return _from_message(config)
    if isinstance(config, os.PathLike):
        return SqliteTarget(os.fspath(config))
    if isinstance(config, str):
        return _from_url(config) if "://" in config else _from_filename(config, "rwc", DEFAULT_RETRIES)
    raise ConfigError(
        "a metadata store is opened with a ConnectionConfig message, a URL or a path", value=type(config).__name__
    )


def _from_message(config: ConnectionConfig) -> Target:
    chosen = config.WhichOneof("config")
    retries = DEFAULT_RETRIES
    if config.retry_options.HasField("max_num_retries"):
        retries = max(0, config.retry_options.max_num_retries)
    if chosen == "fake_database":
        return SqliteTarget(None, retries=retries)
    if chosen == "sqlite":
        return _from_filename(config.sqlite.filename_uri, _MODES[config.sqlite.connection_mode], retries)
    if chosen == "postgresql":
        return from_postgresql(config.postgresql, retries)
    if chosen == "mysql":
        return from_mysql(config.mysql, retries)
    raise ConfigError(
        "a ConnectionConfig must name a database", hint="set sqlite.filename_uri, or use sqlite_config(path)"
    )


def _from_filename(filename: str, mode: str, retries: int) -> SqliteTarget:
    if filename in ("", ":memory:"):
        return SqliteTarget(None, mode, retries=retries)
    if not filename.startswith("file:"):
        return SqliteTarget(filename, mode, retries=retries)
    return _from_sqlite_uri(filename, mode, retries)


def _from_sqlite_uri(uri: str, mode: str, retries: int) -> SqliteTarget:
    parts = urlsplit(uri)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    asked = query.pop("mode", mode)
    if asked == "memory" or parts.path == ":memory:":
        return SqliteTarget(None, mode, retries=retries)
    if asked not in ("ro", "rw", "rwc"):
        raise ConfigError("the mode of a SQLite URI is ro, rw, rwc or memory", value=asked)
    # The narrower of the two wins: a read-only connection stays so whatever the URI says.
    narrower = min(asked, mode, key=("ro", "rw", "rwc").index)
    more = "&".join(f"{key}={quote(value)}" for key, value in query.items())
    return SqliteTarget(unquote(parts.path), narrower, more, retries=retries)


def _from_url(text: str) -> Target:
    url = _parse(text)
    if url.drivername != "sqlite":
        return from_server_url(url)
    query = {key: value if isinstance(value, str) else value[-1] for key, value in url.query.items()}
    mode = query.pop("mode", "rwc")
    seconds, retries = pop_patience(query)
    if query:
        raise ConfigError(
            "a SQLite URL knows the keys mode, timeout and retries",
            value=sorted(query),
            hint="leave the other keys out",
        )
    if mode not in ("ro", "rw", "rwc"):
        raise ConfigError("the mode of a SQLite URL is ro, rw or rwc", value=mode)
    path = None if url.database in (None, "", ":memory:") else url.database
    return SqliteTarget(path, mode, busy_seconds=seconds, retries=retries)


def _parse(text: str) -> URL:
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        # Neither the text nor the cause is shown: the text may hold a password.
        raise ConfigError(
            "the URL of a metadata store cannot be read", hint="for example sqlite:///metadata.db"
        ) from None
