"""The constants of ``tfx.types.standard_component_specs``: each names the key that it is called after.

``EXAMPLES_KEY`` is ``"examples"``, ``PUSH_DESTINATION_KEY`` is ``"push_destination"``.
"""

from __future__ import annotations

# fmt: off
_KEYS = [
    "analyzer_cache", "anomalies", "baseline_examples", "baseline_model", "base_model", "best_hyperparameters",
    "blessing", "custom_config", "data_spec", "disable_statistics", "evaluation", "eval_args", "eval_config",
    "examples", "example_diff_config", "example_diff_result", "example_splits", "exclude_splits",
    "fairness_indicator_thresholds", "feature_slicing_spec", "force_tf_compat_v1", "hyperparameters",
    "include_split_pairs", "inference_result", "infer_feature_shape", "infra_blessing", "input_base",
    "input_config", "model", "model_blessing", "model_run", "model_spec", "module_file", "module_path",
    "output_config", "output_data_format", "output_examples", "output_example_spec", "output_file_format",
    "post_transform_anomalies", "post_transform_schema", "post_transform_stats", "preprocessing_fn",
    "pre_transform_schema", "pre_transform_stats", "pushed_model", "push_destination", "range_config",
    "request_spec", "run_fn", "sample_rate_by_split", "schema", "schema_file", "serving_spec",
    "sharded_stats_output", "splits_config", "statistics", "stats_options_json", "stats_options_updater_fn",
    "train_args", "transformed_examples", "transform_graph", "tuner_fn", "tuner_results", "tune_args",
    "updated_analyzer_cache", "validation_spec",
]
# fmt: on
_VALUES = {f"{key.upper()}_KEY": key for key in _KEYS}

__all__ = sorted(_VALUES)


def __getattr__(name: str) -> str:
    if name not in _VALUES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _VALUES[name]


def __dir__() -> list[str]:
    return __all__
