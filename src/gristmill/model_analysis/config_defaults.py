"""Fills in what an EvalConfig leaves out, so that the evaluation itself has no cases to tell apart."""

from __future__ import annotations

from collections.abc import Iterator

from gristmill.errors import ConfigError, Place
from gristmill.model_analysis.constants import BASELINE_KEY, CANDIDATE_KEY
from gristmill.proto.model_analysis_config_pb2 import (
    ConfidenceIntervalOptions,
    EvalConfig,
    MetricsSpec,
    MetricThreshold,
    ModelSpec,
)

__all__ = [
    "get_baseline_model_spec",
    "get_model_spec",
    "has_change_threshold",
    "has_thresholds",
    "update_eval_config_with_defaults",
]


def update_eval_config_with_defaults(
    eval_config: EvalConfig,
    maybe_add_baseline: bool | None = None,
    maybe_remove_baseline: bool | None = None,
    has_baseline: bool = False,
    rubber_stamp: bool = False,
) -> EvalConfig:
    """A copy of ``eval_config`` with names, models and methods filled in.

    Args:
        eval_config: stays unchanged.
        maybe_add_baseline: older name of ``has_baseline=True``.
        maybe_remove_baseline: older name of ``has_baseline=False``.
        has_baseline: whether a baseline model is at hand. With one, a single unnamed model spec is doubled into
            ``candidate`` and ``baseline``; without, baseline specs and all change thresholds are removed.
        rubber_stamp: accept change thresholds although there is no baseline (the first model of a pipeline).

    Raises:
        ConfigError: change thresholds without a baseline and without ``rubber_stamp``.
    """
    baseline = has_baseline or bool(maybe_add_baseline)
    if maybe_remove_baseline:
        baseline = False
    if has_change_threshold(eval_config) and not baseline and not rubber_stamp:
        raise ConfigError(
            "change thresholds compare with a baseline model, and there is none",
            place=Place(uri="eval_config.metrics_specs"),
            hint="give a baseline model, or accept the first model unchecked with rubber_stamp=True",
        )
    config = EvalConfig()
    config.CopyFrom(eval_config)
    _default_interval_method(config)
    if baseline:
        _add_baseline(config)
    else:
        _remove_baseline(config)
    _name_models(config)
    return config


def has_change_threshold(eval_config: EvalConfig) -> bool:
    """Whether any threshold compares with a baseline."""
    return any(
        threshold.HasField("change_threshold") for spec in eval_config.metrics_specs for threshold in _thresholds(spec)
    )


def has_thresholds(eval_config: EvalConfig) -> bool:
    """Whether any metric has a threshold, of value or of change."""
    return any(True for spec in eval_config.metrics_specs for _ in _thresholds(spec))


def get_model_spec(eval_config: EvalConfig, model_name: str) -> ModelSpec | None:
    """The spec of that name; a single spec also answers to the empty name."""
    if len(eval_config.model_specs) == 1 and not model_name:
        return eval_config.model_specs[0]
    return next((spec for spec in eval_config.model_specs if spec.name == model_name), None)


def get_baseline_model_spec(eval_config: EvalConfig) -> ModelSpec | None:
    """The spec with ``is_baseline``, if there is one."""
    return next((spec for spec in eval_config.model_specs if spec.is_baseline), None)


def _thresholds(spec: MetricsSpec) -> Iterator[MetricThreshold]:
    yield from spec.thresholds.values()
    for per_slice in spec.per_slice_thresholds.values():
        yield from (item.threshold for item in per_slice.thresholds)
    for cross_slice in spec.cross_slice_thresholds.values():
        yield from (item.threshold for item in cross_slice.thresholds)
    for metric in spec.metrics:
        if metric.HasField("threshold"):
            yield metric.threshold
        yield from (item.threshold for item in metric.per_slice_thresholds)
        yield from (item.threshold for item in metric.cross_slice_thresholds)


def _default_interval_method(config: EvalConfig) -> None:
    options = config.options
    if not options.compute_confidence_intervals.value:
        return
    if options.confidence_intervals.method == ConfidenceIntervalOptions.UNKNOWN_CONFIDENCE_INTERVAL_METHOD:
        options.confidence_intervals.method = ConfidenceIntervalOptions.JACKKNIFE


def _add_baseline(config: EvalConfig) -> None:
    if not config.model_specs:
        config.model_specs.add()
    if len(config.model_specs) == 1 and not config.model_specs[0].name:
        baseline = config.model_specs.add()
        baseline.CopyFrom(config.model_specs[0])
        baseline.name = BASELINE_KEY
        baseline.is_baseline = True
        config.model_specs[0].name = CANDIDATE_KEY


def _remove_baseline(config: EvalConfig) -> None:
    removed = {spec.name for spec in config.model_specs if spec.is_baseline}
    kept = [spec for spec in config.model_specs if not spec.is_baseline]
    del config.model_specs[:]
    config.model_specs.extend(kept)
    for metrics in config.metrics_specs:
        names = [name for name in metrics.model_names if name not in removed]
        del metrics.model_names[:]
        metrics.model_names.extend(names)
        for threshold in _thresholds(metrics):
            threshold.ClearField("change_threshold")


def _name_models(config: EvalConfig) -> None:
    if not config.model_specs:
        config.model_specs.add()
    if len(config.model_specs) == 1:
        config.model_specs[0].name = ""
    names = [spec.name for spec in config.model_specs]
    for metrics in config.metrics_specs:
        if len(names) == 1:
            metrics.model_names[:] = names
        elif not metrics.model_names:
            metrics.model_names.extend(names)
