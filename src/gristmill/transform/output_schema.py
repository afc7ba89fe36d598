"""The schema of the transformed features: what a preprocessing_fn's outputs are, and what its mappers noted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError, Place
from gristmill.io.tensors.feature_spec import FeatureSpec, schema_from_feature_spec
from gristmill.transform.annotations import IntRange, bucket_boundaries_any, vocabulary_any
from gristmill.transform.tensor_values import values_of
from gristmill.transform.trace_graph import TracedGraph

__all__ = ["output_schema", "output_spec"]


def output_schema(graph: TracedGraph) -> schema_pb2.Schema:
    """The schema of the traced function's outputs, features sorted by name, with the notes of its mappers.

    Args:
        graph: with all analyzers computed.
    """
    annotations = graph.trace.annotations
    specs: dict[str, FeatureSpec] = {}
    for name, value in graph.outputs.items():
        specs.update(output_spec(name, value, annotations.true_sparse, annotations.sparse_shapes))
    schema = schema_from_feature_spec(specs)
    ranges = {name: annotations.ranges.get(id(values_of(value))) for name, value in graph.outputs.items()}
    boundaries = {name: annotations.boundaries.get(id(values_of(value))) for name, value in graph.outputs.items()}
    known_ranges = _evaluated(graph, {name: each for name, each in ranges.items() if each is not None})
    known_boundaries = _evaluated_arrays(graph, {name: each for name, each in boundaries.items() if each is not None})
    for feature in schema.feature:
        if feature.name in known_ranges:
            limits = known_ranges[feature.name]
            feature.int_domain.min, feature.int_domain.max = int(limits.minimum), int(limits.maximum)
            feature.int_domain.is_categorical = True
        if feature.name in known_boundaries:
            cuts = known_boundaries[feature.name].reshape(-1)
            feature.annotation.extra_metadata.append(bucket_boundaries_any(cuts.tolist()))
    for facts in annotations.vocabularies:
        schema.annotation.extra_metadata.append(vocabulary_any(facts))
    return schema


def output_spec(
    name: str, value: Any, true_sparse: set[int], sparse_shapes: Mapping[int, list[int]]
) -> dict[str, FeatureSpec]:
    """The feature spec of one output.

    Dense becomes FixedLen, ragged a RaggedFeature of ``<name>$ragged_values`` and ``<name>$row_lengths_<i>``, sparse
    of rank 2 VarLen, others a SparseFeature of ``<name>$sparse_values`` and ``<name>$sparse_indices_<i>``.
    """
    if isinstance(value, tf.RaggedTensor):
        lengths = [tf.io.RaggedFeature.RowLengths(f"{name}$row_lengths_{i}") for i in range(1, value.ragged_rank)]
        inner = value.flat_values.shape[1:]
        if not inner.is_fully_defined():
            raise ConfigError(
                "the inner dimensions of a ragged output must be known",
                place=Place(column=name),
                value=value.shape,
                hint="tell them: x.with_flat_values(tf.ensure_shape(x.flat_values, [None, 3]))",
            )
        uniform = [tf.io.RaggedFeature.UniformRowLength(int(size)) for size in inner]
        return {
            name: tf.io.RaggedFeature(
                value.dtype, f"{name}$ragged_values", [*lengths, *uniform], row_splits_dtype=tf.int64
            )
        }
    if isinstance(value, tf.SparseTensor):
        annotated = id(value.values)
        if value.shape.rank == 2 and annotated not in true_sparse and annotated not in sparse_shapes:
            return {name: tf.io.VarLenFeature(value.dtype)}
        sizes = sparse_shapes.get(annotated) or value.shape[1:].as_list()
        if any(size is None for size in sizes):
            raise ConfigError(
                "a sparse output with indices must have rows of a known shape",
                place=Place(column=name),
                value=value.shape,
                hint="name it with experimental.annotate_sparse_output_shape(tensor, shape)",
            )
        keys = [f"{name}$sparse_indices_{i}" for i in range(len(sizes))]
        return {name: tf.io.SparseFeature(keys, f"{name}$sparse_values", value.dtype, sizes, already_sorted=True)}
    return {name: tf.io.FixedLenFeature(value.shape[1:].as_list(), value.dtype)}


def _evaluated(graph: TracedGraph, ranges: Mapping[str, IntRange]) -> dict[str, IntRange]:
    """The ranges as numbers, those that are tensors computed by the graph."""
    limits: dict[str, Any] = {}
    for name, each in ranges.items():
        limits[f"{name}/min"], limits[f"{name}/max"] = each.minimum, each.maximum
    known = _evaluated_arrays(graph, limits)
    return {name: IntRange(known[f"{name}/min"], known[f"{name}/max"]) for name in ranges}


def _evaluated_arrays(graph: TracedGraph, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as numpy: numbers, constants of the graph, and what the graph computes from constants, in one run."""
    known: dict[str, Any] = {}
    unknown: dict[str, tf.Tensor] = {}
    for name, value in values.items():
        static = tf.get_static_value(value) if isinstance(value, tf.Tensor) else np.asarray(value)
        if static is None:
            unknown[name] = value
        else:
            known[name] = static
    if unknown:
        computed = graph.part([], list(unknown.values()))()
        known.update(zip(unknown, (tensor.numpy() for tensor in computed), strict=True))
    return known
