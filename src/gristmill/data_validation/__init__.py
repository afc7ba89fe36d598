"""Statistics, schemas and anomalies of data: what TensorFlow Data Validation does, under its names.

    import gristmill.data_validation as tfdv

    statistics = tfdv.generate_statistics_from_csv("data/*.csv")
    schema = tfdv.infer_schema(statistics)
    anomalies = tfdv.validate_statistics(tfdv.generate_statistics_from_csv("new/*.csv"), schema)

Names load when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

_MODULES = {
    "anomalies.validation": ["validate_statistics"],
    "display.family": [
        "compare_slices",
        "display_anomalies",
        "display_schema",
        "get_statistics_html",
        "visualize_statistics",
    ],
    "feature_path": ["FeaturePath"],
    "generation": [
        "generate_statistics",
        "generate_statistics_from_csv",
        "generate_statistics_from_dataframe",
        "generate_statistics_from_tfrecord",
    ],
    "message_files": [
        "default_sharded_output_suffix",
        "default_sharded_output_supported",
        "load_anomalies_text",
        "load_schema_text",
        "load_sharded_statistics",
        "load_statistics",
        "load_stats_binary",
        "load_stats_text",
        "write_anomalies_text",
        "write_schema_text",
        "write_stats_binary",
        "write_stats_text",
    ],
    "not_built": [
        "CombinerStatsGenerator",
        "DetectFeatureSkew",
        "MergeDatasetFeatureStatisticsList",
        "TransformStatsGenerator",
        "WriteStatisticsToRecordsAndBinaryFile",
        "get_confusion_count_dataframes",
        "get_match_stats_dataframe",
        "get_skew_result_dataframe",
        "validate_corresponding_slices",
        "validate_examples_in_csv",
        "validate_examples_in_tfrecord",
    ],
    "schema.editing": ["generate_dummy_schema_with_paths", "get_domain", "get_feature", "set_domain"],
    "schema.inference": ["infer_schema", "update_schema"],
    "statistics.accumulator": ["StatisticsAccumulator"],
    "statistics.slicing": ["experimental_get_feature_value_slicer"],
    "statistics_lookup": ["get_feature_stats", "get_slice_stats"],
    "stats_options": ["PerFeatureStatsConfig", "StatsOptions"],
    "views": ["CrossFeatureView", "DatasetListView", "DatasetView", "FeatureView"],
}
# Found here by name; `import *` leaves them out, for it would load Beam.
_BEAM_NAMES = ["GenerateStatistics", "WriteStatisticsToBinaryFile", "WriteStatisticsToTFRecord"]
_HOMES = {name: module for module, names in _MODULES.items() for name in names} | dict.fromkeys(_BEAM_NAMES, "beam")

__all__ = sorted(_HOMES.keys() - _BEAM_NAMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    if name in __all__:
        globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(_HOMES)
