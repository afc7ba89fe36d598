"""Names that the TFX family's evaluation code shares: model types, extract keys, modes."""

from __future__ import annotations

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
]

TFMA_EVAL = "tfma_eval"
TF_ESTIMATOR = "tf_estimator"
TF_GENERIC = "tf_generic"
TF_KERAS = "tf_keras"
TF_LITE = "tf_lite"
TF_JS = "tf_js"

BASELINE_KEY = "baseline"
CANDIDATE_KEY = "candidate"
DATA_CENTRIC_MODE = "data_centric_mode"
MODEL_CENTRIC_MODE = "model_centric_mode"

ARROW_INPUT_COLUMN = "__raw_record__"
INPUT_KEY = "input"
FEATURES_KEY = "features"
TRANSFORMED_FEATURES_KEY = "transformed_features"
LABELS_KEY = "labels"
PREDICTIONS_KEY = "predictions"
EXAMPLE_WEIGHTS_KEY = "example_weights"
ANALYSIS_KEY = "analysis"
METRICS_KEY = "metrics"
PLOTS_KEY = "plots"
ATTRIBUTIONS_KEY = "attributions"
VALIDATIONS_KEY = "validations"
