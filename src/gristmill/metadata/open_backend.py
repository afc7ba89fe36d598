"""Which back end a configuration asks for."""

from __future__ import annotations

import os

from gristmill.errors import ConfigError
from gristmill.metadata.connection import read_target
from gristmill.metadata.contract import MetadataBackend
from gristmill.metadata.sql.backend import SqlBackend
from gristmill.metadata.sql.opening import open_database
from gristmill.metadata.wire.target import wire_target
from gristmill.proto.metadata_store_pb2 import ConnectionConfig, MetadataStoreClientConfig

__all__ = ["StoreConfig", "open_backend"]

StoreConfig = ConnectionConfig | MetadataStoreClientConfig | str | os.PathLike[str]


def open_backend(config: StoreConfig, *, enable_upgrade_migration: bool) -> MetadataBackend:
    """The back end for a database, or for a server that has one.

    Raises:
        ConfigError: the configuration cannot be read, or asks a server to migrate.
        OpenError: the database cannot be opened.
        UnavailableError: there is no server.
    """
    target = wire_target(config)
    if target is None:
        assert not isinstance(config, MetadataStoreClientConfig)  # that names a server
        return SqlBackend(open_database(read_target(config), enable_upgrade_migration=enable_upgrade_migration))
    if enable_upgrade_migration:
        raise ConfigError(
            "a server migrates its database itself", hint="gristmill metadata serve --upgrade, where it runs."
        )
    from gristmill.metadata.wire.client import WireBackend  # needs grpc

    return WireBackend(target)
