"""What a schema tells before the pass: names that do not exist, and the range of a label."""

from __future__ import annotations

from collections.abc import Sequence

from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError, Place
from gristmill.model_analysis.slicer.slice_spec import SingleSliceSpec
from gristmill.proto.model_analysis_config_pb2 import EvalConfig, ModelSpec

__all__ = ["check_features", "label_range_from"]


def check_features(eval_config: EvalConfig, specs: Sequence[SingleSliceSpec], schema: schema_pb2.Schema | None) -> None:
    """Check that labels, weights and slicing features are in the schema.

    Nothing is checked without a schema, or where a model's preprocessing may add features.

    Raises:
        ConfigError: a name that is no feature.
    """
    if schema is None or any(spec.preprocessing_function_names for spec in eval_config.model_specs):
        return
    known = [feature.name for feature in schema.feature]
    wanted = [("slicing_specs", name) for spec in specs for name in spec.feature_names]
    for spec in eval_config.model_specs:
        wanted += [("model_specs.label_key", name) for name in (spec.label_key, *spec.label_keys.values())]
        weights = (spec.example_weight_key, *spec.example_weight_keys.values())
        wanted += [("model_specs.example_weight_key", name) for name in weights]
    for field, name in wanted:
        if name and name not in known:
            raise ConfigError(
                f"{name!r} is no feature of the schema",
                place=Place(uri=f"eval_config.{field}"),
                hint=did_you_mean(name, known, "the features"),
            )


def label_range_from(spec: ModelSpec, *, schema: schema_pb2.Schema | None) -> tuple[float, float] | None:
    """The smallest and largest label by the schema's domain; None where it has none."""
    if schema is None or not spec.label_key:
        return None
    for feature in schema.feature:
        if feature.name == spec.label_key:
            for domain in ("float_domain", "int_domain"):
                if feature.HasField(domain):
                    found = getattr(feature, domain)
                    return (float(found.min), float(found.max)) if found.min < found.max else None
    return None
