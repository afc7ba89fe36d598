"""Groups say which rows of a batch belong to which slice, and sum values by slice without a loop over slices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["FloatArray", "Groups", "IntArray", "Part"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_DENSE_CELLS = 1 << 22
"""Count cells in a table of up to this many entries (32 MB of float64); sort codes where there would be more."""


@dataclass(frozen=True)
class Part:
    """Members of groups: row ``rows[i]`` is in group ``groups[i]``.

    Attributes:
        rows: row numbers; None for all rows in order.
        groups: one group number for each, or one number for all.
    """

    rows: IntArray | None
    groups: IntArray | int


@dataclass(frozen=True)
class Groups:
    """Rows by group; a row may be in several groups or in none.

    Attributes:
        size: number of groups; group numbers are below it.
        rows: number of rows in the batch.
        parts: members, together.
    """

    size: int
    rows: int
    parts: tuple[Part, ...]

    def counts(self) -> IntArray:
        """Number of rows per group; shape (size,)."""
        return self.sums([np.ones(self.rows)])[:, 0].astype(np.int64)

    def sums(self, columns: Sequence[FloatArray]) -> FloatArray:
        """Sums of each column by group; columns have shape (rows,), the result (size, len(columns))."""
        out = np.zeros((self.size, len(columns)))
        for part in self.parts:
            for index, column in enumerate(columns):
                values = column if part.rows is None else column[part.rows]
                if isinstance(part.groups, int):
                    out[part.groups, index] += values.sum()
                else:
                    out[:, index] += np.bincount(part.groups, weights=values, minlength=self.size)
        return out

    def cells(self, cells: IntArray, width: int, columns: Sequence[FloatArray]) -> tuple[IntArray, FloatArray]:
        """Sums by group and cell.

        Args:
            cells: cell of each value, below ``width``; shape (rows,) or (rows, values per row).
            width: number of cells.
            columns: what to sum, each of the shape of ``cells``.

        Returns:
            Codes ``group * width + cell`` in ascending order, and the sums, of shape (codes, columns). Codes whose
            sums are all zero may be left out.
        """
        flat_cells, flat_columns, code = self._members(cells, columns)
        code = code * width + flat_cells
        if self.size * width > _DENSE_CELLS:
            codes, position = np.unique(code, return_inverse=True)
            sums = [np.bincount(position, weights=column, minlength=len(codes)) for column in flat_columns]
            return codes.astype(np.int64, copy=False), np.stack(sums, axis=1).astype(np.float64, copy=False)
        table = np.stack(
            [np.bincount(code, weights=column, minlength=self.size * width) for column in flat_columns], axis=1
        )
        occupied = np.flatnonzero(table.any(axis=1)).astype(np.int64, copy=False)
        return occupied, np.asarray(table[occupied], dtype=np.float64)

    def members(self) -> Iterator[tuple[int, IntArray]]:
        """Each group with its rows, for computations that take one group at a time."""
        for part in self.parts:
            rows = np.arange(self.rows) if part.rows is None else part.rows
            if isinstance(part.groups, int):
                yield part.groups, rows
                continue
            order = np.argsort(part.groups, kind="stable")
            groups, starts = np.unique(part.groups[order], return_index=True)
            yield from zip(groups.tolist(), np.split(rows[order], starts[1:]), strict=True)

    def _members(self, cells: IntArray, columns: Sequence[FloatArray]) -> tuple[IntArray, list[FloatArray], IntArray]:
        rows = [np.arange(self.rows) if part.rows is None else part.rows for part in self.parts]
        groups = [
            np.full(len(row), part.groups) if isinstance(part.groups, int) else part.groups
            for row, part in zip(rows, self.parts, strict=True)
        ]
        row = np.concatenate([*rows, np.zeros(0, dtype=np.int64)])
        group = np.concatenate([*groups, np.zeros(0, dtype=np.int64)])
        repeats = 1 if cells.ndim == 1 else cells.shape[1]
        return (
            cells[row].reshape(-1),
            [np.ascontiguousarray(column[row]).reshape(-1) for column in columns],
            np.repeat(group, repeats) if repeats > 1 else group,
        )
