"""Texts that have to be in a list of known values."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from gristmill.data_validation.constraints.domains import clear_domain, string_domain
from gristmill.data_validation.constraints.feature_data import FeatureData
from gristmill.data_validation.constraints.finding import Finding, listed, percent

__all__ = ["check_enumeration"]

_Type = anomalies_pb2.AnomalyInfo


def check_enumeration(
    feature: schema_pb2.Feature, data: FeatureData, schema: schema_pb2.Schema, largest: int | None = None
) -> list[Finding]:
    """The demands of a string domain.

    Args:
        feature: the feature; a shared domain is relaxed in ``schema``.
        data: its statistics.
        schema: holds the shared domains.
        largest: a domain that grows past this number of values is taken away; None lets it grow.
    """
    domain = string_domain(feature, schema)
    if domain is None or not data.has_strings:
        return []
    if data.has_invalid_utf8:
        count = data.stats.string_stats.invalid_utf8_count
        clear_domain(feature)
        text = f"{count:,} values are not UTF-8, so they cannot be in a list of texts. Fix their encoding."
        return [Finding(_Type.ENUM_TYPE_INVALID_UTF8, "Values are not UTF-8", text)]
    known, strings = set(domain.value), data.strings
    unexpected = {value: count for value, count in strings.items() if value not in known}
    mass = sum(unexpected.values()) / (sum(strings.values()) or 1.0)
    if not unexpected or _tolerated(feature, mass):
        return []
    finding = _unexpected(feature, unexpected, mass)
    before = len(domain.value)
    domain.value.extend(sorted(unexpected))
    if largest is not None and before <= largest < len(domain.value):
        _drop(feature, schema)
    return [finding]


def _tolerated(feature: schema_pb2.Feature, mass: float) -> bool:
    if not feature.distribution_constraints.HasField("min_domain_mass"):
        return False
    least: float = feature.distribution_constraints.min_domain_mass
    return least < 1.0 and mass <= 1.0 - least


def _unexpected(feature: schema_pb2.Feature, unexpected: dict[str, float], mass: float) -> Finding:
    text = f"{percent(mass)} of the values are not in the feature's domain: {listed(unexpected)}."
    if feature.distribution_constraints.HasField("min_domain_mass"):
        allowed = 1.0 - feature.distribution_constraints.min_domain_mass
        text += f" The schema tolerates {percent(allowed)}."
    text += " If they are right, add them to the domain in the schema."
    return Finding(_Type.ENUM_TYPE_UNEXPECTED_STRING_VALUES, "Values outside the domain", text)


def _drop(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> None:
    """Take the domain away, and the shared one with it when no other feature uses it."""
    name = feature.domain
    clear_domain(feature)
    if name and not any(other.domain == name for other in schema.feature):
        index = next(i for i, domain in enumerate(schema.string_domain) if domain.name == name)
        del schema.string_domain[index]
