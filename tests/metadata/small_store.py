"""A small store that holds something of everything, its files, and every call of the API on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.struct_pb2 import Struct

from gristmill.metadata import (
    Artifact,
    ArtifactType,
    Association,
    Attribution,
    Context,
    ContextType,
    Event,
    Execution,
    ExecutionType,
    ListOptions,
    MetadataStore,
    OrderByField,
    ParentContext,
    Value,
)
from gristmill.metadata.lineage import Direction, trace
from gristmill.proto import metadata_store_pb2 as messages

__all__ = ["PAGE", "READS", "WRITES", "Call", "at_once", "change", "contents", "fill", "make_file", "write_contents"]

Call = Callable[[MetadataStore], Any]

PAGE = 512  # bytes of a made file: the smallest, so that few of them are unused

_PROPERTIES = {
    "i": messages.INT,
    "d": messages.DOUBLE,
    "s": messages.STRING,
    "b": messages.BOOLEAN,
    "m": messages.PROTO,
}


def _values() -> dict[str, Value]:
    struct = Struct()
    struct.update({"deep": [1, "two", None]})
    message = AnyMessage()
    message.Pack(Artifact(uri="within"))
    return {
        "i": Value(int_value=1 << 40),
        "d": Value(double_value=0.5),
        "s": Value(string_value="drüben"),
        "b": Value(bool_value=True),
        "m": Value(proto_value=message),
        "struct": Value(struct_value=struct),
    }


def fill(store: MetadataStore) -> None:
    """Stores types of each kind, nodes with every sort of value, and every sort of edge between them."""
    values = _values()
    declared = {name: value for name, value in values.items() if name in _PROPERTIES}
    model = ArtifactType(name="Model", version="1", description="d", external_id="t1", properties=_PROPERTIES)
    model.base_type = ArtifactType.MODEL
    trainer = ExecutionType(name="Trainer", properties=_PROPERTIES)
    trainer.input_type.none.SetInParent()
    model_id, trainer_id = store.put_artifact_type(model), store.put_execution_type(trainer)
    run_id = store.put_context_type(ContextType(name="run", properties=_PROPERTIES))
    artifacts = [
        Artifact(
            type_id=model_id,
            uri=f"models/{number}",
            name=f"m{number}",
            external_id=f"a{number}",
            state=Artifact.LIVE,
            properties=declared,
            custom_properties=values,
        )
        for number in range(4)
    ]
    steps = [Event.Path.Step(key="model"), Event.Path.Step(index=0)]
    for number, artifact in enumerate(artifacts, 1):
        execution = Execution(type_id=trainer_id, name=f"e{number}", external_id=f"e{number}", properties=declared)
        execution.last_known_state = Execution.COMPLETE
        used = [(None, Event(type=Event.INPUT, artifact_id=number - 1))] if number > 1 else []
        made = (artifact, Event(type=Event.OUTPUT, path=Event.Path(steps=steps)))
        contexts = [Context(type_id=run_id, name=f"r{number}", external_id=f"c{number}", custom_properties=values)]
        store.put_execution(execution, [*used, made], contexts)
    store.put_parent_contexts([ParentContext(child_id=child, parent_id=1) for child in (2, 3)])


def make_file(path: Path) -> None:
    """Makes the store in a file without log, which is the same in every run."""
    with MetadataStore(path) as store:
        fill(store)
    stamp = "SET create_time_since_epoch = 1700000000000, last_update_time_since_epoch = 1700000000000"
    change(
        path,
        *(f"UPDATE {node} {stamp}" for node in ("Artifact", "Execution", "Context")),
        "UPDATE Event SET milliseconds_since_epoch = 1700000000000",
        "PRAGMA journal_mode=DELETE",
        f"PRAGMA page_size={PAGE}",
        "VACUUM",
    )


def change(path: Path, *statements: str) -> None:
    """Does to a store's file what no store would."""
    database = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        database.execute(statement)
    database.close()


def at_once(path: Path) -> str:
    """The URL of a store that waits for nobody."""
    return f"sqlite:///{path}?timeout=0&retries=0"


def contents(path: Path) -> dict[str, bytes]:
    """What a store consists of, by name: its file and its log. The log's index tells nothing new."""
    files = (path, path.with_name(f"{path.name}-wal"))
    return {file.name: file.read_bytes() for file in files if file.is_file()}


def write_contents(path: Path, files: dict[str, bytes]) -> None:
    """Writes such files beside each other."""
    for name, content in files.items():
        path.with_name(name).write_bytes(content)


def _lineage(store: MetadataStore) -> Any:
    options = messages.LineageSubgraphQueryOptions()
    options.starting_artifacts.filter_query = "uri = 'models/1'"
    return store.get_lineage_subgraph(options)


_NEWEST = ListOptions(limit=3, order_by=OrderByField.UPDATE_TIME, is_asc=False)
_FILTERS = {
    "artifact": "properties.s.string_value LIKE 'd%' AND contexts_c.name = 'r1' AND LOWER(uri) != 'x' AND id < 10",
    "execution": "last_known_state = COMPLETE AND properties.i.int_value > 3 AND events_e.type = OUTPUT",
    "context": "artifacts_a.uri = 'models/1' AND custom_properties.d.double_value < 1.5",
}


def _reads_of(kind: str) -> list[Call]:
    """The reading calls that every kind of node has."""
    type_name, external = {"artifact": ("Model", "a1"), "execution": ("Trainer", "e1"), "context": ("run", "c1")}[kind]
    version = "1" if kind == "artifact" else None

    def call(method: str, *arguments: Any) -> Call:
        return lambda store: getattr(store, method)(*arguments)

    return [
        call(f"get_{kind}_type", type_name, version),
        call(f"get_{kind}_types"),
        call(f"get_{kind}_types_by_id", range(1, 14)),
        call(f"get_{kind}s"),
        call(f"get_{kind}s", _NEWEST),
        call(f"get_{kind}s", ListOptions(filter_query=_FILTERS[kind])),
        call(f"get_{kind}s_by_id", [1, 2, 3]),
        call(f"get_{kind}s_by_external_ids", [external]),
        call(f"get_{kind}s_by_type", type_name, version),
        call(
            f"get_{kind}_by_type_and_name",
            type_name,
            {"artifact": "m1", "execution": "e1", "context": "r1"}[kind],
            version,
        ),
    ]


READS: list[Call] = [
    *(call for kind in _FILTERS for call in _reads_of(kind)),
    lambda store: store.get_artifact_types_by_external_ids(["t1"]),
    lambda store: store.get_artifacts_by_uri("models/1"),
    lambda store: store.get_artifacts_and_types_by_artifact_ids([1, 2]),
    lambda store: store.get_artifacts_by_context(1),
    lambda store: store.get_executions_by_context(1),
    lambda store: store.get_contexts_by_artifact(1),
    lambda store: store.get_contexts_by_execution(1),
    lambda store: store.get_parent_contexts_by_context(2),
    lambda store: store.get_children_contexts_by_context(1),
    lambda store: store.get_events_by_artifact_ids([1, 2, 3, 4]),
    lambda store: store.get_events_by_execution_ids([1, 2, 3, 4]),
    _lineage,
    lambda store: trace(store, [2], Direction.BOTH),
]


def _put_execution(store: MetadataStore) -> Any:
    kinds = (store.get_artifact_type("Model", "1"), store.get_execution_type("Trainer"), store.get_context_type("run"))
    artifact_type, execution_type, context_type = (type_.id for type_ in kinds)
    artifact = Artifact(type_id=artifact_type, uri="new", custom_properties=_values())
    contexts = [Context(type_id=context_type, name="r1")]
    return store.put_execution(
        Execution(type_id=execution_type, properties={"s": Value(string_value="new")}),
        [(artifact, Event(type=Event.OUTPUT, path=Event.Path(steps=[Event.Path.Step(key="k")])))],
        contexts,
        reuse_context_if_already_exist=True,
    )


def _update(store: MetadataStore) -> Any:
    artifacts = store.get_artifacts_by_id([1])
    for artifact in artifacts:
        artifact.custom_properties["s"].string_value = "changed"
        artifact.state = Artifact.DELETED
    return store.put_artifacts(artifacts)


WRITES: list[Call] = [
    lambda store: store.put_artifact_type(
        ArtifactType(name="Model", version="1", properties={"s": messages.STRING, "new": messages.INT}),
        can_add_fields=True,
        can_omit_fields=True,
    ),
    lambda store: store.put_execution_type(ExecutionType(name="new", base_type=ExecutionType.TRAIN)),
    _put_execution,
    _update,
    lambda store: store.put_events([Event(type=Event.DECLARED_INPUT, artifact_id=2, execution_id=1)]),
    lambda store: store.put_attributions_and_associations(
        [Attribution(context_id=1, artifact_id=2)], [Association(context_id=1, execution_id=2)]
    ),
    lambda store: store.put_parent_contexts([ParentContext(child_id=4, parent_id=2)]),
]
