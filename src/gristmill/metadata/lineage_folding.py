"""Executions that only took over what an earlier one had made, folded into one for a drawing.

A step that is reused in a hundred runs has a hundred executions with the same inputs and outputs. They are one thing to
look at: the step was reused a hundred times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from gristmill.metadata.lineage import Lineage
from gristmill.metadata.lineage_names import NodeName

__all__ = ["Folding", "fold"]


@dataclass(frozen=True)
class Folding:
    """Which executions stand for which.

    Attributes:
        of: for each execution the one that is drawn for it: itself, or the first that took over the same.
        counts: how many each drawn execution stands for.
    """

    of: Mapping[int, int]
    counts: Mapping[int, int]


def fold(lineage: Lineage, names: Mapping[int, NodeName]) -> Folding:
    """Fold executions of one step that used the same, and made nothing that was not there before."""
    used: dict[int, set[int]] = defaultdict(set)
    gave: dict[int, set[int]] = defaultdict(set)
    maker: dict[int, int] = {}
    for edge in lineage.edges:
        (gave if edge.is_output else used)[edge.execution_id].add(edge.artifact_id)
        if edge.is_output:
            maker[edge.artifact_id] = min(edge.execution_id, maker.get(edge.artifact_id, edge.execution_id))
    first: dict[object, int] = {}
    drawn: dict[int, int] = {}
    counts: dict[int, int] = defaultdict(int)
    for execution in sorted(lineage.executions):
        took_over = bool(gave[execution]) and all(maker[artifact] != execution for artifact in gave[execution])
        same = (names[execution].title, names[execution].state, frozenset(used[execution]), frozenset(gave[execution]))
        drawn[execution] = first.setdefault(same if took_over else execution, execution)
        counts[drawn[execution]] += 1
    return Folding(drawn, counts)
