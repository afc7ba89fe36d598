"""Taking a store's database down to an older schema version, for programs that know no newer one."""

from __future__ import annotations

import os

from gristmill.metadata.connection import read_target
from gristmill.metadata.sql.opening import downgrade_database
from gristmill.proto.metadata_store_pb2 import ConnectionConfig

__all__ = ["downgrade_schema"]


def downgrade_schema(config: ConnectionConfig | str | os.PathLike[str], downgrade_to_schema_version: int) -> None:
    """Takes the database down to a schema version, step by step, in one transaction (on MySQL: resumable).

    Make a backup first: what the older version has no place for is lost. Below 10 these are properties that are
    messages or truth values, below 9 external ids, below 6 versions, descriptions, base types and parents of contexts,
    below 5 names, states and times, below 4 which context holds what, below 3 contexts.

    Args:
        config: as of ``MetadataStore``.
        downgrade_to_schema_version: from 0 to the store's own.

    Raises:
        InvalidArgumentError: there is no such version, or the database is empty or older.
        OpenError: the database cannot be opened.
        ConfigError: the configuration cannot be read.
    """
    downgrade_database(read_target(config), downgrade_to_schema_version)
