"""Verifies an EvalConfig before any data is read, so that a mistake costs seconds and names its place."""

from __future__ import annotations

from collections.abc import Sequence

from gristmill.errors import ConfigError, Place
from gristmill.proto.model_analysis_config_pb2 import EvalConfig, MetricsSpec, ModelSpec

__all__ = ["verify_eval_config"]

_KEY_FIELDS = (
    ("label_key", "label_keys"),
    ("prediction_key", "prediction_keys"),
    ("example_weight_key", "example_weight_keys"),
)


def verify_eval_config(eval_config: EvalConfig, baseline_required: bool | None = None) -> None:
    """Check what can be checked without data or models.

    Args:
        eval_config: the configuration, with defaults applied or not.
        baseline_required: True demands a model spec with ``is_baseline``.

    Raises:
        ConfigError: naming the field that is wrong.
    """
    specs = eval_config.model_specs
    if not specs:
        raise ConfigError(
            "an EvalConfig needs at least one model spec",
            place=Place(uri="eval_config.model_specs"),
            hint="for example ModelSpec(label_key='label')",
        )
    for index, spec in enumerate(specs):
        _verify_keys(spec, f"eval_config.model_specs[{index}]")
    _verify_names(specs)
    _verify_baselines(specs, baseline_required)
    names = {spec.name for spec in specs}
    for index, metrics in enumerate(eval_config.metrics_specs):
        _verify_metrics_spec(metrics, names, f"eval_config.metrics_specs[{index}]")


def _verify_keys(spec: ModelSpec, where: str) -> None:
    for single, plural in _KEY_FIELDS:
        if getattr(spec, single) and getattr(spec, plural):
            raise ConfigError(
                f"only one of {single} and {plural} may be given",
                place=Place(uri=where),
                hint=f"use {single} for a model with one output and {plural} for one with several",
            )
    if spec.inference_batch_size < 0:
        raise ConfigError(
            "inference_batch_size must be positive",
            place=Place(uri=where),
            value=spec.inference_batch_size,
            hint="leave it out for the default",
        )


def _verify_names(specs: Sequence[ModelSpec]) -> None:
    names = [spec.name for spec in specs]
    for index, name in enumerate(names):
        if len(names) > 1 and not name:
            raise ConfigError(
                "every model spec needs a name where there are several",
                place=Place(uri=f"eval_config.model_specs[{index}]"),
                hint="for example name='candidate', and name='baseline' with is_baseline=True",
            )
        if name in names[:index]:
            raise ConfigError(
                "model names must differ", place=Place(uri=f"eval_config.model_specs[{index}].name"), value=name
            )


def _verify_baselines(specs: Sequence[ModelSpec], required: bool | None) -> None:
    baselines = [spec.name for spec in specs if spec.is_baseline]
    if len(baselines) > 1:
        raise ConfigError(
            "at most one model spec may have is_baseline",
            place=Place(uri="eval_config.model_specs"),
            value=baselines,
        )
    if required and not baselines:
        raise ConfigError(
            "change thresholds and diff metrics need a baseline model",
            place=Place(uri="eval_config.model_specs"),
            hint="set is_baseline on one model spec, or remove the change thresholds",
        )


def _verify_metrics_spec(spec: MetricsSpec, names: set[str], where: str) -> None:
    for index, name in enumerate(spec.model_names):
        if name not in names:
            raise ConfigError(
                "model_names must name model specs",
                place=Place(uri=f"{where}.model_names[{index}]"),
                value=name,
                hint=f"the model specs are named {', '.join(map(repr, sorted(names)))}",
            )
    for index, metric in enumerate(spec.metrics):
        if not metric.class_name:
            raise ConfigError(
                "a metric needs a class_name",
                place=Place(uri=f"{where}.metrics[{index}]"),
                hint="for example MetricConfig(class_name='AUC'); tfma.metrics.registered_metrics() lists them",
            )
        _verify_slices(metric.per_slice_thresholds, f"{where}.metrics[{index}].per_slice_thresholds")
    for name, thresholds in spec.per_slice_thresholds.items():
        _verify_slices(thresholds.thresholds, f"{where}.per_slice_thresholds[{name!r}]")


def _verify_slices(thresholds: Sequence[object], where: str) -> None:
    for index, threshold in enumerate(thresholds):
        if not getattr(threshold, "slicing_specs", None):
            raise ConfigError(
                "a per-slice threshold must say for which slices it holds",
                place=Place(uri=f"{where}[{index}].slicing_specs"),
                hint="SlicingSpec() means the overall slice",
            )
