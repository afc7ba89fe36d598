"""What a run would do, said beforehand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

__all__ = ["PlanMade", "PlannedNode", "PlannedState", "RunPlan"]


class PlannedState(Enum):
    """What would become of a node. The values are what ``--json`` prints."""

    RUNS = "runs"
    REUSED = "reused"  # its outputs of an earlier execution
    DEPENDS = "depends"  # on what a node before it writes when it runs
    SKIPPED = "skipped"  # a condition, or the choice of nodes, leaves it out
    BLOCKED = "blocked"  # something that it depends on would fail
    FAILS = "fails"  # it cannot even be decided: a file or a module is not there, an input holds nothing


@dataclass(frozen=True)
class PlannedNode:
    """What would become of one node.

    Attributes:
        node_id: which node.
        state: what would become of it.
        reason: why, in the words that a run has for it; a node that is not decided yet, or whose inputs are not, may
            find further reasons in the run.
        summary: what a resolver would choose; what a reused execution reported.
        depends_on: ids of the nodes whose outputs have to be known first.
        execution_id: the execution whose outputs would be used again; None where there is none.
    """

    node_id: str
    state: PlannedState
    reason: str
    summary: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    execution_id: int | None = None


@dataclass(frozen=True, repr=False)
class RunPlan:
    """What a run would do now.

    Attributes:
        pipeline_name: the pipeline.
        number: the number that the run would have.
        nodes: what would become of each node, in the order of the pipeline.
    """

    pipeline_name: str
    number: int
    nodes: Mapping[str, PlannedNode]

    def __repr__(self) -> str:
        counts = Counter(node.state.value for node in self.nodes.values())
        return f"RunPlan({self.pipeline_name!r}, run {self.number}: " + (
            ", ".join(f"{number} {state}" for state, number in counts.items()) + ")"
        )

    def of_state(self, state: PlannedState) -> tuple[str, ...]:
        """Ids of the nodes of which this would become."""
        return tuple(node.node_id for node in self.nodes.values() if node.state is state)


class PlanMade(BaseException):  # no Exception: a file that is planned, not run, must not take it for a failure
    """Ends a file that would run a pipeline, where it is only asked what that would do.

    Attributes:
        plan: the answer.
    """

    def __init__(self, plan: RunPlan) -> None:
        super().__init__(repr(plan))
        self.plan = plan
