"""infer_schema and update_schema: from statistics to the schema that fits them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tensorflow_metadata.proto.v0 import schema_pb2, statistics_pb2

from gristmill.data_validation.constraints.feature_data import DatasetData, FeatureData
from gristmill.data_validation.constraints.feature_rules import check_feature
from gristmill.data_validation.constraints.presence import check_absence
from gristmill.data_validation.schema.feature_inference import add_inferred_feature
from gristmill.data_validation.schema.lifecycle import is_active
from gristmill.data_validation.schema.schema_tree import find_feature, list_features, new_feature
from gristmill.data_validation.statistics_lookup import single_dataset

__all__ = ["SchemaTransformation", "infer_schema", "update_schema"]

SchemaTransformation = Callable[[schema_pb2.Schema, statistics_pb2.DatasetFeatureStatistics], schema_pb2.Schema]


def infer_schema(
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    infer_feature_shape: bool = True,
    max_string_domain_size: int = 100,
    schema_transformations: Sequence[SchemaTransformation] | None = None,
) -> schema_pb2.Schema:
    """The schema that the data fits.

    Types, presence, numbers of values, lists of known texts and truth values are inferred; ranges of numbers,
    environments, comparators and limits of distinct values never are.

    Args:
        statistics: statistics of one dataset, or with a slice ``All Examples``.
        infer_feature_shape: demand a fixed shape of features with the same number of values in every example; without
            it they get a value count.
        max_string_domain_size: a feature with at most this number of distinct texts gets them as its domain.
        schema_transformations: functions ``(schema, dataset statistics) -> schema``, applied in order.

    Returns:
        A schema with the features in the order of the statistics.

    Raises:
        TypeError: ``statistics`` is another message.
        ConfigError: the statistics have no single dataset.
    """
    dataset = single_dataset(statistics)
    schema = schema_pb2.Schema()
    for data in DatasetData(dataset).features.values():
        _add(schema, data, infer_feature_shape, max_string_domain_size)
    for transformation in schema_transformations or ():
        schema = transformation(schema, dataset)
    return schema


def update_schema(
    schema: schema_pb2.Schema,
    statistics: statistics_pb2.DatasetFeatureStatisticsList,
    infer_feature_shape: bool = True,
    max_string_domain_size: int = 100,
) -> schema_pb2.Schema:
    """The schema, relaxed until the data fits it as well.

    Demands that the data does not meet are lowered, domains get the new texts (after the old ones, sorted), features
    that are new in the data are added, and required features that the data lacks are marked as deprecated.

    Args:
        schema: the schema; it is not changed.
        statistics: statistics of one dataset, or with a slice ``All Examples``.
        infer_feature_shape: kept for callers of the family: a feature that only later data has always gets a value
            count, since earlier data lacked it.
        max_string_domain_size: a new feature with more distinct texts gets no domain, and a domain that grows past this
            number is taken away.

    Returns:
        A new schema.

    Raises:
        TypeError: an argument is another message.
        ConfigError: the statistics have no single dataset.
    """
    if not isinstance(schema, schema_pb2.Schema):
        raise TypeError(f"schema must be a Schema message, and is a {type(schema).__name__}")
    data = DatasetData(single_dataset(statistics))
    updated = schema_pb2.Schema()
    updated.CopyFrom(schema)
    for path, feature in list_features(updated):
        if is_active(feature):
            own = data.of(path)
            if own is None:
                check_absence(feature)
            else:
                check_feature(feature, own, updated, max_string_domain_size)
    for path, own in data.features.items():
        if find_feature(updated, path) is None:
            _add(updated, own, False, max_string_domain_size)
    return updated


def _add(schema: schema_pb2.Schema, data: FeatureData, infer_shape: bool, max_string_domain_size: int) -> None:
    add_inferred_feature(
        new_feature(schema, data.path),
        data,
        schema,
        infer_shape=infer_shape,
        max_string_domain_size=max_string_domain_size,
    )
