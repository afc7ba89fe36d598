"""Images, natural language, and domains that the statistics themselves propose."""

from __future__ import annotations

from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from gristmill.data_validation.constraints.domains import domain_kind
from gristmill.data_validation.constraints.feature_data import FeatureData
from gristmill.data_validation.constraints.finding import Finding

__all__ = ["check_image_domain", "check_natural_language_domain", "check_proposed_domain", "proposed_domain"]

_Type = anomalies_pb2.AnomalyInfo


def check_image_domain(feature: schema_pb2.Feature, data: FeatureData) -> list[Finding]:
    """The demands of ``image_domain``."""
    domain = feature.image_domain
    findings = []
    largest = data.stats.bytes_stats.max_num_bytes_int
    if domain.HasField("max_image_byte_size") and largest > domain.max_image_byte_size:
        text = f"The largest image has {largest:,} bytes; the schema allows {domain.max_image_byte_size:,}."
        findings.append(Finding(_Type.MAX_IMAGE_BYTE_SIZE_EXCEEDED, "Images too large", text))
        domain.max_image_byte_size = largest
    if domain.HasField("minimum_supported_image_fraction"):
        findings.append(_not_available("the formats of images"))
        domain.ClearField("minimum_supported_image_fraction")
    return findings


def check_natural_language_domain(feature: schema_pb2.Feature, data: FeatureData) -> list[Finding]:
    """The demands of ``natural_language_domain``, which need statistics that are not there."""
    domain = feature.natural_language_domain
    if not (domain.HasField("coverage") or domain.token_constraints or domain.HasField("sequence_length_constraints")):
        return []
    for field in ("coverage", "token_constraints", "sequence_length_constraints"):
        domain.ClearField(field)
    return [_not_available("the tokens of texts")]


def check_proposed_domain(feature: schema_pb2.Feature, data: FeatureData) -> list[Finding]:
    """A domain that the statistics found and the schema does not have."""
    proposed = proposed_domain(data)
    if proposed is None or domain_kind(feature) is not None:
        return []
    feature.MergeFrom(proposed)
    text = f"The values look like a {domain_kind(feature)}, which the schema does not say."
    return [Finding(_Type.SEMANTIC_DOMAIN_UPDATE, "Domain found in the data", text)]


def proposed_domain(data: FeatureData) -> schema_pb2.Feature | None:
    """A feature that holds nothing but the domain that the statistics propose; None where they propose none."""
    for custom in data.stats.custom_stats:
        if custom.name == "domain_info":
            proposed: schema_pb2.Feature = text_format.Parse(custom.str, schema_pb2.Feature())
            return proposed
    return None


def _not_available(what: str) -> Finding:
    text = f"The schema constrains {what}, and the statistics do not describe them."
    return Finding(_Type.STATS_NOT_AVAILABLE, "Statistics not available", text)
