"""Where artifacts come from and what was made from them, as Python objects.

    trace(store, [model_id])                        # upstream: what made this model
    trace(store, [examples_id], Direction.DOWNSTREAM)   # what was made from these examples

The graph is walked level by level, one hop across an event a time. A level costs a fixed number of calls of the store,
however many nodes it has.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter

from gristmill.metadata import errors
from gristmill.metadata.lineage_events import INPUT_EVENTS, OUTPUT_EVENTS
from gristmill.metadata.store import MetadataStore
from gristmill.proto.metadata_store_pb2 import Artifact, Event, Execution

__all__ = ["INPUT_EVENTS", "OUTPUT_EVENTS", "Direction", "Edge", "Lineage", "Node", "trace"]

_MANY_HOPS = 1_000_000  # "unlimited": the walk ends anyway once a level finds nothing new


class Direction(enum.Enum):
    """Which way to walk: towards what made the start, towards what was made from it, or both ways from every node."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"
    BOTH = "both"


@dataclass(frozen=True)
class Node:
    """An artifact or execution that was reached.

    Attributes:
        message: the artifact or execution as stored.
        hops: events between it and the nearest start; 0 for a start.
    """

    message: Artifact | Execution
    hops: int

    @property
    def is_artifact(self) -> bool:
        """Whether it is an artifact (else an execution)."""
        return isinstance(self.message, Artifact)


@dataclass(frozen=True)
class Edge:
    """An event between two nodes that were reached.

    Attributes:
        artifact_id: one end.
        execution_id: the other end.
        type: the event's type.
        keys: the path's steps: the input's or output's name, the index in its list.
        time: milliseconds since 1970 UTC.
    """

    artifact_id: int
    execution_id: int
    type: int
    keys: tuple[str | int, ...]
    time: int

    @property
    def is_output(self) -> bool:
        """Whether the execution made the artifact (else it used it)."""
        return self.type in OUTPUT_EVENTS


@dataclass(frozen=True)
class Lineage:
    """The part of the lineage graph around some artifacts.

    Attributes:
        artifacts: by id, nearest first.
        executions: by id, nearest first.
        edges: between these nodes, each once, in the order of storing within a hop.
        missing: ids of starting artifacts and of edges' ends that the store does not hold.
    """

    artifacts: Mapping[int, Node]
    executions: Mapping[int, Node]
    edges: Sequence[Edge]
    missing: frozenset[int] = frozenset()

    def of_types(self, *names: str) -> list[Artifact]:
        """The artifacts of these types (``"Examples"``, ``"Model"``), nearest first: what data made this model?"""
        messages = [node.message for node in self.artifacts.values()]
        return [message for message in messages if isinstance(message, Artifact) and message.type in names]

    def producers(self, artifact_id: int) -> list[int]:
        """The executions that made an artifact."""
        return [edge.execution_id for edge in self._of_artifact.get(artifact_id, ()) if edge.is_output]

    def consumers(self, artifact_id: int) -> list[int]:
        """The executions that used an artifact."""
        return [edge.execution_id for edge in self._of_artifact.get(artifact_id, ()) if not edge.is_output]

    def inputs(self, execution_id: int) -> list[int]:
        """The artifacts that an execution used."""
        return [edge.artifact_id for edge in self._of_execution.get(execution_id, ()) if not edge.is_output]

    def outputs(self, execution_id: int) -> list[int]:
        """The artifacts that an execution made."""
        return [edge.artifact_id for edge in self._of_execution.get(execution_id, ()) if edge.is_output]

    @cached_property
    def _of_artifact(self) -> Mapping[int, Sequence[Edge]]:
        return self._edges_by(attrgetter("artifact_id"))

    @cached_property
    def _of_execution(self) -> Mapping[int, Sequence[Edge]]:
        return self._edges_by(attrgetter("execution_id"))

    def _edges_by(self, end: Callable[[Edge], int]) -> Mapping[int, Sequence[Edge]]:
        found: dict[int, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            found[end(edge)].append(edge)
        return found


def trace(
    store: MetadataStore,
    artifact_ids: Iterable[int],
    direction: Direction = Direction.UPSTREAM,
    *,
    max_hops: int | None = None,
    reused: bool = True,
) -> Lineage:
    """Walks the lineage graph from artifacts.

    Args:
        store: where the graph is.
        artifact_ids: where to start.
        direction: which way to walk.
        max_hops: how many events to cross at most (artifact to execution is one); None: as far as it goes.
        reused: whether to enter executions that only took over what an earlier one had made. Without them an artifact
            has one maker, and a step that was reused a hundred times is there once.

    Raises:
        NotFoundError: none of the starting artifacts exists.
        InvalidArgumentError: ``max_hops`` is negative.
    """
    if max_hops is not None and max_hops < 0:
        raise errors.InvalidArgumentError("max_hops must not be negative", value=max_hops)
    walk = _Walk(store, direction, reused)
    walk.start(artifact_ids)
    for hop in range(1, (_MANY_HOPS if max_hops is None else max_hops) + 1):
        if not walk.step(hop):
            break
    return walk.result()


@dataclass
class _Walk:
    """The state of one walk: what was reached, and the frontier that the next step leaves from."""

    store: MetadataStore
    direction: Direction
    reused: bool
    artifacts: dict[int, Node] = field(default_factory=dict)
    executions: dict[int, Node] = field(default_factory=dict)
    edges: dict[tuple[int, int, int], Edge] = field(default_factory=dict)
    missing: set[int] = field(default_factory=set)
    frontier: list[int] = field(default_factory=list)
    at_artifacts: bool = True

    def start(self, artifact_ids: Iterable[int]) -> None:
        wanted = set(artifact_ids)
        self._reach_artifacts(wanted, 0)
        self.frontier = sorted(self.artifacts)
        if not self.frontier:
            raise errors.NotFoundError("none of these artifacts exists", value=sorted(wanted))

    def step(self, hop: int) -> bool:
        """Crosses one level of events; gives whether it reached anything new."""
        if self.at_artifacts:
            events = self.store.get_events_by_artifact_ids(self.frontier)
        else:
            events = self.store.get_events_by_execution_ids(self.frontier)
        followed = [event for event in events if self._is_followed(event)]
        if self.at_artifacts and not self.reused:
            followed = self._without_reuse(followed)
        reached = self._reach_executions if self.at_artifacts else self._reach_artifacts
        self.frontier = reached({e.execution_id if self.at_artifacts else e.artifact_id for e in followed}, hop)
        for event in followed:
            self._add_edge(event)
        self.at_artifacts = not self.at_artifacts
        return bool(self.frontier)

    def result(self) -> Lineage:
        whole = [
            edge
            for edge in self.edges.values()
            if edge.artifact_id in self.artifacts and edge.execution_id in self.executions
        ]
        return Lineage(self.artifacts, self.executions, whole, frozenset(self.missing))

    def _is_followed(self, event: Event) -> bool:
        if self.direction is Direction.BOTH:
            return event.type in INPUT_EVENTS | OUTPUT_EVENTS
        towards_makers = self.direction is Direction.UPSTREAM
        # An artifact's maker lies across an output event, an execution's material across an input event.
        return event.type in (OUTPUT_EVENTS if towards_makers == self.at_artifacts else INPUT_EVENTS)

    def _without_reuse(self, events: Sequence[Event]) -> list[Event]:
        """The events of artifacts without those of executions that took them over, or took others over for them."""
        makers: dict[int, int] = {}
        for event in events:
            if event.type in OUTPUT_EVENTS:
                makers[event.artifact_id] = min(event.execution_id, makers.get(event.artifact_id, event.execution_id))
        users = {event.execution_id for event in events if event.type in INPUT_EVENTS} - set(makers.values())
        cached = {e.id for e in self.store.get_executions_by_id(users) if e.last_known_state == Execution.CACHED}
        return [
            event
            for event in events
            if (
                event.execution_id not in cached
                if event.type in INPUT_EVENTS
                else makers[event.artifact_id] == event.execution_id
            )
        ]

    def _reach_artifacts(self, ids: set[int], hop: int) -> list[int]:
        wanted = ids - self.artifacts.keys()
        found = {node.id: Node(node, hop) for node in self.store.get_artifacts_by_id(sorted(wanted))}
        self.missing |= wanted - found.keys()
        self.artifacts |= found
        return sorted(found)

    def _reach_executions(self, ids: set[int], hop: int) -> list[int]:
        wanted = ids - self.executions.keys()
        found = {node.id: Node(node, hop) for node in self.store.get_executions_by_id(sorted(wanted))}
        self.missing |= wanted - found.keys()
        self.executions |= found
        return sorted(found)

    def _add_edge(self, event: Event) -> None:
        keys = tuple(step.index if step.HasField("index") else step.key for step in event.path.steps)
        edge = Edge(event.artifact_id, event.execution_id, event.type, keys, event.milliseconds_since_epoch)
        self.edges.setdefault((edge.artifact_id, edge.execution_id, edge.type), edge)
