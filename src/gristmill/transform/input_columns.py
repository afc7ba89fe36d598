"""Which inputs a preprocessing_fn needs: to be analyzed, and to be applied."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Any

from gristmill.errors import NotSupportedError
from gristmill.io.tensors.feature_spec import FeatureSpec
from gristmill.transform.preprocessing import PreprocessingFn
from gristmill.transform.subgraph import flat_tensors, names_needed
from gristmill.transform.trace_graph import TracedGraph, trace_graph

__all__ = ["get_analyze_input_columns", "get_transform_input_columns"]


def get_analyze_input_columns(
    preprocessing_fn: PreprocessingFn, specs: Mapping[str, Any], force_tf_compat_v1: bool = False
) -> list[str]:
    """The inputs that analyzers are computed from, in the order of ``specs``.

    Args:
        preprocessing_fn: the function.
        specs: feature spec of each input.
        force_tf_compat_v1: must be False.

    Raises:
        NotSupportedError: TensorFlow 1 behaviour is asked for.
    """
    graph = _traced(preprocessing_fn, specs, force_tf_compat_v1)
    return names_needed(graph.inputs, [tensor for call in graph.trace.calls for tensor in call.inputs])


def get_transform_input_columns(
    preprocessing_fn: PreprocessingFn, specs: Mapping[str, Any], force_tf_compat_v1: bool = False
) -> list[str]:
    """The inputs that outputs are computed from; see :func:`get_analyze_input_columns`."""
    graph = _traced(preprocessing_fn, specs, force_tf_compat_v1)
    return names_needed(graph.inputs, [tensor for value in graph.outputs.values() for tensor in flat_tensors(value)])


def _traced(preprocessing_fn: PreprocessingFn, specs: Mapping[str, FeatureSpec], v1: bool) -> TracedGraph:
    if v1:
        raise NotSupportedError(
            "preprocessing functions are traced by TensorFlow 2", hint="leave force_tf_compat_v1 out"
        )
    with tempfile.TemporaryDirectory(prefix="gristmill-trace-") as work_dir:
        return trace_graph(preprocessing_fn, specs, results={}, asset_dir=work_dir, objects={})
