"""A computation is one mergeable summary per slice; metrics are read from the results of computations.

Computations are frozen dataclasses: two metrics that need the same summary (AUC and AUC-PR need the same histogram)
make equal computations, and the plan keeps one. There are two kinds of state, both of which numpy adds by slice:

- sums: a float64 array of shape (groups, columns);
- cells: sparse sums by (group, cell), for histograms and matrices whose full table would not fit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from gristmill.model_analysis.metrics.inputs import BatchInputs, ScoredRows, View
from gristmill.model_analysis.slicer.groups import FloatArray, Groups, IntArray

__all__ = ["CellComputation", "Computation", "RowSums", "RowTerms", "SumComputation"]

State = Any
"""A plain tree of arrays, as the engine's third law wants it."""

_COMPACT_AT = 1 << 18
"""Pending cells are merged when there are this many and twice as many as at the last merge: amortised sorting."""


class Computation(ABC):
    """One summary per group, which can be added up.

    Attributes:
        view: the labels, predictions and weights that it reads.
    """

    view: View

    @abstractmethod
    def summarize(self, inputs: BatchInputs, groups: Groups) -> State:
        """The state of one batch."""

    @abstractmethod
    def regroup(self, state: State, target: IntArray, size: int) -> State:
        """The state with group g counted under ``target[g]`` of ``size`` groups; -1 leaves a group out."""

    @abstractmethod
    def combine(self, a: State, b: State) -> State:
        """The sum of two states over the same groups; may consume both."""

    @abstractmethod
    def results(self, state: State, size: int) -> Sequence[Any]:
        """One result per group."""


class SumComputation(Computation):
    """A computation whose state is an array of shape (groups, columns)."""

    def regroup(self, state: FloatArray, target: IntArray, size: int) -> FloatArray:
        """See the base class."""
        out = np.zeros((size, state.shape[1]))
        kept = target >= 0
        np.add.at(out, target[kept], state[kept])
        return out

    def combine(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """See the base class."""
        return np.asarray(a + b)

    def results(self, state: FloatArray, size: int) -> Sequence[FloatArray]:
        """One row of sums per group."""
        return list(state)


class CellComputation(Computation):
    """A computation whose state is a list of sparse tables: codes ``group * width + cell`` and their sums."""

    @property
    @abstractmethod
    def width(self) -> int:
        """Number of cells per group."""

    def regroup(self, state: list[dict[str, Any]], target: IntArray, size: int) -> list[dict[str, Any]]:
        """See the base class."""
        moved = []
        for table in state:
            group = target[table["codes"] // self.width]
            kept = group >= 0
            codes = group[kept] * self.width + table["codes"][kept] % self.width
            moved.append({"codes": codes, "sums": table["sums"][kept]})
        return moved

    def combine(self, a: list[dict[str, Any]], b: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """See the base class."""
        tables = [*a, *b]
        pending = sum(len(table["codes"]) for table in tables)
        if pending > max(_COMPACT_AT, 2 * max((len(table["codes"]) for table in tables), default=0)):
            return [_compacted(tables)]
        return tables

    def results(self, state: list[dict[str, Any]], size: int) -> Sequence[Any]:
        """See :meth:`result`."""
        table = _compacted(state)
        bounds = np.searchsorted(table["codes"], np.arange(size + 1) * self.width)
        return [
            self.result(table["codes"][start:stop] - group * self.width, table["sums"][start:stop])
            for group, (start, stop) in enumerate(pairwise(bounds.tolist()))
        ]

    @abstractmethod
    def result(self, cells: IntArray, sums: FloatArray) -> Any:
        """The result of one group from its cells (ascending) and their sums, shape (cells, columns)."""


class RowTerms(ABC):
    """What to sum over rows; implemented by frozen dataclasses, so that equal terms are equal."""

    @abstractmethod
    def __call__(self, rows: ScoredRows) -> Sequence[FloatArray]:
        """Columns of the shape of ``rows.labels``."""


@dataclass(frozen=True)
class RowSums(SumComputation):
    """Sums of terms of labels, predictions and weights."""

    view: View
    terms: RowTerms

    def summarize(self, inputs: BatchInputs, groups: Groups) -> FloatArray:
        """See the base class."""
        columns = self.terms(self.view.scored(inputs))
        return groups.sums([column.sum(axis=1) if column.ndim == 2 else column for column in columns])


def _compacted(tables: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if not tables:
        return {"codes": np.zeros(0, dtype=np.int64), "sums": np.zeros((0, 1))}
    codes, position = np.unique(np.concatenate([table["codes"] for table in tables]), return_inverse=True)
    sums = np.concatenate([table["sums"] for table in tables])
    columns = [np.bincount(position, weights=sums[:, index], minlength=len(codes)) for index in range(sums.shape[1])]
    return {"codes": codes, "sums": np.stack(columns, axis=1)}
