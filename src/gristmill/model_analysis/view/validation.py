"""The verdict of an evaluation: which thresholds hold, and where they do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gristmill.display import Cell, Column, Markup, View, elements
from gristmill.model_analysis.metrics.keys import MetricKey
from gristmill.model_analysis.results.eval_result import EvalResult
from gristmill.model_analysis.results.slice_messages import slice_key_of
from gristmill.model_analysis.slicer.slice_spec import SingleSliceSpec
from gristmill.model_analysis.view.held_thresholds import HeldThreshold, held_thresholds, threshold_text
from gristmill.model_analysis.view.metric_cells import change_cell, metric_cell
from gristmill.model_analysis.view.slice_choice import slice_title
from gristmill.model_analysis.view.sliced_figures import Figure, measure_label
from gristmill.proto.model_analysis_config_pb2 import CrossSlicingSpec, SlicingSpec
from gristmill.proto.validation_result_pb2 import SlicingDetails, ValidationFailure, ValidationResult

__all__ = ["validation_view"]


def validation_view(validation_result: ValidationResult, result: EvalResult | None = None) -> View:
    """The verdict, in green or red, with every failure: metric, slice, value, threshold and reason.

    Args:
        validation_result: what ``load_validation_result`` gives.
        result: what ``load_eval_result`` gives for the same evaluation; with it, thresholds that hold are shown too,
            each with the value that comes closest to it.
    """
    parts = [_verdict(validation_result)]
    missing = [_spec_text(spec) for spec in validation_result.missing_slices]
    missing += [_cross_text(spec) for spec in validation_result.missing_cross_slices]
    if missing:
        parts.append(elements.notice(f"No examples for slices that have thresholds: {', '.join(missing)}.", "bad"))
    held = [] if result is None else list(held_thresholds(validation_result, result))
    if held:
        parts.append(_thresholds(held))
    failures = list(_failures(validation_result))
    if failures:
        names = ("Metric", "Slice", "Value", "Threshold", "Why")
        columns = [Column(name, numeric=name == "Value") for name in names]
        parts.append(elements.table(columns, failures, caption="What failed"))
    details = validation_result.validation_details.slicing_details
    if details and not held:
        parts.append(_coverage(details, len(validation_result.metric_validations_per_slice)))
    return View("Validation", Markup("").join(parts))


def _verdict(result: ValidationResult) -> Markup:
    if result.missing_thresholds:
        return elements.notice("No thresholds: nothing says whether the model is good enough.", "warning")
    if result.validation_ok:
        remark = " There was no baseline, so thresholds on changes did not count." if result.rubber_stamp else ""
        return elements.notice(f"All thresholds hold: the model is good enough.{remark}", "good")
    failures = sum(len(record.failures) for record in result.metric_validations_per_slice)
    slices = len(result.metric_validations_per_slice)
    if not failures:
        return elements.notice("The model is not accepted.", "bad")
    checks = f"{failures:,} {'check' if failures == 1 else 'checks'} failed"
    where = f"on {slices:,} {'slice' if slices == 1 else 'slices'}"
    return elements.notice(f"{checks} {where}: the model is not good enough.", "bad")


def _thresholds(held: Sequence[HeldThreshold]) -> Markup:
    rows = []
    for each in held:
        verdict = Cell("✕ fails", kind="bad") if each.failed else Cell("✓ holds", kind="good")
        closest = Cell(None) if each.closest is None else metric_cell(each.closest)
        where = "" if each.where is None else slice_title(each.where)
        rows.append((each.metric, _whole(each.threshold), verdict, each.slices, each.failed, closest, _whole(where)))
    numeric = ("Slices", "Failed", "Closest value")
    names = ("Metric", "Threshold", "Verdict", *numeric, "on slice")
    columns = [Column(name, numeric=name in numeric) for name in names]
    return elements.table(columns, rows, searchable=False, caption="Thresholds on values")


def _failures(result: ValidationResult) -> Iterator[Sequence[object]]:
    keys = [failure.metric_key for record in result.metric_validations_per_slice for failure in record.failures]
    several = len({key.model_name for key in keys}) > 1
    for record in result.metric_validations_per_slice:
        for failure in record.failures:
            figure = Figure(failure.metric_value) if failure.HasField("metric_value") else None
            cell = change_cell(figure) if failure.metric_key.is_diff else metric_cell(figure)
            yield (
                _metric_text(failure, several),
                _whole(slice_title(slice_key_of(record))),
                Cell(cell.value, sort_key=cell.sort_key, kind="bad", title=cell.title),
                _whole(threshold_text(failure.metric_threshold)),
                Markup.escape(failure.message),
            )


def _whole(text: str) -> Markup:
    """Text that is neither cut nor broken into lines."""
    return Markup('<span class="gm-whole">{}</span>').format(text)


def _metric_text(failure: ValidationFailure, several_models: bool) -> str:
    key = MetricKey.from_proto(failure.metric_key)
    label = measure_label(key, []) + (" · change" if key.is_diff else "")
    return f"{label} · {key.model_name}" if several_models else label


def _coverage(details: Sequence[SlicingDetails], failed: int) -> Markup:
    """How many slices the specs of thresholds met; the failed ones where a threshold is on every slice."""
    rows: list[tuple[str, Cell, Cell | None]] = []
    for each in details:
        count = each.num_matching_slices
        if each.WhichOneof("slicing_spec_oneof") == "cross_slicing_spec":
            rows.append((_cross_text(each.cross_slicing_spec), Cell(count, kind="" if count else "bad"), None))
        elif SingleSliceSpec(spec=each.slicing_spec).is_overall:
            rows.append(("every slice", Cell(count), Cell(failed, kind="bad" if failed else "good")))
        else:
            rows.append((_spec_text(each.slicing_spec), Cell(count, kind="" if count else "bad"), None))
    columns = [Column("Thresholds for"), Column("Slices", numeric=True), Column("Failed", numeric=True)]
    return elements.table(columns, rows, searchable=False, caption="What was checked")


def _spec_text(spec: SlicingSpec) -> str:
    single = SingleSliceSpec(spec=spec)
    return " × ".join([*single.columns, *(f"{name} = {value}" for name, value in single.features)]) or "Overall"


def _cross_text(spec: CrossSlicingSpec) -> str:
    others = ", ".join(_spec_text(each) for each in spec.slicing_specs) or "every other slice"
    return f"{_spec_text(spec.baseline_spec)} − {others}"
