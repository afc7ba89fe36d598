"""A table of counts whose cells are the darker the more they hold: the confusion matrix of classes."""

from __future__ import annotations

from typing import Any

from gristmill.display import Cell, Column, Markup, elements
from gristmill.display.numbers import number, percent
from gristmill.model_analysis.metrics.multi_class import NO_PREDICTED_CLASS_ID

__all__ = ["class_matrix", "heat_cell"]


def class_matrix(matrix: Any) -> Markup:
    """Actual classes as rows, predicted ones as columns, shaded by the share of the row.

    Args:
        matrix: a message with ``entries`` of actual_class_id, predicted_class_id and num_weighted_examples.
    """
    counts = {
        (entry.actual_class_id, entry.predicted_class_id): entry.num_weighted_examples for entry in matrix.entries
    }
    actual = sorted({row for row, _ in counts})
    predicted = sorted({column for _, column in counts} | set(actual), key=lambda at: (at == NO_PREDICTED_CLASS_ID, at))
    totals = {row: sum(counts.get((row, column), 0.0) for column in predicted) for row in actual}
    rows = [
        (
            row,
            *(heat_cell(counts.get((row, column), 0.0), totals[row], hit=row == column) for column in predicted),
            totals[row],
        )
        for row in actual
    ]
    names = ["none" if column == NO_PREDICTED_CLASS_ID else str(column) for column in predicted]
    columns = [
        Column("Actual \\ predicted"),
        *(Column(name, numeric=True) for name in names),
        Column("All", numeric=True),
    ]
    return elements.table(columns, rows, searchable=False)


def heat_cell(count: float, total: float, *, hit: bool) -> Cell:
    """A count over a background whose strength is its share of ``total``; hits and misses differ in colour."""
    share = count / total if total else 0.0
    shade = Markup('<span class="gm-heat gm-{}" style="--share:{:.3f}">{}</span>').format(
        "hit" if hit else "miss", share, number(count)
    )
    return Cell(shade, sort_key=count, title=f"{percent(share)} of {number(total)}")
