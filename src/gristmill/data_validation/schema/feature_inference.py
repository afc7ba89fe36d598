"""What a schema can say about one feature after one look at the data."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.data_validation.constraints.domains import shared_domain
from gristmill.data_validation.constraints.feature_data import FeatureData
from gristmill.data_validation.constraints.numeric_domains import reads_as_int
from gristmill.data_validation.constraints.other_domains import proposed_domain
from gristmill.data_validation.constraints.valency import write_value_counts

__all__ = ["add_inferred_feature"]

# Pairs of texts that stand for truth values.
_TRUE_TEXTS = frozenset(["TRUE", "true", "SET", "set", "1", ""])
_FALSE_TEXTS = frozenset(["FALSE", "false", "CLEAR", "clear", "0"])


def add_inferred_feature(
    feature: schema_pb2.Feature,
    data: FeatureData,
    schema: schema_pb2.Schema,
    *,
    infer_shape: bool,
    max_string_domain_size: int,
) -> None:
    """Describe a feature.

    Args:
        feature: an empty feature of the schema; filled in place.
        data: the statistics.
        schema: gets a shared string domain where the feature has few distinct texts.
        infer_shape: demand a fixed shape where all examples agree, instead of a value count.
        max_string_domain_size: largest number of texts that make a domain.
    """
    feature.name = data.path.steps()[-1]
    feature.type = data.schema_type
    feature.presence.min_count = 1 if data.common.num_non_missing else 0
    if not data.common.num_missing and data.common.num_non_missing:
        feature.presence.min_fraction = 1.0
    if data.present:
        _write_valency(feature, data, infer_shape)
    proposed = proposed_domain(data)
    if proposed is not None:
        feature.MergeFrom(proposed)
    elif data.has_strings:
        _write_text_domain(feature, data, schema, max_string_domain_size)
    elif data.numbers is not None and _is_bool(feature, data):
        feature.bool_domain.SetInParent()


def _write_valency(feature: schema_pb2.Feature, data: FeatureData, infer_shape: bool) -> None:
    regular = all(level.least == level.most > 0 and not level.missing for level in data.valencies)
    if infer_shape and regular:
        for level in data.valencies:
            feature.shape.dim.add(size=level.least)
    else:
        write_value_counts(feature, data)


def _is_bool(feature: schema_pb2.Feature, data: FeatureData) -> bool:
    stats = data.stats.num_stats
    return bool(feature.type == schema_pb2.INT and stats.min >= 0 and stats.max == 1)


def _write_text_domain(
    feature: schema_pb2.Feature, data: FeatureData, schema: schema_pb2.Schema, max_string_domain_size: int
) -> None:
    texts = list(data.strings)
    if data.has_invalid_utf8 or not texts:
        return
    if feature.type == schema_pb2.INT:
        if set(texts) <= {"0", "1"} and "1" in texts:
            feature.bool_domain.SetInParent()
        else:
            feature.int_domain.is_categorical = True
    elif _are_truth_values(texts):
        _write_bool_domain(feature, texts)
    elif all(map(reads_as_int, texts)):
        feature.int_domain.SetInParent()
    elif max(len(texts), data.unique or 0) <= max_string_domain_size:
        domain = schema.string_domain.add(name=_free_name(schema, str(data.path)), value=sorted(texts))
        feature.domain = domain.name


def _are_truth_values(texts: list[str]) -> bool:
    true, false = (sum(text in known for text in texts) for known in (_TRUE_TEXTS, _FALSE_TEXTS))
    return true <= 1 and false <= 1 and true + false == len(texts)


def _write_bool_domain(feature: schema_pb2.Feature, texts: list[str]) -> None:
    feature.bool_domain.SetInParent()
    for text in texts:
        if text in _TRUE_TEXTS:
            feature.bool_domain.true_value = text
        else:
            feature.bool_domain.false_value = text


def _free_name(schema: schema_pb2.Schema, wanted: str) -> str:
    name, suffix = wanted, 2
    while shared_domain(schema, name) is not None:
        name, suffix = f"{wanted}{suffix}", suffix + 1
    return name
