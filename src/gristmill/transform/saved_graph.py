"""The transform as a SavedModel: written hermetically, read back as a function of any subset of its inputs.

The model has one callable, ``transform_fn(dict of tensors) -> dict of tensors``, as the family's own tools expect of a
TensorFlow 2 export. Constants are in the graph, vocabulary files in ``assets/``; nothing refers to a path outside.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import tensorflow as tf

from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError
from gristmill.io.tensors.feature_spec import FeatureSpec
from gristmill.io.tensors.from_arrow import type_specs
from gristmill.transform.subgraph import downstream_of, flat_tensors, names_needed, subgraph_function
from gristmill.transform.trace_graph import TracedGraph
from gristmill.transform.tracked_module import tracked_module

__all__ = ["LoadedTransform", "save_transform"]


def save_transform(
    graph: TracedGraph,
    feature_spec: Mapping[str, FeatureSpec],
    *,
    export_dir: str,
    save_options: tf.saved_model.SaveOptions | None = None,
) -> None:
    """Write a trace in which all results are constants as a SavedModel into ``export_dir``.

    Args:
        graph: of the function with nothing pending.
        feature_spec: its inputs.
        export_dir: local folder.
        save_options: for ``tf.saved_model.save``.
    """
    part = graph.whole()

    @tf.function(input_signature=[type_specs(feature_spec)], autograph=False)  # type: ignore[untyped-decorator]
    def transform_fn(inputs: dict[str, Any]) -> dict[str, Any]:
        flat = [tensor for name in graph.inputs for tensor in flat_tensors(inputs[name])]
        packed: dict[str, Any] = tf.nest.pack_sequence_as(graph.outputs, part(*flat), expand_composites=True)
        return packed

    concrete = transform_fn.get_concrete_function()
    module = tracked_module(concrete, graph.resources, graph.trace)
    module.transform_fn = concrete  # not the tf.function: saving would trace that once more
    tf.saved_model.save(module, export_dir, signatures={}, options=save_options)


class LoadedTransform:
    """A saved transform that can be applied to all of its inputs or to some.

    Args:
        path: folder of the SavedModel.

    Attributes:
        loaded: the SavedModel's root, which owns tables, assets and variables: whoever saves a model that applies the
            transform must hold on to it as an attribute.
    """

    def __init__(self, path: str) -> None:
        self.loaded: Any = tf.saved_model.load(path)
        functions = getattr(self.loaded.transform_fn, "concrete_functions", None)
        self._function = functions[0] if functions else self.loaded.transform_fn
        graph = self._function.graph
        (self._input_specs,), _ = self._function.structured_input_signature
        captured = {inner.op.name for inner in graph.internal_captures}
        flat = iter([tensor for tensor in graph.inputs if tensor.op.name not in captured])
        self._placeholders: dict[str, list[tf.Tensor]] = {}
        for name in sorted(self._input_specs):
            count = len(flat_tensors(self._input_specs[name]))
            self._placeholders[name] = [next(flat) for _ in range(count)]
        self._outputs: dict[str, Any] = tf.nest.pack_sequence_as(
            graph.structured_outputs, graph.outputs, expand_composites=True
        )
        self._parts: dict[frozenset[str], tuple[list[str], Callable[..., Any]]] = {}
        self._lock = threading.Lock()

    @property
    def input_specs(self) -> dict[str, tf.TypeSpec]:
        """The type of each input."""
        return dict(self._input_specs)

    def output_specs(self) -> dict[str, tf.TypeSpec]:
        """The type of each output."""
        return {name: tf.type_spec_from_value(value) for name, value in self._outputs.items()}

    def inputs_of(self, outputs: Iterable[str] | None = None) -> list[str]:
        """The inputs that the named outputs are computed from, sorted; of all outputs, assertions included, if None."""
        fetched = self._fetched(self._outputs if outputs is None else outputs)
        return sorted(names_needed(self._placeholders, fetched, run_before=outputs is None))

    def outputs_of(self, names: frozenset[str]) -> list[str]:
        """The outputs that can be computed from the named inputs alone, sorted."""
        missing = [part.op.name for name, parts in self._placeholders.items() if name not in names for part in parts]
        reached = downstream_of(self._function.graph, missing)
        return sorted(
            name
            for name, value in self._outputs.items()
            if not any(part.op.name in reached for part in flat_tensors(value))
        )

    def __call__(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Every output that can be computed from these inputs.

        Args:
            inputs: dense, sparse or ragged tensors by feature, of the types in :attr:`input_specs`. Eager or symbolic.

        Raises:
            ConfigError: an input is not one of the transform's, or has another kind or dtype.
        """
        names = frozenset(inputs)
        unknown = names - self._input_specs.keys()
        if unknown:
            raise ConfigError(
                "an input is not one of those that the transform was analyzed with",
                value=sorted(unknown),
                hint=did_you_mean(min(unknown), self._input_specs, "its inputs"),
            )
        kept, function = self._function_of(names)
        flat = [part for name in sorted(names) for part in self._flat_input(name, inputs[name])]
        results = function(*flat)
        packed: dict[str, Any] = tf.nest.pack_sequence_as(
            {name: self._outputs[name] for name in kept}, results, expand_composites=True
        )
        return packed

    def _fetched(self, names: Iterable[str]) -> list[tf.Tensor]:
        return [part for name in names for part in flat_tensors(self._outputs[name])]

    def _flat_input(self, name: str, value: Any) -> list[tf.Tensor]:
        spec = self._input_specs[name]
        if isinstance(spec, tf.TensorSpec):
            return [tf.convert_to_tensor(value, dtype=spec.dtype)]
        kind = tf.SparseTensor if isinstance(spec, tf.SparseTensorSpec) else tf.RaggedTensor
        if not isinstance(value, kind) or value.dtype != spec.dtype:
            raise ConfigError(
                f"the input {name!r} must be a {kind.__name__} of {spec.dtype.name}",
                value=value,
                hint="parse examples with the feature spec of raw_feature_spec()",
            )
        return flat_tensors(value)

    def _function_of(self, names: frozenset[str]) -> tuple[list[str], Callable[..., Any]]:
        with self._lock:
            if names not in self._parts:
                with tf.init_scope():
                    self._parts[names] = self._part(names)
            return self._parts[names]

    def _part(self, names: frozenset[str]) -> tuple[list[str], Callable[..., Any]]:
        """The outputs that the named inputs suffice for, and the function that computes them and nothing else."""
        kept = self.outputs_of(names)
        feeds = [part for name in sorted(names) for part in self._placeholders[name]]
        return kept, subgraph_function(self._function.graph, feeds, self._fetched(kept))
