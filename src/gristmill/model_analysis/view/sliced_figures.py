"""The figures of an evaluation arranged for looking at: slices as rows, measures as columns, models side by side.

A measure is a metric's key without its model: the values of the candidate, of the baseline and the change between them
are figures of one measure.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from google.protobuf import json_format

from gristmill.model_analysis.config_defaults import get_baseline_model_spec
from gristmill.model_analysis.figures import ERROR_METRIC
from gristmill.model_analysis.metrics.keys import MetricKey, SubKey
from gristmill.model_analysis.results.eval_result import EvalResult
from gristmill.model_analysis.results.slice_messages import set_slice_key, slice_key_of
from gristmill.model_analysis.slicer.slice_key import SliceKeyOrCrossSliceKeyType
from gristmill.proto.metrics_for_slice_pb2 import ConfidenceInterval, MetricsForSlice, MetricValue

__all__ = ["COUNTS", "Figure", "SliceFigures", "SlicedFigures", "measure_label", "sliced_figures"]

COUNTS = ("example_count", "weighted_example_count")
"""Metrics that tell how many examples there are; they are the same for every model."""

_DIFFERENCE = "_diff"


@dataclass(frozen=True)
class Figure:
    """A metric's value, with its confidence interval where one was computed."""

    value: MetricValue
    interval: ConfidenceInterval | None = None

    @property
    def number(self) -> float | None:
        """The value where it is one number (NaN included); None where it is a list, a matrix or text."""
        kind = self.value.WhichOneof("type")
        if kind == "double_value":
            return self.value.double_value.value
        if kind == "bounded_value":
            return self.value.bounded_value.value.value
        return self.value.t_distribution_value.unsampled_value.value if kind == "t_distribution_value" else None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Lower and upper bound, where the value has them."""
        if self.interval is not None:
            return self.interval.lower_bound.double_value.value, self.interval.upper_bound.double_value.value
        if self.value.WhichOneof("type") == "bounded_value":
            return self.value.bounded_value.lower_bound.value, self.value.bounded_value.upper_bound.value
        return None


@dataclass(frozen=True)
class SliceFigures:
    """One slice.

    Attributes:
        key: the slice, or pair of slices.
        figures: by full metric key.
        error: why there are no figures; empty where there are.
    """

    key: SliceKeyOrCrossSliceKeyType
    figures: Mapping[MetricKey, Figure]
    error: str = ""


@dataclass(frozen=True)
class SlicedFigures:
    """All slices of an evaluation.

    Attributes:
        slices: in the order of the file.
        measures: the metrics' keys without model, counts first, then by name.
        models: names of the models, the one the result is about first, the baseline last.
        baseline: the baseline's name; None where there is none.
    """

    slices: tuple[SliceFigures, ...]
    measures: tuple[MetricKey, ...]
    models: tuple[str, ...]
    baseline: str | None = None

    @functools.cached_property
    def _scalars(self) -> frozenset[MetricKey]:
        numbers: dict[MetricKey, bool] = {}
        for each in self.slices:
            for key, figure in each.figures.items():
                if not key.is_diff:
                    measure = _measure(key)
                    numbers[measure] = numbers.get(measure, True) and figure.number is not None
        return frozenset(measure for measure, scalar in numbers.items() if scalar)

    @functools.cached_property
    def _changed(self) -> frozenset[MetricKey]:
        keys = {key for each in self.slices for key in each.figures}
        return frozenset(_measure(key) for key in keys if key.is_diff and key.model_name == self.models[0])

    def is_scalar(self, measure: MetricKey) -> bool:
        """Whether every value of the measure is a number, and there is one."""
        return measure in self._scalars

    def has_change(self, measure: MetricKey) -> bool:
        """Whether some slice has a number for the difference between the first model and the baseline."""
        if self.baseline is None or measure.name in COUNTS:
            return False
        return measure in self._scalars and measure in self._changed


def sliced_figures(result: EvalResult) -> SlicedFigures:
    """The figures of a result.

    Metrics that a model carries are left out where a configured one has the same name and the same values.
    """
    slices = tuple(_slice_figures(record) for record in result.records or _records_of(result))
    keys = dict.fromkeys(key for each in slices for key in each.figures)
    dropped = {key for key in keys if key.example_weighted is None and _is_repeated(key, slices)}
    measures = dict.fromkeys(_measure(key) for key in keys if key not in dropped)
    baseline = get_baseline_model_spec(result.config)
    found = dict.fromkeys(key.model_name for key in keys)
    last = baseline.name if baseline is not None and baseline.name in found else None
    first = result.model_name if result.model_name in found or not found else next(iter(found))
    others = [name for name in found if name not in (first, last)]
    return SlicedFigures(
        slices=slices,
        measures=tuple(sorted(measures, key=_rank)),
        models=tuple(dict.fromkeys([first, *others, *([last] if last is not None else [])])),
        baseline=last if last != first else None,
    )


def measure_label(measure: MetricKey, measures: Sequence[MetricKey]) -> str:
    """What to call a measure: its name, and what tells it from the others of that name or of its kind."""
    parts = [measure.name]
    if measure.output_name:
        parts.append(f"output {measure.output_name}")
    if measure.sub_key is not None:
        parts.append(_sub_key_label(measure.sub_key))
    if measure.aggregation_type is not None:
        parts.append(str(measure.aggregation_type).split(":", maxsplit=1)[0].replace("_", " "))
    if measure.example_weighted:
        parts.append("weighted")
    elif measure.example_weighted is None and replace(measure, example_weighted=False) in measures:
        parts.append("of the model itself")
    return " · ".join(parts)


def _sub_key_label(key: SubKey) -> str:
    parts = (("class", key.class_id), ("rank", key.k), ("top", key.top_k))
    return " ".join(f"{name} {value}" for name, value in parts if value is not None)


def _rank(measure: MetricKey) -> tuple[bool, str, str, str, str, str]:
    is_count = measure.name in COUNTS
    return (
        not is_count,
        measure.output_name,
        measure.name,
        str(measure.aggregation_type or ""),
        f"{measure.sub_key or ''!s:>8}",
        str(measure.example_weighted),
    )


def _measure(key: MetricKey) -> MetricKey:
    return replace(key, model_name="", is_diff=False)


def _is_repeated(key: MetricKey, slices: Sequence[SliceFigures]) -> bool:
    configured = replace(key, example_weighted=False)
    pairs = [(each.figures.get(key), each.figures.get(configured)) for each in slices]
    return any(one is not None for one, _ in pairs) and all(
        one is not None and other is not None and one.value.SerializeToString() == other.value.SerializeToString()
        for one, other in pairs
        if one is not None
    )


def _slice_figures(record: MetricsForSlice) -> SliceFigures:
    error = ""
    figures: dict[MetricKey, Figure] = {}
    for entry in record.metric_keys_and_values:
        if entry.key.name == ERROR_METRIC:
            error = entry.value.debug_message
            continue
        interval = entry.confidence_interval if entry.HasField("confidence_interval") else None
        figures[MetricKey.from_proto(entry.key)] = Figure(entry.value, interval)
    return SliceFigures(slice_key_of(record), figures, error)


def _records_of(result: EvalResult) -> Iterator[MetricsForSlice]:
    """The records of a result that was not read from files, from its nested dicts."""
    for slice_key, outputs in result.slicing_metrics:
        record = MetricsForSlice()
        set_slice_key(record, slice_key)
        for output_name, by_sub_key in outputs.items():
            for sub_key, by_name in by_sub_key.items():
                for name, value in by_name.items():
                    key = MetricKey(name, result.model_name, output_name, _parsed_sub_key(sub_key))
                    if name.endswith(_DIFFERENCE):
                        key = replace(key, name=name.removesuffix(_DIFFERENCE), is_diff=True)
                    entry = record.metric_keys_and_values.add(key=key.to_proto())
                    json_format.ParseDict(value, entry.value)
        yield record


def _parsed_sub_key(text: str) -> SubKey | None:
    names = {"classId": "class_id", "k": "k", "topK": "top_k"}
    parts = dict(part.split(":", maxsplit=1) for part in text.split())
    return SubKey(**{names[name]: int(value) for name, value in parts.items()}) if parts else None
