"""The metadata store: what ran, what it read, what it made, in the database schema and the API of ML Metadata.

Usable on its own, without a pipeline:

    from gristmill import metadata
    with metadata.MetadataStore("metadata.db") as store:
        type_id = store.put_artifact_type(metadata.ArtifactType(name="Examples"))

Names load when they are first asked for, so that importing this package (or its ``errors``) costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import gristmill.metadata.errors as errors
    import gristmill.metadata.lineage as lineage
    from gristmill.metadata.connection import sqlite_config
    from gristmill.metadata.downgrade import downgrade_schema
    from gristmill.metadata.listing import ListOptions, OrderByField
    from gristmill.metadata.store import MetadataStore
    from gristmill.proto.metadata_store_pb2 import (
        BOOLEAN,
        DOUBLE,
        INT,
        PROTO,
        STRING,
        STRUCT,
        Artifact,
        ArtifactType,
        Association,
        Attribution,
        ConnectionConfig,
        Context,
        ContextType,
        Event,
        Execution,
        ExecutionType,
        LineageGraph,
        LineageSubgraphQueryOptions,
        MetadataStoreClientConfig,
        ParentContext,
        Value,
    )

_MESSAGES = "gristmill.proto.metadata_store_pb2"
_HOMES = {
    "Artifact": _MESSAGES,
    "ArtifactType": _MESSAGES,
    "Association": _MESSAGES,
    "Attribution": _MESSAGES,
    "BOOLEAN": _MESSAGES,
    "ConnectionConfig": _MESSAGES,
    "Context": _MESSAGES,
    "ContextType": _MESSAGES,
    "DOUBLE": _MESSAGES,
    "Event": _MESSAGES,
    "Execution": _MESSAGES,
    "ExecutionType": _MESSAGES,
    "INT": _MESSAGES,
    "LineageGraph": _MESSAGES,
    "LineageSubgraphQueryOptions": _MESSAGES,
    "ListOptions": "gristmill.metadata.listing",
    "MetadataStore": "gristmill.metadata.store",
    "MetadataStoreClientConfig": _MESSAGES,
    "OrderByField": "gristmill.metadata.listing",
    "PROTO": _MESSAGES,
    "ParentContext": _MESSAGES,
    "STRING": _MESSAGES,
    "STRUCT": _MESSAGES,
    "Value": _MESSAGES,
    "downgrade_schema": "gristmill.metadata.downgrade",
    "sqlite_config": "gristmill.metadata.connection",
}
_MODULES = ("errors", "lineage")

__all__ = [
    "BOOLEAN",
    "DOUBLE",
    "INT",
    "PROTO",
    "STRING",
    "STRUCT",
    "Artifact",
    "ArtifactType",
    "Association",
    "Attribution",
    "ConnectionConfig",
    "Context",
    "ContextType",
    "Event",
    "Execution",
    "ExecutionType",
    "LineageGraph",
    "LineageSubgraphQueryOptions",
    "ListOptions",
    "MetadataStore",
    "MetadataStoreClientConfig",
    "OrderByField",
    "ParentContext",
    "Value",
    "downgrade_schema",
    "errors",
    "lineage",
    "sqlite_config",
]


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
