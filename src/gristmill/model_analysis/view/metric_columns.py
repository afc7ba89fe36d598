"""What stands side by side for a measure: the values of each model and the change, as columns and as charts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gristmill.display import Cell, Column, charts
from gristmill.model_analysis.metrics.keys import MetricKey
from gristmill.model_analysis.view.metric_cells import change_cell, metric_cell
from gristmill.model_analysis.view.sliced_figures import COUNTS, SlicedFigures, SliceFigures, measure_label

__all__ = ["ChartedMeasure", "MetricColumn", "charted_measures", "metric_columns"]


@dataclass(frozen=True)
class MetricColumn:
    """One column of figures.

    Attributes:
        key: the full key of its figures.
        title: its header.
        hint: what it means, where the header does not tell.
    """

    key: MetricKey
    title: str
    hint: str = ""

    def head(self) -> Column:
        """The column of a table."""
        return Column(self.title, numeric=True, hint=self.hint)

    def cell(self, each: SliceFigures) -> Cell:
        """The cell of a slice."""
        figure = each.figures.get(self.key)
        return change_cell(figure) if self.key.is_diff else metric_cell(figure)


def metric_columns(figures: SlicedFigures, measure: MetricKey) -> list[MetricColumn]:
    """The columns of a measure: the first model, the others, the change. Examples are the same for all models."""
    label = measure_label(measure, figures.measures)
    first, *others = figures.models
    columns = [MetricColumn(replace(measure, model_name=first), label, first and f"of the model {first!r}")]
    if measure.name in COUNTS:
        return columns
    columns += [MetricColumn(replace(measure, model_name=name), f"{label} · {name}") for name in others]
    if figures.has_change(measure):
        change = replace(measure, model_name=first, is_diff=True)
        columns.append(MetricColumn(change, f"{label} · change", f"{first} minus {figures.baseline}"))
    return columns


@dataclass(frozen=True)
class ChartedMeasure:
    """What a chart shows at a time: a measure of every model, or the change of one.

    Attributes:
        label: what to call it.
        keys: the full key of each series.
    """

    label: str
    keys: tuple[MetricKey, ...]

    def readings(self, each: SliceFigures) -> list[charts.Reading | None]:
        """The values of a slice, one per series."""
        return [_reading(each, key) for key in self.keys]

    def measure(self, overall: SliceFigures | None) -> charts.Measure:
        """The choice in the chart, with the overall values to compare with."""
        found = [] if overall is None else self.readings(overall)
        return charts.Measure(self.label, [None if one is None else one.value for one in found])


def charted_measures(figures: SlicedFigures) -> Iterator[ChartedMeasure]:
    """What can be charted, counts last: everything else is looked at first."""
    for measure in sorted(figures.measures, key=lambda one: one.name in COUNTS):
        if figures.is_scalar(measure):
            columns = metric_columns(figures, measure)
            values = tuple(column.key for column in columns if not column.key.is_diff)
            yield ChartedMeasure(columns[0].title, values)
            yield from (ChartedMeasure(column.title, (column.key,)) for column in columns if column.key.is_diff)


def _reading(each: SliceFigures, key: MetricKey) -> charts.Reading | None:
    figure = each.figures.get(key)
    if figure is None or figure.number is None:
        return None
    return charts.Reading(figure.number, *(figure.bounds or (None, None)))
