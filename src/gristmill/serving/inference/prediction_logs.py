"""Predictions as ``PredictionLog`` messages: one serialized message per row and, for predict signatures, per signature.

A classify or regress signature makes a log of its kind; several of them together make one multi-inference log. A
predict signature makes a predict log with the tensors that went in and out, each of shape [1, …].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gristmill.io.example_codec import encode_examples
from gristmill.io.shard import RAW_RECORD_COLUMN
from gristmill.proto import prediction_log_pb2 as logs
from gristmill.serving.inference.answers import Answer, class_scores, regression_values
from gristmill.serving.inference.message_rows import MessageRows, fixed_width_bytes
from gristmill.serving.inference.methods import Method
from gristmill.serving.inference.tensor_rows import string_rows, tensor_map_rows, tensor_rows

__all__ = ["prediction_logs"]

_EXAMPLE_LIST = 1  # Input.example_list and ExampleList.examples
_FLOAT = 5  # wire type: four bytes


def prediction_logs(batch: pa.RecordBatch, answers: Sequence[Answer]) -> pa.BinaryArray:
    """The serialized logs of a batch, row by row; of several predict signatures, one after the other for each row.

    Args:
        batch: what was fed: serialized records, or feature columns.
        answers: of each signature.

    Raises:
        DataError: outputs that a log of its kind cannot hold.
    """
    methods = {answer.signature.method for answer in answers}
    if len(answers) > 1 and Method.PREDICT not in methods:
        return _multi_inference(batch, answers).column(batch.num_rows)
    columns = [_one(batch, answer).column(batch.num_rows) for answer in answers]
    return columns[0] if len(columns) == 1 else _interleaved(columns)


def _one(batch: pa.RecordBatch, answer: Answer) -> MessageRows:
    name, method = answer.signature.name, answer.signature.method
    spec = _signature_name(logs.ModelSpec, name)
    if method is Method.PREDICT:
        inputs = tensor_map_rows(_inputs(batch, answer), _number(logs.PredictRequest, "inputs"))
        outputs = {key: tensor_rows(values, key) for key, values in answer.outputs.items()}
        request = spec.as_field(_number(logs.PredictRequest, "model_spec")) + inputs
        response = tensor_map_rows(outputs, _number(logs.PredictResponse, "outputs"))
        response += spec.as_field(_number(logs.PredictResponse, "model_spec"))
        return _log("predict_log", request, response)
    # The requests and responses of the two kinds have the same numbers.
    request = spec.as_field(_number(logs.ClassificationRequest, "model_spec"))
    request += _examples(batch).as_field(_number(logs.ClassificationRequest, "input"))
    response = _result(answer).as_field(_number(logs.ClassificationResponse, "result"))
    response += spec.as_field(_number(logs.ClassificationResponse, "model_spec"))
    return _log("classify_log" if method is Method.CLASSIFY else "regress_log", request, response)


def _multi_inference(batch: pa.RecordBatch, answers: Sequence[Answer]) -> MessageRows:
    request, response = MessageRows(), MessageRows()
    for answer in answers:
        name, method = answer.signature.name, answer.signature.method
        spec = _signature_name(logs.ModelSpec, name)
        task = logs.InferenceTask(model_spec={"signature_name": name}, method_name=method.value)
        tasks = MessageRows.constant(task.SerializeToString())
        request += tasks.as_field(_number(logs.MultiInferenceRequest, "tasks"))
        kind = "classification_result" if method is Method.CLASSIFY else "regression_result"
        result = spec.as_field(_number(logs.InferenceResult, "model_spec"))
        result += _result(answer).as_field(_number(logs.InferenceResult, kind))
        response += result.as_field(_number(logs.MultiInferenceResponse, "results"))
    request += _examples(batch).as_field(_number(logs.MultiInferenceRequest, "input"))
    return _log("multi_inference_log", request, response)


def _log(kind: str, request: MessageRows, response: MessageRows) -> MessageRows:
    return (request.as_field(1) + response.as_field(2)).as_field(_number(logs.PredictionLog, kind))


def _number(message: Any, field: str) -> int:
    return int(message.DESCRIPTOR.fields_by_name[field].number)


def _signature_name(message: Any, name: str) -> MessageRows:
    return MessageRows.constant(message(signature_name=name).SerializeToString())


def _examples(batch: pa.RecordBatch) -> MessageRows:
    """The ``Input`` message: a list of one example, whose bytes are those of the record."""
    return MessageRows.of(_records(batch)).as_field(_EXAMPLE_LIST).as_field(_EXAMPLE_LIST)


def _records(batch: pa.RecordBatch) -> pa.BinaryArray:
    position = batch.schema.get_field_index(RAW_RECORD_COLUMN)
    return batch.column(position) if position >= 0 else encode_examples(batch)


def _inputs(batch: pa.RecordBatch, answer: Answer) -> dict[str, MessageRows]:
    if answer.signature.takes_examples:
        return {name: string_rows(_records(batch)) for name in answer.feeds}
    return {name: tensor_rows(np.asarray(value), name) for name, value in answer.feeds.items()}


def _result(answer: Answer) -> MessageRows:
    """The ``ClassificationResult`` or ``RegressionResult``; both hold one message in field 1, made of field 1s."""
    if answer.signature.method is Method.REGRESS:
        value = _float(1, regression_values(answer))
        return value.as_field(1)
    found = class_scores(answer)
    made = MessageRows()
    for position in range(found.classes):
        entry = MessageRows()
        if found.labels is not None:
            entry += MessageRows.of(pa.array(found.labels[:, position].tolist(), pa.binary())).as_field(1)
        if found.scores is not None:
            entry += _float(2, found.scores[:, position])
        made += entry.as_field(1)
    return made.as_field(1)


def _float(number: int, values: npt.NDArray[Any]) -> MessageRows:
    return MessageRows.constant(bytes([number << 3 | _FLOAT])) + fixed_width_bytes(values)


def _interleaved(columns: Sequence[pa.BinaryArray]) -> pa.BinaryArray:
    rows = len(columns[0])
    order = np.arange(rows * len(columns)).reshape(len(columns), rows).T.reshape(-1)
    return pa.concat_arrays(list(columns)).take(pa.array(order))
