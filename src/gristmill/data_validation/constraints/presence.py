"""How many examples have to have the feature."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from gristmill.data_validation.constraints.feature_data import FeatureData
from gristmill.data_validation.constraints.finding import Finding, number, percent

__all__ = ["check_absence", "check_presence"]

_Type = anomalies_pb2.AnomalyInfo

# "Nearly all": what is demanded of a feature that was in every example and is not any more.
_NEARLY_ALL = 0.9999


def check_absence(feature: schema_pb2.Feature) -> list[Finding]:
    """A feature of the schema that the statistics do not know; relaxing it deprecates it."""
    if not _required(feature):
        return []
    feature.lifecycle_stage = schema_pb2.DEPRECATED
    text = "The schema requires this feature, and the data has no such column. Find out why it went; if it is gone for"
    return [Finding(_Type.SCHEMA_MISSING_COLUMN, "Column missing", f"{text} good, deprecate it in the schema.")]


def check_presence(feature: schema_pb2.Feature, data: FeatureData) -> list[Finding]:
    """The demands of ``presence``."""
    if not _required(feature):
        return []
    if data.present == 0:
        feature.lifecycle_stage = schema_pb2.DEPRECATED
        text = "The schema requires this feature, and none of the examples has it."
        return [Finding(_Type.FEATURE_TYPE_NOT_PRESENT, "Feature never present", text)]
    return [*_check_count(feature.presence, data), *_check_fraction(feature.presence, data)]


def _required(feature: schema_pb2.Feature) -> bool:
    if feature.HasField("group_presence"):
        return bool(feature.group_presence.required)
    return bool(feature.presence.min_count > 0 or feature.presence.min_fraction > 0)


def _check_count(presence: schema_pb2.FeaturePresence, data: FeatureData) -> list[Finding]:
    least = presence.min_count
    if data.present >= least:
        return []
    presence.min_count = int(data.present)
    text = f"The feature is in {number(data.present)} examples; the schema requires at least {least:,}."
    return [Finding(_Type.FEATURE_TYPE_LOW_NUMBER_PRESENT, "Feature present too rarely", text)]


def _check_fraction(presence: schema_pb2.FeaturePresence, data: FeatureData) -> list[Finding]:
    least, fraction = presence.min_fraction, data.fraction_present
    if fraction >= least and not (least == 1.0 and data.missing > 0):
        return []
    presence.min_fraction = min(fraction, _NEARLY_ALL)
    missing = f"{number(data.missing)} examples lack it"
    if least == 1.0:
        text = f"The schema requires the feature in every example, and {missing} ({percent(1 - fraction)})."
    else:
        text = f"The feature is in {percent(fraction)} of the examples ({missing}); {percent(least)} is required."
    return [Finding(_Type.FEATURE_TYPE_LOW_FRACTION_PRESENT, "Feature missing in too many examples", text)]
