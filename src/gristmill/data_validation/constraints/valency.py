"""How many values an example has to hold, and in what shape."""

from __future__ import annotations

import math

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from gristmill.data_validation.constraints.feature_data import FeatureData, Valency
from gristmill.data_validation.constraints.finding import Finding

__all__ = ["check_valency", "infer_value_count", "write_value_counts"]

_Type = anomalies_pb2.AnomalyInfo


def check_valency(feature: schema_pb2.Feature, data: FeatureData) -> list[Finding]:
    """The demands of ``shape``, ``value_count`` or ``value_counts``."""
    if data.present == 0:
        return []  # without a single list there is nothing to count; presence has its own rule
    kind = feature.WhichOneof("shape_type")
    if kind == "shape":
        return _check_shape(feature, data)
    if kind == "value_count" and len(data.valencies) == 1:
        return _check_counts(feature.value_count, data.valencies[0], "")
    if kind is None:
        return []
    counts = [feature.value_count] if kind == "value_count" else list(feature.value_counts.value_count)
    if len(counts) != len(data.valencies):
        return [_nestedness(feature, data, len(counts))]
    findings = []
    for level, (count, valency) in enumerate(zip(counts, data.valencies, strict=True)):
        findings += _check_counts(count, valency, f" at nesting level {level}")
    return findings


def infer_value_count(valency: Valency) -> schema_pb2.ValueCount | None:
    """The demand that fits what was seen; None where nothing can be demanded."""
    if valency.least == 0:
        return None
    if valency.least == valency.most:
        return schema_pb2.ValueCount(min=valency.least, max=valency.most)
    return schema_pb2.ValueCount(min=1)


def write_value_counts(feature: schema_pb2.Feature, data: FeatureData) -> None:
    """Demand the numbers of values that were seen."""
    counts = [infer_value_count(valency) for valency in data.valencies]
    if len(counts) > 1:
        feature.value_counts.value_count.extend(count or schema_pb2.ValueCount() for count in counts)
    elif counts[0] is not None:
        feature.value_count.CopyFrom(counts[0])


def _check_counts(count: schema_pb2.ValueCount, valency: Valency, where: str) -> list[Finding]:
    findings = []
    if count.HasField("min") and valency.least < count.min:
        text = f"An example holds {valency.least} values{where}; the schema requires at least {count.min}."
        findings.append(Finding(_Type.FEATURE_TYPE_LOW_NUMBER_VALUES, "Too few values", text))
        if valency.least:
            count.min = valency.least
        else:
            count.ClearField("min")
    if count.HasField("max") and valency.most > count.max:
        text = f"An example holds {valency.most} values{where}; the schema allows at most {count.max}."
        findings.append(Finding(_Type.FEATURE_TYPE_HIGH_NUMBER_VALUES, "Too many values", text))
        count.max = valency.most
    return findings


def _nestedness(feature: schema_pb2.Feature, data: FeatureData, levels: int) -> Finding:
    _clear_shape(feature)
    write_value_counts(feature, data)
    text = f"The values are nested {len(data.valencies)} levels deep; the schema describes {levels}."
    return Finding(_Type.VALUE_NESTEDNESS_MISMATCH, "Nesting differs", text)


def _clear_shape(feature: schema_pb2.Feature) -> None:
    kind = feature.WhichOneof("shape_type")
    if kind is not None:
        feature.ClearField(kind)


def _check_shape(feature: schema_pb2.Feature, data: FeatureData) -> list[Finding]:
    dims = [dim.size for dim in feature.shape.dim]
    wanted = math.prod(dims)
    fits = all(valency.least == valency.most and not valency.missing for valency in data.valencies)
    if fits and math.prod(valency.least for valency in data.valencies) == wanted:
        return []
    feature.ClearField("shape")
    if any(valency.missing for valency in data.valencies):
        seen = f"{data.common.num_missing:,} examples lack the feature"
    else:
        seen = f"examples hold {data.common.min_num_values} to {data.common.max_num_values} values"
    text = f"The schema fixes the shape {dims}, which takes exactly {wanted} values in every example; {seen}."
    return [Finding(_Type.INVALID_FEATURE_SHAPE, "Shape not met", text)]
