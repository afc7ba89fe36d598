"""How to find a metadata store again: its URL, without secrets."""

from __future__ import annotations

import os
from typing import Any

from gristmill.errors import NotSupportedError
from gristmill.metadata.wire.target import wire_target
from gristmill.proto import metadata_store_pb2

__all__ = ["store_url"]

_MEMORY = ":memory:"
_SECRET = ("pass", "pwd", "secret", "token")  # in names of connection options: password, sslpassword, passfile, …


def store_url(config: Any, *, default: str = "") -> str:
    """The URL of the store that a connection config names; for SQLite files a path; empty for one in memory.

    Args:
        config: a ``ConnectionConfig``, a ``MetadataStoreClientConfig``, a URL, a path, or None for the default.
        default: path of a SQLite file.
    """
    if config is None:
        return os.path.abspath(default)
    if isinstance(config, metadata_store_pb2.ConnectionConfig):
        return _url_of_config(config)
    if server := wire_target(config):
        return str(server)
    text = str(os.fspath(config))
    if "://" not in text:
        return _sqlite_file(text)
    from sqlalchemy.engine import make_url  # only a URL needs it

    url = make_url(text)
    if url.drivername == "sqlite" and not url.query:
        return _sqlite_file(str(url.database or ""))
    secret = [key for key in url.query if any(word in key.lower() for word in _SECRET)]
    return str(url._replace(password=None).difference_update_query(secret).render_as_string())


def _sqlite_file(name: str) -> str:
    if name in ("", _MEMORY) or (name.startswith("file:") and (f"file:{_MEMORY}" in name or "mode=memory" in name)):
        return ""
    return name if name.startswith("file:") else os.path.abspath(name)


def _url_of_config(config: metadata_store_pb2.ConnectionConfig) -> str:
    kind = config.WhichOneof("config")
    if kind == "sqlite":
        return _sqlite_file(str(config.sqlite.filename_uri))
    if kind == "mysql":
        port = f":{config.mysql.port}" if config.mysql.port else ""
        return f"mysql://{config.mysql.user}@{config.mysql.host}{port}/{config.mysql.database}"
    if kind == "postgresql":
        port = f":{config.postgresql.port}" if config.postgresql.port else ""
        return f"postgresql://{config.postgresql.user}@{config.postgresql.host}{port}/{config.postgresql.dbname}"
    if kind == "fake_database":
        return ""
    raise NotSupportedError("a connection config must name a database", value=kind)
