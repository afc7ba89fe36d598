"""Predictions: their files, and the first answers of the model; read without TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from google.protobuf.message import DecodeError
from markupsafe import Markup

from gristmill.artifact_views.functions import registers
from gristmill.artifact_views.payload_files import files_markup, payload_files, payload_path
from gristmill.artifact_views.refusal import or_refusal
from gristmill.artifact_views.tensor_values import tensor_text
from gristmill.display import View
from gristmill.display.elements import Column, details, key_values, notice, table
from gristmill.display.texts import shortened
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.standard_artifacts import InferenceResult
from gristmill.errors import DataError, Place
from gristmill.io import tfrecord
from gristmill.proto import prediction_log_pb2 as messages

__all__ = ["inference_result_view"]

_SHOWN = 10  # predictions
_LENGTH = 200  # characters of an answer


@registers(InferenceResult)
def inference_result_view(artifact: Artifact) -> View:
    """The files, and the answers to the first few examples."""
    found = payload_files(artifact)
    names = [file.name for file in found.files if not file.is_outside]
    uris = [payload_path(artifact, name) for name in names if name.rpartition("/")[2].startswith("prediction_logs")]
    first = or_refusal(artifact, lambda: _answers_markup(uris))
    body = key_values([("size", found.in_words())]) + first + details("Files", files_markup(found))
    return View(artifact.type_name, body)


def _answers_markup(uris: Sequence[str]) -> Markup:
    logs = list(islice(_logs(uris), _SHOWN))
    if not logs:
        return notice("There are no predictions in it.", "warning")
    answers = [dict(_answers(log)) for log in logs]
    names = list(dict.fromkeys(name for answer in answers for name in answer))
    columns = [Column("prediction", numeric=True), *(Column(name) for name in names)]
    rows = [
        (number + 1, *(shortened(answer.get(name, ""), _LENGTH) for name in names))
        for number, answer in enumerate(answers)
    ]
    return table(columns, rows, caption=f"The first {len(rows)} predictions")


def _logs(uris: Iterable[str]) -> Iterator[messages.PredictionLog]:
    for uri in uris:
        for number, record in enumerate(islice(_records(uri), _SHOWN)):
            try:
                yield messages.PredictionLog.FromString(record)
            except DecodeError as error:
                raise DataError("the record is no PredictionLog", place=Place(uri=uri, record=number)) from error


def _records(uri: str) -> Iterator[bytes]:
    for block in tfrecord.read_record_blocks(uri, block_rows=_SHOWN):
        yield from block.to_pylist()


def _answers(log: messages.PredictionLog) -> Iterator[tuple[str, str]]:
    """What the model answered, by the name of the output."""
    kind = log.WhichOneof("log_type")
    if kind == "predict_log":
        yield from _outputs(log.predict_log.response.outputs)
    elif kind == "predict_streamed_log":
        for response in log.predict_streamed_log.response[:1]:
            yield from _outputs(response.outputs)
    elif kind == "classify_log":
        yield "classes", _classes(log.classify_log.response.result)
    elif kind == "regress_log":
        yield "value", _values(log.regress_log.response.result)
    elif kind == "multi_inference_log":
        for result in log.multi_inference_log.response.results:
            named = result.model_spec.signature_name
            if result.WhichOneof("result") == "classification_result":
                yield named or "classes", _classes(result.classification_result)
            else:
                yield named or "value", _values(result.regression_result)


def _outputs(outputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in sorted(outputs):
        yield name, tensor_text(outputs[name])


def _classes(result: messages.ClassificationResult) -> str:
    found = [f"{each.label or number}: {each.score:.4g}" for one in result.classifications[:1]
             for number, each in enumerate(one.classes)]  # fmt: skip
    return ", ".join(found)


def _values(result: messages.RegressionResult) -> str:
    return ", ".join(f"{one.value:.6g}" for one in result.regressions)
