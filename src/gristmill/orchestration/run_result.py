"""What became of a run and of each of its nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from gristmill.dsl.artifact import Artifact

__all__ = ["NodeResult", "NodeState", "RunResult"]


class NodeState(Enum):
    """How a node ended. The values are what is stored and what ``--json`` prints."""

    COMPLETE = "complete"  # it ran
    CACHED = "cached"  # its outputs of an earlier execution were reused
    SKIPPED = "skipped"  # a condition, or the choice of nodes of a partial run, left it out
    BLOCKED = "blocked"  # something that it depends on failed, was blocked or skipped
    FAILED = "failed"
    CANCELED = "canceled"  # the run was stopped from outside

    @property
    def has_outputs(self) -> bool:
        """Whether nodes that depend on it can go on."""
        return self in (NodeState.COMPLETE, NodeState.CACHED)


@dataclass(frozen=True)
class NodeResult:
    """The end of one node.

    Attributes:
        node_id: which node.
        state: how it ended.
        reason: the decision behind it, in words: why it ran, was reused, skipped or blocked; the message of a failure.
        seconds: wall time that it took.
        summary: the lines that its executor reported, for people.
        execution_id: its execution in the store; None where none was recorded (skipped, blocked).
        outputs: its output artifacts, by key.
        error: what was raised, when it failed.
    """

    node_id: str
    state: NodeState
    reason: str = ""
    seconds: float = 0.0
    summary: tuple[str, ...] = ()
    execution_id: int | None = None
    outputs: Mapping[str, Sequence[Artifact]] = field(default_factory=dict)
    error: BaseException | None = None


@dataclass(frozen=True, repr=False)
class RunResult:
    """The end of a run.

    Attributes:
        pipeline_name: the pipeline.
        run_id: the run's name in the store (an ISO timestamp, unless another was given).
        number: 1 for the pipeline's first run in this store, 2 for the next.
        seconds: wall time of the whole run.
        nodes: each node's end, in the order of the pipeline.
    """

    pipeline_name: str
    run_id: str
    number: int
    seconds: float
    nodes: Mapping[str, NodeResult]

    def __repr__(self) -> str:
        counts = Counter(result.state.value for result in self.nodes.values())
        states = ", ".join(f"{number} {state}" for state, number in counts.items())
        return f"RunResult({self.pipeline_name!r}, run {self.number}: {states}; {self.seconds:.1f} s)"

    @property
    def state(self) -> str:
        """``complete``, ``failed`` or ``canceled``."""
        return "canceled" if self.was_canceled else "failed" if self.failed else "complete"

    @property
    def failed(self) -> tuple[str, ...]:
        """Ids of the nodes that failed."""
        return tuple(result.node_id for result in self.nodes.values() if result.state is NodeState.FAILED)

    @property
    def was_canceled(self) -> bool:
        """Whether the run was stopped from outside."""
        return any(result.state is NodeState.CANCELED for result in self.nodes.values())

    def outputs(self, node_id: str) -> Mapping[str, Sequence[Artifact]]:
        """The output artifacts of one node, by key.

        Raises:
            KeyError: the pipeline has no such node.
        """
        return self.nodes[node_id].outputs
