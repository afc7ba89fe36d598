"""Which features of a schema count, and where."""

from __future__ import annotations

from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError

__all__ = ["check_environment", "in_environment", "is_active"]

_ACTIVE_STAGES = (schema_pb2.UNKNOWN_STAGE, schema_pb2.BETA, schema_pb2.PRODUCTION)


def is_active(feature: schema_pb2.Feature) -> bool:
    """Whether data is held against the feature: planned, experimental, debugging and retired ones are left alone."""
    return feature.lifecycle_stage in _ACTIVE_STAGES and not feature.deprecated


def check_environment(schema: schema_pb2.Schema, environment: str | None) -> None:
    """ConfigError unless the schema knows the environment."""
    if environment is not None and environment not in schema.default_environment:
        raise ConfigError(
            "An environment is listed in the schema's default_environment",
            value=environment,
            hint=f"it has {list(schema.default_environment)}; schema.default_environment.append(...) adds one",
        )


def in_environment(feature: schema_pb2.Feature, schema: schema_pb2.Schema, environment: str | None) -> bool:
    """Whether the feature is expected in an environment; every feature is where none is named."""
    if environment is None or environment in feature.in_environment:
        return True
    return environment not in feature.not_in_environment and environment in schema.default_environment
