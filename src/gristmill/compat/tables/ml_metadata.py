"""What the modules of ``ml_metadata`` mean here."""

from __future__ import annotations

from gristmill.compat.family_table import FamilyTable

__all__ = ["TABLE"]

_STORE = ["gristmill.metadata: MetadataStore, ListOptions, OrderByField"]
_MESSAGES = ["gristmill.proto.metadata_store_pb2"]
_NO_GRPC = "stores are opened directly; there is no gRPC server or client"
_DOWNGRADE = {"downgrade_schema": "databases stay at schema version 10; `ml-metadata` itself can lower it"}

TABLE = FamilyTable(
    modules={
        "ml_metadata": _STORE,
        "ml_metadata.errors": ["gristmill.metadata.errors"],
        "ml_metadata.metadata_store": _STORE,
        "ml_metadata.metadata_store.metadata_store": _STORE,
        "ml_metadata.proto": _MESSAGES,
        "ml_metadata.proto.metadata_store_pb2": _MESSAGES,
    },
    absent={
        "ml_metadata": _DOWNGRADE,
        "ml_metadata.metadata_store": _DOWNGRADE,
        "ml_metadata.metadata_store.metadata_store": {
            **_DOWNGRADE,
            "ExtraOptions": "leave extra_options out: they have no effect",
        },
        "ml_metadata.metadata_store.mlmd_types": dict.fromkeys(
            ["Dataset", "Deploy", "Evaluate", "Metrics", "Model", "Process", "Statistics", "Train", "Transform"],
            "set base_type of the type message, e.g. ArtifactType(base_type=ArtifactType.MODEL)",
        ),
    },
    constants={
        **{name: {"__version__": "1.16.0+gristmill"} for name in ("ml_metadata", "ml_metadata.version")},
        "ml_metadata.metadata_store.metadata_store": {"MAX_NUM_RESULT": 100},
    },
    out_of_scope={
        "ml_metadata.proto.metadata_store_service_pb2": _NO_GRPC,
        "ml_metadata.proto.metadata_store_service_pb2_grpc": _NO_GRPC,
        "ml_metadata.metadata_store.pywrap": "the store is written in Python; call MetadataStore",
        "ml_metadata.tools": "`gristmill lineage` and `gristmill show` look into stores",
    },
)
