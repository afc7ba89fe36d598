"""How many passes an analysis takes: found out when the pipeline is built, from a trial over no rows.

A pipeline is a fixed graph, and an analyzer may need what another computed: as many passes over the data as analyzers
stand behind each other. The trial traces the preprocessing_fn as the analysis will, with what every analyzer gives for
no rows; which analyzers are ready does not depend on the values.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError
from gristmill.io.tensors.feature_spec import schema_from_feature_spec
from gristmill.transform.analysis import raw_feature_spec
from gristmill.transform.output_schema import output_spec
from gristmill.transform.phases import PhaseAccumulator, Resolved, resolve_analyzers
from gristmill.transform.preprocessing import PreprocessingFn
from gristmill.transform.tf_metadata.dataset_metadata import DatasetMetadata
from gristmill.transform.trace import current_trace

__all__ = ["AnalysisPlan", "WatchedFunction", "plan_analysis"]


@dataclass(frozen=True)
class AnalysisPlan:
    """What is known of an analysis before it runs.

    Attributes:
        function: the user's, watched.
        schema: of the raw examples.
        passes: over the data.
        metadata: of the transformed features, without what follows from the data.
    """

    function: WatchedFunction
    schema: schema_pb2.Schema
    passes: int
    metadata: DatasetMetadata


@dataclass
class WatchedFunction:
    """A preprocessing_fn that makes the same objects wherever it is traced.

    Every pass is prepared on some worker, which makes the objects of ``make_and_track_object`` anew. Were they made at
    random, the passes would be about different functions.

    Attributes:
        function: the user's.
        expected: digest of the objects' variables; None where they may be anything.
    """

    function: PreprocessingFn
    expected: str | None = None

    def __call__(self, inputs: dict[str, Any]) -> Mapping[str, Any]:
        """The function's outputs.

        Raises:
            ConfigError: its objects are others than they were.
        """
        outputs = self.function(inputs)
        if self.expected is not None:
            with tf.init_scope():
                found = _digest(current_trace("preprocessing_fn").objects)
            if found != self.expected:
                raise ConfigError(
                    "make_and_track_object must make the same object on every worker, and its variables differ",
                    hint="load the variables from files, or give their initialisers seeds",
                )
        return outputs


def plan_analysis(preprocessing_fn: PreprocessingFn, schema: schema_pb2.Schema) -> AnalysisPlan:
    """Trace the function and count the passes.

    Args:
        preprocessing_fn: the user's.
        schema: of the raw examples.

    Raises:
        UserCodeError: the function raised.
        ConfigError: what it returned, or how it used analyzers, is not allowed; or the schema has no feature.
    """
    with tempfile.TemporaryDirectory(prefix="gristmill-transform-") as asset_dir:
        resolved = resolve_analyzers(preprocessing_fn, raw_feature_spec(schema), _no_rows, asset_dir=asset_dir)
        watched = WatchedFunction(preprocessing_fn, _digest(resolved.objects) if resolved.phases else None)
        return AnalysisPlan(watched, schema, resolved.phases, DatasetMetadata(_static_schema(resolved)))


def _no_rows(accumulator: PhaseAccumulator, stage: str) -> dict[str, Any]:
    del stage
    return accumulator.extract(accumulator.create())


def _static_schema(resolved: Resolved) -> schema_pb2.Schema:
    annotations = resolved.graph.trace.annotations
    specs: dict[str, Any] = {}
    for name, value in resolved.graph.outputs.items():
        specs.update(output_spec(name, value, annotations.true_sparse, annotations.sparse_shapes))
    return schema_from_feature_spec(specs)


def _digest(objects: Mapping[str, Any]) -> str:
    """Of the names of the objects, and of the values of their variables."""
    digest = hashlib.sha256()
    for name in sorted(objects):
        digest.update(f"{name}\0".encode())
        for variable in getattr(objects[name], "variables", ()):
            value = np.ascontiguousarray(variable.numpy())
            digest.update(f"{value.dtype.str}{value.shape}\0".encode())
            digest.update(value.tobytes())
    return digest.hexdigest()
