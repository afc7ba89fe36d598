"""Inference inside Beam pipelines that people write themselves: the names of ``tfx_bsl.public.beam``.

Importing this package needs the ``beam`` extra, and the transforms the ``tensorflow`` extra. A pipeline of gristmill
needs neither name: :class:`~gristmill.components.BulkInferrer` runs on any engine.
"""

from __future__ import annotations

import importlib.util

from gristmill.errors import MissingExtraError

if importlib.util.find_spec("apache_beam") is None:
    raise MissingExtraError("apache-beam", "beam", "RunInference")

from gristmill.proto.model_spec_pb2 import (
    AIPlatformPredictionModelSpec,
    BatchParameters,
    InferenceSpecType,
    SavedModelSpec,
)
from gristmill.serving.beam import run_inference
from gristmill.serving.beam.run_inference import (
    CreateModelHandler,
    RunInference,
    RunInferenceOnKeyedBatches,
    RunInferencePerModel,
    RunInferencePerModelOnKeyedBatches,
)

__all__ = [
    "AIPlatformPredictionModelSpec",
    "BatchParameters",
    "CreateModelHandler",
    "InferenceSpecType",
    "RunInference",
    "RunInferenceOnKeyedBatches",
    "RunInferencePerModel",
    "RunInferencePerModelOnKeyedBatches",
    "SavedModelSpec",
    "run_inference",
]
