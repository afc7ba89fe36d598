"""The slicing view: a chart of one metric over the slices, and a table of all metrics, by slicing column."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gristmill.did_you_mean import did_you_mean
from gristmill.display import Cell, Column, Markup, Row, View, charts, elements
from gristmill.errors import ConfigError
from gristmill.model_analysis.config_defaults import get_model_spec
from gristmill.model_analysis.metrics.keys import MetricKey
from gristmill.model_analysis.results.eval_result import EvalResult
from gristmill.model_analysis.view.metric_columns import MetricColumn, charted_measures, metric_columns
from gristmill.model_analysis.view.slice_choice import SliceGroup, Spec, chosen_spec, slice_groups, slice_label
from gristmill.model_analysis.view.sliced_figures import (
    SlicedFigures,
    SliceFigures,
    measure_label,
    sliced_figures,
)

__all__ = ["slicing_metrics_view"]

_OVERALL = Markup('<span class="gm-overall">Overall</span>')


def slicing_metrics_view(
    result: EvalResult,
    slicing_column: str | None = None,
    slicing_spec: Spec | None = None,
    weighted_example_column: str | None = None,
) -> View:
    """The metrics of an evaluation by slice.

    Args:
        result: what ``load_eval_result`` gives.
        slicing_column: show the slices by the values of this feature alone; by every slicing of the evaluation where
            neither this nor ``slicing_spec`` is given.
        slicing_spec: show the slices that this spec makes.
        weighted_example_column: the metric that says how large a slice is; ``example_count`` by default, or
            ``weighted_example_count`` where the model has example weights.

    Raises:
        ConfigError: no such slices, both ways to choose them, or no metric of that name.
    """
    spec = chosen_spec(slicing_column, slicing_spec)
    figures = sliced_figures(result)
    groups = slice_groups(figures.slices, spec)
    page = _Page(figures, _size_measure(result, figures, weighted_example_column))
    parts = {f"{group.name} ({len(group.slices):,})": page.slices(group) for group in groups}
    if page.overall is not None and (spec is None or spec.is_overall):
        parts["Overall"] = page.overall_table(page.overall)
    content = next(iter(parts.values())) if len(parts) == 1 else elements.tabs(parts)
    title = f"Metrics by {groups[0].name}" if len(groups) == 1 else "Metrics by slice" if groups else "Metrics"
    return View(title, page.facts(result) + content)


def _size_measure(result: EvalResult, figures: SlicedFigures, wanted: str | None) -> MetricKey | None:
    """The metric that says how large a slice is; None where the evaluation has none."""
    spec = get_model_spec(result.config, result.model_name)
    weighted = spec is not None and bool(spec.example_weight_key)
    names = [wanted] if wanted else ["weighted_example_count", "example_count"][0 if weighted else 1 :]
    scalar = [measure for measure in figures.measures if figures.is_scalar(measure)]
    for name in names:
        found = [measure for measure in scalar if measure.name == name]
        if found:
            return found[0]
    if wanted:
        raise ConfigError(
            "weighted_example_column must be a metric of the evaluation",
            value=wanted,
            hint=did_you_mean(wanted, {measure.name for measure in scalar}, "its metrics"),
        )
    return None


@dataclass(frozen=True)
class _Page:
    """What the parts of one view have in common."""

    figures: SlicedFigures
    size: MetricKey | None

    @property
    def overall(self) -> SliceFigures | None:
        return next((each for each in self.figures.slices if not each.key), None)

    def size_of(self, each: SliceFigures) -> float | None:
        found = None if self.size is None else each.figures.get(replace(self.size, model_name=self.figures.models[0]))
        number = None if found is None else found.number
        return int(number) if number is not None and number.is_integer() else number

    def facts(self, result: EvalResult) -> Markup:
        examples = None if self.overall is None else self.size_of(self.overall)
        pairs: list[tuple[str, object]] = [] if examples is None else [("Examples", examples)]
        pairs.append(("Slices", len(self.figures.slices)))
        if self.figures.baseline is not None:
            pairs.append(("Compared with", f"model {self.figures.baseline!r}"))
        if result.model_location.strip("<>") not in ("", "unknown"):
            pairs.append(("Model", Markup("<code>{}</code>").format(result.model_location)))
        return elements.key_values(pairs)

    def slices(self, group: SliceGroup) -> Markup:
        """The chart and the table of a slicing."""
        charted = [
            one for one in charted_measures(self.figures) if any(any(one.readings(each)) for each in group.slices)
        ]
        if not charted:
            return self._table(group)
        measures = [one.measure(None if group.compares else self.overall) for one in charted]
        sizes = [None if group.compares else self.size_of(each) for each in group.slices]
        categories = [
            charts.Category(slice_label(each.key), [one.readings(each) for one in charted], size)
            for each, size in zip(group.slices, sizes, strict=True)
        ]
        controls = charts.column_controls(measures, name=group.name, sized=any(size is not None for size in sizes))
        series = [name or "value" for name in self.figures.models]
        plot = charts.columns(categories, measures, series=series, name=group.name)
        return elements.group(elements.toolbar(controls, elements.search("Search slices")), plot, self._table(group))

    def overall_table(self, overall: SliceFigures) -> Markup:
        """One row per metric."""
        first, *others = self.figures.models
        heads = [Column("Metric"), *(Column(name or "Value", numeric=True) for name in (first, *others))]
        changes = any(self.figures.has_change(measure) for measure in self.figures.measures)
        if changes:
            heads.append(Column("Change", numeric=True, hint=f"{first} minus {self.figures.baseline}"))
        rows = []
        for measure in self.figures.measures:
            keys = [replace(measure, model_name=name) for name in (first, *others)]
            if changes:
                keys.append(replace(keys[0], is_diff=True))
            cells = [MetricColumn(key, "").cell(overall) for key in keys]
            rows.append((measure_label(measure, self.figures.measures), *cells))
        return elements.table(heads, rows)

    def _table(self, group: SliceGroup) -> Markup:
        measures = [self.size] if self.size is not None else []
        measures += [measure for measure in self.figures.measures if measure != self.size]
        columns = [column for measure in measures for column in metric_columns(self.figures, measure)]
        rows = [self._row(each, columns) for each in group.slices]
        if self.overall is not None and not group.compares:
            rows.insert(0, self._row(self.overall, columns))
        heads = [Column(group.name), *(column.head() for column in columns)]
        return _errors(group) + elements.table(heads, rows, searchable=False)

    def _row(self, each: SliceFigures, columns: list[MetricColumn]) -> Row:
        name = slice_label(each.key)
        size = self.size_of(each)
        cells = [Cell(None, title=each.error) if each.error else column.cell(each) for column in columns]
        first = Cell(name if each.key else _OVERALL, sort_key=_sort_key(each, name))
        return Row([first, *cells], keys={} if size is None else {"examples": size}, label=name)


def _errors(group: SliceGroup) -> Markup:
    """Why slices have no figures, each reason with the slices that it is about."""
    reasons = [f"{slice_label(each.key)}: {each.error}" for each in group.slices if each.error]
    if not reasons:
        return Markup("")
    count = f"{len(reasons):,} {'slice has' if len(reasons) == 1 else 'slices have'} no figures"
    if len(reasons) == 1:
        return elements.notice(f"{count}. {reasons[0]}.", "warning")
    listed = Markup("<br>").join(Markup.escape(reason) for reason in reasons)
    return elements.notice(Markup("<div>{}</div>").format(elements.details(f"{count}.", listed)), "warning")


def _sort_key(each: SliceFigures, name: str) -> float | str:
    """Slices sort by their number where they have one; the overall slice comes first."""
    if not each.key:
        return float("-inf")
    try:
        return float(name)
    except ValueError:
        return name
