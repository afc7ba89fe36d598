"""Features of a schema that no data could meet, or that contradict themselves."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from gristmill.data_validation.constraints.domains import DOMAIN_TYPES, clear_domain, domain_kind, shared_domain
from gristmill.data_validation.constraints.finding import Finding

__all__ = ["check_specification"]

_Type = anomalies_pb2.AnomalyInfo


def check_specification(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> list[Finding]:
    """What is wrong with the feature itself; it is repaired as far as that is possible."""
    if not feature.name:
        text = "A feature of the schema has no name, so that nothing can be compared with it."
        return [Finding(_Type.FEATURE_MISSING_NAME, "Feature without a name", text)]
    if feature.type == schema_pb2.TYPE_UNKNOWN:
        text = "The schema does not say which type the feature has: BYTES, INT, FLOAT or STRUCT."
        return [Finding(_Type.FEATURE_MISSING_TYPE, "Feature without a type", text)]
    return [*_contradictions(feature), *_check_domain(feature, schema)]


def _contradictions(feature: schema_pb2.Feature) -> Iterator[Finding]:
    presence = feature.presence
    if not 0 <= presence.min_fraction <= 1:
        yield _invalid(f"presence.min_fraction is a share between 0 and 1, not {presence.min_fraction:g}")
        presence.min_fraction = min(max(presence.min_fraction, 0.0), 1.0)
    if presence.min_count < 0:
        yield _invalid(f"presence.min_count is not negative, as {presence.min_count} is")
        presence.ClearField("min_count")
    counts = list(feature.value_counts.value_count) if feature.HasField("value_counts") else [feature.value_count]
    for count in counts:
        if count.HasField("max") and count.min > count.max:
            yield _invalid(f"value_count.min ({count.min}) is above value_count.max ({count.max})")
            count.ClearField("max")
    mass = feature.distribution_constraints.min_domain_mass
    if not 0 <= mass <= 1:
        yield _invalid(f"min_domain_mass is a share between 0 and 1, not {mass:g}")
        feature.distribution_constraints.ClearField("min_domain_mass")
    unique = feature.unique_constraints
    if unique.HasField("max") and unique.min > unique.max:
        yield _invalid(f"unique_constraints.min ({unique.min}) is above unique_constraints.max ({unique.max})")
        feature.ClearField("unique_constraints")


def _invalid(what: str) -> Finding:
    return Finding(_Type.INVALID_SCHEMA_SPECIFICATION, "Invalid schema", f"The schema contradicts itself: {what}.")


def _check_domain(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> list[Finding]:
    kind = domain_kind(feature)
    if kind is None or kind not in DOMAIN_TYPES:
        return []
    if feature.type not in DOMAIN_TYPES[kind]:
        name = schema_pb2.FeatureType.Name(feature.type)
        clear_domain(feature)
        text = f"The schema gives a {kind} to a feature of the type {name}, which it cannot describe."
        return [Finding(_Type.DOMAIN_INVALID_FOR_TYPE, "Domain does not fit the type", text)]
    if kind != "domain" or shared_domain(schema, feature.domain) is not None:
        return []
    text = f"The feature names the string_domain {feature.domain!r}, which the schema does not have."
    clear_domain(feature)
    return [Finding(_Type.INVALID_DOMAIN_SPECIFICATION, "Invalid domain", text)]
