"""All rules of one feature, in order."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from gristmill.data_validation.constraints.bool_domain import check_bool_domain
from gristmill.data_validation.constraints.domains import domain_kind
from gristmill.data_validation.constraints.enumeration import check_enumeration
from gristmill.data_validation.constraints.feature_data import FeatureData
from gristmill.data_validation.constraints.finding import Finding
from gristmill.data_validation.constraints.numeric_domains import check_float_domain, check_int_domain
from gristmill.data_validation.constraints.other_domains import (
    check_image_domain,
    check_natural_language_domain,
    check_proposed_domain,
)
from gristmill.data_validation.constraints.presence import check_presence
from gristmill.data_validation.constraints.schema_sanity import check_specification
from gristmill.data_validation.constraints.unique_values import check_unique_values
from gristmill.data_validation.constraints.valency import check_valency

__all__ = ["check_feature"]

_Type = anomalies_pb2.AnomalyInfo
_UNUSABLE = {_Type.FEATURE_MISSING_NAME, _Type.FEATURE_MISSING_TYPE}


def check_feature(
    feature: schema_pb2.Feature, data: FeatureData, schema: schema_pb2.Schema, largest_domain: int | None = None
) -> list[Finding]:
    """Compare a feature with the data and relax it until the data fits.

    Args:
        feature: the feature; changed in place.
        data: its statistics.
        schema: the schema that it is part of, for shared domains; these are changed in place.
        largest_domain: a string domain that grows past this number of values is taken away.
    """
    findings = check_specification(feature, schema)
    if any(finding.type in _UNUSABLE for finding in findings):
        return findings
    findings += check_presence(feature, data)
    findings += check_valency(feature, data)
    findings += check_unique_values(feature, data)
    mismatch = _check_type(feature, data)
    if mismatch:
        return findings + mismatch
    findings += check_proposed_domain(feature, data)
    return findings + _check_domain(feature, data, schema, largest_domain)


def _check_type(feature: schema_pb2.Feature, data: FeatureData) -> list[Finding]:
    if not data.has_values or data.schema_type == feature.type:
        return []
    expected, found = (schema_pb2.FeatureType.Name(kind) for kind in (feature.type, data.schema_type))
    feature.lifecycle_stage = schema_pb2.DEPRECATED
    text = f"The schema says that the values are {expected}, and the data holds {found}."
    return [Finding(_Type.UNEXPECTED_DATA_TYPE, "Type differs", text)]


def _check_domain(
    feature: schema_pb2.Feature, data: FeatureData, schema: schema_pb2.Schema, largest_domain: int | None
) -> list[Finding]:
    match domain_kind(feature):
        case "domain" | "string_domain":
            return check_enumeration(feature, data, schema, largest_domain)
        case "int_domain":
            return check_int_domain(feature, data)
        case "float_domain":
            return check_float_domain(feature, data)
        case "bool_domain":
            return check_bool_domain(feature, data)
        case "image_domain":
            return check_image_domain(feature, data)
        case "natural_language_domain":
            return check_natural_language_domain(feature, data)
        case _:
            return []
