"""Connection configs of metadata stores, by the names that TFX users know."""

from __future__ import annotations

import os

from gristmill.proto.metadata_store_pb2 import ConnectionConfig

__all__ = ["ConnectionConfigType", "mysql_metadata_connection_config", "sqlite_metadata_connection_config"]

ConnectionConfigType = ConnectionConfig


def sqlite_metadata_connection_config(metadata_db_uri: str) -> ConnectionConfig:
    """A store in a SQLite file, made when it is not there; its folder is made now.

    Args:
        metadata_db_uri: the path of the file.
    """
    folder = os.path.dirname(metadata_db_uri)
    if folder:
        os.makedirs(folder, exist_ok=True)
    config = ConnectionConfig()
    config.sqlite.filename_uri = metadata_db_uri
    config.sqlite.connection_mode = config.sqlite.READWRITE_OPENCREATE
    return config


def mysql_metadata_connection_config(
    host: str, port: int, database: str, username: str, password: str
) -> ConnectionConfig:
    """A store in a MySQL or MariaDB database."""
    config = ConnectionConfig()
    config.mysql.host = host
    config.mysql.port = port
    config.mysql.database = database
    config.mysql.user = username
    config.mysql.password = password
    return config
