"""Where a store lives: configuration messages and URLs, read into one ``SqliteTarget``.

Accepted:

- a ``ConnectionConfig`` with ``fake_database`` (in memory, of this store alone) or ``sqlite``;
- ``"sqlite:///relative.db"``, ``"sqlite:////absolute.db"``, ``"sqlite://"`` (in memory), with the query keys ``mode``
  (``ro``, ``rw``, ``rwc``) and ``timeout`` (seconds to wait for another writer);
- the path of a SQLite file.

Whatever is shown of a target hides its password.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from gristmill.errors import ConfigError, NotSupportedError
from gristmill.proto.metadata_store_pb2 import ConnectionConfig, SqliteMetadataSourceConfig

__all__ = ["BUSY_SECONDS", "DEFAULT_RETRIES", "SqliteTarget", "read_target", "sqlite_config"]

BUSY_SECONDS = 10.0
"""How long one attempt waits for another writer: a hundred short writes fit in, a hung process is told apart."""

DEFAULT_RETRIES = 5  # the published client's number of retries of an aborted call

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

    def __str__(self) -> str:
        return self.path or "(in memory)"

    @property
    def uri(self) -> str:
        """The name in SQLite's URI syntax."""
        if self.path is None:
            return ":memory:"
        more = f"&{self.parameters}" if self.parameters else ""
        return f"file:{quote(self.path)}?mode={self.mode}{more}"


def sqlite_config(path: str | os.PathLike[str], *, read_only: bool = False) -> ConnectionConfig:
    """The configuration message for a SQLite file, which is created when it is absent (unless ``read_only``)."""
    mode = SqliteMetadataSourceConfig.READONLY if read_only else SqliteMetadataSourceConfig.READWRITE_OPENCREATE
    return ConnectionConfig(sqlite=SqliteMetadataSourceConfig(filename_uri=os.fspath(path), connection_mode=mode))


def read_target(config: ConnectionConfig | str | os.PathLike[str]) -> SqliteTarget:
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


def _from_message(config: ConnectionConfig) -> SqliteTarget:
    chosen = config.WhichOneof("config")
    retries = DEFAULT_RETRIES
    if config.retry_options.HasField("max_num_retries"):
        retries = max(0, config.retry_options.max_num_retries)
    if chosen == "fake_database":
        return SqliteTarget(None, retries=retries)
    if chosen == "sqlite":
        return _from_filename(config.sqlite.filename_uri, _MODES[config.sqlite.connection_mode], retries)
    if chosen is None:
        raise ConfigError(
            "a ConnectionConfig must name a database", hint="set sqlite.filename_uri, or use sqlite_config(path)"
        )
    raise _no_backend(chosen)


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


def _from_url(text: str) -> SqliteTarget:
    url = _parse(text)
    if url.get_backend_name() != "sqlite":
        raise _no_backend(url.get_backend_name())
    query = {key: value if isinstance(value, str) else value[-1] for key, value in url.query.items()}
    mode = query.pop("mode", "rwc")
    seconds = _seconds(query.pop("timeout", str(BUSY_SECONDS)))
    if query:
        raise ConfigError(
            "a SQLite URL knows the keys mode and timeout", value=sorted(query), hint="leave the other keys out"
        )
    if mode not in ("ro", "rw", "rwc"):
        raise ConfigError("the mode of a SQLite URL is ro, rw or rwc", value=mode)
    path = None if url.database in (None, "", ":memory:") else url.database
    return SqliteTarget(path, mode, busy_seconds=seconds)


def _parse(text: str) -> URL:
    try:
        return make_url(text)
    except (ArgumentError, ValueError):
        # Neither the text nor the cause is shown: the text may hold a password.
        raise ConfigError(
            "the URL of a metadata store cannot be read", hint="for example sqlite:///metadata.db"
        ) from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 86_400:  # a day: past that a typing error is likelier than a wish
        raise ConfigError("the timeout of a SQLite URL is a number of seconds from 0 to 86,400", value=text)
    return seconds


def _no_backend(name: str) -> NotSupportedError:
    return NotSupportedError(
        f"the metadata store has no back end for {name} yet", hint="use a SQLite file: sqlite_config(path)"
    )
