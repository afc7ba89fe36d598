"""The laws of the metadata store as tests that every back end inherits.

    class TestMyBackend(MetadataStoreSuite):
        @pytest.fixture
        def store(self):
            with MetadataStore(...) as store:  # empty
                yield store

Needs pytest.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from google.protobuf.any_pb2 import Any as AnyMessage

from gristmill.metadata import ListOptions, MetadataStore, OrderByField, errors
from gristmill.metadata.kinds import EXECUTION
from gristmill.metadata.listing import Position, Scope
from gristmill.proto import metadata_store_pb2 as messages
from gristmill.proto.metadata_store_pb2 import (
    Artifact,
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
from gristmill.testing.metadata_filters import FilterSuite
from gristmill.testing.metadata_lineage import LineageSuite
from gristmill.testing.metadata_texts import TextSuite
from gristmill.testing.metadata_types import FIRST_USER_TYPE, TypeSuite

__all__ = ["MetadataStoreSuite"]

_VALUES = {
    messages.INT: Value(int_value=-(2**63)),
    messages.DOUBLE: Value(double_value=0.1234567890123456),
    messages.STRING: Value(string_value="ä😀'\"\\; DROP TABLE Artifact; -- %s "),
    messages.BOOLEAN: Value(bool_value=False),
}
"""A value of each scalar type that careless storage would change."""


def struct(**fields: str) -> Value:
    """A struct value."""
    value = Value()
    value.struct_value.SetInParent()
    for name, text in fields.items():
        value.struct_value[name] = text
    return value


def packed() -> Value:
    """A message value."""
    value = Value()
    value.proto_value.Pack(Artifact(id=7))
    return value


class MetadataStoreSuite(TypeSuite, FilterSuite, LineageSuite, TextSuite):
    """Override ``store`` with a fixture that gives an empty store."""

    @pytest.fixture
    def store(self) -> MetadataStore:
        raise NotImplementedError("override the fixture `store`")

    @pytest.fixture
    def model(self, store: MetadataStore) -> int:
        """The id of an artifact type with one property of each kind."""
        type_ = ArtifactType(name="Model")
        for data_type in (*_VALUES, messages.STRUCT, messages.PROTO):
            type_.properties[f"p{data_type}"] = data_type
        return store.put_artifact_type(type_)

    @pytest.fixture
    def trainer(self, store: MetadataStore) -> int:
        """The id of an execution type."""
        return store.put_execution_type(ExecutionType(name="Trainer", properties={"steps": messages.INT}))

    @pytest.fixture
    def run(self, store: MetadataStore) -> int:
        """The id of a context type."""
        return store.put_context_type(ContextType(name="run"))

    # ---- nodes

    def test_an_artifact_reads_back_as_it_was_put(self, store: MetadataStore, model: int) -> None:
        given = Artifact(type_id=model, name="n", uri="/u", external_id="e", state=Artifact.LIVE)
        values = {**_VALUES, messages.STRUCT: struct(k="v"), messages.PROTO: packed()}
        for data_type, value in values.items():
            given.properties[f"p{data_type}"].CopyFrom(value)
            given.custom_properties[f"p{data_type}"].CopyFrom(value)
        given.id = store.put_artifacts([given])[0]
        stored = store.get_artifacts_by_id([given.id])[0]
        assert stored.create_time_since_epoch == stored.last_update_time_since_epoch > 0
        given.type = "Model"
        given.create_time_since_epoch = stored.create_time_since_epoch
        given.last_update_time_since_epoch = stored.last_update_time_since_epoch
        assert stored == given

    def test_a_text_that_the_database_cannot_hold_is_refused_and_never_cut(
        self, store: MetadataStore, model: int
    ) -> None:
        for text in ("a\0b", "ä" * 256):
            for artifact in (Artifact(type_id=model, name=text), Artifact(type_id=model, external_id=text)):
                try:
                    [artifact_id] = store.put_artifacts([artifact])
                except errors.InvalidArgumentError:
                    continue
                [stored] = store.get_artifacts_by_id([artifact_id])
                assert text in (stored.name, stored.external_id)

    def test_long_texts_and_wide_integers_are_kept(self, store: MetadataStore, model: int) -> None:
        uri = "".join(map(chr, range(0x100, 0x2000))) * 2  # compresses badly, as some databases would try
        artifact = Artifact(type_id=model, uri=uri, custom_properties={"t": Value(string_value=uri * 9)})
        artifact.custom_properties["i"].int_value = 2**63 - 1
        store.put_artifacts([artifact])
        [stored] = store.get_artifacts_by_uri(uri)
        assert stored.custom_properties == artifact.custom_properties
        where = ListOptions(filter_query=f"uri = '{uri}' AND custom_properties.t.string_value = '{uri * 9}'")
        assert store.get_artifacts(where) == [stored]

    def test_an_empty_struct_stays_a_struct(self, store: MetadataStore, model: int) -> None:
        store.put_artifacts([Artifact(type_id=model, custom_properties={"s": struct()})])
        assert store.get_artifacts()[0].custom_properties["s"].WhichOneof("value") == "struct_value"

    def test_the_callers_messages_are_not_changed(self, store: MetadataStore, trainer: int, model: int) -> None:
        execution, artifact, event = Execution(type_id=trainer), Artifact(type_id=model), Event(type=Event.OUTPUT)
        store.put_execution(execution, [(artifact, event)], [])
        assert execution == Execution(type_id=trainer)
        assert artifact == Artifact(type_id=model)
        assert event == Event(type=Event.OUTPUT)

    def test_an_update_replaces_everything_but_the_name(self, store: MetadataStore, model: int) -> None:
        first = Artifact(type_id=model, name="n", uri="u", external_id="e", state=Artifact.LIVE)
        first.custom_properties["a"].int_value = 1
        [artifact_id] = store.put_artifacts([first])
        store.put_artifacts([Artifact(id=artifact_id, name="other", custom_properties={"b": Value(int_value=2)})])
        stored = store.get_artifacts_by_id([artifact_id])[0]
        assert (stored.name, stored.uri, stored.HasField("state"), stored.HasField("external_id")) == ("n", "", 0, 0)
        assert dict(stored.custom_properties) == {"b": Value(int_value=2)}

    def test_an_update_that_changes_nothing_keeps_the_time(self, store: MetadataStore, trainer: int) -> None:
        [execution_id] = store.put_executions([Execution(type_id=trainer, custom_properties={"a": struct(k="v")})])
        before = store.get_executions_by_id([execution_id])[0]
        store.put_executions([before])
        assert store.get_executions_by_id([execution_id]) == [before]

    def test_a_mask_limits_an_update_to_its_fields(self, store: MetadataStore, model: int) -> None:
        first = Artifact(type_id=model, uri="u", state=Artifact.PENDING)
        first.custom_properties["keep"].int_value = 1
        first.custom_properties["drop"].int_value = 1
        [artifact_id] = store.put_artifacts([first])
        change = Artifact(id=artifact_id, uri="new", state=Artifact.LIVE, custom_properties={"add": Value(int_value=2)})
        store.put_artifacts([change], ["state", "custom_properties.add", "custom_properties.drop", "no such field"])
        stored = store.get_artifacts_by_id([artifact_id])[0]
        assert (stored.uri, stored.state) == ("u", Artifact.LIVE)
        assert set(stored.custom_properties) == {"keep", "add"}
        store.put_artifacts([change], ["custom_properties"])
        assert set(store.get_artifacts_by_id([artifact_id])[0].custom_properties) == {"add"}

    def test_contexts_need_a_name_and_can_be_renamed(self, store: MetadataStore, run: int) -> None:
        with pytest.raises(errors.InvalidArgumentError):
            store.put_contexts([Context(type_id=run)])
        [context_id] = store.put_contexts([Context(type_id=run, name="a")])
        with pytest.raises(errors.InvalidArgumentError):
            store.put_contexts([Context(id=context_id)])
        store.put_contexts([Context(id=context_id, name="b")])
        assert store.get_context_by_type_and_name("run", "a") is None
        found = store.get_context_by_type_and_name("run", "b")
        assert found is not None
        assert found.id == context_id

    @pytest.mark.parametrize(
        ("properties", "error"),
        [
            ({"nope": Value(int_value=1)}, "declares no property 'nope'"),
            ({f"p{messages.DOUBLE}": Value(int_value=1)}, "declared DOUBLE"),
            ({f"p{messages.INT}": Value()}, "declared INT"),
        ],
    )
    def test_properties_must_be_declared(
        self, store: MetadataStore, model: int, properties: dict[str, Value], error: str
    ) -> None:
        with pytest.raises(errors.InvalidArgumentError, match=error):
            store.put_artifacts([Artifact(type_id=model, properties=properties)])

    @pytest.mark.parametrize(
        "value",
        [
            Value(),
            Value(double_value=float("nan")),
            Value(double_value=float("inf")),
            Value(string_value="__MLMD_NULL__"),
            Value(string_value="mlmd-struct::x"),
            Value(proto_value=AnyMessage()),
        ],
        ids=["empty", "nan", "inf", "null marker", "struct marker", "untyped message"],
    )
    def test_a_value_that_would_not_come_back_is_refused(self, store: MetadataStore, model: int, value: Value) -> None:
        with pytest.raises(errors.InvalidArgumentError, match="'p'"):
            store.put_artifacts([Artifact(type_id=model, custom_properties={"p": value})])
        assert store.get_artifacts() == []

    def test_a_mistake_in_a_message_is_told_before_a_conflict(self, store: MetadataStore, model: int) -> None:
        store.put_artifacts([Artifact(type_id=model, name="n")])
        with pytest.raises(errors.InvalidArgumentError, match="'p'"):
            store.put_artifacts([Artifact(type_id=model, name="n", custom_properties={"p": Value()})])

    def test_nodes_of_one_call_are_put_one_after_another(self, store: MetadataStore, model: int) -> None:
        assert (
            store.put_artifacts([Artifact(type_id=model), Artifact(id=1, uri="u"), Artifact(id=1, uri="v")]) == [1] * 3
        )
        assert [artifact.uri for artifact in store.get_artifacts()] == ["v"]

    def test_types_and_ids_must_exist(self, store: MetadataStore, model: int, trainer: int) -> None:
        [artifact_id] = store.put_artifacts([Artifact(type_id=model)])
        with pytest.raises(errors.InvalidArgumentError, match="type_id"):
            store.put_artifacts([Artifact()])
        with pytest.raises(errors.NotFoundError):
            store.put_artifacts([Artifact(type_id=999)])
        with pytest.raises(errors.NotFoundError):
            store.put_artifacts([Artifact(type_id=trainer)])
        with pytest.raises(errors.InvalidArgumentError, match="999"):
            store.put_artifacts([Artifact(id=999, type_id=model)])
        with pytest.raises(errors.InvalidArgumentError, match="cannot change"):
            store.put_artifacts([Artifact(id=artifact_id, type_id=999)])

    def test_names_within_a_type_and_external_ids_are_unique(self, store: MetadataStore, model: int) -> None:
        other = store.put_artifact_type(ArtifactType(name="Other"))
        store.put_artifacts([Artifact(type_id=model, name="n", external_id="e"), Artifact(type_id=other, name="n")])
        for taken in (Artifact(type_id=model, name="n"), Artifact(type_id=other, external_id="e")):
            with pytest.raises(errors.AlreadyExistsError):
                store.put_artifacts([taken])

    def test_names_that_look_alike_are_different(self, store: MetadataStore, model: int) -> None:
        names = ["n", "N", "n ", "ñ", "n\u0303"]
        ids = store.put_artifacts([Artifact(type_id=model, name=name, external_id=name) for name in names])
        types = [store.put_context_type(ContextType(name=name)) for name in names]
        assert len(set(types)) == len(names)
        for name, artifact_id in zip(names, ids, strict=True):
            found = store.get_artifact_by_type_and_name("Model", name)
            assert found is not None
            assert found.id == artifact_id
            assert [a.id for a in store.get_artifacts_by_external_ids([name])] == [artifact_id]

    def test_nothing_of_a_call_that_fails_is_stored(self, store: MetadataStore, model: int, trainer: int) -> None:
        with pytest.raises(errors.NotFoundError):
            store.put_artifacts([Artifact(type_id=model), Artifact(type_id=999)])
        with pytest.raises(errors.InvalidArgumentError):
            store.put_execution(
                Execution(type_id=trainer), [(Artifact(type_id=model), Event(type=Event.OUTPUT))], [Context()]
            )
        assert store.get_artifacts() == []
        assert store.get_executions() == []

    def test_nodes_are_found_by_what_they_are(self, store: MetadataStore, model: int) -> None:
        versioned = store.put_artifact_type(ArtifactType(name="Model", version="2"))
        ids = store.put_artifacts(
            [
                Artifact(type_id=model, name="n", uri="same", external_id="e"),
                Artifact(type_id=model, uri="same"),
                Artifact(type_id=versioned, uri="samE"),
            ]
        )
        assert [a.id for a in store.get_artifacts_by_id([ids[1], ids[0], ids[0], 999])] == ids[:2]
        assert store.get_artifacts_by_id([]) == []
        assert [a.id for a in store.get_artifacts_by_uri("same")] == ids[:2]
        assert [a.id for a in store.get_artifacts_by_type("Model")] == ids[:2]
        assert [a.id for a in store.get_artifacts_by_type("Model", "2")] == ids[2:]
        assert store.get_artifacts_by_type("none") == []
        named = store.get_artifact_by_type_and_name("Model", "n")
        assert named is not None
        assert named.id == ids[0]
        assert store.get_artifact_by_type_and_name("Model", "n", "2") is None
        assert [a.id for a in store.get_artifacts_by_external_ids(["e", "f"])] == ids[:1]
        artifacts, types = store.get_artifacts_and_types_by_artifact_ids([*ids[:2], 999])
        assert ([a.id for a in artifacts], [t.id for t in types]) == (ids[:2], [model])

    def test_an_id_that_no_column_could_hold_is_one_that_does_not_exist(
        self, store: MetadataStore, model: int, trainer: int, run: int
    ) -> None:
        for far in (2**40, 2**63 - 1, -1):
            assert store.get_artifacts_by_id([far]) == store.get_artifact_types_by_id([far]) == []
            assert store.get_artifacts_by_context(far) == store.get_events_by_artifact_ids([far]) == []
            assert store.get_children_contexts_by_context(far) == []
            assert store.get_artifacts(ListOptions(filter_query=f"id = {far} OR type_id = {far}")) == []
            with pytest.raises(errors.InvalidArgumentError):
                store.put_artifacts([Artifact(id=far, type_id=model)])
            with pytest.raises(errors.NotFoundError):
                store.put_artifacts([Artifact(type_id=far)])

    def test_external_ids_that_are_unknown_or_empty_raise(self, store: MetadataStore) -> None:
        assert store.get_contexts_by_external_ids([]) == []
        with pytest.raises(errors.NotFoundError):
            store.get_contexts_by_external_ids(["x"])
        with pytest.raises(errors.InvalidArgumentError):
            store.get_contexts_by_external_ids(["x", ""])

    def test_more_ids_than_one_statement_holds_are_found(self, store: MetadataStore, trainer: int) -> None:
        many = 2_500
        ids = store.put_executions([Execution(type_id=trainer, properties={"steps": Value(int_value=1)})] * many)
        assert [e.id for e in store.get_executions_by_id(reversed(ids))] == ids

    # ---- listings

    def test_listings_are_ordered_and_cut(self, store: MetadataStore, trainer: int) -> None:
        ids = store.put_executions([Execution(type_id=trainer)] * 3)
        store.put_executions([Execution(id=ids[0], last_known_state=Execution.COMPLETE)])
        listed = {
            options: [e.id for e in store.get_executions(options)]
            for options in (
                None,
                ListOptions(limit=2),
                ListOptions(limit=0, is_asc=False),
                ListOptions(order_by=OrderByField.CREATE_TIME, is_asc=False),
            )
        }
        assert list(listed.values()) == [ids, ids[:2], ids[::-1], ids[::-1]]
        with pytest.raises(errors.InvalidArgumentError):
            store.get_executions(ListOptions(limit=-1))

    @pytest.mark.parametrize("order_by", [None, *OrderByField])
    @pytest.mark.parametrize("is_asc", [True, False])
    def test_a_page_goes_on_behind_a_position(
        self, store: MetadataStore, trainer: int, order_by: OrderByField | None, is_asc: bool
    ) -> None:
        ids = store.put_executions([Execution(type_id=trainer)] * 3)
        options = ListOptions(limit=2, order_by=order_by, is_asc=is_asc)
        first = store.backend.get_nodes(EXECUTION, options)
        value = getattr(first[-1], (order_by or OrderByField.ID).value)
        second = store.backend.get_nodes(EXECUTION, options, Scope(after=Position(value, first[-1].id)))
        assert [execution.id for execution in (*first, *second)] == (ids if is_asc else ids[::-1])

    def test_executions_of_a_context_come_newest_first(self, store: MetadataStore, trainer: int, run: int) -> None:
        context = Context(type_id=run, name="r")
        ids = [store.put_execution(Execution(type_id=trainer), [], [context], True)[0] for _ in range(3)]
        [context_id] = [context.id for context in store.get_contexts()]
        assert [e.id for e in store.get_executions_by_context(context_id)] == ids[::-1]
        assert [e.id for e in store.get_executions_by_context(context_id, ListOptions(limit=2))] == ids[:2]
        assert store.get_executions_by_context(999) == []
        assert store.get_artifacts_by_context(context_id) == []

    # ---- edges

    def test_events_keep_their_path_and_time(self, store: MetadataStore, model: int, trainer: int) -> None:
        [artifact], [execution] = (
            store.put_artifacts([Artifact(type_id=model)]),
            store.put_executions([Execution(type_id=trainer)]),
        )
        event = Event(artifact_id=artifact, execution_id=execution, type=Event.INPUT, milliseconds_since_epoch=5)
        event.path.steps.add().key = "examples"
        event.path.steps.add().index = 0
        event.path.steps.add().key = ""
        untimed = Event(artifact_id=artifact, execution_id=execution, type=Event.OUTPUT)
        store.put_events([event, untimed])
        by_execution = store.get_events_by_execution_ids([execution, 999])
        assert by_execution == store.get_events_by_artifact_ids([artifact])
        assert by_execution[0] == event
        assert by_execution[1].milliseconds_since_epoch > 0
        assert store.get_events_by_artifact_ids([]) == []
        with pytest.raises(errors.AlreadyExistsError):
            store.put_events([event])

    def test_events_connect_what_exists(self, store: MetadataStore, model: int, trainer: int) -> None:
        store.put_artifacts([Artifact(type_id=model)])
        store.put_executions([Execution(type_id=trainer)])
        for bad in (
            Event(artifact_id=1, execution_id=1),
            Event(artifact_id=999, execution_id=1, type=Event.INPUT),
            Event(artifact_id=1, execution_id=999, type=Event.INPUT),
            Event(execution_id=1, type=Event.INPUT),
        ):
            with pytest.raises(errors.InvalidArgumentError):
                store.put_events([bad])

    def test_memberships_may_be_repeated(self, store: MetadataStore, model: int, trainer: int, run: int) -> None:
        [artifact] = store.put_artifacts([Artifact(type_id=model)])
        [execution] = store.put_executions([Execution(type_id=trainer)])
        with pytest.raises(errors.NotFoundError):
            store.get_contexts_by_artifact(artifact)
        [context] = store.put_contexts([Context(type_id=run, name="r")])
        attribution = Attribution(artifact_id=artifact, context_id=context)
        association = Association(execution_id=execution, context_id=context)
        for _ in range(2):
            store.put_attributions_and_associations([attribution, attribution], [association])
        assert [c.id for c in store.get_contexts_by_artifact(artifact)] == [context]
        assert [c.id for c in store.get_contexts_by_execution(execution)] == [context]
        assert [a.id for a in store.get_artifacts_by_context(context)] == [artifact]
        with pytest.raises(errors.InvalidArgumentError):
            store.put_attributions_and_associations([Attribution(artifact_id=999, context_id=context)], [])

    def test_contexts_form_a_hierarchy_without_cycles(self, store: MetadataStore, run: int) -> None:
        a, b, c = store.put_contexts([Context(type_id=run, name=name) for name in "abc"])
        store.put_parent_contexts([ParentContext(child_id=b, parent_id=a), ParentContext(child_id=c, parent_id=b)])
        assert [x.id for x in store.get_parent_contexts_by_context(c)] == [b]
        assert [x.id for x in store.get_children_contexts_by_context(a)] == [b]
        assert store.get_parent_contexts_by_context(a) == []
        for child, parent in ((a, a), (a, c), (999, a), (a, 999)):
            with pytest.raises(errors.InvalidArgumentError):
                store.put_parent_contexts([ParentContext(child_id=child, parent_id=parent)])
        with pytest.raises(errors.AlreadyExistsError):
            store.put_parent_contexts([ParentContext(child_id=b, parent_id=a)])

    # ---- concurrency

    def test_updates_of_one_node_take_turns(self, store: MetadataStore, model: int) -> None:
        [artifact_id] = store.put_artifacts([Artifact(type_id=model)])
        threads = 4

        def work(thread: int) -> None:
            for write in range(5):
                change = Artifact(id=artifact_id, custom_properties={f"{thread}": Value(int_value=write)})
                store.put_artifacts([change], [f"custom_properties.{thread}"])

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(threads)))
        [stored] = store.get_artifacts()
        assert dict(stored.custom_properties) == {f"{thread}": Value(int_value=4) for thread in range(threads)}

    def test_threads_that_put_one_type_get_one_id(self, store: MetadataStore) -> None:
        together = threading.Barrier(4)

        def work(thread: int) -> int:
            together.wait()
            type_ = ArtifactType(name="A", properties={f"p{thread}": messages.INT})
            return store.put_artifact_type(type_, can_add_fields=True, can_omit_fields=True)

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(work, range(4))) == {FIRST_USER_TYPE}
        assert len(store.get_artifact_type("A").properties) == 4

    def test_threads_lose_no_write(self, store: MetadataStore, model: int, trainer: int, run: int) -> None:
        threads, writes = 4, 10
        together = threading.Barrier(threads)

        def work(thread: int) -> list[int]:
            together.wait()
            return [
                store.put_execution(
                    Execution(type_id=trainer),
                    [(Artifact(type_id=model, name=f"{thread}-{write}"), Event(type=Event.OUTPUT))],
                    [Context(type_id=run, name="shared")],
                    reuse_context_if_already_exist=True,
                )[0]
                for write in range(writes)
            ]

        with ThreadPoolExecutor(threads) as pool:
            ids = [execution_id for done in pool.map(work, range(threads)) for execution_id in done]
        [context] = store.get_contexts()
        assert sorted(ids) == sorted(e.id for e in store.get_executions_by_context(context.id))
        assert len({a.name for a in store.get_artifacts_by_context(context.id)}) == threads * writes
