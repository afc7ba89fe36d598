"""A schema says how each feature becomes a tensor: its feature spec, as ``tf.io.parse_example`` understands it.

The rules, per feature that is not deprecated, planned or disabled:

- a ``shape`` makes a dense tensor (``FixedLenFeature``); the feature must then be present in every example, unless a
  tensor representation gives a default value;
- otherwise the feature is a sparse tensor of rank 2 (``VarLenFeature``);
- a ``sparse_feature`` joins an index and a value feature into one sparse tensor, and replaces them;
- a tensor representation in the group ``''`` may say that a tensor is ragged, or is dense with a default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError, Place
from gristmill.io.tensors.representations import index_keys, representation_of

__all__ = [
    "FeatureSpec",
    "domains_from_schema",
    "feature_spec_from_representations",
    "feature_spec_from_schema",
    "schema_from_feature_spec",
]

FeatureSpec = Any  # FixedLenFeature | VarLenFeature | SparseFeature | RaggedFeature: TensorFlow ships no types for them

_DTYPES = {schema_pb2.BYTES: tf.string, schema_pb2.INT: tf.int64, schema_pb2.FLOAT: tf.float32}
_TYPES = {dtype: feature_type for feature_type, dtype in _DTYPES.items()}
_INACTIVE = {schema_pb2.DEPRECATED, schema_pb2.DISABLED, schema_pb2.PLANNED}
_DEFAULT_GROUP = ""  # the group of tensor representations that applies where no other is asked for


def feature_spec_from_schema(schema: schema_pb2.Schema) -> dict[str, FeatureSpec]:
    """The feature spec of every tensor that the schema describes, in the order of its features.

    Raises:
        ConfigError: a feature has an unsupported type, a shape although it may be missing, or refers to a feature
            that does not exist.
    """
    features = {feature.name: feature for feature in schema.feature if _is_active(feature)}
    specs: dict[str, FeatureSpec] = {}
    consumed: set[str] = set()
    for sparse in schema.sparse_feature:
        if _is_active(sparse):
            specs[sparse.name] = _sparse_spec(sparse, features)
            consumed.update([sparse.value_feature.name, *(index.name for index in sparse.index_feature)])
    group = schema.tensor_representation_group.get(_DEFAULT_GROUP)
    for name, representation in group.tensor_representation.items() if group else ():
        spec, used = _represented_spec(name, representation, features)
        specs[name] = spec
        consumed.update(used)
    for name, feature in features.items():
        if name not in consumed and name not in specs:
            specs[name] = _plain_spec(feature)
    return specs


def feature_spec_from_representations(
    representations: Mapping[str, schema_pb2.TensorRepresentation], features: Mapping[str, schema_pb2.Feature]
) -> dict[str, FeatureSpec]:
    """The feature spec of each tensor that is represented.

    Args:
        representations: by tensor name.
        features: what the tensors are made of, by name, with their types.

    Raises:
        ConfigError: a representation names a feature that there is not, or is of an unknown kind.
    """
    return {name: _represented_spec(name, each, features)[0] for name, each in representations.items()}


def domains_from_schema(schema: schema_pb2.Schema) -> dict[str, Any]:
    """The domain message of each active feature that has one; named string domains are looked up in the schema."""
    named = {domain.name: domain for domain in schema.string_domain}
    domains: dict[str, Any] = {}
    for feature in schema.feature:
        kind = feature.WhichOneof("domain_info")
        if kind is None or not _is_active(feature):
            continue
        if kind == "domain" and feature.domain not in named:
            raise ConfigError(
                "a feature names a string domain that the schema does not have",
                place=Place(column=feature.name),
                value=feature.domain,
            )
        domains[feature.name] = named[feature.domain] if kind == "domain" else getattr(feature, kind)
    return domains


def schema_from_feature_spec(
    feature_spec: Mapping[str, FeatureSpec], domains: Mapping[str, Any] | None = None
) -> schema_pb2.Schema:
    """A schema that :func:`feature_spec_from_schema` turns back into ``feature_spec``; features sorted by name.

    Args:
        feature_spec: tensor name to feature spec; dtypes string, int64 and float32.
        domains: feature name to ``IntDomain``, ``FloatDomain``, ``StringDomain`` or ``BoolDomain``.

    Raises:
        ConfigError: a spec or dtype is not one of those above.
    """
    schema = schema_pb2.Schema()
    for name in sorted(feature_spec):
        _describe(schema, name, feature_spec[name])
    for name, domain in (domains or {}).items():
        for feature in schema.feature:
            if feature.name == name:
                _set_domain(feature, domain)
    return schema


def _is_active(feature: Any) -> bool:
    return not feature.deprecated and feature.lifecycle_stage not in _INACTIVE


def _dtype(feature: schema_pb2.Feature) -> tf.DType:
    if feature.type not in _DTYPES:
        raise ConfigError(
            "a feature that becomes a tensor must be of type BYTES, INT or FLOAT",
            place=Place(column=feature.name),
            value=schema_pb2.FeatureType.Name(feature.type),
            hint="set its type, or mark the feature as deprecated",
        )
    return _DTYPES[feature.type]


def _shape(feature_name: str, shape: schema_pb2.FixedShape) -> list[int]:
    if any(dim.size <= 0 for dim in shape.dim):
        raise ConfigError("every dimension of a fixed shape must have a size", place=Place(column=feature_name))
    return [dim.size for dim in shape.dim]


def _plain_spec(feature: schema_pb2.Feature) -> FeatureSpec:
    dtype = _dtype(feature)
    if not feature.HasField("shape"):
        return tf.io.VarLenFeature(dtype)
    if feature.presence.min_fraction != 1:
        raise ConfigError(
            "a feature with a shape must be present in every example (presence.min_fraction 1)",
            place=Place(column=feature.name),
            value=feature.presence.min_fraction,
            hint="use value_count instead of shape for a feature that may be missing",
        )
    return tf.io.FixedLenFeature(_shape(feature.name, feature.shape), dtype)


def _source(name: str, tensor: str, features: Mapping[str, schema_pb2.Feature]) -> schema_pb2.Feature:
    if name not in features:
        raise ConfigError(
            "a tensor is made of a feature that the schema does not have", place=Place(column=tensor), value=name
        )
    return features[name]


def _sparse_spec(sparse: schema_pb2.SparseFeature, features: Mapping[str, schema_pb2.Feature]) -> FeatureSpec:
    indices = [_source(index.name, sparse.name, features) for index in sparse.index_feature]
    sizes = [_index_size(index) for index in indices]
    value = _source(sparse.value_feature.name, sparse.name, features)
    single = len(indices) == 1
    return tf.io.SparseFeature(
        index_key=indices[0].name if single else [index.name for index in indices],
        value_key=value.name,
        dtype=_dtype(value),
        size=sizes[0] if single else sizes,
        already_sorted=sparse.is_sorted,
    )


def _index_size(index: schema_pb2.Feature) -> int:
    domain = index.int_domain
    if not index.HasField("int_domain") or domain.min != 0 or not domain.HasField("max"):
        raise ConfigError(
            "the index of a sparse feature needs an int_domain with min 0 and a max", place=Place(column=index.name)
        )
    return int(domain.max) + 1


def _represented_spec(
    name: str, representation: schema_pb2.TensorRepresentation, features: Mapping[str, schema_pb2.Feature]
) -> tuple[FeatureSpec, list[str]]:
    """The spec of one tensor representation, and the features that it takes the place of."""
    kind = representation.WhichOneof("kind")
    if kind == "dense_tensor":
        return _dense_spec(name, representation.dense_tensor, features)
    if kind == "varlen_sparse_tensor":
        column = representation.varlen_sparse_tensor.column_name
        return tf.io.VarLenFeature(_dtype(_source(column, name, features))), [column]
    if kind == "ragged_tensor":
        return _ragged_spec(name, representation.ragged_tensor, features)
    if kind == "sparse_tensor":
        return _sparse_tensor_spec(name, representation.sparse_tensor, features)
    raise ConfigError("this kind of tensor representation is not known", place=Place(column=name), value=kind)


def _dense_spec(name: str, dense: Any, features: Mapping[str, schema_pb2.Feature]) -> tuple[FeatureSpec, list[str]]:
    kind = dense.default_value.WhichOneof("kind")
    default = None if kind is None else getattr(dense.default_value, kind)
    dtype = _dtype(_source(dense.column_name, name, features))
    return tf.io.FixedLenFeature(_shape(name, dense.shape), dtype, default), [dense.column_name]


def _ragged_spec(name: str, ragged: Any, features: Mapping[str, schema_pb2.Feature]) -> tuple[FeatureSpec, list[str]]:
    path = list(ragged.feature_path.step)
    if len(path) != 1:
        raise ConfigError("a ragged tensor must name one value feature", place=Place(column=name), value=path)
    partitions: list[Any] = []
    for partition in ragged.partition:
        if partition.WhichOneof("kind") == "row_length":
            partitions.append(tf.io.RaggedFeature.RowLengths(partition.row_length))
        else:
            partitions.append(tf.io.RaggedFeature.UniformRowLength(partition.uniform_row_length))
    splits = tf.int32 if ragged.row_partition_dtype == schema_pb2.TensorRepresentation.INT32 else tf.int64
    dtype = _dtype(_source(path[0], name, features))
    spec = tf.io.RaggedFeature(dtype=dtype, value_key=path[0], partitions=partitions, row_splits_dtype=splits)
    return spec, [path[0], *(part.row_length for part in ragged.partition if part.row_length)]


def _sparse_tensor_spec(
    name: str, sparse: Any, features: Mapping[str, schema_pb2.Feature]
) -> tuple[FeatureSpec, list[str]]:
    columns = list(sparse.index_column_names)
    spec = tf.io.SparseFeature(
        index_key=columns,
        value_key=sparse.value_column_name,
        dtype=_dtype(_source(sparse.value_column_name, name, features)),
        size=[dim.size for dim in sparse.dense_shape.dim],
        already_sorted=sparse.already_sorted,
    )
    return spec, [*columns, sparse.value_column_name]


def _feature_type(name: str, dtype: tf.DType) -> int:
    if dtype not in _TYPES:
        raise ConfigError(
            "a feature must be of dtype string, int64 or float32",
            place=Place(column=name),
            value=dtype.name,
            hint="cast it with tf.cast",
        )
    return int(_TYPES[dtype])


def _describe(schema: schema_pb2.Schema, name: str, spec: FeatureSpec) -> None:
    if isinstance(spec, tf.io.FixedLenFeature):
        _describe_dense(schema, name, spec)
    elif isinstance(spec, tf.io.VarLenFeature):
        schema.feature.add(name=name, type=_feature_type(name, spec.dtype))
    elif isinstance(spec, tf.io.SparseFeature):
        _describe_sparse(schema, name, spec)
    elif isinstance(spec, tf.io.RaggedFeature):
        _describe_ragged(schema, name, spec)
    else:
        raise ConfigError("this is no feature spec", place=Place(column=name), value=spec)


def _describe_dense(schema: schema_pb2.Schema, name: str, spec: FeatureSpec) -> None:
    feature = schema.feature.add(name=name, type=_feature_type(name, spec.dtype))
    feature.shape.SetInParent()
    for size in spec.shape:
        feature.shape.dim.add(size=size)
    if spec.default_value is None:
        feature.presence.min_fraction = 1
    else:
        _represent(schema, name, spec)


def _describe_sparse(schema: schema_pb2.Schema, name: str, spec: FeatureSpec) -> None:
    keys = index_keys(spec)
    sizes = [spec.size] if isinstance(spec.size, int) else list(spec.size)
    sparse = schema.sparse_feature.add(name=name, is_sorted=spec.already_sorted)
    sparse.value_feature.name = spec.value_key
    for key, size in zip(keys, sizes, strict=True):
        sparse.index_feature.add(name=key)
        index = schema.feature.add(name=key, type=schema_pb2.INT)
        index.int_domain.min = 0
        index.int_domain.max = size - 1
    schema.feature.add(name=spec.value_key, type=_feature_type(name, spec.dtype))


def _describe_ragged(schema: schema_pb2.Schema, name: str, spec: FeatureSpec) -> None:
    value_key = spec.value_key or name
    schema.feature.add(name=value_key, type=_feature_type(name, spec.dtype))
    _represent(schema, name, spec)
    for partition in spec.partitions:
        if isinstance(partition, tf.io.RaggedFeature.RowLengths):
            schema.feature.add(name=partition.key, type=schema_pb2.INT)


def _represent(schema: schema_pb2.Schema, name: str, spec: FeatureSpec) -> None:
    group = schema.tensor_representation_group[_DEFAULT_GROUP]
    group.tensor_representation[name].CopyFrom(representation_of(name, spec))


def _set_domain(feature: schema_pb2.Feature, domain: Any) -> None:
    field = {
        schema_pb2.IntDomain: "int_domain",
        schema_pb2.FloatDomain: "float_domain",
        schema_pb2.StringDomain: "string_domain",
        schema_pb2.BoolDomain: "bool_domain",
    }[type(domain)]
    getattr(feature, field).CopyFrom(domain)
