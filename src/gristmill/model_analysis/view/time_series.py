"""One slice over several evaluations: a line per metric, and the table behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from gristmill.display import Column, Markup, View, charts, elements
from gristmill.errors import ConfigError
from gristmill.model_analysis.constants import MODEL_CENTRIC_MODE
from gristmill.model_analysis.metrics.keys import MetricKey
from gristmill.model_analysis.results.eval_result import EvalResult, EvalResults
from gristmill.model_analysis.slicer.slice_spec import SingleSliceSpec
from gristmill.model_analysis.view.metric_cells import metric_cell
from gristmill.model_analysis.view.slice_choice import Spec, chosen_spec, only_matching, slice_title
from gristmill.model_analysis.view.sliced_figures import COUNTS, Figure, SliceFigures, measure_label, sliced_figures

__all__ = ["time_series_view"]

_WIDTH, _HEIGHT = 900, 280
_TICK_CHARACTERS = 18  # of a run's name below its place on the axis
_TICKS = 9  # names that stand beside each other below the axis


@dataclass(frozen=True)
class _Run:
    """One evaluation: where its model and data are, and the figures of the slice by measure."""

    model: str
    data: str
    figures: dict[MetricKey, Figure]
    measures: tuple[MetricKey, ...]


def time_series_view(results: EvalResults, slicing_spec: Spec | None = None, display_full_path: bool = False) -> View:
    """How the metrics of one slice go over several evaluations, in the order given.

    Args:
        results: what ``load_eval_results`` or ``make_eval_results`` gives. In the model-centric mode evaluations are
            named by their model, else by their data.
        slicing_spec: the slice; the overall slice where None.
        display_full_path: name models and data by their whole path, not by what tells them apart.

    Raises:
        ConfigError: the spec matches several slices of an evaluation, or none in any.
    """
    spec = chosen_spec(None, slicing_spec) or SingleSliceSpec()
    found = [(result, _slice_of(result, spec)) for result in results.get_results()]
    runs = [_run(result, each) for result, each in found if each is not None]
    if not runs:
        raise ConfigError(
            "the slicing spec matches no slice in any evaluation",
            value=" × ".join(spec.feature_names) or "Overall",
            hint="result.get_slice_names() lists the slices of an evaluation",
        )
    if not display_full_path:
        runs = _shortened(runs)
    key = next(each.key for _, each in found if each is not None)
    body = elements.key_values([("Slice", slice_title(key)), ("Evaluations", len(runs))])
    if len(runs) < len(found):
        body += elements.notice(f"{len(found) - len(runs)} of {len(found)} evaluations have no such slice.", "warning")
    by_model = results.get_mode() == MODEL_CENTRIC_MODE
    return View("Metrics over evaluations", body + _content(runs, by_model))


def _slice_of(result: EvalResult, spec: SingleSliceSpec) -> SliceFigures | None:
    match = only_matching(spec, [(each.key, each) for each in sliced_figures(result).slices])
    return None if match is None else match[1]


def _run(result: EvalResult, each: SliceFigures) -> _Run:
    own = {
        replace(key, model_name=""): figure
        for key, figure in each.figures.items()
        if key.model_name == result.model_name and not key.is_diff
    }
    kept = [measure for measure in sliced_figures(result).measures if measure in own]
    return _Run(result.model_location, result.data_location, own, tuple(kept))


def _content(runs: Sequence[_Run], by_model: bool) -> Markup:
    measures = list(dict.fromkeys(measure for run in runs for measure in run.measures))
    charted = [one for one in measures if any(math.isfinite(value) for value in _values(runs, one))]
    charted.sort(key=lambda measure: measure.name in COUNTS)  # everything else is looked at first
    labels = {measure: measure_label(measure, measures) for measure in measures}
    table = _table(runs, measures, labels)
    if not charted:
        return table
    options = {str(at): labels[measure] for at, measure in enumerate(charted)}
    lines = {str(at): _line(runs, measure, labels[measure], by_model) for at, measure in enumerate(charted)}
    chooser = elements.toolbar(elements.choice("metric", options, "Metric")) if len(charted) > 1 else Markup("")
    return elements.group(chooser, Markup("<div>{}</div>").format(elements.alternatives("metric", lines))) + table


def _values(runs: Sequence[_Run], measure: MetricKey) -> list[float]:
    numbers = [run.figures[measure].number if measure in run.figures else None for run in runs]
    return [math.nan if number is None else number for number in numbers]


def _line(runs: Sequence[_Run], measure: MetricKey, label: str, by_model: bool) -> Markup:
    values = _values(runs, measure)
    names = [run.model if by_model else run.data for run in runs]
    every = math.ceil(len(runs) / _TICKS)
    ticks = [(float(at), _cut(name)) for at, name in enumerate(names) if at % every == 0]
    told = [f"{name}\n{label}: {value!r}" for name, value in zip(names, values, strict=True)]
    series = charts.LineSeries(label, [(float(at), value) for at, value in enumerate(values)], told)
    heading = Markup('<div class="gm-caption">{}</div>').format(label)
    return heading + charts.line_chart([series], label=label, x_ticks=ticks, width=_WIDTH, height=_HEIGHT)


def _cut(name: str) -> str:
    return name if len(name) <= _TICK_CHARACTERS else "…" + name[1 - _TICK_CHARACTERS :]


def _table(runs: Sequence[_Run], measures: Sequence[MetricKey], labels: dict[MetricKey, str]) -> Markup:
    columns = [Column("#", numeric=True), Column("Model"), Column("Data")]
    columns += [Column(labels[measure], numeric=True) for measure in measures]
    rows = [
        (at, run.model or None, run.data or None, *(metric_cell(run.figures.get(measure)) for measure in measures))
        for at, run in enumerate(runs, start=1)
    ]
    return elements.table(columns, rows)


def _shortened(runs: Sequence[_Run]) -> list[_Run]:
    models, data = _tails([run.model for run in runs]), _tails([run.data for run in runs])
    return [replace(run, model=model, data=kept) for run, model, kept in zip(runs, models, data, strict=True)]


def _tails(paths: Sequence[str]) -> list[str]:
    """The last parts of each path: as many as tell different paths apart, at least one.

    A model is often the same folder below a numbered one, whose name alone says which model it is.
    """
    parts = [PurePosixPath(path).parts for path in paths]
    longest = max((len(each) for each in parts), default=0)
    different = len(set(parts))
    for count in range(1, longest + 1):
        if len({each[-count:] for each in parts}) == different:
            return ["/".join(each[-count:]) for each in parts]
    return list(paths)
