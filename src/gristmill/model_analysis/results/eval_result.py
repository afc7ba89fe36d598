"""EvalResult: an evaluation's metrics and plots as nested dicts, for people and notebooks.

``slicing_metrics`` is a list of (slice key, {output name: {sub key: {metric name: value}}}), where a value is a
MetricValue message as a dict: ``{"doubleValue": 0.5}``. A difference to the baseline is named ``<name>_diff``; the name
of an average over classes begins with its aggregation type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gristmill.errors import ConfigError
from gristmill.model_analysis.config_defaults import get_model_spec
from gristmill.model_analysis.constants import DATA_CENTRIC_MODE, MODEL_CENTRIC_MODE
from gristmill.model_analysis.metrics.keys import AggregationType, SubKey
from gristmill.model_analysis.results.files import load_attributions, load_eval_run, load_metrics, load_plots
from gristmill.model_analysis.results.message_dicts import message_dict
from gristmill.model_analysis.results.slice_messages import slice_key_of
from gristmill.model_analysis.results.sliced_plots import LazyPlots, SlicedPlots, sub_key_text
from gristmill.model_analysis.slicer.slice_key import SliceKeyOrCrossSliceKeyType
from gristmill.proto.metrics_for_slice_pb2 import (
    AttributionsForSlice,
    ConfidenceInterval,
    MetricKey,
    MetricsForSlice,
    MetricValue,
)
from gristmill.proto.model_analysis_config_pb2 import EvalConfig

__all__ = [
    "EvalResult",
    "EvalResults",
    "SlicedMetrics",
    "SlicedPlots",
    "load_eval_result",
    "load_eval_results",
    "make_eval_results",
]

MetricsByName = dict[str, dict[str, Any]]
NestedMetrics = dict[str, dict[str, MetricsByName]]


class SlicedMetrics(NamedTuple):
    """The metrics of one slice: {output name: {sub key: {metric name: value}}}."""

    slice: SliceKeyOrCrossSliceKeyType
    metrics: NestedMetrics


@dataclass(frozen=True)
class EvalResult:
    """The results for one model.

    Attributes:
        slicing_metrics: see the module.
        plots: (slice key, {output name: {sub key: {plot: data}}}); of a loaded result, read when it is looked at.
        attributions: (slice key, {output name: {sub key: {name: {feature: value}}}}).
        config: the configuration, with defaults filled in.
        data_location: where the examples came from.
        file_format: of the examples.
        model_location: where the model came from.
        model_name: of the model among those of the evaluation.
        records: the slices as they were read, with the figures of every model under their full keys; views show these.
    """

    slicing_metrics: list[SlicedMetrics]
    plots: Sequence[SlicedPlots]
    attributions: list[tuple[SliceKeyOrCrossSliceKeyType, dict[str, Any]]]
    config: EvalConfig
    data_location: str = ""
    file_format: str = ""
    model_location: str = ""
    model_name: str = ""
    records: tuple[MetricsForSlice, ...] = field(default=(), repr=False, compare=False)

    def get_metrics_for_slice(
        self,
        slice_name: SliceKeyOrCrossSliceKeyType = (),
        output_name: str = "",
        class_id: int | None = None,
        k: int | None = None,
        top_k: int | None = None,
    ) -> MetricsByName | None:
        """The metrics of one slice by name; None where there is no such slice.

        Args:
            slice_name: a slice key; ``()`` is the overall slice.
            output_name: of a model with several.
            class_id: the metrics of one class.
            k: the metrics of one rank.
            top_k: the metrics of the highest ranks.
        """
        for key, metrics in self.slicing_metrics:
            if key == slice_name:
                return metrics.get(output_name, {}).get(_sub_key(class_id, k, top_k))
        return None

    def get_metrics_for_all_slices(
        self,
        output_name: str = "",
        class_id: int | None = None,
        k: int | None = None,
        top_k: int | None = None,
    ) -> dict[SliceKeyOrCrossSliceKeyType, MetricsByName]:
        """The metrics of every slice that has any for this output and class."""
        wanted = _sub_key(class_id, k, top_k)
        return {
            key: metrics[output_name][wanted]
            for key, metrics in self.slicing_metrics
            if wanted in metrics.get(output_name, {})
        }

    def get_metric_names(self) -> list[str]:
        """Names of all metrics, sorted."""
        return sorted(
            {
                name
                for _, outputs in self.slicing_metrics
                for by_sub_key in outputs.values()
                for metrics in by_sub_key.values()
                for name in metrics
            }
        )

    def get_slice_names(self) -> list[SliceKeyOrCrossSliceKeyType]:
        """The slice keys in the order of the file."""
        return [key for key, _ in self.slicing_metrics]

    def get_attributions_for_slice(
        self,
        slice_name: SliceKeyOrCrossSliceKeyType = (),
        metric_name: str = "",
        output_name: str = "",
        class_id: int | None = None,
        k: int | None = None,
        top_k: int | None = None,
    ) -> dict[str, Any] | None:
        """The attributions of one slice, by feature; None where there is no such slice."""
        for key, found in self.attributions:
            if key == slice_name:
                return _named(found.get(output_name, {}).get(_sub_key(class_id, k, top_k)), metric_name)
        return None

    def get_attributions_for_all_slices(
        self,
        metric_name: str = "",
        output_name: str = "",
        class_id: int | None = None,
        k: int | None = None,
        top_k: int | None = None,
    ) -> dict[SliceKeyOrCrossSliceKeyType, Any]:
        """The attributions of every slice, by feature."""
        wanted = _sub_key(class_id, k, top_k)
        return {
            key: _named(found[output_name][wanted], metric_name)
            for key, found in self.attributions
            if wanted in found.get(output_name, {})
        }


class EvalResults:
    """Several results, to be compared over models or over data.

    Raises:
        ConfigError: the mode is neither MODEL_CENTRIC_MODE nor DATA_CENTRIC_MODE.
    """

    def __init__(self, results: Sequence[EvalResult], mode: str = MODEL_CENTRIC_MODE) -> None:
        if mode not in (MODEL_CENTRIC_MODE, DATA_CENTRIC_MODE):
            raise ConfigError(f"mode must be {MODEL_CENTRIC_MODE!r} or {DATA_CENTRIC_MODE!r}", value=mode)
        self._results = list(results)
        self._mode = mode

    def get_results(self) -> list[EvalResult]:
        """The results."""
        return self._results

    def get_mode(self) -> str:
        """What differs between the results."""
        return self._mode


def make_eval_results(results: Sequence[EvalResult], mode: str) -> EvalResults:
    """Results put together for a comparison."""
    return EvalResults(results, mode)


def load_eval_result(
    output_path: str, output_file_format: str = "tfrecord", model_name: str | None = None
) -> EvalResult:
    """Read an evaluation's directory.

    Args:
        output_path: the directory.
        output_file_format: ``tfrecord``.
        model_name: which model; the first that is no baseline where None.

    Raises:
        ConfigError: no model of that name.
        DataError: there is no evaluation, or a file is damaged.
    """
    run = load_eval_run(output_path)
    name = _first_candidate(run.eval_config) if model_name is None else model_name
    if get_model_spec(run.eval_config, name) is None:
        names = ", ".join(repr(spec.name) for spec in run.eval_config.model_specs)
        raise ConfigError("the evaluation has no model of this name", value=name, hint=f"it has {names}")
    records = tuple(load_metrics(output_path, output_file_format))
    return EvalResult(
        slicing_metrics=[SlicedMetrics(slice_key_of(record), _nested_metrics(record, name)) for record in records],
        plots=LazyPlots(lambda: load_plots(output_path, output_file_format), name),
        attributions=[
            (slice_key_of(record), _nested_attributions(record, name))
            for record in load_attributions(output_path, output_file_format)
        ],
        config=run.eval_config,
        data_location=run.data_location,
        file_format=run.file_format,
        model_location=run.model_locations.get(name, ""),
        model_name=name,
        records=records,
    )


def load_eval_results(
    output_paths: str | Sequence[str],
    output_file_format: str = "tfrecord",
    mode: str = MODEL_CENTRIC_MODE,
    model_name: str | None = None,
) -> EvalResults:
    """Read several evaluations; of each every model where ``model_name`` is None."""
    results: list[EvalResult] = []
    for path in [output_paths] if isinstance(output_paths, str) else output_paths:
        names = [model_name] if model_name is not None else _model_names(load_eval_run(path).eval_config)
        results += [load_eval_result(path, output_file_format, name) for name in names]
    return EvalResults(results, mode)


def _model_names(config: EvalConfig) -> list[str]:
    return [spec.name for spec in config.model_specs] or [""]


def _first_candidate(config: EvalConfig) -> str:
    return next((spec.name for spec in config.model_specs if not spec.is_baseline), "")


def _sub_key(class_id: int | None, k: int | None, top_k: int | None) -> str:
    return str(SubKey(class_id=class_id, k=k, top_k=top_k))


def _named(by_name: dict[str, Any] | None, name: str) -> dict[str, Any] | None:
    if by_name is None or (not name and len(by_name) != 1):
        return by_name
    found: dict[str, Any] | None = by_name.get(name) if name else next(iter(by_name.values()))
    return found


def _nested_metrics(record: MetricsForSlice, model_name: str) -> NestedMetrics:
    nested: NestedMetrics = {}
    for entry in record.metric_keys_and_values:
        if entry.key.model_name == model_name or entry.value.WhichOneof("type") == "debug_message":
            interval = entry.confidence_interval if entry.HasField("confidence_interval") else None
            by_name = nested.setdefault(entry.key.output_name, {}).setdefault(sub_key_text(entry.key), {})
            by_name[_metric_name(entry.key)] = _value_dict(entry.value, interval)
    return nested


def _metric_name(key: MetricKey) -> str:
    name = f"{key.name}_diff" if key.is_diff else key.name
    kind = AggregationType.from_proto(key.aggregation_type) if key.HasField("aggregation_type") else None
    return name if kind is None else f"{kind}_{name}"


def _value_dict(value: MetricValue, interval: ConfidenceInterval | None) -> dict[str, Any]:
    if interval is None:
        return message_dict(value)
    bounded = MetricValue()
    bounded.bounded_value.value.value = value.double_value.value
    bounded.bounded_value.lower_bound.value = interval.lower_bound.double_value.value
    bounded.bounded_value.upper_bound.value = interval.upper_bound.double_value.value
    return message_dict(bounded)


def _nested_attributions(record: AttributionsForSlice, model_name: str) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for entry in record.attributions_keys_and_values:
        if entry.key.model_name == model_name:
            by_name = nested.setdefault(entry.key.output_name, {}).setdefault(sub_key_text(entry.key), {})
            by_name[entry.key.name] = {name: message_dict(value) for name, value in entry.values.items()}
    return nested
