"""Keys: the full names of metrics, plots and attributions."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf import text_format
from google.protobuf.message import Message
from google.protobuf.wrappers_pb2 import BoolValue, Int32Value

from gristmill.errors import ConfigError
from gristmill.proto import metrics_for_slice_pb2 as messages

__all__ = ["AggregationType", "AttributionsKey", "MetricKey", "PlotKey", "SubKey"]


def _one_line(message: Message) -> str:
    return str(text_format.MessageToString(message, as_one_line=True))


@dataclass(frozen=True, order=True)
class SubKey:
    """Which class (``class_id``), rank (``k``) or set of ranks (``top_k``) a value is about.

    Raises:
        ConfigError: ``k`` is given together with another, or ``k`` or ``top_k`` is below 1.
    """

    class_id: int | None = None
    k: int | None = None
    top_k: int | None = None

    def __post_init__(self) -> None:
        if self.k is not None and (self.class_id is not None or self.top_k is not None):
            raise ConfigError("k cannot be combined with class_id or top_k", value=self)
        for name in ("k", "top_k"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ConfigError(f"{name} must be at least 1", value=value)

    def __str__(self) -> str:
        parts = (("classId", self.class_id), ("k", self.k), ("topK", self.top_k))
        return " ".join(f"{name}:{value}" for name, value in parts if value is not None)

    def to_proto(self) -> messages.SubKey:
        """The message of this key."""
        message = messages.SubKey()
        for name in ("class_id", "k", "top_k"):
            value = getattr(self, name)
            if value is not None:
                getattr(message, name).CopyFrom(Int32Value(value=value))
        return message

    @staticmethod
    def from_proto(message: messages.SubKey) -> SubKey | None:
        """The key of a message; None where nothing is set."""
        values = {name: getattr(message, name).value for name in ("class_id", "k", "top_k") if message.HasField(name)}
        return SubKey(**values) if values else None


@dataclass(frozen=True, order=True)
class AggregationType:
    """How the values of several classes were joined; at most one is True."""

    micro_average: bool | None = None
    macro_average: bool | None = None
    weighted_macro_average: bool | None = None

    def to_proto(self) -> messages.AggregationType:
        """The message of this type."""
        message = messages.AggregationType()
        for name in ("micro_average", "macro_average", "weighted_macro_average"):
            if getattr(self, name) is not None:
                setattr(message, name, getattr(self, name))
        return message

    @staticmethod
    def from_proto(message: messages.AggregationType) -> AggregationType | None:
        """The type of a message; None where nothing is set."""
        kind = message.WhichOneof("type")
        return AggregationType(**{kind: True}) if kind else None

    def __str__(self) -> str:
        return str(text_format.MessageToString(self.to_proto()))


@dataclass(frozen=True)
class MetricKey:
    """The full name of a metric's value.

    Attributes:
        name: e.g. ``auc``.
        model_name: empty where one model is evaluated.
        output_name: empty for a model with one output.
        sub_key: class or rank.
        aggregation_type: how classes were joined.
        example_weighted: None for metrics that a model carries itself, which follow the model's own rule.
        is_diff: candidate minus baseline.
    """

    name: str
    model_name: str = ""
    output_name: str = ""
    sub_key: SubKey | None = None
    aggregation_type: AggregationType | None = None
    example_weighted: bool | None = False
    is_diff: bool = False

    def to_proto(self) -> messages.MetricKey:
        """The message of this key."""
        message = messages.MetricKey(
            name=self.name, model_name=self.model_name, output_name=self.output_name, is_diff=self.is_diff
        )
        if self.sub_key is not None:
            message.sub_key.CopyFrom(self.sub_key.to_proto())
        if self.aggregation_type is not None:
            message.aggregation_type.CopyFrom(self.aggregation_type.to_proto())
        if self.example_weighted is not None:
            message.example_weighted.CopyFrom(BoolValue(value=self.example_weighted))
        return message

    @staticmethod
    def from_proto(message: messages.MetricKey) -> MetricKey:
        """The key of a message."""
        return MetricKey(
            name=message.name,
            model_name=message.model_name,
            output_name=message.output_name,
            sub_key=SubKey.from_proto(message.sub_key),
            aggregation_type=AggregationType.from_proto(message.aggregation_type),
            example_weighted=message.example_weighted.value if message.HasField("example_weighted") else None,
            is_diff=message.is_diff,
        )

    def __str__(self) -> str:
        return _one_line(self.to_proto())


@dataclass(frozen=True)
class PlotKey:
    """The full name of a plot; fields as those of :class:`MetricKey`."""

    name: str
    model_name: str = ""
    output_name: str = ""
    sub_key: SubKey | None = None
    example_weighted: bool | None = False

    def to_proto(self) -> messages.PlotKey:
        """The message of this key."""
        message = messages.PlotKey(name=self.name, model_name=self.model_name, output_name=self.output_name)
        if self.sub_key is not None:
            message.sub_key.CopyFrom(self.sub_key.to_proto())
        if self.example_weighted is not None:
            message.example_weighted.CopyFrom(BoolValue(value=self.example_weighted))
        return message

    @staticmethod
    def from_proto(message: messages.PlotKey) -> PlotKey:
        """The key of a message."""
        return PlotKey(
            name=message.name,
            model_name=message.model_name,
            output_name=message.output_name,
            sub_key=SubKey.from_proto(message.sub_key),
            example_weighted=message.example_weighted.value if message.HasField("example_weighted") else None,
        )

    def __str__(self) -> str:
        return _one_line(self.to_proto())


class AttributionsKey(MetricKey):
    """The full name of a set of attributions; fields as those of :class:`MetricKey`."""
