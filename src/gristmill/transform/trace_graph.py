"""Building the graph of a preprocessing_fn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf
from tensorflow.python.trackable.resource import ResourceTracker, resource_tracker_scope

from gristmill.io.tensors.feature_spec import FeatureSpec
from gristmill.io.tensors.from_arrow import type_specs
from gristmill.transform.analyzer import Array
from gristmill.transform.preprocessing import PreprocessingFn, call_preprocessing_fn
from gristmill.transform.subgraph import flat_tensors, graph_copier, subgraph_function
from gristmill.transform.trace import Trace, tracing

__all__ = ["TracedGraph", "trace_graph"]


@dataclass(frozen=True)
class TracedGraph:
    """A traced preprocessing_fn whose parts can be run.

    Attributes:
        trace: what the function did.
        outputs: its outputs: symbolic tensors.
        inputs: by feature, the flat placeholders.
        wrapped: the function; owns the graph.
        resources: the tables that were made meanwhile.
    """

    trace: Trace
    outputs: dict[str, Any]
    inputs: dict[str, list[tf.Tensor]]
    wrapped: Any
    resources: Sequence[Any]

    def part(self, names: Sequence[str], fetches: Sequence[tf.Tensor]) -> Callable[..., list[tf.Tensor]]:
        """A function of the flat tensors of the named inputs that computes the fetches, and nothing else."""
        feeds = [placeholder for name in names for placeholder in self.inputs[name]]
        return subgraph_function(self.wrapped.graph, feeds, fetches)

    def whole(self) -> Callable[..., list[tf.Tensor]]:
        """What copies the function into the graph that is being built: from the flat tensors of all inputs, one behind
        the other, to those of all outputs."""
        feeds = [placeholder for flat in self.inputs.values() for placeholder in flat]
        fetches = [tensor for name in sorted(self.outputs) for tensor in flat_tensors(self.outputs[name])]
        return graph_copier(self.wrapped.graph, feeds, fetches)


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
        graph: Any = tf.compat.v1.get_default_graph()
        # In branches and loops an effect must not be lost; on this level it is the saved function that orders effects,
        # since an order made here would let analyzers depend on each other.
        graph._add_control_dependencies = True
        trace = Trace(results, asset_dir, graph, objects)
        remaining = iter(flat)
        inputs = {name: [next(remaining) for _ in parts[name]] for name in specs}
        tensors = {name: tf.nest.pack_sequence_as(specs[name], inputs[name], expand_composites=True) for name in specs}
        with tracing(trace):
            outputs = call_preprocessing_fn(preprocessing_fn, tensors)
        made.update(trace=trace, outputs=outputs, inputs=inputs)
        return list(flat)

    signature = [spec for name in specs for spec in parts[name]]
    tracker = ResourceTracker()
    with resource_tracker_scope(tracker):
        wrapped = tf.compat.v1.wrap_function(build, signature)
    return TracedGraph(wrapped=wrapped, resources=tracker.resources, **made)
