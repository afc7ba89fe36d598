"""The domain of a feature: where it is written, which types it fits, how to take it away."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import schema_pb2

__all__ = ["DOMAIN_TYPES", "clear_domain", "domain_kind", "shared_domain", "string_domain"]

_INT, _FLOAT, _BYTES, _STRUCT = schema_pb2.INT, schema_pb2.FLOAT, schema_pb2.BYTES, schema_pb2.STRUCT

DOMAIN_TYPES: dict[str, tuple[int, ...]] = {
    "domain": (_BYTES,),
    "string_domain": (_BYTES,),
    "int_domain": (_INT, _BYTES),
    "float_domain": (_FLOAT, _BYTES),
    "bool_domain": (_INT, _FLOAT, _BYTES),
    "struct_domain": (_STRUCT,),
    "natural_language_domain": (_INT, _BYTES),
    "image_domain": (_BYTES,),
    "mid_domain": (_BYTES,),
    "url_domain": (_BYTES,),
    "time_domain": (_INT, _BYTES),
    "time_of_day_domain": (_INT, _BYTES),
}
"""Field of a feature's domain -> the types that it can describe."""


def domain_kind(feature: schema_pb2.Feature) -> str | None:
    """The field that holds the domain; None where there is none."""
    kind: str | None = feature.WhichOneof("domain_info")
    return kind


def clear_domain(feature: schema_pb2.Feature) -> None:
    """Take the domain away from the feature."""
    kind = domain_kind(feature)
    if kind is not None:
        feature.ClearField(kind)


def shared_domain(schema: schema_pb2.Schema, name: str) -> schema_pb2.StringDomain | None:
    """The schema's string domain of that name."""
    return next((domain for domain in schema.string_domain if domain.name == name), None)


def string_domain(feature: schema_pb2.Feature, schema: schema_pb2.Schema) -> schema_pb2.StringDomain | None:
    """The feature's own or shared string domain; None where it has none, or names one that does not exist."""
    if domain_kind(feature) == "string_domain":
        return feature.string_domain
    return shared_domain(schema, feature.domain) if domain_kind(feature) == "domain" else None
