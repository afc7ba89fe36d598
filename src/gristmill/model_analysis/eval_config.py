"""The EvalConfig messages, and reading them from text format, JSON or an exec property."""

from __future__ import annotations

from google.protobuf import json_format, text_format

from gristmill.errors import ConfigError, Place
from gristmill.proto.model_analysis_config_pb2 import (
    AggregationOptions,
    BinarizationOptions,
    ConfidenceIntervalOptions,
    CrossSliceMetricThreshold,
    CrossSliceMetricThresholds,
    CrossSlicingSpec,
    EvalConfig,
    EvalRun,
    ExampleWeightOptions,
    GenericChangeThreshold,
    GenericValueThreshold,
    MetricConfig,
    MetricDirection,
    MetricsSpec,
    MetricThreshold,
    ModelSpec,
    Options,
    PaddingOptions,
    PerSliceMetricThreshold,
    PerSliceMetricThresholds,
    RepeatedInt32Value,
    RepeatedStringValue,
    SlicingSpec,
)

__all__ = [
    "AggregationOptions",
    "BinarizationOptions",
    "ConfidenceIntervalOptions",
    "CrossSliceMetricThreshold",
    "CrossSliceMetricThresholds",
    "CrossSlicingSpec",
    "EvalConfig",
    "EvalRun",
    "ExampleWeightOptions",
    "GenericChangeThreshold",
    "GenericValueThreshold",
    "MetricConfig",
    "MetricDirection",
    "MetricThreshold",
    "MetricsSpec",
    "ModelSpec",
    "Options",
    "PaddingOptions",
    "PerSliceMetricThreshold",
    "PerSliceMetricThresholds",
    "RepeatedInt32Value",
    "RepeatedStringValue",
    "SlicingSpec",
    "parse_eval_config",
]


def parse_eval_config(text: str, *, source: str = "eval_config") -> EvalConfig:
    """Read an EvalConfig from JSON (snake_case or camelCase names) or from text format.

    Args:
        text: JSON when its first character is ``{``, text format otherwise.
        source: what to call the text in an error, e.g. its file.

    Raises:
        ConfigError: the text is neither, or names a field that does not exist.
    """
    config = EvalConfig()
    try:
        if text.lstrip().startswith("{"):
            json_format.Parse(text, config)
        else:
            text_format.Parse(text, config)
    except (json_format.ParseError, text_format.ParseError) as error:
        raise ConfigError(
            f"an EvalConfig must be valid JSON or text format: {str(error).partition(chr(10))[0]}",
            place=Place(uri=source),
            hint="the fields are model_specs, slicing_specs, cross_slicing_specs, metrics_specs and options",
        ) from error
    return config
