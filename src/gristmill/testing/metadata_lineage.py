"""The part of the metadata store's suite about calls that store executions with all that belongs to them."""

from __future__ import annotations

import pytest

from gristmill.metadata import ListOptions, MetadataStore, errors
from gristmill.metadata.lineage import Direction, trace
from gristmill.proto.metadata_store_pb2 import (
    Artifact,
    Context,
    Event,
    Execution,
    LineageSubgraphQueryOptions,
    Value,
)

__all__ = ["LineageSuite"]


class LineageSuite:
    """Inherited by ``MetadataStoreSuite``, which has the fixtures."""

    def test_put_execution_links_everything_to_every_context(
        self, store: MetadataStore, model: int, trainer: int, run: int
    ) -> None:
        [known] = store.put_artifacts([Artifact(type_id=model, uri="kept")])
        execution_id, artifact_ids, context_ids = store.put_execution(
            Execution(type_id=trainer),
            [
                (Artifact(type_id=model), Event(type=Event.OUTPUT)),
                (None, Event(type=Event.INPUT, artifact_id=known)),
                (None, None),
            ],
            [Context(type_id=run, name="a"), Context(type_id=run, name="b")],
        )
        assert artifact_ids[1:] == [known, -1]
        assert store.get_artifacts_by_id([known])[0].uri == "kept"
        for context_id in context_ids:
            assert [a.id for a in store.get_artifacts_by_context(context_id)] == sorted(artifact_ids[:2])
            assert [e.id for e in store.get_executions_by_context(context_id)] == [execution_id]
        assert {e.artifact_id for e in store.get_events_by_execution_ids([execution_id])} == set(artifact_ids[:2])

    def test_contexts_are_reused_as_they_are_when_asked(self, store: MetadataStore, trainer: int, run: int) -> None:
        [stored] = store.put_contexts([Context(type_id=run, name="r", custom_properties={"a": Value(int_value=1)})])
        again = Context(type_id=run, name="r")
        with pytest.raises(errors.AlreadyExistsError):
            store.put_execution(Execution(type_id=trainer), [], [again])
        reused = store.put_execution(Execution(type_id=trainer), [], [again], reuse_context_if_already_exist=True)
        forced = store.put_execution(Execution(type_id=trainer), [], [Context(id=stored)], force_reuse_context=True)
        assert reused[2] == forced[2] == [stored]
        assert "a" in store.get_contexts_by_id([stored])[0].custom_properties
        with pytest.raises(errors.NotFoundError):
            store.put_execution(Execution(type_id=trainer), [], [Context(id=999)], force_reuse_context=True)
        with pytest.raises(errors.InvalidArgumentError):
            store.put_execution(Execution(type_id=trainer), [], [Context(id=stored)])

    def test_a_name_that_a_call_frees_is_reused_no_more(self, store: MetadataStore, trainer: int, run: int) -> None:
        [stored] = store.put_contexts([Context(type_id=run, name="old")])
        contexts = [Context(id=stored, type_id=run, name="new"), Context(type_id=run, name="old")]
        for _ in range(2):
            ids = store.put_execution(Execution(type_id=trainer), [], contexts, reuse_context_if_already_exist=True)[2]
            assert [(c.id, c.name) for c in store.get_contexts_by_id(ids)] == [(ids[0], "new"), (ids[1], "old")]

    def test_an_artifact_is_reused_by_its_external_id(self, store: MetadataStore, model: int, trainer: int) -> None:
        [stored] = store.put_artifacts([Artifact(type_id=model, external_id="e")])
        pair = (Artifact(type_id=model, external_id="e", uri="new"), Event(type=Event.OUTPUT))
        reused = store.put_execution(
            Execution(type_id=trainer), [pair], [], reuse_artifact_if_already_exist_by_external_id=True
        )
        assert reused[1] == [stored]
        assert store.get_artifacts_by_id([stored])[0].uri == "new"

    def test_an_updated_execution_may_be_told_to_move_its_time(self, store: MetadataStore, trainer: int) -> None:
        [execution_id] = store.put_executions([Execution(type_id=trainer)])
        before = store.get_executions_by_id([execution_id])[0]
        store.put_execution(before, [], [], force_update_time=True)
        after = store.get_executions_by_id([execution_id])[0]
        assert after.last_update_time_since_epoch >= before.last_update_time_since_epoch
        assert after.create_time_since_epoch == before.create_time_since_epoch

    def test_events_that_contradict_their_nodes_are_refused(
        self, store: MetadataStore, model: int, trainer: int
    ) -> None:
        [artifact] = store.put_artifacts([Artifact(type_id=model)])
        for pair in (
            (Artifact(id=artifact, type_id=model), Event(type=Event.OUTPUT, artifact_id=999)),
            (Artifact(type_id=model), Event(type=Event.OUTPUT, execution_id=999)),
            (Artifact(type_id=model), Event(type=Event.OUTPUT, execution_id=0)),
            (Artifact(type_id=model), Event(type=Event.OUTPUT, artifact_id=0)),
            (None, Event(type=Event.OUTPUT)),
        ):
            with pytest.raises(errors.InvalidArgumentError):
                store.put_execution(Execution(type_id=trainer), [pair], [])

    def test_a_subgraph_is_stored_with_its_events_and_contexts(
        self, store: MetadataStore, model: int, trainer: int, run: int
    ) -> None:
        [known] = store.put_artifacts([Artifact(type_id=model)])
        executions, artifacts, contexts = store.put_lineage_subgraph(
            [Execution(type_id=trainer)] * 2,
            [Artifact(type_id=model)],
            [Context(type_id=run, name="r")],
            [
                (0, None, Event(type=Event.INPUT, artifact_id=known)),
                (0, 0, Event(type=Event.OUTPUT)),
                (1, 0, Event(type=Event.INPUT)),
            ],
        )
        assert [e.type for e in store.get_events_by_artifact_ids(artifacts)] == [Event.OUTPUT, Event.INPUT]
        assert [e.id for e in store.get_executions_by_context(contexts[0], ListOptions())] == executions
        assert [a.id for a in store.get_artifacts_by_context(contexts[0])] == artifacts

    @pytest.mark.parametrize(
        ("edge", "error"),
        [
            ((0, 5, Event(type=Event.OUTPUT)), errors.OutOfRangeError),
            ((0, -1, Event(type=Event.OUTPUT)), errors.OutOfRangeError),
            ((0, None, Event(type=Event.OUTPUT)), errors.InvalidArgumentError),
            ((0, 0, Event(type=Event.OUTPUT, artifact_id=999)), errors.InvalidArgumentError),
            ((0, 0, Event(type=Event.OUTPUT, artifact_id=0)), errors.InvalidArgumentError),
        ],
    )
    def test_edges_of_a_subgraph_must_meet_their_nodes(
        self,
        store: MetadataStore,
        model: int,
        trainer: int,
        edge: tuple[int, int | None, Event],
        error: type[errors.StatusError],
    ) -> None:
        with pytest.raises(error):
            store.put_lineage_subgraph([Execution(type_id=trainer)], [Artifact(type_id=model)], [], [edge])
        assert store.get_artifacts() == []

    def test_lineage_is_walked_hop_by_hop(self, store: MetadataStore, model: int, trainer: int) -> None:
        executions, artifacts, _ = store.put_lineage_subgraph(
            [Execution(type_id=trainer)] * 3,
            [Artifact(type_id=model)] * 3,
            [],
            [(i, i, Event(type=Event.OUTPUT)) for i in range(3)]
            + [(i + 1, i, Event(type=Event.INPUT)) for i in range(2)],
        )
        upstream = trace(store, [artifacts[2]])
        assert {i: node.hops for i, node in upstream.artifacts.items()} == dict(zip(artifacts, (4, 2, 0), strict=True))
        assert upstream.producers(artifacts[2]) == [executions[2]]
        assert upstream.inputs(executions[2]) == [artifacts[1]]
        assert len(upstream.edges) == 5
        downstream = trace(store, [artifacts[0]], Direction.DOWNSTREAM, max_hops=2)
        assert sorted(downstream.artifacts) == artifacts[:2]
        assert sorted(downstream.executions) == executions[1:2]
        around = trace(store, [artifacts[0]], Direction.BOTH, max_hops=1)
        assert (len(around.artifacts), len(around.executions), len(around.edges)) == (1, 2, 2)
        with pytest.raises(errors.NotFoundError):
            trace(store, [999])

    def test_a_subgraph_is_read_around_the_nodes_that_a_filter_finds(
        self, store: MetadataStore, model: int, trainer: int, run: int
    ) -> None:
        executions, artifacts, contexts = store.put_lineage_subgraph(
            [Execution(type_id=trainer)] * 3,
            [Artifact(type_id=model, uri=f"a{i}") for i in range(3)],
            [Context(type_id=run, name="r")],
            [(i, i, Event(type=Event.OUTPUT)) for i in range(3)]
            + [(i + 1, i, Event(type=Event.INPUT)) for i in range(2)],
        )

        def shape(**options: object) -> tuple[list[int], list[int], int]:
            query = LineageSubgraphQueryOptions(**options)  # type: ignore[arg-type]
            query.starting_artifacts.filter_query = "uri = 'a0'"
            graph = store.get_lineage_subgraph(query)
            return [a.id for a in graph.artifacts], [e.id for e in graph.executions], len(graph.events)

        upstream, downstream = LineageSubgraphQueryOptions.UPSTREAM, LineageSubgraphQueryOptions.DOWNSTREAM
        second = LineageSubgraphQueryOptions.EndingNodes(filter_query="uri = 'a1'")
        assert shape(max_num_hops=0) == (artifacts[:1], [], 0)
        assert shape(max_num_hops=1) == (artifacts[:1], executions[:2], 2)
        assert shape() == (artifacts, executions, 5)
        assert shape(direction=upstream) == (artifacts[:1], executions[:1], 1)
        assert shape(direction=downstream) == (artifacts, executions[1:], 4)
        assert shape(ending_artifacts=second) == (artifacts[:1], executions[:2], 2)
        second.include_ending_nodes = True
        assert shape(ending_artifacts=second) == (artifacts[:2], executions[:2], 3)

        query = LineageSubgraphQueryOptions(max_num_hops=1)
        query.starting_executions.filter_query = f"id = {executions[0]}"
        graph = store.get_lineage_subgraph(query)
        assert [c.id for c in graph.contexts] == contexts
        assert ([t.id for t in graph.artifact_types], [t.id for t in graph.execution_types]) == ([model], [trainer])
        assert ([t.id for t in graph.context_types], len(graph.attributions), len(graph.associations)) == ([run], 1, 1)
        only = store.get_lineage_subgraph(query, ["events"])
        assert (len(only.events), len(only.artifacts), len(only.contexts)) == (1, 0, 0)

    def test_a_subgraph_that_starts_nowhere_is_refused(self, store: MetadataStore) -> None:
        query = LineageSubgraphQueryOptions()
        with pytest.raises(errors.InvalidArgumentError):
            store.get_lineage_subgraph(query)
        query.starting_artifacts.filter_query = "id = 1"
        with pytest.raises(errors.NotFoundError):
            store.get_lineage_subgraph(query)
        with pytest.raises(errors.InvalidArgumentError):
            store.get_lineage_subgraph(query, ["nothing"])
        query.max_num_hops = -1
        with pytest.raises(errors.InvalidArgumentError):
            store.get_lineage_subgraph(query)
