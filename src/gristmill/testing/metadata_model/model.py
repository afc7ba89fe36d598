"""The contract of the metadata store as plain Python: what every back end must do, said in another way.

Of several mistakes in one call, a store tells the one that the model finds first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from functools import wraps
from typing import Any, TypeVar

from gristmill.metadata import errors
from gristmill.metadata.contract import MetadataBackend
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION, AnyKind, AnyType, kind_of_type
from gristmill.metadata.lineage_events import INPUT_EVENTS, OUTPUT_EVENTS
from gristmill.metadata.listing import EVERYWHERE, ListOptions, OrderByField, Scope
from gristmill.metadata.reuse import Reuse
from gristmill.metadata.system_types import SYSTEM_TYPES
from gristmill.proto import metadata_store_pb2 as messages
from gristmill.proto.metadata_store_pb2 import (
    Artifact,
    ArtifactType,
    Association,
    Attribution,
    Context,
    Event,
    Execution,
    LineageGraph,
    LineageSubgraphQueryOptions,
    ParentContext,
)
from gristmill.testing.metadata_model.conditions import Condition
from gristmill.testing.metadata_model.rules import (
    check_external_id,
    check_properties,
    check_unique,
    created,
    grown,
    masked,
    replaced,
    require,
    with_external_ids,
)
from gristmill.testing.metadata_model.state import KINDS, State

__all__ = ["Model"]

Method = TypeVar("Method", bound=Callable[..., Any])

_MOST_HOPS = 100
_NO_ARTIFACT = -1


def _whole(method: Method) -> Method:
    """A call that raises stores nothing."""

    @wraps(method)
    def call(self: Model, *given: Any, **named: Any) -> Any:
        before = self.state.copy()
        try:
            return method(self, *given, **named)
        except errors.StatusError:
            self.state = before
            raise

    return call  # type: ignore[return-value]


class Model(MetadataBackend):
    """A back end that keeps dictionaries, and differs from a store in three things.

    It has no numbers of its own: what is new takes the ids that it was offered. It has no clock: what a call creates or
    changes is without times until somebody sets them. It cannot read filters: it must have learnt them.

    Attributes:
        state: what is stored.
    """

    def __init__(self) -> None:
        self.state = State()
        self._offered: Mapping[str, Iterator[int]] = {}
        self._conditions: dict[str, Condition] = {}

    def offer(self, ids: Mapping[str, Sequence[int]]) -> None:
        """Names ids for what the next call creates; those that are taken already, or are none, are passed over."""
        taken = {"type": self.state.types, **self.state.nodes}
        self._offered = {
            of: iter([number for number in dict.fromkeys(some) if number > 0 and number not in taken[of]])
            for of, some in ids.items()
        }

    def learn(self, *conditions: Condition | None) -> None:
        """Makes filters known."""
        self._conditions.update({known.text: known for known in conditions if known is not None})

    def close(self) -> None:
        """Nothing is open."""

    # ---- types

    @_whole
    def put_types(self, types: Sequence[AnyType], *, can_add_fields: bool, can_omit_fields: bool) -> list[int]:
        return [self._put_type(type_, can_add_fields, can_omit_fields) for type_ in types]

    def get_type(self, kind: AnyKind, name: str, version: str | None) -> Any:
        found = self.state.type_named(kind, name, version)
        require(found is not None, errors.NotFoundError, "no type")
        return found

    def get_types(self, kind: AnyKind) -> list[Any]:
        return [type_ for type_ in self.state.types_of(kind) if type_.id > len(SYSTEM_TYPES)]

    def get_types_by_id(self, kind: AnyKind, ids: Sequence[int]) -> list[Any]:
        return [type_ for type_ in self.state.types_of(kind) if type_.id in ids]

    def get_types_by_external_ids(self, kind: AnyKind, external_ids: Sequence[str]) -> list[Any]:
        return with_external_ids(self.state.types_of(kind), external_ids)

    def _put_type(self, given: AnyType, can_add: bool, can_omit: bool) -> int:
        require(bool(given.name), errors.InvalidArgumentError, "no name")
        require(messages.UNKNOWN not in given.properties.values(), errors.InvalidArgumentError, "an unknown property")
        stored = self.state.type_named(kind_of_type(given), given.name, given.version)
        if stored is None:
            goal = deepcopy(given)
            goal.id = self._new_id("type", self.state.types)
            if not given.version:
                goal.ClearField("version")
        else:
            goal = grown(stored, given, can_add, can_omit)
        if given.HasField("base_type"):
            kept = stored is not None and stored.HasField("base_type")
            require(given.base_type != 0, errors.UnimplementedError, "a base type is not removed")
            require(not kept or stored.base_type == given.base_type, errors.UnimplementedError, "a base type stays")
            goal.base_type = given.base_type
        if stored is not None and given.external_id:
            goal.external_id = given.external_id
        check_external_id(goal, self.state.types)
        self.state.types[goal.id] = goal
        return goal.id

    # ---- nodes

    @_whole
    def put_nodes(
        self,
        kind: AnyKind,
        nodes: Sequence[Any],
        field_mask_paths: Sequence[str],
        *,
        must_be_unchanged: bool = False,
    ) -> list[int]:
        return [self._put_node(kind, node, field_mask_paths, must_be_unchanged=must_be_unchanged) for node in nodes]

    def get_nodes(self, kind: AnyKind, options: ListOptions | None, scope: Scope = EVERYWHERE) -> list[Any]:
        options = options or ListOptions()
        require((options.limit or 0) >= 0, errors.InvalidArgumentError, "a negative limit")
        field = (options.order_by or OrderByField.ID).value
        found = [(getattr(node, field), node.id, node) for node in self._of_scope(kind, scope)]
        found = [each for each in found if self._passes(kind, each[2], options.filter_query)]
        found.sort(key=lambda each: each[:2], reverse=not options.is_asc)
        if scope.after is not None:
            place = (scope.after.value, scope.after.id)
            found = [each for each in found if (each[:2] > place if options.is_asc else each[:2] < place)]
        return [node for _, _, node in found][: options.limit or None]

    def get_nodes_by_id(self, kind: AnyKind, ids: Sequence[int]) -> list[Any]:
        return self.state.nodes_with(kind, ids)

    def get_nodes_by_external_ids(self, kind: AnyKind, external_ids: Sequence[str]) -> list[Any]:
        return with_external_ids(self.state.nodes_of(kind), external_ids)

    def get_node_by_type_and_name(self, kind: AnyKind, type_name: str, name: str, version: str | None) -> Any:
        nodes = self._of_scope(kind, Scope(type_name=type_name, type_version=version))
        return next((node for node in nodes if node.HasField("name") and node.name == name), None)

    def get_artifacts_by_uri(self, uri: str) -> list[Artifact]:
        return [artifact for artifact in self.state.nodes_of(ARTIFACT) if artifact.uri == uri]

    def get_artifacts_and_types(self, ids: Sequence[int]) -> tuple[list[Artifact], list[ArtifactType]]:
        artifacts = self.state.nodes_with(ARTIFACT, ids)
        return artifacts, self.get_types_by_id(ARTIFACT, [artifact.type_id for artifact in artifacts])

    def _of_scope(self, kind: AnyKind, scope: Scope) -> list[Any]:
        nodes = self.state.nodes_of(kind)
        if scope.context_id is not None:
            nodes = self.state.members_of(kind, scope.context_id)
        if scope.type_name is not None:
            type_ = self.state.type_named(kind, scope.type_name, scope.type_version)
            nodes = [node for node in nodes if type_ is not None and node.type_id == type_.id]
        return nodes

    def _passes(self, kind: AnyKind, node: Any, filter_query: str | None) -> bool:
        if not filter_query:
            return True
        return self._conditions[filter_query].holds(lambda owner: self.state.rows(kind, node, owner))

    def _put_node(
        self,
        kind: AnyKind,
        given: Any,
        mask: Sequence[str] = (),
        *,
        must_be_unchanged: bool = False,
        force_update_time: bool = False,
    ) -> int:
        nodes = self.state.nodes[kind.name]
        if not given.HasField("id"):
            require(given.HasField("type_id"), errors.InvalidArgumentError, "no type_id")
            before: Any = None
            goal = created(kind, given)
        else:
            require(given.id in nodes, errors.InvalidArgumentError, "no such node")
            before = nodes[given.id]
            same_type = not given.HasField("type_id") or given.type_id == before.type_id
            require(same_type, errors.InvalidArgumentError, "a type_id stays")
            goal = masked(kind, before, given, mask) if mask else replaced(kind, before, given)
        require(kind is not CONTEXT or bool(goal.name), errors.InvalidArgumentError, "a context without name")
        if before is not None and must_be_unchanged:
            unchanged = given.last_update_time_since_epoch == before.last_update_time_since_epoch
            require(unchanged, errors.FailedPreconditionError, "changed since it was read")
        check_properties(kind, goal, self.state.types)
        check_unique(goal, nodes)
        if before is None:
            goal.id = self._new_id(kind.name, nodes)
        if goal != before or force_update_time:
            goal.ClearField("last_update_time_since_epoch")
            nodes[goal.id] = goal
        return int(goal.id)

    def _new_id(self, of: str, taken: Mapping[int, Any]) -> int:
        return next(self._offered.get(of, iter(())), max(taken, default=0) + 1)

    # ---- edges

    @_whole
    def put_events(self, events: Sequence[Event]) -> None:
        for event in events:
            require(event.type != Event.UNKNOWN, errors.InvalidArgumentError, "an event without type")
            self._require_end(ARTIFACT, event)
            self._require_end(EXECUTION, event)
        for event in events:
            self._store_event(event)

    def get_events(self, *, execution_ids: Sequence[int] = (), artifact_ids: Sequence[int] = ()) -> list[Event]:
        if execution_ids:
            return self.state.events_with(EXECUTION, execution_ids)
        return self.state.events_with(ARTIFACT, artifact_ids)

    @_whole
    def put_attributions_and_associations(
        self, attributions: Sequence[Attribution], associations: Sequence[Association]
    ) -> None:
        for kind, edges in ((ARTIFACT, attributions), (EXECUTION, associations)):
            for edge in edges:
                self._require_end(CONTEXT, edge)
                self._require_end(kind, edge)
            self._link(kind, [(edge.context_id, getattr(edge, f"{kind.name}_id")) for edge in edges])

    def get_contexts_of(self, kind: AnyKind, node_id: int) -> list[Context]:
        found = self.state.contexts_of(kind, node_id)
        require(bool(found), errors.NotFoundError, "in no context")
        return found

    @_whole
    def put_parent_contexts(self, edges: Sequence[ParentContext]) -> None:
        contexts = self.state.nodes[CONTEXT.name]
        for edge in edges:
            known = edge.child_id in contexts and edge.parent_id in contexts
            require(known, errors.InvalidArgumentError, "no such context")
        for edge in edges:
            acyclic = edge.child_id not in self._with_ancestors(edge.parent_id)
            require(acyclic, errors.InvalidArgumentError, "a context above itself")
            require((edge.child_id, edge.parent_id) not in self.state.parents, errors.AlreadyExistsError, "an edge")
            self.state.parents.append((edge.child_id, edge.parent_id))

    def get_parent_contexts(self, context_id: int) -> list[Context]:
        return self.state.relatives(context_id, parents=True)

    def get_children_contexts(self, context_id: int) -> list[Context]:
        return self.state.relatives(context_id, parents=False)

    def _require_end(self, kind: AnyKind, edge: Any) -> None:
        known = getattr(edge, f"{kind.name}_id") in self.state.nodes[kind.name]
        require(known, errors.InvalidArgumentError, f"no such {kind.name}")

    def _store_event(self, event: Event) -> None:
        taken = {(known.artifact_id, known.execution_id, known.type) for known in self.state.events}
        key = (event.artifact_id, event.execution_id, event.type)
        require(key not in taken, errors.AlreadyExistsError, "an event of that type")
        stored = deepcopy(event)
        if not event.path.steps:  # a path of no step is none
            stored.ClearField("path")
        self.state.events.append(stored)

    def _link(self, kind: AnyKind, pairs: Sequence[tuple[int, int]]) -> None:
        stored = self.state.members[kind.name]
        stored.extend(pair for pair in sorted(set(pairs)) if pair not in stored)

    def _with_ancestors(self, context_id: int) -> set[int]:
        above = [parent for child, parent in self.state.parents if child == context_id]
        return {context_id}.union(*(self._with_ancestors(parent) for parent in above))

    # ---- lineage

    @_whole
    def put_execution(
        self,
        execution: Execution,
        pairs: Sequence[tuple[Artifact | None, Event | None]],
        contexts: Sequence[Context],
        reuse: Reuse,
        *,
        force_update_time: bool,
    ) -> tuple[int, list[int], list[int]]:
        for artifact, event in pairs:
            if event is not None:
                agrees = _agrees(event, "execution_id", execution)
                agrees &= event.HasField("artifact_id") if artifact is None else _agrees(event, "artifact_id", artifact)
                require(agrees, errors.InvalidArgumentError, "an event that contradicts its nodes")
        artifact_ids = [self._put_pair(artifact, event, reuse) for artifact, event in pairs]
        execution_id = self._put_node(EXECUTION, execution, force_update_time=force_update_time)
        placed = zip(pairs, artifact_ids, strict=True)
        self.put_events([_placed(event, number, execution_id) for (_, event), number in placed if event is not None])
        context_ids = self._put_contexts(contexts, reuse)
        self._link_all(context_ids, [number for number in artifact_ids if number != _NO_ARTIFACT], [execution_id])
        return execution_id, artifact_ids, context_ids

    @_whole
    def put_lineage_subgraph(
        self,
        executions: Sequence[Execution],
        artifacts: Sequence[Artifact],
        contexts: Sequence[Context],
        event_edges: Sequence[tuple[int | None, int | None, Event]],
        reuse: Reuse,
    ) -> tuple[list[int], list[int], list[int]]:
        for execution, artifact, event in event_edges:
            _check_end(execution, executions, event, "execution_id")
            _check_end(artifact, artifacts, event, "artifact_id")
        typed = all(node.HasField("type_id") for node in (*executions, *artifacts, *contexts))
        require(typed, errors.InvalidArgumentError, "no type_id")
        context_ids = self._put_contexts(contexts, reuse)
        artifact_ids = [self._put_artifact(artifact, reuse) for artifact in artifacts]
        execution_ids = [self._put_node(EXECUTION, execution) for execution in executions]
        self.put_events(
            [
                _placed(
                    event,
                    event.artifact_id if artifact is None else artifact_ids[artifact],
                    event.execution_id if execution is None else execution_ids[execution],
                )
                for execution, artifact, event in event_edges
            ]
        )
        self._link_all(context_ids, artifact_ids, execution_ids)
        return execution_ids, artifact_ids, context_ids

    def get_lineage_subgraph(self, options: LineageSubgraphQueryOptions, paths: Sequence[str]) -> LineageGraph:
        parts = [field.name for field in LineageGraph.DESCRIPTOR.fields]
        require(set(paths) <= set(parts), errors.InvalidArgumentError, "an unknown part")
        kind = ARTIFACT if options.HasField("starting_artifacts") else EXECUTION
        start = getattr(options, f"starting_{kind.name}s").filter_query
        require(bool(start), errors.InvalidArgumentError, "no starting filter")
        require(options.max_num_hops >= 0, errors.InvalidArgumentError, "a negative number of hops")
        graph = self._graph(*self._walked(options, kind, start))
        for part in set(parts) - set(paths or parts):
            graph.ClearField(part)
        return graph

    def _put_pair(self, artifact: Artifact | None, event: Event | None, reuse: Reuse) -> int:
        if artifact is not None:
            return self._put_artifact(artifact, reuse)
        return _NO_ARTIFACT if event is None else event.artifact_id

    def _put_artifact(self, artifact: Artifact, reuse: Reuse) -> int:
        if reuse.artifacts_by_external_id and artifact.external_id and not artifact.HasField("id"):
            for stored in self.state.nodes[ARTIFACT.name].values():
                if stored.external_id == artifact.external_id:
                    artifact = deepcopy(artifact)
                    artifact.id = stored.id
        return self._put_node(ARTIFACT, artifact)

    def _put_contexts(self, contexts: Sequence[Context], reuse: Reuse) -> list[int]:
        taken = [context for context in contexts if reuse.contexts_by_id and context.HasField("id")]
        known = all(context.id in self.state.nodes[CONTEXT.name] for context in taken)
        require(known, errors.NotFoundError, "no such context")
        return [context.id if context in taken else self._put_context(context, reuse) for context in contexts]

    def _put_context(self, context: Context, reuse: Reuse) -> int:
        whole = context.HasField("type_id") and bool(context.name)
        require(whole, errors.InvalidArgumentError, "a context without type or name")
        for stored in self.state.nodes[CONTEXT.name].values():
            if reuse.contexts and (stored.type_id, stored.name) == (context.type_id, context.name):
                same = not context.HasField("id") or context.id == stored.id
                require(same, errors.InvalidArgumentError, "another context has the name")
                return int(stored.id)
        return self._put_node(CONTEXT, context)

    def _link_all(self, contexts: Sequence[int], artifacts: Sequence[int], executions: Sequence[int]) -> None:
        for kind, members in ((ARTIFACT, artifacts), (EXECUTION, executions)):
            self._link(kind, [(context, member) for context in contexts for member in members])

    def _walked(
        self, options: LineageSubgraphQueryOptions, kind: AnyKind, start: str
    ) -> tuple[dict[str, set[int]], list[Event]]:
        """The ids of the nodes to show, by the name of their kind, and the events between them that were crossed."""
        frontier = {node.id for node in self.state.nodes_of(kind) if self._passes(kind, node, start)}
        require(bool(frontier), errors.NotFoundError, "no node to start from")
        reached: dict[str, set[int]] = {ARTIFACT.name: set(), EXECUTION.name: set()}
        hidden: dict[str, set[int]] = {ARTIFACT.name: set(), EXECUTION.name: set()}
        crossed: list[Event] = []
        hops = min(options.max_num_hops, _MOST_HOPS) if options.HasField("max_num_hops") else _MOST_HOPS
        for hop in range(hops + 1):
            found = frontier - reached[kind.name]
            reached[kind.name] |= found
            ending = getattr(options, f"ending_{kind.name}s")
            stop = {n.id for n in self.state.nodes_with(kind, found) if self._ends(kind, n, ending.filter_query)}
            if not ending.include_ending_nodes:
                hidden[kind.name] |= stop
            if hop == hops:
                break
            followed = _followed(options.direction, kind)
            events = [event for event in self.state.events_with(kind, found - stop) if event.type in followed]
            crossed += [event for event in events if event not in crossed]
            kind = EXECUTION if kind is ARTIFACT else ARTIFACT
            frontier = {getattr(event, f"{kind.name}_id") for event in events}
        shown = {name: reached[name] - hidden[name] for name in reached}
        return shown, [
            event
            for event in self.state.events
            if event in crossed
            and event.artifact_id in shown[ARTIFACT.name]
            and event.execution_id in shown[EXECUTION.name]
        ]

    def _ends(self, kind: AnyKind, node: Any, filter_query: str) -> bool:
        return bool(filter_query) and self._passes(kind, node, filter_query)

    def _graph(self, shown: dict[str, set[int]], events: list[Event]) -> LineageGraph:
        """The answer; ``parent_contexts`` is never filled."""
        graph = LineageGraph(events=events)
        contexts: set[int] = set()
        for kind, edges in ((ARTIFACT, graph.attributions), (EXECUTION, graph.associations)):
            for context, member in self.state.members[kind.name]:
                if member in shown[kind.name]:
                    edges.add(**{"context_id": context, f"{kind.name}_id": member})
                    contexts.add(context)
        for kind in KINDS:
            nodes = self.state.nodes_with(kind, {**shown, CONTEXT.name: contexts}[kind.name])
            getattr(graph, f"{kind.name}s").extend(nodes)
            types = self.get_types_by_id(kind, [node.type_id for node in nodes])
            getattr(graph, f"{kind.name}_types").extend(types)
        return graph


def _agrees(event: Event, field: str, node: Any) -> bool:
    """Whether an event leaves a node's id out, or names it."""
    return not event.HasField(field) or (node.HasField("id") and getattr(event, field) == node.id)


def _check_end(index: int | None, nodes: Sequence[Any], event: Event, field: str) -> None:
    if index is None:
        require(event.HasField(field), errors.InvalidArgumentError, "an edge without a node")
        return
    require(0 <= index < len(nodes), errors.OutOfRangeError, "an index")
    require(_agrees(event, field, nodes[index]), errors.InvalidArgumentError, "an event that contradicts its node")


def _placed(event: Event, artifact_id: int, execution_id: int) -> Event:
    placed = deepcopy(event)
    placed.artifact_id, placed.execution_id = artifact_id, execution_id
    return placed


def _followed(direction: int, kind: AnyKind) -> frozenset[int]:
    """The types of the events by which a walk leaves nodes of a kind."""
    if direction == LineageSubgraphQueryOptions.UPSTREAM:
        return OUTPUT_EVENTS if kind is ARTIFACT else INPUT_EVENTS
    if direction == LineageSubgraphQueryOptions.DOWNSTREAM:
        return INPUT_EVENTS if kind is ARTIFACT else OUTPUT_EVENTS
    return INPUT_EVENTS | OUTPUT_EVENTS
