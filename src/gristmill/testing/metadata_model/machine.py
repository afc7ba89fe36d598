"""A store and the model, driven through the same calls in any order that hypothesis thinks of."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from gristmill.metadata import MetadataStore
from gristmill.metadata.kinds import ARTIFACT, EXECUTION, AnyKind
from gristmill.metadata.listing import NEWEST_FIRST, ListOptions, OrderByField, Position, Scope
from gristmill.proto.metadata_store_pb2 import LineageSubgraphQueryOptions
from gristmill.testing.metadata_model import calls, queries
from gristmill.testing.metadata_model.calls import few, of_kinds, optional
from gristmill.testing.metadata_model.conditions import Condition
from gristmill.testing.metadata_model.queries import Listing
from gristmill.testing.metadata_model.state import KINDS
from gristmill.testing.metadata_model.writing import WritingMachine

__all__ = ["check_against_model"]

_MEMBERS = (ARTIFACT, EXECUTION)


def check_against_model(
    new_store: Callable[[], AbstractContextManager[MetadataStore]],
    *,
    examples: int = 25,
    steps: int = 30,
    outlives_closing: bool = True,
) -> None:
    """Drives stores and the model through the same calls: both must give the same, and hold the same after each.

    Settings of hypothesis other than the two sizes are those of its current profile. Needs hypothesis.

    Args:
        new_store: gives a store as a new one is; it is left when its example is over.
        examples: how many stores are driven.
        steps: at most so many calls of each.
        outlives_closing: whether what a store holds is there again after ``close``.

    Raises:
        AssertionError: a store and the model differ. Hypothesis tells the calls that led there, as few as it finds.
    """
    run_state_machine_as_test(
        partial(StoreMachine, new_store, outlives_closing=outlives_closing),  # type: ignore[arg-type]  # any factory
        settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None),
    )


class StoreMachine(WritingMachine):
    """The calls that read."""

    @rule(
        given=of_kinds(calls.type_names),
        version=calls.VERSIONS,
        ids=few(calls.TYPE_IDS, 3),
        external_ids=few(calls.EXTERNAL_IDS),
    )
    def read_types(
        self, given: tuple[AnyKind, str], version: str | None, ids: list[int], external_ids: list[str]
    ) -> None:
        kind, name = given
        self.both.read(partial(self.model.get_type, kind), self.method("get_{}_type", kind), name, version)
        self.both.read(partial(self.model.get_types_by_id, kind), self.method("get_{}_types_by_id", kind), ids)
        self.both.read(
            partial(self.model.get_types_by_external_ids, kind),
            self.method("get_{}_types_by_external_ids", kind),
            external_ids,
        )

    @rule(kind=st.sampled_from(KINDS), ids=few(calls.IDS, 3), external_ids=few(calls.EXTERNAL_IDS), uri=calls.URIS)
    def read_nodes(self, kind: AnyKind, ids: list[int], external_ids: list[str], uri: str) -> None:
        self.both.read(partial(self.model.get_nodes_by_id, kind), self.method("get_{}s_by_id", kind), ids)
        self.both.read(
            partial(self.model.get_nodes_by_external_ids, kind),
            self.method("get_{}s_by_external_ids", kind),
            external_ids,
        )
        self.both.read(self.model.get_artifacts_by_uri, self.store.get_artifacts_by_uri, uri)
        self.both.read(self.model.get_artifacts_and_types, self.store.get_artifacts_and_types_by_artifact_ids, ids)

    @rule(given=of_kinds(calls.type_names), version=calls.VERSIONS, name=calls.NAMES)
    def read_nodes_of_a_type(self, given: tuple[AnyKind, str], version: str | None, name: str) -> None:
        kind, type_name = given
        self.both.read(
            lambda: self.model.get_nodes(kind, None, Scope(type_name=type_name, type_version=version)),
            lambda: self.method("get_{}s_by_type", kind)(type_name, version),
        )
        self.both.read(
            partial(self.model.get_node_by_type_and_name, kind),
            self.method("get_{}_by_type_and_name", kind),
            type_name,
            name,
            version,
        )

    @rule(several=few(of_kinds(queries.listings), 5, 1))
    def list_nodes(self, several: list[tuple[AnyKind, Listing]]) -> None:
        for kind, (options, condition) in several:
            self.model.learn(condition)
            self.both.read(partial(self.model.get_nodes, kind), self.method("get_{}s", kind), options)

    @rule(context_id=calls.IDS, given=of_kinds(lambda kind: optional(queries.listings(kind)), _MEMBERS))
    def list_members_of_a_context(self, context_id: int, given: tuple[AnyKind, Listing | None]) -> None:
        kind, listing = given
        options, condition = listing or (None, None)
        self.model.learn(condition)
        usual = NEWEST_FIRST if kind is EXECUTION else None
        self.both.read(
            lambda: self.model.get_nodes(kind, options or usual, Scope(context_id=context_id)),
            lambda: self.method("get_{}s_by_context", kind)(context_id, options),
        )

    @rule(given=of_kinds(lambda kind: st.tuples(queries.listings(kind), queries.scopes(kind))), size=st.integers(1, 3))
    def list_page_by_page(self, given: tuple[AnyKind, tuple[Listing, Scope]], size: int) -> None:
        kind, ((listing, condition), scope) = given
        options = replace(listing, limit=size)
        self.model.learn(condition)
        while page := self._page(kind, options, scope):
            value = getattr(page[-1], (options.order_by or OrderByField.ID).value)
            scope = replace(scope, after=Position(value, page[-1].id))

    def _page(self, kind: AnyKind, options: ListOptions, scope: Scope) -> list[Any] | None:
        in_model, in_store = self.model.get_nodes, self.store.backend.get_nodes
        return self.both.read(partial(in_model, kind), partial(in_store, kind), options, scope)

    @rule(ids=few(calls.IDS, 3), node_id=calls.IDS, kind=st.sampled_from(_MEMBERS))
    def read_edges(self, ids: list[int], node_id: int, kind: AnyKind) -> None:
        self.both.read(
            lambda: self.model.get_events(execution_ids=ids), lambda: self.store.get_events_by_execution_ids(ids)
        )
        self.both.read(
            lambda: self.model.get_events(artifact_ids=ids), lambda: self.store.get_events_by_artifact_ids(ids)
        )
        self.both.read(partial(self.model.get_contexts_of, kind), self.method("get_contexts_by_{}", kind), node_id)
        self.read_relatives(node_id)

    @rule(query=queries.lineage_queries(), parts=queries.GRAPH_PARTS)
    def read_lineage(self, query: tuple[LineageSubgraphQueryOptions, list[Condition]], parts: list[str]) -> None:
        options, known = query
        self.model.learn(*known)
        self.both.read(self.model.get_lineage_subgraph, self.store.get_lineage_subgraph, options, parts)
