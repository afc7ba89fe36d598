"""What the modules of ``tensorflow_model_analysis`` mean here."""

from __future__ import annotations

from gristmill.compat.family_table import FamilyTable

__all__ = ["TABLE"]

_ALL = ["gristmill.model_analysis"]
_METRICS = ["gristmill.model_analysis.metrics"]

MODULES = {
    "tensorflow_model_analysis": _ALL,
    "tensorflow_model_analysis.api.model_eval_lib": _ALL,
    "tensorflow_model_analysis.config": _ALL,
    "tensorflow_model_analysis.constants": ["gristmill.model_analysis.constants"],
    "tensorflow_model_analysis.dataframe": ["gristmill.model_analysis.dataframe"],
    "tensorflow_model_analysis.experimental.dataframe": ["gristmill.model_analysis.dataframe"],
    "tensorflow_model_analysis.metrics": _METRICS,
    **{
        f"tensorflow_model_analysis.metrics.{module}": _METRICS
        for module in (
            "calibration",
            "calibration_plot",
            "confusion_matrix_metrics",
            "confusion_matrix_plot",
            "cross_entropy_metrics",
            "example_count",
            "exact_match",
            "mean_regression_error",
            "metric_specs",
            "metric_types",
            "multi_class_confusion_matrix_metrics",
            "squared_pearson_correlation",
            "tjur_discrimination",
            "weighted_example_count",
        )
    },
    "tensorflow_model_analysis.proto.config_pb2": ["gristmill.proto.model_analysis_config_pb2"],
    "tensorflow_model_analysis.proto.metrics_for_slice_pb2": ["gristmill.proto.metrics_for_slice_pb2"],
    "tensorflow_model_analysis.proto.validation_result_pb2": ["gristmill.proto.validation_result_pb2"],
    "tensorflow_model_analysis.slicer": ["gristmill.model_analysis.slicer"],
    "tensorflow_model_analysis.slicer.slicer": ["gristmill.model_analysis.slicer"],
    "tensorflow_model_analysis.slicer.slicer_lib": ["gristmill.model_analysis.slicer"],
    "tensorflow_model_analysis.types": [
        "gristmill.model_analysis: EvalSharedModel, ModelLoader",
    ],
    "tensorflow_model_analysis.utils": [
        "gristmill.model_analysis: get_baseline_model_spec, get_model_spec, has_change_threshold, "
        "update_eval_config_with_defaults, verify_eval_config"
    ],
    "tensorflow_model_analysis.utils.config_util": [
        "gristmill.model_analysis: get_baseline_model_spec, get_model_spec, has_change_threshold, "
        "update_eval_config_with_defaults, verify_eval_config"
    ],
    "tensorflow_model_analysis.view": ["gristmill.model_analysis.view"],
    "tensorflow_model_analysis.view.view_types": ["gristmill.model_analysis: EvalResult, EvalResults"],
    "tensorflow_model_analysis.view.widget_view": ["gristmill.model_analysis.view"],
}

_RUN = "tfma.run_model_analysis(…) or gristmill.model_analysis.evaluate(…)"
_METRIC = "write a Metric (docs/model-analysis.md)"
_TYPES = "plain arrays: batches are pyarrow.RecordBatch, predictions numpy arrays"
_EXTRACTORS = [
    "BatchedPredictExtractor",
    "ExampleWeightsExtractor",
    "Extractor",
    "FeaturesExtractor",
    "Filter",
    "InputExtractor",
    "LabelsExtractor",
    "PredictExtractor",
    "PredictionsExtractor",
    "SliceKeyExtractor",
    "TransformedFeaturesExtractor",
    "UnbatchExtractor",
]

ABSENT = {
    "tensorflow_model_analysis": {
        **dict.fromkeys(
            [
                "BatchedInputsToExtracts",
                "ExtractAndEvaluate",
                "ExtractEvaluateAndWriteResults",
                "InputsToExtracts",
                "Validate",
                "WriteResults",
                "default_evaluators",
                "default_extractors",
                "default_writers",
                "is_batched_input",
                "is_legacy_estimator",
            ],
            _RUN,
        ),
        **dict.fromkeys(
            ["multiple_data_analysis", "multiple_model_analysis"],
            "run_model_analysis once for each, and make_eval_results",
        ),
        **dict.fromkeys(
            [
                "AddMetricsCallbackType",
                "Extracts",
                "FeaturesPredictionsLabels",
                "MaterializedColumn",
                "MaybeMultipleEvalSharedModels",
                "RaggedTensorValue",
                "SparseTensorValue",
                "TensorType",
                "TensorTypeMaybeDict",
                "TensorValue",
                "VarLenTensorValue",
            ],
            _TYPES,
        ),
    },
    "tensorflow_model_analysis.evaluators": dict.fromkeys(
        ["AnalysisTableEvaluator", "Evaluator", "MetricsPlotsAndValidationsEvaluator", "verify_evaluator"], _RUN
    ),
    "tensorflow_model_analysis.extractors": dict.fromkeys(_EXTRACTORS, _RUN),
    "tensorflow_model_analysis.metrics": dict.fromkeys(
        [
            "AttributionPreprocessor",
            "CombinedFeaturePreprocessor",
            "DerivedMetricComputation",
            "FeaturePreprocessor",
            "InputPreprocessor",
            "MetricComputation",
            "MetricComputations",
            "Preprocessor",
            "StandardMetricInputs",
            "StandardMetricInputsPreprocessor",
            "TransformedFeaturePreprocessor",
            "merge_per_key_computations",
            "to_label_prediction_example_weight",
            "to_standard_metric_inputs",
        ],
        _METRIC,
    ),
    "tensorflow_model_analysis.metrics.metric_util": dict.fromkeys(
        ["merge_per_key_computations", "to_label_prediction_example_weight", "to_standard_metric_inputs"], _METRIC
    ),
    "tensorflow_model_analysis.types": dict.fromkeys(
        ["Extracts", "MaterializedColumn", "TensorType", "TensorValue", "ValueWithTDistribution"], _TYPES
    ),
    "tensorflow_model_analysis.validators": dict.fromkeys(["Validation", "Validator"], _RUN),
    "tensorflow_model_analysis.writers": dict.fromkeys(
        ["EvalConfigWriter", "MetricsPlotsAndValidationsWriter", "Write", "Writer", "convert_slice_metrics_to_proto"],
        _RUN,
    ),
}

_ESTIMATORS = "estimators and their EvalSavedModels are gone from TensorFlow; export the model as a SavedModel"

TABLE = FamilyTable(
    modules=MODULES,
    absent=ABSENT,
    constants={
        "tensorflow_model_analysis": {
            "BASELINE_SCORE_KEY": "baseline_score",
            "ARROW_RECORD_BATCH_KEY": "arrow_record_batch",
            "EXAMPLE_SCORE_KEY": "example_score",
            "FEATURES_PREDICTIONS_LABELS_KEY": "_fpl",
            "SLICE_KEY_TYPES_KEY": "_slice_key_types",
            "VERSION_STRING": "0.47.0+gristmill",
            "__version__": "0.47.0+gristmill",
        },
        "tensorflow_model_analysis.version": {
            "VERSION": "0.47.0+gristmill",
            "VERSION_STRING": "0.47.0+gristmill",
            "__version__": "0.47.0+gristmill",
        },
    },
    out_of_scope={
        "tensorflow_model_analysis.addons": "it became the package fairness-indicators; name the rates as metrics",
        "tensorflow_model_analysis.contrib": "counts at thresholds are the metric ConfusionMatrixAtThresholds",
        "tensorflow_model_analysis.eval_saved_model": _ESTIMATORS,
        "tensorflow_model_analysis.export": _ESTIMATORS,
        "tensorflow_model_analysis.experimental": "preprocess features in the model",
        "tensorflow_model_analysis.model_agnostic_eval": "tfma.analyze_raw_data takes predictions in a DataFrame",
        "tensorflow_model_analysis.notebook": "tfma.view draws in every notebook",
        "tensorflow_model_analysis.post_export_metrics": _ESTIMATORS,
    },
)
