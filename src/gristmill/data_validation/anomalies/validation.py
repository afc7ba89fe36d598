"""validate_statistics: statistics against a schema, and against other statistics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from gristmill.data_validation.anomalies.comparators import DRIFT, SKEW, compare_feature
from gristmill.data_validation.anomalies.dataset_rules import check_dataset
from gristmill.data_validation.anomalies.report import fill_anomaly
from gristmill.data_validation.constraints.feature_data import DatasetData, FeatureData
from gristmill.data_validation.constraints.feature_rules import check_feature
from gristmill.data_validation.constraints.finding import Finding
from gristmill.data_validation.constraints.presence import check_absence
from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.schema.lifecycle import check_environment, in_environment, is_active
from gristmill.data_validation.schema.schema_tree import find_feature, list_features
from gristmill.data_validation.statistics_lookup import single_dataset
from gristmill.errors import NotSupportedError, Place

__all__ = ["validate_statistics"]

_Statistics: TypeAlias = statistics_pb2.DatasetFeatureStatisticsList
_Type = anomalies_pb2.AnomalyInfo

_NEW_COLUMN = Finding(
    _Type.SCHEMA_NEW_COLUMN,
    "Column not in the schema",
    "The data has this column and the schema does not. If it is wanted, add it with update_schema.",
)


def validate_statistics(
    statistics: _Statistics,
    schema: schema_pb2.Schema,
    environment: str | None = None,
    previous_statistics: _Statistics | None = None,
    serving_statistics: _Statistics | None = None,
) -> anomalies_pb2.Anomalies:
    """Where the data breaks the schema, drifts from earlier data, or is skewed against serving data.

    Args:
        statistics: the data under test: one dataset, or with a slice ``All Examples``.
        schema: what the data has to be like.
        environment: one of the schema's environments (``"SERVING"``, say): only its features are expected. Every
            feature is where none is named.
        previous_statistics: earlier data, for features with a ``drift_comparator``.
        serving_statistics: data seen at serving time, for features with a ``skew_comparator``.

    Returns:
        Anomalies by serialized feature path, each with one reason for each broken demand; the schema is kept as
        ``baseline``; every measured drift and skew is in ``drift_skew_info``. Data without examples gives
        ``data_missing`` alone.

    Raises:
        TypeError: an argument is another message.
        ConfigError: the environment is not one of the schema's, or statistics have no single dataset.
        NotSupportedError: the schema has sparse or weighted features, which are not checked.
    """
    if not isinstance(schema, schema_pb2.Schema):
        raise TypeError(f"schema must be a Schema message, and is a {type(schema).__name__}")
    data = DatasetData(single_dataset(statistics))
    previous = _optional(previous_statistics, "previous_statistics")
    serving = _optional(serving_statistics, "serving_statistics")
    check_environment(schema, environment)
    _check_supported(schema)
    anomalies = anomalies_pb2.Anomalies(baseline=schema, anomaly_name_format=anomalies_pb2.Anomalies.SERIALIZED_PATH)
    if data.num_examples == 0:
        anomalies.data_missing = True
        return anomalies
    for path, findings in _by_feature(data, schema, environment, previous, serving, anomalies):
        if findings:
            info = anomalies.anomaly_info[str(path)]
            info.path.CopyFrom(path.to_proto())
            fill_anomaly(info, findings)
    whole = check_dataset(schema, data.num_examples, previous.num_examples if previous else None)
    if whole:
        fill_anomaly(anomalies.dataset_anomaly_info, whole)
    return anomalies


def _optional(statistics: _Statistics | None, argument: str) -> DatasetData | None:
    return None if statistics is None else DatasetData(single_dataset(statistics, argument))


def _check_supported(schema: schema_pb2.Schema) -> None:
    for kind in ("sparse_feature", "weighted_feature"):
        for feature in getattr(schema, kind):
            if feature.lifecycle_stage in (schema_pb2.UNKNOWN_STAGE, schema_pb2.BETA, schema_pb2.PRODUCTION):
                raise NotSupportedError(
                    f"A {kind} of a schema cannot be checked",
                    place=Place(column=feature.name),
                    hint="set its lifecycle_stage to DEPRECATED, or take it out of the schema",
                )


def _by_feature(
    data: DatasetData,
    schema: schema_pb2.Schema,
    environment: str | None,
    previous: DatasetData | None,
    serving: DatasetData | None,
    anomalies: anomalies_pb2.Anomalies,
) -> Iterator[tuple[FeaturePath, list[Finding]]]:
    """The findings of every feature of the schema, then of every column that is not in it."""
    relaxed = schema_pb2.Schema()
    relaxed.CopyFrom(schema)
    for path, feature in list(list_features(relaxed)):
        own, expected = data.of(path), in_environment(feature, schema, environment)
        if not is_active(feature):
            continue
        if own is not None and (expected or own.present):
            findings = [] if expected else [_unexpected(environment)]
            findings += _compare(path, feature, own, previous, serving, anomalies)
            yield path, check_feature(feature, own, relaxed) + findings
        elif own is None and expected:
            yield path, check_absence(feature)
    for path in data.features:
        if find_feature(schema, path) is None:
            yield path, [_NEW_COLUMN]


def _compare(
    path: FeaturePath,
    feature: schema_pb2.Feature,
    data: FeatureData,
    previous: DatasetData | None,
    serving: DatasetData | None,
    anomalies: anomalies_pb2.Anomalies,
) -> list[Finding]:
    info = anomalies_pb2.DriftSkewInfo(path=path.to_proto())
    findings: list[Finding] = []
    for other, comparison in ((serving, SKEW), (previous, DRIFT)):
        if other is not None:
            findings += compare_feature(feature, data, other.of(path), comparison, info)
    if info.drift_measurements or info.skew_measurements:
        anomalies.drift_skew_info.append(info)
    return findings


def _unexpected(environment: str | None) -> Finding:
    text = f"The schema leaves this feature out of the environment {environment!r}, and the data has it."
    return Finding(_Type.SCHEMA_NEW_COLUMN, "Column not expected in this environment", text)
