"""A part of a function's graph as a function of its own: some tensors fed, some fetched, nothing else computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import tensorflow as tf

__all__ = ["downstream_of", "flat_tensors", "names_needed", "subgraph_function"]


def subgraph_function(
    graph: Any, feeds: Sequence[tf.Tensor], fetches: Sequence[tf.Tensor]
) -> Callable[..., list[tf.Tensor]]:
    """A function from the fed tensors, in order, to the fetched ones.

    Args:
        graph: the graph of a function (a FuncGraph). What it captures (tables, variables, constants) is captured again;
            its owner must be kept alive.
        feeds: placeholders of the graph.
        fetches: tensors of the graph that depend on no other placeholder.
    """
    present = _upstream(fetches)
    whole = graph.as_graph_def()
    definition = tf.compat.v1.GraphDef(versions=whole.versions, library=whole.library)
    definition.node.extend(node for node in whole.node if node.name in present)
    captures = [(outer, inner) for outer, inner in graph.captures if inner.op.name in present]
    fed = [index for index, feed in enumerate(feeds) if feed.op.name in present]
    names = [tensor.name for tensor in fetches]

    def run(*flat: tf.Tensor) -> list[tf.Tensor]:
        target = tf.compat.v1.get_default_graph()
        mapping = {feeds[index].name: flat[index] for index in fed}
        mapping.update({inner.name: target.capture(outer) for outer, inner in captures})
        results = list(tf.graph_util.import_graph_def(definition, input_map=mapping, return_elements=names, name=""))
        for result, original in zip(results, fetches, strict=True):
            result.set_shape(original.shape)  # what the user's set_shape said is not part of a graph's definition
        return results

    specs = [tf.TensorSpec(feed.shape, feed.dtype) for feed in feeds]
    function: Callable[..., list[tf.Tensor]] = tf.function(
        run, input_signature=specs, autograph=False
    ).get_concrete_function()
    return function


def names_needed(inputs: Mapping[str, Sequence[tf.Tensor]], tensors: Iterable[tf.Tensor]) -> list[str]:
    """The inputs (name to placeholders) that the tensors are computed from, in the order of ``inputs``."""
    upstream = _upstream(tensors)
    return [name for name, flat in inputs.items() if any(placeholder.op.name in upstream for placeholder in flat)]


def downstream_of(graph: tf.Graph, sources: Iterable[str]) -> set[str]:
    """Names of the operations computed from those of the given names: one pass, in order of creation."""
    reached = set(sources)
    for op in graph.get_operations():
        if any(tensor.op.name in reached for tensor in op.inputs):
            reached.add(op.name)
    return reached


def flat_tensors(value: Any) -> list[tf.Tensor]:
    """The tensors (or specs) that a dense, sparse or ragged tensor (or spec) is made of."""
    flat: list[tf.Tensor] = tf.nest.flatten(value, expand_composites=True)
    return flat


def _upstream(tensors: Iterable[tf.Tensor]) -> set[str]:
    """Names of the operations that the tensors are computed from, those of the tensors included."""
    seen: set[str] = set()
    waiting = [tensor.op for tensor in tensors]
    while waiting:
        op = waiting.pop()
        if op.name not in seen:
            seen.add(op.name)
            waiting.extend(tensor.op for tensor in op.inputs)
            waiting.extend(op.control_inputs)
    return seen
