"""A model on its way to other processes, each of which loads it once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from gristmill.engine.loaded_once import keep, loaded_once
from gristmill.model_analysis.metrics.plan import ModelMetric
from gristmill.model_analysis.models.predictor import ModelOutputs, Predictor
from gristmill.proto.model_analysis_config_pb2 import ModelSpec

__all__ = ["ShippedPredictor"]


class ShippedPredictor:
    """A :class:`Predictor` that travels as the way to load it.

    Args:
        load: gives the predictor; what it refers to can be shipped.
    """

    def __init__(self, load: Callable[[], Predictor]) -> None:
        self._load = load
        self._predictor = load()
        self._token = secrets.token_hex(16)
        keep(self._token, self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _arrived, (self._token, self._load)

    def carried_metrics(self) -> Sequence[ModelMetric]:
        """See :class:`Predictor`."""
        return self._predictor.carried_metrics()

    def outputs(self, batch: pa.RecordBatch, spec: ModelSpec) -> ModelOutputs:
        """See :class:`Predictor`."""
        return self._predictor.outputs(batch, spec)


def _arrived(token: str, load: Callable[[], Predictor]) -> ShippedPredictor:
    return loaded_once(token, lambda: ShippedPredictor(load))
