"""Model analysis: how good a model is, overall and by slice, and whether it is good enough.

The public names are those of TensorFlow Model Analysis::

    import gristmill.model_analysis as tfma

    result = tfma.run_model_analysis(
        eval_shared_model=tfma.default_eval_shared_model("model", eval_config=config),
        eval_config=config,
        data_location="examples/Split-eval/*",
    )

Names load when they are first used: a pipeline whose model is evaluated already needs no more than the messages.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gristmill.model_analysis import constants, dataframe, metrics, slicer, view
    from gristmill.model_analysis.config_checks import (
        verify_eval_config,
    )
    from gristmill.model_analysis.config_defaults import (
        get_baseline_model_spec,
        get_model_spec,
        has_change_threshold,
        has_thresholds,
        update_eval_config_with_defaults,
    )
    from gristmill.model_analysis.constants import (
        ANALYSIS_KEY,
        ARROW_INPUT_COLUMN,
        ATTRIBUTIONS_KEY,
        BASELINE_KEY,
        CANDIDATE_KEY,
        DATA_CENTRIC_MODE,
        EXAMPLE_WEIGHTS_KEY,
        FEATURES_KEY,
        INPUT_KEY,
        LABELS_KEY,
        METRICS_KEY,
        MODEL_CENTRIC_MODE,
        PLOTS_KEY,
        PREDICTIONS_KEY,
        TF_ESTIMATOR,
        TF_GENERIC,
        TF_JS,
        TF_KERAS,
        TF_LITE,
        TFMA_EVAL,
        TRANSFORMED_FEATURES_KEY,
        VALIDATIONS_KEY,
    )
    from gristmill.model_analysis.eval_config import (
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
        parse_eval_config,
    )
    from gristmill.model_analysis.evaluation import (
        Evaluation,
        evaluate,
    )
    from gristmill.model_analysis.models import (
        EvalSharedModel,
        ModelLoader,
        default_eval_shared_model,
    )
    from gristmill.model_analysis.results.eval_result import (
        EvalResult,
        EvalResults,
        load_eval_result,
        load_eval_results,
        make_eval_results,
    )
    from gristmill.model_analysis.results.files import (
        load_attributions,
        load_metrics,
        load_plots,
        load_validation_result,
    )
    from gristmill.model_analysis.run import (
        analyze_raw_data,
        run_model_analysis,
    )
    from gristmill.proto.metrics_for_slice_pb2 import AttributionsForSlice, MetricsForSlice, PlotsForSlice
    from gristmill.proto.validation_result_pb2 import ValidationResult

__all__ = [
    "ANALYSIS_KEY",
    "ARROW_INPUT_COLUMN",
    "ATTRIBUTIONS_KEY",
    "BASELINE_KEY",
    "CANDIDATE_KEY",
    "DATA_CENTRIC_MODE",
    "EXAMPLE_WEIGHTS_KEY",
    "FEATURES_KEY",
    "INPUT_KEY",
    "LABELS_KEY",
    "METRICS_KEY",
    "MODEL_CENTRIC_MODE",
    "PLOTS_KEY",
    "PREDICTIONS_KEY",
    "TFMA_EVAL",
    "TF_ESTIMATOR",
    "TF_GENERIC",
    "TF_JS",
    "TF_KERAS",
    "TF_LITE",
    "TRANSFORMED_FEATURES_KEY",
    "VALIDATIONS_KEY",
    "AggregationOptions",
    "AttributionsForSlice",
    "BinarizationOptions",
    "ConfidenceIntervalOptions",
    "CrossSliceMetricThreshold",
    "CrossSliceMetricThresholds",
    "CrossSlicingSpec",
    "EvalConfig",
    "EvalResult",
    "EvalResults",
    "EvalRun",
    "EvalSharedModel",
    "Evaluation",
    "ExampleWeightOptions",
    "GenericChangeThreshold",
    "GenericValueThreshold",
    "MetricConfig",
    "MetricDirection",
    "MetricThreshold",
    "MetricsForSlice",
    "MetricsSpec",
    "ModelLoader",
    "ModelSpec",
    "Options",
    "PaddingOptions",
    "PerSliceMetricThreshold",
    "PerSliceMetricThresholds",
    "PlotsForSlice",
    "RepeatedInt32Value",
    "RepeatedStringValue",
    "SlicingSpec",
    "ValidationResult",
    "analyze_raw_data",
    "constants",
    "dataframe",
    "default_eval_shared_model",
    "evaluate",
    "get_baseline_model_spec",
    "get_model_spec",
    "has_change_threshold",
    "has_thresholds",
    "load_attributions",
    "load_eval_result",
    "load_eval_results",
    "load_metrics",
    "load_plots",
    "load_validation_result",
    "make_eval_results",
    "metrics",
    "parse_eval_config",
    "run_model_analysis",
    "slicer",
    "update_eval_config_with_defaults",
    "verify_eval_config",
    "view",
]

_MODULES = ("constants", "dataframe", "metrics", "slicer", "view")
_HOMES = {
    "model_analysis.config_checks": ("verify_eval_config",),
    "model_analysis.config_defaults": (
        "get_baseline_model_spec",
        "get_model_spec",
        "has_change_threshold",
        "has_thresholds",
        "update_eval_config_with_defaults",
    ),
    "model_analysis.constants": (
        "ANALYSIS_KEY",
        "ARROW_INPUT_COLUMN",
        "ATTRIBUTIONS_KEY",
        "BASELINE_KEY",
        "CANDIDATE_KEY",
        "DATA_CENTRIC_MODE",
        "EXAMPLE_WEIGHTS_KEY",
        "FEATURES_KEY",
        "INPUT_KEY",
        "LABELS_KEY",
        "METRICS_KEY",
        "MODEL_CENTRIC_MODE",
        "PLOTS_KEY",
        "PREDICTIONS_KEY",
        "TFMA_EVAL",
        "TF_ESTIMATOR",
        "TF_GENERIC",
        "TF_JS",
        "TF_KERAS",
        "TF_LITE",
        "TRANSFORMED_FEATURES_KEY",
        "VALIDATIONS_KEY",
    ),
    "model_analysis.eval_config": (
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
    ),
    "model_analysis.evaluation": ("Evaluation", "evaluate"),
    "model_analysis.models": ("EvalSharedModel", "ModelLoader", "default_eval_shared_model"),
    "model_analysis.results.eval_result": (
        "EvalResult",
        "EvalResults",
        "load_eval_result",
        "load_eval_results",
        "make_eval_results",
    ),
    "model_analysis.results.files": ("load_attributions", "load_metrics", "load_plots", "load_validation_result"),
    "model_analysis.run": ("analyze_raw_data", "run_model_analysis"),
    "proto.metrics_for_slice_pb2": ("AttributionsForSlice", "MetricsForSlice", "PlotsForSlice"),
    "proto.validation_result_pb2": ("ValidationResult",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"{__name__}.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(f"gristmill.{_HOME_OF[name]}"), name)
    return value


def __dir__() -> list[str]:
    return __all__
