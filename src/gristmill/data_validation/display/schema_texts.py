"""The parts of a schema's features in a few words."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.data_validation.feature_path import FeaturePath
from gristmill.display.numbers import number

__all__ = [
    "constraints_of",
    "domain_of",
    "environments_of",
    "presence_of",
    "stage_of",
    "type_of",
    "valency_of",
    "walk",
]

# Domains that are told by their kind alone, with what they mean.
_PLAIN_DOMAINS = {
    "natural_language_domain": "natural language",
    "image_domain": "image",
    "audio_domain": "audio",
    "video_domain": "video",
    "content_chunk_domain": "content chunk",
    "mid_domain": "machine id",
    "url_domain": "URL",
    "time_domain": "time",
    "time_of_day_domain": "time of day",
}
_MEASURES = {
    "infinity_norm": "L-infinity",
    "jensen_shannon_divergence": "Jensen-Shannon",
    "normalized_abs_difference": "normalized difference",
}


def walk(
    schema: schema_pb2.Schema | schema_pb2.StructDomain, above: FeaturePath | None = None
) -> Iterator[tuple[FeaturePath, schema_pb2.Feature]]:
    """The features with their paths, those of a struct behind it."""
    for feature in schema.feature:
        path = (above or FeaturePath([])).child(feature.name)
        yield path, feature
        if feature.HasField("struct_domain"):
            yield from walk(feature.struct_domain, path)


def type_of(feature: schema_pb2.Feature) -> str:
    """The type; STRING for bytes with a string domain, BOOL with a bool domain."""
    kind = feature.WhichOneof("domain_info")
    if feature.type == schema_pb2.BYTES and kind in ("domain", "string_domain"):
        return "STRING"
    return "BOOL" if kind == "bool_domain" else str(schema_pb2.FeatureType.Name(feature.type))


def presence_of(feature: schema_pb2.Feature) -> str:
    """``required`` where every example must have it, else ``optional``; empty where nothing is said."""
    if not feature.HasField("presence"):
        return ""
    return "required" if feature.presence.min_fraction == 1 else "optional"


def valency_of(feature: schema_pb2.Feature) -> str:
    """How many values an example has: ``single``, a range, a fixed shape, a range per level of nesting."""
    if feature.HasField("shape"):
        sizes = [str(dim.size) for dim in feature.shape.dim]
        return f"shape [{', '.join(sizes)}]" if sizes else "scalar"
    if feature.HasField("value_counts"):
        return " of ".join(_count(count) for count in feature.value_counts.value_count)
    return _count(feature.value_count) if feature.HasField("value_count") else ""


def _count(count: schema_pb2.ValueCount) -> str:
    if count.min == count.max == 1:
        return "single"
    if count.HasField("max"):
        return f"{count.min} to {count.max}" if count.min != count.max else str(count.max)
    return f"{count.min} or more"


def domain_of(feature: schema_pb2.Feature) -> str:
    """The values that are allowed: the name of a domain, a range, truth values, a kind; empty for any."""
    kind = feature.WhichOneof("domain_info")
    if kind == "domain":
        return str(feature.domain)
    if kind == "string_domain":
        return str(feature.string_domain.name or feature.name)
    if kind in ("int_domain", "float_domain"):
        return _range(getattr(feature, kind))
    if kind == "bool_domain":
        ends = [f"{end}: {getattr(feature.bool_domain, f'{end}_value')}" for end in ("true", "false")]
        return ", ".join(end for end in ends if not end.endswith(": "))
    return _PLAIN_DOMAINS.get(kind or "", "")


def _range(domain: schema_pb2.IntDomain | schema_pb2.FloatDomain) -> str:
    text = "any number" if not domain.is_categorical else "any category"
    if domain.HasField("min") and domain.HasField("max"):
        text = f"{number(domain.min)} to {number(domain.max)}"
    elif domain.HasField("min"):
        text = f"at least {number(domain.min)}"
    elif domain.HasField("max"):
        text = f"at most {number(domain.max)}"
    limited = domain.HasField("min") or domain.HasField("max")
    parts = [text, "categorical" if domain.is_categorical and limited else ""]
    parts += [f"no {what}" for what in ("NaN", "inf") if getattr(domain, f"disallow_{what.lower()}", False)]
    return ", ".join(part for part in parts if part)


def environments_of(feature: schema_pb2.Feature) -> str:
    """Where the feature is expected; empty for everywhere."""
    if feature.in_environment:
        return "only " + ", ".join(feature.in_environment)
    return "not " + ", ".join(feature.not_in_environment) if feature.not_in_environment else ""


def stage_of(feature: schema_pb2.Feature) -> str:
    """The stage of its life in lower case; empty for features in production."""
    if feature.deprecated:
        return "deprecated"
    stage = schema_pb2.LifecycleStage.Name(feature.lifecycle_stage)
    return "" if stage in ("UNKNOWN_STAGE", "PRODUCTION") else str(stage).lower().replace("_", " ")


def constraints_of(feature: schema_pb2.Feature) -> str:
    """Demands on the distribution: domain mass, unique values, presence in part of the examples, drift and skew."""
    parts = []
    if feature.HasField("presence") and 0 < feature.presence.min_fraction < 1:
        parts.append(f"in {number(feature.presence.min_fraction * 100)}% of the examples")
    if feature.presence.min_count > 1:
        parts.append(f"in {number(feature.presence.min_count)} examples")
    if feature.HasField("distribution_constraints") and feature.distribution_constraints.min_domain_mass < 1:
        parts.append(f"domain mass ≥ {number(feature.distribution_constraints.min_domain_mass)}")
    if feature.HasField("unique_constraints"):
        parts.append(_unique(feature.unique_constraints))
    for kind in ("drift", "skew"):
        parts += _thresholds(kind, getattr(feature, f"{kind}_comparator"))
    return "; ".join(parts)


def _unique(unique: schema_pb2.UniqueConstraints) -> str:
    least = f"at least {number(unique.min)}" if unique.HasField("min") else ""
    most = f"at most {number(unique.max)}" if unique.HasField("max") else ""
    return " and ".join(part for part in (least, most) if part) + " unique values"


def _thresholds(kind: str, comparator: schema_pb2.FeatureComparator) -> Iterator[str]:
    for field, measure in _MEASURES.items():
        if comparator.HasField(field):
            yield f"{kind} ({measure}) ≤ {number(getattr(comparator, field).threshold)}"
