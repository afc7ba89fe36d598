"""Looking up and editing features and domains of a schema."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.data_validation.constraints.domains import clear_domain, domain_kind, shared_domain
from gristmill.data_validation.feature_path import FeaturePath
from gristmill.data_validation.schema.schema_tree import find_feature
from gristmill.errors import ConfigError

__all__ = ["generate_dummy_schema_with_paths", "get_domain", "get_feature", "set_domain"]

_DOMAIN_FIELDS = {
    schema_pb2.IntDomain: "int_domain",
    schema_pb2.FloatDomain: "float_domain",
    schema_pb2.StringDomain: "string_domain",
    schema_pb2.BoolDomain: "bool_domain",
    schema_pb2.StructDomain: "struct_domain",
    schema_pb2.NaturalLanguageDomain: "natural_language_domain",
    schema_pb2.ImageDomain: "image_domain",
    schema_pb2.MIDDomain: "mid_domain",
    schema_pb2.URLDomain: "url_domain",
    schema_pb2.TimeDomain: "time_domain",
    schema_pb2.TimeOfDayDomain: "time_of_day_domain",
}


def get_feature(schema: schema_pb2.Schema, feature_path: FeaturePath | str) -> schema_pb2.Feature:
    """The feature at a path or of a name; changing it changes the schema.

    Raises:
        TypeError: ``schema`` is another message.
        ConfigError: there is no such feature.
    """
    _check_schema(schema)
    path = feature_path if isinstance(feature_path, FeaturePath) else FeaturePath([feature_path])
    feature = find_feature(schema, path)
    if feature is None:
        names = ", ".join(feature.name for feature in schema.feature)
        raise ConfigError("The feature is not in the schema", value=str(path), hint=f"the schema has: {names}")
    return feature


def get_domain(schema: schema_pb2.Schema, feature_path: FeaturePath | str) -> Any:
    """The domain message of a feature; the schema's shared string domain where the feature names one.

    Raises:
        TypeError: ``schema`` is another message.
        ConfigError: the feature does not exist, has no domain, or names a shared domain that does not exist.
    """
    feature = get_feature(schema, feature_path)
    kind = domain_kind(feature)
    if kind is None:
        raise ConfigError(f"The feature {feature.name!r} has no domain", hint="set_domain gives it one")
    return _shared(schema, feature.domain) if kind == "domain" else getattr(feature, kind)


def set_domain(schema: schema_pb2.Schema, feature_path: FeaturePath | str, domain: Any) -> None:
    """Give a feature a domain; one that it had is replaced, with a warning.

    Args:
        schema: changed in place.
        feature_path: path or name of the feature.
        domain: a domain message, or the name of a string domain of the schema.

    Raises:
        TypeError: ``domain`` is neither, ``schema`` is another message, or the feature is a struct.
        ConfigError: the feature or the named string domain does not exist.
    """
    _check_schema(schema)
    if not isinstance(domain, str) and type(domain) not in _DOMAIN_FIELDS:
        raise TypeError(f"domain must be a domain message or the name of one, and is a {type(domain).__name__}")
    feature = get_feature(schema, feature_path)
    if feature.type == schema_pb2.STRUCT:
        raise TypeError(f"the feature {feature.name!r} is a struct, which has no domain of its own")
    if isinstance(domain, str):
        _shared(schema, domain)
    if domain_kind(feature) is not None:
        warnings.warn(f"the {domain_kind(feature)} of the feature {feature.name!r} is replaced", stacklevel=2)
        clear_domain(feature)
    if isinstance(domain, str):
        feature.domain = domain
    else:
        getattr(feature, _DOMAIN_FIELDS[type(domain)]).CopyFrom(domain)


def generate_dummy_schema_with_paths(paths: Iterable[FeaturePath]) -> schema_pb2.Schema:
    """A schema whose features have these paths, and nothing else."""
    schema = schema_pb2.Schema()
    for path in paths:
        container: Any = schema
        for step in path.steps():
            feature = next((child for child in container.feature if child.name == step), None)
            feature = container.feature.add(name=step) if feature is None else feature
            container = feature.struct_domain
    return schema


def _check_schema(schema: schema_pb2.Schema) -> None:
    if not isinstance(schema, schema_pb2.Schema):
        raise TypeError(f"schema must be a Schema message, and is a {type(schema).__name__}")


def _shared(schema: schema_pb2.Schema, name: str) -> schema_pb2.StringDomain:
    domain = shared_domain(schema, name)
    if domain is None:
        names = [domain.name for domain in schema.string_domain]
        raise ConfigError("The schema has no string_domain of that name", value=name, hint=f"it has {names}")
    return domain
