"""Finds the plots that a caller chooses among those of a result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format

from gristmill.errors import ConfigError
from gristmill.model_analysis.metrics.keys import SubKey
from gristmill.model_analysis.results.eval_result import EvalResult
from gristmill.model_analysis.results.sliced_plots import LazyPlots
from gristmill.model_analysis.slicer.slice_key import SliceKeyOrCrossSliceKeyType, SliceKeyType
from gristmill.model_analysis.slicer.slice_spec import SingleSliceSpec
from gristmill.model_analysis.view.slice_choice import Spec, chosen_spec, only_matching
from gristmill.proto.metrics_for_slice_pb2 import PlotData

__all__ = ["chosen_plots"]

_NO_PLOTS = "add CalibrationPlot, ConfusionMatrixPlot or MultiClassConfusionMatrixPlot to the metrics_specs"


def chosen_plots(
    result: EvalResult,
    slicing_spec: Spec | None,
    output_name: str | None,
    class_id: int | None,
    top_k: int | None,
    k: int | None,
    label: str | None,
) -> tuple[SliceKeyType, str, PlotData]:
    """The slice, the text of the class or rank, and the plots.

    Raises:
        ConfigError: no slice or several, no plot, several plots for a label, or choices that exclude each other.
    """
    if label is not None and any(choice is not None for choice in (output_name, class_id, top_k, k)):
        raise ConfigError("a plot is chosen by label, or by output_name and class_id, top_k or k; not by both")
    if sum(choice is not None for choice in (class_id, top_k, k)) > 1:
        raise ConfigError("only one of class_id, top_k and k may be given", value=(class_id, top_k, k))
    spec = chosen_spec(None, slicing_spec) or SingleSliceSpec()
    found = only_matching(spec, [(key, place) for place, key in enumerate(_slice_keys(result))])
    if found is None:
        raise ConfigError(
            "no slice with plots matches the slicing spec",
            value=" × ".join(spec.feature_names) or "Overall",
            hint=_NO_PLOTS if not result.plots else "result.plots lists the slices that have plots",
        )
    key, place = found
    by_sub_key = _of_output(result.plots[place][1], output_name or "")
    sub_key = str(SubKey(class_id=class_id, top_k=top_k, k=k))
    if sub_key not in by_sub_key:
        known = ", ".join(name or "the whole prediction" for name in by_sub_key)
        raise ConfigError("there is no plot for this class or rank", value=sub_key or "none", hint=f"there are {known}")
    data = by_sub_key[sub_key]
    return key, sub_key, json_format.ParseDict(dict(_labelled(data, label)), PlotData(), ignore_unknown_fields=True)


def _slice_keys(result: EvalResult) -> list[SliceKeyOrCrossSliceKeyType]:
    """The slices that have plots, without a look at the plots where that can be."""
    return result.plots.slice_keys if isinstance(result.plots, LazyPlots) else [sliced[0] for sliced in result.plots]


def _of_output(outputs: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    if name not in outputs:
        known = ", ".join(repr(each) for each in outputs) or "none"
        raise ConfigError("there is no plot for this output", value=name, hint=f"the outputs are {known}")
    found: Mapping[str, Any] = outputs[name]
    return found


def _labelled(data: Mapping[str, Any], label: str | None) -> Mapping[str, Any]:
    if label is None:
        return data
    found = [name for name in data if label.lower() in name.lower()]
    if len(found) != 1:
        raise ConfigError(
            "label must be a part of the name of one plot", value=label, hint=f"the plots are {', '.join(data)}"
        )
    return {found[0]: data[found[0]]}
