"""The calls of the state machine that write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from gristmill.metadata import MetadataStore
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, AnyKind, AnyType
from gristmill.metadata.reuse import Reuse
from gristmill.proto.metadata_store_pb2 import (
    Artifact,
    Association,
    Attribution,
    Context,
    Event,
    Execution,
    ParentContext,
)
from gristmill.testing.metadata_model import calls
from gristmill.testing.metadata_model.calls import FLAGS, few, mostly, of_kinds
from gristmill.testing.metadata_model.side_by_side import SideBySide
from gristmill.testing.metadata_model.state import KINDS

__all__ = ["WritingMachine"]


class WritingMachine(RuleBasedStateMachine):
    """A store beside the model, and what may be stored in both."""

    def __init__(self, new_store: Callable[[], AbstractContextManager[MetadataStore]], *, outlives_closing: bool):
        super().__init__()
        self._open = ExitStack()
        self._outlives_closing = outlives_closing
        self.store = self._open.enter_context(new_store())
        self.both = SideBySide(self.store)
        self.model = self.both.model

    def teardown(self) -> None:
        self._open.close()

    def method(self, name: str, kind: AnyKind) -> Callable[..., Any]:
        """The store's method for a kind of nodes."""
        return getattr(self.store, name.format(kind.name))  # type: ignore[no-any-return]

    @initialize(is_filled=st.sampled_from([True, True, True, False]))
    def begin(self, is_filled: bool) -> None:
        self._put_types(calls.first_types())
        if is_filled:
            self.put_lineage_subgraph(*calls.first_graph(), Reuse())
            self.put_parent_contexts([ParentContext(child_id=2, parent_id=1), ParentContext(child_id=3, parent_id=2)])

    @rule(given=of_kinds(calls.types), can_add=FLAGS, can_omit=FLAGS)
    def put_type(self, given: tuple[AnyKind, AnyType], can_add: bool, can_omit: bool) -> None:
        kind, type_ = given
        self.both.write(
            lambda: self.model.put_types([type_], can_add_fields=can_add, can_omit_fields=can_omit)[0],
            partial(self.method("put_{}_type", kind), type_, can_add, can_omit),
            lambda type_id: {"type": [type_id]},
        )
        self.both.compare_types()

    # In this order: over the wire types travel by kind, and the first mistake is told.
    @rule(given=st.tuples(*(few(calls.types(kind), 1) for kind in KINDS)), may_change=FLAGS)
    def put_types_of_several_kinds(self, given: Sequence[list[AnyType]], may_change: bool) -> None:
        self._put_types([type_ for types in given for type_ in types], may_change)

    def _put_types(self, types: Sequence[AnyType], may_change: bool = False) -> None:
        flags = {"can_add_fields": may_change, "can_omit_fields": may_change}
        self.both.write(
            partial(self.model.put_types, types, **flags),
            partial(self.store.backend.put_types, types, **flags),
            lambda ids: {"type": ids},
        )
        self.both.compare_types()

    @rule(given=of_kinds(lambda kind: few(calls.nodes(kind), least=1)))
    def put_nodes(self, given: tuple[AnyKind, list[Any]]) -> None:
        self._put_nodes(*given, [])

    @rule(given=of_kinds(lambda kind: st.tuples(few(calls.updates(kind), least=1), calls.masks(kind))))
    def update_nodes(self, given: tuple[AnyKind, tuple[list[Any], list[str]]]) -> None:
        kind, (nodes, mask) = given
        self._put_nodes(kind, nodes, mask)

    @rule(given=of_kinds(lambda _: calls.IDS))
    def put_what_is_stored(self, given: tuple[AnyKind, int]) -> None:
        kind, node_id = given
        self._put_nodes(kind, self.model.get_nodes_by_id(kind, [node_id]), [])

    def _put_nodes(self, kind: AnyKind, nodes: Sequence[Any], mask: Sequence[str]) -> None:
        self._move_unknown_ids(nodes, kind)
        self.both.write(
            partial(self.model.put_nodes, kind, nodes, mask),
            partial(self.method("put_{}s", kind), nodes, mask),
            lambda ids: {kind.name: ids},
        )

    @rule(change=calls.updates(ARTIFACT), is_stale=mostly(st.just(False), st.just(True), 4))
    def update_an_artifact_unless_somebody_else_has(self, change: Artifact, is_stale: bool) -> None:
        known = self.model.state.nodes[ARTIFACT.name].get(change.id, Artifact())
        change.last_update_time_since_epoch = known.last_update_time_since_epoch - is_stale
        self.both.write(
            partial(self.model.put_nodes, ARTIFACT, [change], [], must_be_unchanged=True),
            partial(self.store.backend.put_nodes, ARTIFACT, [change], [], must_be_unchanged=True),
        )

    @rule(events=few(calls.EVENTS, least=1))
    def put_events(self, events: list[Event]) -> None:
        self.both.write(partial(self.model.put_events, events), partial(self.store.put_events, events))

    @rule(attributions=few(calls.ATTRIBUTIONS), associations=few(calls.ASSOCIATIONS))
    def put_attributions_and_associations(
        self, attributions: list[Attribution], associations: list[Association]
    ) -> None:
        self.both.write(
            partial(self.model.put_attributions_and_associations, attributions, associations),
            partial(self.store.put_attributions_and_associations, attributions, associations),
        )

    @rule(edges=few(calls.PARENTS, least=1))
    def put_parent_contexts(self, edges: list[ParentContext]) -> None:
        self.both.write(partial(self.model.put_parent_contexts, edges), partial(self.store.put_parent_contexts, edges))
        for context_id in self.model.state.nodes[CONTEXT.name]:
            self.read_relatives(context_id)

    def read_relatives(self, context_id: int) -> None:
        """The parents and the children of a context."""
        self.both.read(self.model.get_parent_contexts, self.store.get_parent_contexts_by_context, context_id)
        self.both.read(self.model.get_children_contexts, self.store.get_children_contexts_by_context, context_id)

    @rule(
        execution=calls.nodes(EXECUTION),
        pairs=few(calls.PAIRS, 3),
        contexts=few(calls.nodes(CONTEXT)),
        reuse=st.builds(Reuse, FLAGS, FLAGS, FLAGS),
        force_time=FLAGS,
        is_stored=mostly(st.just(False), st.just(True), 4),
    )
    def put_execution(
        self,
        execution: Execution,
        pairs: list[tuple[Artifact | None, Event | None]],
        contexts: list[Context],
        reuse: Reuse,
        force_time: bool,
        is_stored: bool,
    ) -> None:
        events = [event for _, event in pairs if event is not None]
        self._move_unknown_ids([execution], EXECUTION)
        self._move_unknown_ids([artifact for artifact, _ in pairs if artifact is not None], ARTIFACT)
        self._move_unknown_ids(contexts, CONTEXT)
        self._move_unknown_ids(events, ARTIFACT, "artifact_id")
        if is_stored:
            [execution] = self.model.get_nodes_by_id(EXECUTION, [execution.id]) or [execution]
        self.both.write(
            partial(self.model.put_execution, execution, pairs, contexts, reuse, force_update_time=force_time),
            partial(
                self.store.put_execution,
                execution,
                pairs,
                contexts,
                reuse_context_if_already_exist=reuse.contexts,
                reuse_artifact_if_already_exist_by_external_id=reuse.artifacts_by_external_id,
                force_reuse_context=reuse.contexts_by_id,
                force_update_time=force_time,
            ),
            lambda ids: {EXECUTION.name: [ids[0]], ARTIFACT.name: ids[1], CONTEXT.name: ids[2]},
        )

    @rule(
        executions=few(calls.nodes(EXECUTION), least=1),
        artifacts=few(calls.nodes(ARTIFACT), least=1),
        contexts=few(calls.nodes(CONTEXT)),
        edges=few(calls.EDGES, 3),
        reuse=st.builds(Reuse, contexts=FLAGS, artifacts_by_external_id=FLAGS),
    )
    def put_lineage_subgraph(
        self,
        executions: list[Execution],
        artifacts: list[Artifact],
        contexts: list[Context],
        edges: Sequence[tuple[int | None, int | None, Event]],
        reuse: Reuse,
    ) -> None:
        nodes = (executions, artifacts, contexts)
        events = [event for _, _, event in edges]
        self._move_unknown_ids(executions, EXECUTION)
        self._move_unknown_ids(artifacts, ARTIFACT)
        self._move_unknown_ids(contexts, CONTEXT)
        self._move_unknown_ids(events, EXECUTION, "execution_id")
        self._move_unknown_ids(events, ARTIFACT, "artifact_id")
        self.both.write(
            partial(self.model.put_lineage_subgraph, *nodes, edges, reuse),
            partial(
                self.store.put_lineage_subgraph,
                *nodes,
                edges,
                reuse_context_if_already_exist=reuse.contexts,
                reuse_artifact_if_already_exist_by_external_id=reuse.artifacts_by_external_id,
            ),
            lambda ids: {EXECUTION.name: ids[0], ARTIFACT.name: ids[1], CONTEXT.name: ids[2]},
        )

    def _move_unknown_ids(self, messages: Sequence[Any], kind: AnyKind, field: str = "id") -> None:
        """An id that no node has yet may be given in the very call that names it, or not: servers skip some."""
        for message in messages:
            if getattr(message, field) > 0 and getattr(message, field) not in self.model.state.nodes[kind.name]:
                setattr(message, field, calls.FAR)

    @rule()
    def close(self) -> None:
        if self._outlives_closing:
            self.store.close()
            self.both.compare()
            self.both.compare_types()
