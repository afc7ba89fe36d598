"""The plot view: ROC and precision-recall curves, rates by threshold, calibration, matrices of classes."""

from __future__ import annotations

from collections.abc import Sequence

from gristmill.display import Column, Markup, View, elements
from gristmill.display.numbers import number
from gristmill.errors import ConfigError
from gristmill.model_analysis.results.eval_result import EvalResult
from gristmill.model_analysis.view.calibration_plots import calibration_panel, predictions_panel
from gristmill.model_analysis.view.heat_table import class_matrix
from gristmill.model_analysis.view.plot_data import chosen_plots
from gristmill.model_analysis.view.slice_choice import Spec, slice_title
from gristmill.model_analysis.view.threshold_plots import curves_panel, thresholds_panel
from gristmill.proto.metrics_for_slice_pb2 import (
    MultiClassConfusionMatrixAtThresholds,
    MultiLabelConfusionMatrixAtThresholds,
    PlotData,
)

__all__ = ["plot_view"]


def plot_view(
    result: EvalResult,
    slicing_spec: Spec | None = None,
    output_name: str | None = None,
    class_id: int | None = None,
    top_k: int | None = None,
    k: int | None = None,
    label: str | None = None,
) -> View:
    """The plots of one slice.

    Args:
        result: what ``load_eval_result`` gives.
        slicing_spec: the slice; the overall slice where None.
        output_name: of a model with several outputs.
        class_id: the plots of one class.
        top_k: the plots of the highest ranks.
        k: the plots of one rank.
        label: a part of the name of one plot (``calibration``, ``confusion``), instead of the four above.

    Raises:
        ConfigError: no slice or several match, there is no such plot, or choices exclude each other.
    """
    key, sub_key, data = chosen_plots(result, slicing_spec, output_name, class_id, top_k, k, label)
    panels = _panels(data)
    if not panels:
        raise ConfigError("the plots hold no data", value=data.debug_message or None)
    facts: list[tuple[str, object]] = [("Slice", slice_title(key))]
    if output_name:
        facts.append(("Output", output_name))
    if sub_key:
        facts.append(("Class or rank", sub_key))
    return View("Plots", elements.key_values(facts) + elements.tabs(panels))


def _panels(data: PlotData) -> dict[str, Markup]:
    panels: dict[str, Markup] = {}
    if data.confusion_matrix_at_thresholds.matrices:
        panels["Curves"] = curves_panel(data.confusion_matrix_at_thresholds)
        panels["Thresholds"] = thresholds_panel(data.confusion_matrix_at_thresholds)
    if data.calibration_histogram_buckets.buckets:
        panels["Calibration"] = calibration_panel(data.calibration_histogram_buckets)
        panels["Predictions"] = predictions_panel(data.calibration_histogram_buckets)
    if data.multi_class_confusion_matrix_at_thresholds.matrices:
        panels["Classes"] = _classes(data.multi_class_confusion_matrix_at_thresholds)
    if data.multi_label_confusion_matrix_at_thresholds.matrices:
        panels["Labels"] = _labels(data.multi_label_confusion_matrix_at_thresholds)
    return panels


def _classes(message: MultiClassConfusionMatrixAtThresholds) -> Markup:
    return _by_threshold("classes", [(each.threshold, class_matrix(each)) for each in message.matrices])


def _labels(message: MultiLabelConfusionMatrixAtThresholds) -> Markup:
    names = ("Actual", "Predicted", "True +", "False +", "True −", "False −")
    columns = [Column(name, numeric=True) for name in names]
    tables = []
    for matrix in message.matrices:
        rows = [
            (
                entry.actual_class_id,
                entry.predicted_class_id,
                entry.true_positives,
                entry.false_positives,
                entry.true_negatives,
                entry.false_negatives,
            )
            for entry in matrix.entries
        ]
        tables.append((matrix.threshold, elements.table(columns, rows)))
    return _by_threshold("labels", tables)


def _by_threshold(name: str, tables: Sequence[tuple[float, Markup]]) -> Markup:
    options = {str(at): number(threshold) for at, (threshold, _) in enumerate(tables)}
    shown = elements.alternatives(name, {str(at): table for at, (_, table) in enumerate(tables)})
    chooser = elements.toolbar(elements.choice(name, options, "Threshold")) if len(tables) > 1 else Markup("")
    return elements.group(chooser, Markup("<div>{}</div>").format(shown))
