"""A part of a function's graph as a function of its own: some tensors fed, some fetched, nothing else computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from typing import Any

import tensorflow as tf

__all__ = ["downstream_of", "flat_tensors", "graph_copier", "names_needed", "subgraph_function"]


def subgraph_function(
    graph: Any, feeds: Sequence[tf.Tensor], fetches: Sequence[tf.Tensor]
) -> Callable[..., list[tf.Tensor]]:
    """A function from the fed tensors, in order, to the fetched ones.

    Args:
        graph: the graph of a function (a FuncGraph). What it captures (tables, variables, constants) is captured again;
            its owner must be kept alive.
        feeds: placeholders of the graph.
        fetches: tensors of the graph that are computed from no other placeholder. What only has to run before them,
            such as an assertion, is left out if it depends on another one.
    """
    present = _upstream(fetches, without=_cannot_run(graph, feeds))
    specs = [tf.TensorSpec(feed.shape, feed.dtype) for feed in feeds]
    function: Callable[..., list[tf.Tensor]] = tf.function(
        _importer(graph, feeds, fetches, present), input_signature=specs, autograph=False
    ).get_concrete_function()
    return function


def graph_copier(
    graph: Any, feeds: Sequence[tf.Tensor], fetches: Sequence[tf.Tensor]
) -> Callable[..., list[tf.Tensor]]:
    """What copies a graph into the one that is being built: from tensors for the feeds to copies of the fetches.

    Operations with an effect, such as assertions, are copied too, whatever depends on them; those of which neither a
    fetch nor an effect is computed are not.

    Args:
        graph, feeds, fetches: see :func:`subgraph_function`.
    """
    effects = [op for op in graph.get_operations() if op.op_def is not None and op.op_def.is_stateful]
    return _importer(graph, feeds, fetches, _upstream_ops([*effects, *(tensor.op for tensor in fetches)]))


def _importer(
    graph: Any, feeds: Sequence[tf.Tensor], fetches: Sequence[tf.Tensor], present: Set[str]
) -> Callable[..., list[tf.Tensor]]:
    """What copies the operations named ``present`` into the graph that is being built."""
    definition = _cut(graph.as_graph_def(), present)
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

    return run


def names_needed(
    inputs: Mapping[str, Sequence[tf.Tensor]], tensors: Iterable[tf.Tensor], *, run_before: bool = False
) -> list[str]:
    """The inputs that the tensors are computed from, in the order of ``inputs``.

    Args:
        inputs: name to placeholders.
        tensors: results of a graph.
        run_before: also the inputs of what has to run before the results are returned, such as assertions.
    """
    tensors = list(tensors)
    sources = tensors if run_before else [source for tensor in tensors for source in tensor.op.inputs]
    upstream = _upstream(sources) | {tensor.op.name for tensor in tensors}
    return [name for name, flat in inputs.items() if any(placeholder.op.name in upstream for placeholder in flat)]


def downstream_of(graph: tf.Graph, sources: Iterable[str], *, through_control: bool = False) -> set[str]:
    """Names of the operations computed from those of the given names: one pass, in order of creation.

    Args:
        graph: any graph without cycles.
        sources: names of operations; included in the result.
        through_control: also those that have to run after one.
    """
    reached = set(sources)
    for op in graph.get_operations():
        before = [tensor.op for tensor in op.inputs] + (list(op.control_inputs) if through_control else [])
        if any(each.name in reached for each in before):
            reached.add(op.name)
    return reached


def flat_tensors(value: Any) -> list[tf.Tensor]:
    """The tensors (or specs) that a dense, sparse or ragged tensor (or spec) is made of."""
    flat: list[tf.Tensor] = tf.nest.flatten(value, expand_composites=True)
    return flat


def _cannot_run(graph: Any, feeds: Sequence[tf.Tensor]) -> set[str]:
    """Names of the operations that depend, in whatever way, on a placeholder that is not fed."""
    given = {feed.op.name for feed in feeds} | {inner.op.name for _, inner in graph.captures}
    unfed = [op.name for op in graph.get_operations() if op.type == "Placeholder" and op.name not in given]
    return downstream_of(graph, unfed, through_control=True)


def _upstream(tensors: Iterable[tf.Tensor], without: Set[str] = frozenset()) -> set[str]:
    """Names of the operations that the tensors are computed from, those of the tensors included.

    Args:
        tensors: where to begin.
        without: operations that are left out where they only have to run before another.
    """
    return _upstream_ops([tensor.op for tensor in tensors], without)


def _upstream_ops(ops: Sequence[tf.Operation], without: Set[str] = frozenset()) -> set[str]:
    seen: set[str] = set()
    waiting = list(ops)
    while waiting:
        op = waiting.pop()
        if op.name not in seen:
            seen.add(op.name)
            waiting.extend(tensor.op for tensor in op.inputs)
            waiting.extend(control for control in op.control_inputs if control.name not in without)
    return seen


def _cut(whole: Any, present: Set[str]) -> Any:
    """The definition of the named operations, without control inputs from others."""
    definition = tf.compat.v1.GraphDef(versions=whole.versions, library=whole.library)
    for node in whole.node:
        if node.name in present:
            kept = [name for name in node.input if not name.startswith("^") or name[1:] in present]
            copy = definition.node.add()
            copy.CopyFrom(node)
            if len(kept) < len(node.input):
                del copy.input[:]
                copy.input.extend(kept)
    return definition
