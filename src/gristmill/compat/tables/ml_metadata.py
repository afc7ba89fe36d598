"""What the modules of ``ml_metadata`` mean here."""

from __future__ import annotations

from gristmill.compat.family_table import FamilyTable

__all__ = ["TABLE"]

_STORE = ["gristmill.metadata: MetadataStore, ListOptions, OrderByField, downgrade_schema"]
_MESSAGES = ["gristmill.proto.metadata_store_pb2"]
TABLE = FamilyTable(
    modules={
        "ml_metadata": _STORE,
        "ml_metadata.errors": ["gristmill.metadata.errors"],
        "ml_metadata.metadata_store": _STORE,
        "ml_metadata.metadata_store.metadata_store": [*_STORE, "gristmill.metadata.extra_options: ExtraOptions"],
        "ml_metadata.metadata_store.mlmd_types": ["gristmill.metadata.mlmd_types"],
        "ml_metadata.proto": _MESSAGES,
        "ml_metadata.proto.metadata_store_pb2": _MESSAGES,
        "ml_metadata.proto.metadata_store_service_pb2": ["gristmill.proto.metadata_store_service_pb2"],
        "ml_metadata.proto.metadata_store_service_pb2_grpc": ["gristmill.metadata.wire.stub: MetadataStoreServiceStub"],
    },
    constants={
        **{name: {"__version__": "1.16.0+gristmill"} for name in ("ml_metadata", "ml_metadata.version")},
        "ml_metadata.metadata_store.metadata_store": {"MAX_NUM_RESULT": 100},
    },
    out_of_scope={
        "ml_metadata.metadata_store.pywrap": "the store is written in Python; call MetadataStore",
        "ml_metadata.tools": "`gristmill lineage` and `gristmill show` look into stores",
    },
)
