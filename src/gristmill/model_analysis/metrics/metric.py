"""What a metric is: a name, parameters, and the values it binds to a target.

A target is one model, output, class and weighting. Binding yields :class:`BoundMetric` (or :class:`BoundPlot`): a key,
the computations that are needed, and a function from their results to the value. Nothing is computed while binding.
"""

from __future__ import annotations

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from google.protobuf.message import Message

from gristmill.model_analysis.metrics.computation import Computation
from gristmill.model_analysis.metrics.inputs import View
from gristmill.model_analysis.metrics.keys import AggregationType, MetricKey, PlotKey, SubKey
from gristmill.proto.model_analysis_config_pb2 import MetricConfig

__all__ = ["BoundMetric", "BoundPlot", "Metric", "Target"]


@dataclass(frozen=True)
class Target:
    """What a metric is computed for.

    Attributes:
        model_name: empty where one model is evaluated.
        output_name: empty for a model with one output.
        sub_key: class or rank.
        micro: flatten classes.
        aggregation_type: what to say about the aggregation in the key.
        weighted: use example weights.
        own_rule: the model carries the metric and decides about weights itself; the key then leaves it open.
        label_range: smallest and largest label as the schema tells, where it does.
    """

    model_name: str = ""
    output_name: str = ""
    sub_key: SubKey | None = None
    micro: bool = False
    aggregation_type: AggregationType | None = None
    weighted: bool = False
    own_rule: bool = False
    label_range: tuple[float, float] | None = None

    @property
    def view(self) -> View:
        """The values to look at."""
        return View(self.model_name, self.output_name, self.sub_key, self.micro, self.weighted)

    def key(self, name: str) -> MetricKey:
        """The key of a metric of that name."""
        weighted = None if self.own_rule else self.weighted
        return MetricKey(name, self.model_name, self.output_name, self.sub_key, self.aggregation_type, weighted)

    def plot_key(self, name: str) -> PlotKey:
        """The key of a plot of that name."""
        return PlotKey(name, self.model_name, self.output_name, self.sub_key, self.weighted)

    def with_sub_key(self, sub_key: SubKey | None) -> Target:
        """The same target for another class or rank."""
        return replace(self, sub_key=sub_key)


@dataclass(frozen=True)
class BoundMetric:
    """A metric's value: float, numpy array, ConfusionMatrices, MultiClassMatrices, str or bytes.

    Attributes:
        key: its name.
        needs: computations whose results ``value`` takes, in this order.
        value: reads the value from one slice's results.
    """

    key: MetricKey
    needs: tuple[Computation, ...]
    value: Callable[..., Any]


@dataclass(frozen=True)
class BoundPlot:
    """A plot's data; fields as those of :class:`BoundMetric`, the value is a message that a PlotData field takes."""

    key: PlotKey
    needs: tuple[Computation, ...]
    value: Callable[..., Message]


class Metric(ABC):
    """Base of all metrics.

    Args:
        name: what to call the value; the class's default name where None.
        config: the other parameters as given, for :meth:`to_config`.

    Attributes:
        default_name: name of the value where none is given.
        per_class: whether the metric has values for single classes and can be averaged over them.
    """

    default_name: ClassVar[str] = ""
    per_class: ClassVar[bool] = True

    def __init__(self, name: str | None = None, **config: Any) -> None:
        self.name = name or self.default_name
        self.config: Mapping[str, Any] = {key: value for key, value in config.items() if value is not None}

    @abstractmethod
    def bind(self, target: Target) -> Iterator[BoundMetric | BoundPlot]:
        """The values of this metric for a target."""

    def sub_keys(self) -> Sequence[SubKey | None]:
        """Classes or ranks that the parameters ask for; ``[None]`` where they ask for none."""
        class_id, top_k = self.config.get("class_id"), self.config.get("top_k")
        return [None if class_id is None and top_k is None else SubKey(class_id=class_id, top_k=top_k)]

    def get_config(self) -> dict[str, Any]:
        """The parameters, with the name."""
        return {**self.config, "name": self.name}

    def to_config(self) -> MetricConfig:
        """The message that builds this metric again."""
        return MetricConfig(class_name=type(self).__name__, config=json.dumps(self.get_config(), sort_keys=True))

    @classmethod
    def parameters(cls) -> list[str]:
        """Names of the parameters."""
        return [name for name in inspect.signature(cls).parameters if name != "config"]
