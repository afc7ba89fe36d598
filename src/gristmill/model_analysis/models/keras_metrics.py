"""Metrics that only Keras, or the user's own Keras class, computes.

A Keras metric keeps its state in weights that Keras itself adds up when it merges two metrics. We use that: the state
of a slice is the weights as one row of numbers, so that such a metric is a sum like any other.
"""

from __future__ import annotations

import importlib
import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError, UserCodeError
from gristmill.io import tensors as _tensors  # noqa: F401 - first: checks that TensorFlow is there and quiets it
from gristmill.model_analysis.metrics.computation import SumComputation
from gristmill.model_analysis.metrics.inputs import BatchInputs, View
from gristmill.model_analysis.metrics.metric import BoundMetric, Metric, Target
from gristmill.model_analysis.slicer.groups import FloatArray, Groups

__all__ = ["KerasMetric", "KerasWeights", "keras_metric"]


def keras_metric(class_name: str, module: str, parameters: Mapping[str, Any]) -> KerasMetric:
    """The metric of a Keras class, from tf_keras or from the user's module.

    Raises:
        ConfigError: no such class, or its parameters do not fit.
    """
    return KerasMetric(class_name, module, parameters)


@dataclass(frozen=True)
class KerasWeights(SumComputation):
    """The weights of a Keras metric after seeing the rows of each slice."""

    view: View
    class_name: str
    module: str
    parameters: str

    def build(self) -> Any:
        """A fresh metric object."""
        import tf_keras

        source: Any = tf_keras.metrics
        if self.module and not self.module.startswith(("tf_keras", "keras", "tensorflow")):
            source = _imported(self.module)
        found = getattr(source, self.class_name, None)
        if found is None:
            raise ConfigError(
                f"there is no metric {self.class_name!r} in {source.__name__}",
                hint=did_you_mean(self.class_name, _class_names(source), "its classes"),
            )
        if not hasattr(found, "from_config"):
            raise ConfigError(
                f"{self.class_name} of {source.__name__} is no Keras metric",
                hint="derive it from tf_keras.metrics.Metric",
            )
        try:
            return found.from_config(json.loads(self.parameters))
        except (TypeError, ValueError) as error:
            raise ConfigError(
                f"the parameters of the Keras metric {self.class_name} do not fit: {error}",
                value=self.parameters,
                hint=f"its parameters are: {', '.join(inspect.signature(found).parameters)}",
            ) from error

    def summarize(self, inputs: BatchInputs, groups: Groups) -> FloatArray:
        """See the base class."""
        columns = self.view.columns(inputs)
        labels, predictions = columns.numeric()
        weights = self.view.weights(inputs) if self.view.weighted else None
        metric = self.build()
        states: list[tuple[int, FloatArray]] = []
        for group, rows in groups.members():
            metric.reset_state()
            try:
                metric.update_state(
                    _column(labels[rows]),
                    _column(predictions[rows]),
                    sample_weight=None if weights is None else weights[rows],
                )
            except (TypeError, ValueError) as error:
                raise UserCodeError(
                    f"the Keras metric {self.class_name} failed: {error}",
                    value=f"labels of shape {labels.shape}, predictions of shape {predictions.shape}",
                    hint="use a metric for such shapes, or name another label_key or prediction_key",
                ) from error
            states.append((group, _flat(metric.get_weights())))
        out = np.zeros((groups.size, len(_flat(metric.get_weights()))))
        for group, state in states:
            out[group] += state
        return out

    def results(self, state: FloatArray, size: int) -> Sequence[Any]:
        """The metric's result for each group."""
        metric = self.build()
        shapes = [weight.shape for weight in metric.get_weights()]
        found = []
        for row in state:
            pieces = np.split(row, np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1])
            metric.set_weights([piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)])
            found.append(np.asarray(metric.result()))
        return found


class KerasMetric(Metric):
    """A metric computed by a Keras class."""

    per_class = False

    def __init__(self, class_name: str, module: str, parameters: Mapping[str, Any]) -> None:
        self.class_name = class_name
        self.module = module
        self._parameters = json.dumps(dict(parameters), sort_keys=True)
        built = KerasWeights(View(), class_name, module, self._parameters).build()
        super().__init__(str(parameters.get("name") or built.name), **parameters)

    def bind(self, target: Target) -> Iterator[BoundMetric]:
        """See the base class."""
        needs = (KerasWeights(target.view, self.class_name, self.module, self._parameters),)
        yield BoundMetric(target.key(self.name), needs, lambda value: float(value) if value.ndim == 0 else value)


def _imported(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigError(
            f"the module of a metric cannot be imported: {error}",
            value=module,
            hint="install it, or put its folder on PYTHONPATH, where the evaluation runs",
        ) from error


def _class_names(module: Any) -> list[str]:
    return [name for name, value in vars(module).items() if inspect.isclass(value) and not name.startswith("_")]


def _column(values: FloatArray) -> FloatArray:
    return (values[:, None] if values.ndim == 1 else values).astype(np.float32)


def _flat(weights: Sequence[Any]) -> FloatArray:
    return np.concatenate([np.zeros(0), *(np.asarray(weight, dtype=np.float64).reshape(-1) for weight in weights)])
