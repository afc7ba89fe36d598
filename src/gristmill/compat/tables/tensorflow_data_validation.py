"""What the modules of ``tensorflow_data_validation`` mean here."""

from __future__ import annotations

from gristmill.compat.family_table import FamilyTable

__all__ = ["TABLE"]

_ALL = [
    "gristmill.data_validation",
    "gristmill.data_validation: GenerateStatistics, WriteStatisticsToBinaryFile, WriteStatisticsToTFRecord",
]

MODULES = {
    "tensorflow_data_validation": _ALL,
    "tensorflow_data_validation.api.stats_api": _ALL,
    "tensorflow_data_validation.api.validation_api": _ALL,
    "tensorflow_data_validation.statistics.generators.stats_generator": [
        "gristmill.data_validation: CombinerStatsGenerator, TransformStatsGenerator"
    ],
    "tensorflow_data_validation.statistics.stats_options": ["gristmill.data_validation: StatsOptions"],
    "tensorflow_data_validation.types": ["gristmill.data_validation: FeaturePath"],
    "tensorflow_data_validation.utils.anomalies_util": [
        "gristmill.data_validation: load_anomalies_text, write_anomalies_text"
    ],
    "tensorflow_data_validation.utils.display_util": ["gristmill.data_validation.display", *_ALL],
    "tensorflow_data_validation.utils.schema_util": _ALL,
    "tensorflow_data_validation.utils.slicing_util": [
        "gristmill.data_validation: experimental_get_feature_value_slicer, "
        "experimental_get_feature_value_slicer as get_feature_value_slicer"
    ],
    "tensorflow_data_validation.utils.stats_gen_lib": [
        "gristmill.data_validation: generate_statistics_from_csv, generate_statistics_from_dataframe, "
        "generate_statistics_from_tfrecord"
    ],
    "tensorflow_data_validation.utils.stats_util": _ALL,
    "tensorflow_data_validation.utils.validation_lib": [
        "gristmill.data_validation: validate_examples_in_csv, validate_examples_in_tfrecord"
    ],
}

_FILES = "gristmill.io.filesystem, or the load_… and write_… functions of data validation"
_GENERATE = "tfdv.generate_statistics_from_csv, …_from_tfrecord and …_from_dataframe read files and frames"

ABSENT = {
    "tensorflow_data_validation.coders.csv_decoder": {"DecodeCSV": _GENERATE},
    "tensorflow_data_validation.coders.tf_example_decoder": {"DecodeTFExample": _GENERATE},
    "tensorflow_data_validation.types": dict.fromkeys(
        ["BeamFeatureStats", "FeatureName", "SliceFunction"], "plain types"
    ),
    "tensorflow_data_validation.utils.io_util": dict.fromkeys(
        ["read_file_to_string", "write_string_to_file", "get_file_size", "Materializer"], _FILES
    ),
    "tensorflow_data_validation.utils.schema_util": dict.fromkeys(
        ["is_categorical_feature", "get_categorical_features", "get_multivalent_features", "look_up_feature"],
        "tfdv.get_feature(schema, path) and tfdv.get_domain(schema, path)",
    ),
}

_INSIDE = "it is part of how data validation works inside"

TABLE = FamilyTable(
    modules=MODULES,
    absent=ABSENT,
    constants={
        name: {"__version__": "1.16.1+gristmill"}
        for name in ("tensorflow_data_validation", "tensorflow_data_validation.version")
    },
    out_of_scope={
        "tensorflow_data_validation.arrow": _INSIDE,
        "tensorflow_data_validation.pywrap": _INSIDE,
        "tensorflow_data_validation.skew": "compare distributions: tfdv.validate_statistics(…, serving_statistics=…)",
        "tensorflow_data_validation.statistics": "statistics of your own are an Accumulator (docs/engine.md)",
        "tensorflow_data_validation.utils": _INSIDE,
    },
)
