"""Values of metrics as the published MetricValue message."""

from __future__ import annotations

from typing import Any

import numpy as np
from google.protobuf.wrappers_pb2 import DoubleValue
from numpy.typing import NDArray

from gristmill.model_analysis.metrics.confusion import ConfusionMatrices
from gristmill.model_analysis.metrics.multi_class import MultiClassMatrices
from gristmill.proto.metrics_for_slice_pb2 import ArrayValue, MetricValue

__all__ = ["array_value", "metric_value"]

_ARRAY_FIELDS = {
    np.dtype(np.int32): (ArrayValue.INT32, "int32_values"),
    np.dtype(np.int64): (ArrayValue.INT64, "int64_values"),
    np.dtype(np.float32): (ArrayValue.FLOAT32, "float32_values"),
    np.dtype(np.float64): (ArrayValue.FLOAT64, "float64_values"),
}


def metric_value(value: Any) -> MetricValue:
    """The message of a metric's value.

    Args:
        value: a number, an array, ConfusionMatrices, MultiClassMatrices, str or bytes; anything else is stored as its
            text, with the reason.
    """
    message = MetricValue()
    if isinstance(value, ConfusionMatrices):
        message.confusion_matrix_at_thresholds.CopyFrom(value.to_proto())
    elif isinstance(value, MultiClassMatrices):
        message.multi_class_confusion_matrix_at_thresholds.CopyFrom(value.to_proto())
    elif isinstance(value, str | bytes):
        message.bytes_value = value.encode() if isinstance(value, str) else value
    elif isinstance(value, np.ndarray) and value.ndim:
        message.array_value.CopyFrom(array_value(value))
    else:
        try:
            message.double_value.CopyFrom(DoubleValue(value=float(value)))
        except (TypeError, ValueError) as error:
            message.unknown_type.value = str(value).encode()
            message.unknown_type.error = str(error)
    return message


def array_value(values: NDArray[Any]) -> ArrayValue:
    """The message of an array; dtypes without a field of their own are stored as text."""
    message = ArrayValue(shape=values.shape)
    if values.dtype in _ARRAY_FIELDS:
        message.data_type, field = _ARRAY_FIELDS[values.dtype]
        getattr(message, field).extend(values.reshape(-1).tolist())
    else:
        message.data_type = ArrayValue.BYTES
        message.bytes_values.extend(str(item).encode() for item in values.reshape(-1).tolist())
    return message
