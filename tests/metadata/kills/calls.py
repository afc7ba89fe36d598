"""A store that holds something of everything, and each call that writes, made on such a store."""

from __future__ import annotations

from collections.abc import Callable

from gristmill.metadata import MetadataStore
from gristmill.metadata.kinds import CONTEXT
from gristmill.proto.metadata_store_pb2 import (
    DOUBLE,
    INT,
    STRING,
    Artifact,
    ArtifactStructType,
    ArtifactType,
    Association,
    Attribution,
    Context,
    ContextType,
    Event,
    Execution,
    ExecutionType,
    ParentContext,
    Value,
)

MODEL, TRAINER, RUN = 10, 11, 12
PREPARED_AT, CALLED_AT = 1_000, 2_000
"""Milliseconds since 1970."""

PAGE_CACHE_BYTES = 2_000 * 1024  # SQLite's default for a connection


def prepare(store: MetadataStore) -> None:
    """Types 10 to 12, two artifacts, two executions, three contexts, and an edge of each sort."""
    model = ArtifactType(name="Model", version="1", properties={"n": INT, "s": STRING})
    types = [model, ExecutionType(name="Trainer", properties={"n": INT}), ContextType(name="run")]
    assert store.backend.put_types(types, can_add_fields=False, can_omit_fields=False) == [MODEL, TRAINER, RUN]
    store.put_lineage_subgraph(
        [Execution(type_id=TRAINER, name="first"), Execution(type_id=TRAINER, name="second")],
        [
            Artifact(type_id=MODEL, name="a", uri="models/a", external_id="outer a", properties=_numbers(1)),
            Artifact(type_id=MODEL, name="b", uri="models/b", custom_properties=_texts("old", "gone")),
        ],
        [Context(type_id=RUN, name="one", custom_properties=_texts("old")), Context(type_id=RUN, name="two")],
        [(0, 0, _event(Event.OUTPUT, "key"))],
    )
    store.put_contexts([Context(type_id=RUN, name="three")])
    store.put_parent_contexts([ParentContext(child_id=2, parent_id=1)])


def _new_artifact_type(store: MetadataStore) -> object:
    properties = {"d": DOUBLE, "n": INT}
    type_ = ArtifactType(name="Set", version="2", description="rows", external_id="outer set", properties=properties)
    type_.base_type = ArtifactType.DATASET
    return store.put_artifact_type(type_)


def _grown_artifact_type(store: MetadataStore) -> object:
    type_ = ArtifactType(name="Model", version="1", external_id="outer model", properties={"d": DOUBLE})
    type_.base_type = ArtifactType.MODEL
    return store.put_artifact_type(type_, can_add_fields=True, can_omit_fields=True)


def _new_execution_type(store: MetadataStore) -> object:
    structure = ArtifactStructType(simple={})
    return store.put_execution_type(ExecutionType(name="Pusher", properties={"n": INT}, input_type=structure))


def _new_context_type(store: MetadataStore) -> object:
    return store.put_context_type(ContextType(name="pipeline", properties={"n": INT}))


def _types_of_all_kinds(store: MetadataStore) -> object:
    types = [
        ArtifactType(name="Model", version="1", properties={"n": INT, "s": STRING, "d": DOUBLE}),
        ArtifactType(name="Set", properties={"n": INT}),
        ExecutionType(name="Pusher", properties={"n": INT}),
        ContextType(name="pipeline", properties={"n": INT}),
    ]
    return store.backend.put_types(types, can_add_fields=True, can_omit_fields=False)


def _new_artifacts(store: MetadataStore) -> object:
    return store.put_artifacts(
        [
            Artifact(type_id=MODEL, uri="models/c", properties=_numbers(3), custom_properties=_texts("c")),
            Artifact(type_id=MODEL, uri="models/d", state=Artifact.LIVE),
        ]
    )


def _changed_artifacts(store: MetadataStore) -> object:
    return store.put_artifacts(
        [
            Artifact(id=1, type_id=MODEL, uri="models/a2", properties=_numbers(2), custom_properties=_texts("new")),
            Artifact(id=2, type_id=MODEL, external_id="outer b", custom_properties=_texts("new")),
            Artifact(type_id=MODEL, name="c"),
        ]
    )


def _masked_artifacts(store: MetadataStore) -> object:
    changed = [
        Artifact(id=1, state=Artifact.DELETED, uri="ignored", custom_properties=_texts("new")),
        Artifact(id=2, state=Artifact.DELETED, uri="ignored"),
    ]
    return store.put_artifacts(changed, ["state", "custom_properties.text 0"])


def _executions(store: MetadataStore) -> object:
    changed = Execution(id=1, type_id=TRAINER, last_known_state=Execution.COMPLETE, properties=_numbers(5))
    return store.put_executions([changed, Execution(type_id=TRAINER, name="third", properties=_numbers(6))])


def _contexts(store: MetadataStore) -> object:
    changed = Context(id=1, type_id=RUN, name="renamed", custom_properties=_texts("new"))
    return store.put_contexts([changed, Context(type_id=RUN, name="four", custom_properties=_texts("four"))])


def _unchanged_context(store: MetadataStore) -> object:
    context = Context(id=1, type_id=RUN, name="renamed", last_update_time_since_epoch=PREPARED_AT)
    return store.backend.put_nodes(CONTEXT, [context], [], must_be_unchanged=True)


def _new_execution(store: MetadataStore) -> object:
    return store.put_execution(
        Execution(type_id=TRAINER, properties=_numbers(1), last_known_state=Execution.COMPLETE),
        [
            (Artifact(type_id=MODEL, uri="models/c", custom_properties=_texts("c")), _event(Event.OUTPUT, "key", 1)),
            (None, Event(type=Event.INPUT, artifact_id=1)),
            (Artifact(id=2, type_id=MODEL, uri="models/b2"), _event(Event.INPUT, "key")),
        ],
        [Context(type_id=RUN, name="one"), Context(type_id=RUN, name="four")],
        reuse_context_if_already_exist=True,
    )


def _changed_execution(store: MetadataStore) -> object:
    return store.put_execution(
        Execution(id=2, type_id=TRAINER, name="second"),
        [(Artifact(type_id=MODEL, uri="models/a2", external_id="outer a"), Event(type=Event.DECLARED_OUTPUT))],
        [Context(id=3)],
        reuse_artifact_if_already_exist_by_external_id=True,
        force_reuse_context=True,
        force_update_time=True,
    )


def _execution_larger_than_the_page_cache(store: MetadataStore) -> object:
    text = "x" * PAGE_CACHE_BYTES
    return store.put_execution(
        Execution(type_id=TRAINER, custom_properties=_texts(text)),
        [(Artifact(type_id=MODEL, uri="models/large", custom_properties=_texts(text)), Event(type=Event.OUTPUT))],
        [Context(type_id=RUN, name="large")],
    )


def _lineage_subgraph(store: MetadataStore) -> object:
    return store.put_lineage_subgraph(
        [Execution(type_id=TRAINER, properties=_numbers(7)), Execution(id=1, type_id=TRAINER, name="first again")],
        [
            Artifact(type_id=MODEL, uri="models/a2", external_id="outer a"),
            Artifact(type_id=MODEL, uri="models/c", custom_properties=_texts("c")),
        ],
        [Context(type_id=RUN, name="two"), Context(type_id=RUN, name="four")],
        [(0, 0, _event(Event.INPUT, "key")), (0, 1, _event(Event.OUTPUT, "key", 2)), (1, 1, Event(type=Event.INPUT))],
        reuse_context_if_already_exist=True,
        reuse_artifact_if_already_exist_by_external_id=True,
    )


def _memberships(store: MetadataStore) -> object:
    attributions = [Attribution(context_id=3, artifact_id=number) for number in (1, 2)]
    associations = [Association(context_id=number, execution_id=2) for number in (1, 3)]  # one is there already
    return store.put_attributions_and_associations(attributions, associations)


def _parent_contexts(store: MetadataStore) -> object:
    return store.put_parent_contexts([ParentContext(child_id=3, parent_id=number) for number in (1, 2)])


def _events(store: MetadataStore) -> object:
    events = [_event(Event.INPUT, "key", 1), _event(Event.OUTPUT, "other")]
    for event in events:
        event.artifact_id, event.execution_id = 2, 2
    return store.put_events(events)


def _event(type_: Event.Type, key: str, index: int | None = None) -> Event:
    event = Event(type=type_)
    event.path.steps.add().key = key
    if index is not None:
        event.path.steps.add().index = index
    return event


def _numbers(number: int) -> dict[str, Value]:
    return {"n": Value(int_value=number)}


def _texts(*texts: str) -> dict[str, Value]:
    return {f"text {number}": Value(string_value=text) for number, text in enumerate(texts)}


Call = Callable[[MetadataStore], object]
LARGE_CALL = "an execution larger than the page cache"
CALLS: dict[str, Call] = {
    "a new artifact type": _new_artifact_type,
    "a grown artifact type": _grown_artifact_type,
    "a new execution type": _new_execution_type,
    "a new context type": _new_context_type,
    "types of all kinds": _types_of_all_kinds,
    "new artifacts": _new_artifacts,
    "changed artifacts": _changed_artifacts,
    "masked artifacts": _masked_artifacts,
    "executions": _executions,
    "contexts": _contexts,
    "an unchanged context": _unchanged_context,
    "a new execution": _new_execution,
    "a changed execution": _changed_execution,
    "a lineage subgraph": _lineage_subgraph,
    "memberships": _memberships,
    "parent contexts": _parent_contexts,
    "events": _events,
    LARGE_CALL: _execution_larger_than_the_page_cache,
}
