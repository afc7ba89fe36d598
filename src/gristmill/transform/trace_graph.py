"""Building the graph of a preprocessing_fn, and asking it what depends on what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf
from tensorflow.python.trackable.resource import ResourceTracker, resource_tracker_scope

from gristmill.io.tensors.feature_spec import FeatureSpec
from gristmill.io.tensors.from_arrow import type_specs
from gristmill.transform.analyzer import Array
from gristmill.transform.preprocessing import PreprocessingFn, call_preprocessing_fn
from gristmill.transform.trace import Trace, tracing

__all__ = ["TracedGraph", "downstream_of", "flat_outputs", "names_needed", "trace_graph"]


@dataclass(frozen=True)
class TracedGraph:
    """A traced preprocessing_fn whose parts can be run.

    Attributes:
        trace: what the function did.
        outputs: its outputs: symbolic tensors.
        inputs: by feature, the flat placeholders.
    """

    trace: Trace
    outputs: dict[str, Any]
    inputs: dict[str, list[tf.Tensor]]
    wrapped: Any

    def prune(self, names: Sequence[str], fetches: Sequence[tf.Tensor]) -> Callable[..., list[tf.Tensor]]:
        """A function of the flat tensors of the named inputs that computes the fetches, and nothing else."""
        feeds = [placeholder for name in names for placeholder in self.inputs[name]]
        pruned: Callable[..., list[tf.Tensor]] = self.wrapped.prune(feeds, list(fetches))
        return pruned


def trace_graph(
    preprocessing_fn: PreprocessingFn,
    feature_spec: Mapping[str, FeatureSpec],
    *,
    results: Mapping[str, list[Array]],
    asset_dir: str,
    objects: dict[str, Any],
) -> TracedGraph:
    """Trace the function once.

    Args:
        preprocessing_fn: the user's.
        feature_spec: its inputs.
        results: of analyzers computed so far.
        asset_dir: local folder of vocabulary files.
        objects: made by ``make_and_track_object`` in earlier traces; added to.
    """
    specs = type_specs(feature_spec)
    parts = {name: tf.nest.flatten(spec, expand_composites=True) for name, spec in specs.items()}
    made: dict[str, Any] = {}

    def build(*flat: tf.Tensor) -> list[tf.Tensor]:
        graph = tf.compat.v1.get_default_graph()
        trace = Trace(results, asset_dir, graph, objects)
        remaining = iter(flat)
        inputs = {name: [next(remaining) for _ in parts[name]] for name in specs}
        tensors = {name: tf.nest.pack_sequence_as(specs[name], inputs[name], expand_composites=True) for name in specs}
        with tracing(trace):
            outputs = call_preprocessing_fn(preprocessing_fn, tensors)
        made.update(trace=trace, outputs=outputs, inputs=inputs)
        return list(flat)

    tracker = ResourceTracker()
    signature = [spec for name in specs for spec in parts[name]]
    with resource_tracker_scope(tracker):
        wrapped = tf.compat.v1.wrap_function(build, signature)
    _initialize(tracker.resources)
    return TracedGraph(wrapped=wrapped, **made)


def names_needed(inputs: Mapping[str, Sequence[tf.Tensor]], tensors: Iterable[tf.Tensor]) -> list[str]:
    """The inputs that the tensors are computed from, in the order of ``inputs``."""
    owners = {placeholder.op.name: name for name, flat in inputs.items() for placeholder in flat}
    seen: set[str] = set()
    waiting = [tensor.op for tensor in tensors]
    needed: set[str] = set()
    while waiting:
        op = waiting.pop()
        if op.name in seen:
            continue
        seen.add(op.name)
        if op.name in owners:
            needed.add(owners[op.name])
        waiting.extend(tensor.op for tensor in op.inputs)
        waiting.extend(op.control_inputs)
    return [name for name in inputs if name in needed]


def downstream_of(graph: tf.Graph, sources: Iterable[str]) -> set[str]:
    """Names of the operations computed from those of the given names: one pass, in order of creation."""
    reached = set(sources)
    for op in graph.get_operations():
        if any(tensor.op.name in reached for tensor in op.inputs):
            reached.add(op.name)
    return reached


def flat_outputs(value: Any) -> list[tf.Tensor]:
    """The tensors that a dense, sparse or ragged tensor is made of."""
    flat: list[tf.Tensor] = tf.nest.flatten(value, expand_composites=True)
    return flat


def _initialize(resources: Iterable[Any]) -> None:
    """Fill the lookup tables that the user's code made while the graph was built: nothing else would.

    Tables that are filled already keep their contents.
    """
    for resource in resources:
        if isinstance(resource, tf.lookup.StaticHashTable):
            resource._initialize()
