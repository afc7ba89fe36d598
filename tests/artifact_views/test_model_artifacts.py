"""Views of models, training logs, evaluations, blessings, pushes, predictions, hyperparameters and values."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gristmill.artifact_views import artifact_view
from gristmill.dsl.standard_artifacts import (
    Boolean,
    Bytes,
    Float,
    HyperParameters,
    InferenceResult,
    InfraBlessing,
    Integer,
    JsonValue,
    Model,
    ModelBlessing,
    ModelEvaluation,
    ModelRun,
    PushedModel,
    String,
)
from gristmill.io import filesystem, tfrecord
from gristmill.proto.prediction_log_pb2 import PredictionLog
from gristmill.proto.saved_model_signatures_pb2 import SavedModel

Make = Callable[[type[Any]], Any]


def saved_model() -> bytes:
    model = SavedModel(saved_model_schema_version=1)
    graph = model.meta_graphs.add()
    graph.meta_info_def.tags.append("serve")
    graph.meta_info_def.tensorflow_version = "2.21.0"
    graph.signature_def["__saved_model_init_op"].outputs["init"].name = "NoOp"
    signature = graph.signature_def["serving_default"]
    signature.inputs["examples<script>"].dtype = 7
    signature.inputs["examples<script>"].tensor_shape.dim.add(size=-1)
    signature.outputs["probability"].dtype = 1
    for size in (-1, 1):
        signature.outputs["probability"].tensor_shape.dim.add(size=size)
    return bytes(model.SerializeToString())


def test_a_model_shows_its_signatures_and_files(artifact: Make, place: Path) -> None:
    filesystem.write_bytes(str(place / "Format-Serving" / "saved_model.pb"), saved_model())
    body = artifact_view(artifact(Model)).body
    assert "Signature serving_default" in body
    assert "examples&lt;script&gt;" in body
    assert "[?, 1]" in body
    assert "TensorFlow 2.21.0" in body
    assert "Format-Serving/saved_model.pb" in body
    assert "NoOp" not in body
    assert "init_op" not in body


@pytest.mark.tensorflow
def test_signatures_are_those_that_tensorflow_writes(artifact: Make, place: Path) -> None:
    from gristmill.io import tensors  # isort: skip - first: it loads TensorFlow quietly
    import tensorflow as tf

    del tensors

    class Doubling(tf.Module):  # type: ignore[misc]
        @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, name="amounts")])
        def __call__(self, amounts: Any) -> Any:
            return {"doubled": amounts * 2.0}

    module = Doubling()
    tf.saved_model.save(module, str(place / "Format-Serving"), signatures=module.__call__.get_concrete_function())
    body = artifact_view(artifact(Model)).body
    assert "amounts" in body
    assert "doubled" in body
    assert "[?, 3]" in body


def test_a_model_of_another_kind_shows_its_files(artifact: Make, place: Path) -> None:
    (place / "weights.bin").write_bytes(b"\0" * 1500)
    body = artifact_view(artifact(Model)).body
    assert "1 file, 1.5 kB" in body
    assert "weights.bin" in body


def test_a_training_shows_how_to_open_its_logs(artifact: Make, place: Path) -> None:
    filesystem.write_bytes(str(place / "train" / "events.out.tfevents.1.host.1.0.v2"), b"x" * 10)
    filesystem.write_bytes(str(place / "validation" / "events.out.tfevents.2.host.1.1.v2"), b"x")
    body = artifact_view(artifact(ModelRun)).body
    assert f"tensorboard --logdir {place}" in body
    assert "validation" in body


def test_a_training_without_logs_says_so(artifact: Make, place: Path) -> None:
    (place / "checkpoint").write_text("x")
    assert "There are no TensorBoard logs" in artifact_view(artifact(ModelRun)).body


@pytest.mark.parametrize(
    ("artifact_class", "name", "text", "kind"),
    [
        (ModelBlessing, "BLESSED", "The model is blessed.", "gm-good"),
        (ModelBlessing, "NOT_BLESSED", "The model is not blessed.", "gm-bad"),
        (InfraBlessing, "INFRA_BLESSED", "The model can be served.", "gm-good"),
        (InfraBlessing, "INFRA_NOT_BLESSED", "The model cannot be served.", "gm-bad"),
        (ModelBlessing, "something", "There is no verdict", "gm-warning"),
    ],
)
def test_a_blessing_is_green_or_red(
    artifact_class: type[Any], name: str, text: str, kind: str, artifact: Make, place: Path
) -> None:
    (place / name).touch()
    body = artifact_view(artifact(artifact_class)).body
    assert text in body
    assert f"gm-notice {kind}" in body


def test_a_blessing_that_the_store_contradicts_is_marked(artifact: Make, place: Path) -> None:
    (place / "BLESSED").touch()
    made = artifact(ModelBlessing)
    made.set_int_custom_property("blessed", 0)
    made.set_string_custom_property("current_model", "/models/7")
    made.set_int_custom_property("current_model_id", 12)
    body = artifact_view(made).body
    assert "The store has recorded the opposite verdict" in body
    assert "/models/7 (artifact 12)" in body


def test_a_pushed_model_shows_where_it_went(artifact: Make, place: Path) -> None:
    filesystem.write_bytes(str(place / "saved_model.pb"), saved_model())
    made = artifact(PushedModel)
    made.set_int_custom_property("pushed", 1)
    made.set_string_custom_property("pushed_destination", "/serving/taxi/7")
    body = artifact_view(made).body
    assert "/serving/taxi/7" in body
    assert "Signature serving_default" in body


def test_a_model_that_was_not_pushed_says_so(artifact: Make) -> None:
    made = artifact(PushedModel)
    made.set_int_custom_property("pushed", 0)
    assert "The model was not pushed." in artifact_view(made).body


def test_predictions_show_the_first_answers(artifact: Make, place: Path) -> None:
    logs = []
    for number in range(30):
        log = PredictionLog()
        scores = log.predict_log.response.outputs["score"]
        scores.dtype = 1
        scores.tensor_content = np.array([number / 4, 0.5], "<f4").tobytes()
        log.predict_log.response.outputs["<script>"].string_val.append(b"yes<script>")
        logs.append(log.SerializeToString())
    classified = PredictionLog()
    classes = classified.classify_log.response.result.classifications.add().classes
    classes.add(label="taxi", score=0.75)
    regressed = PredictionLog()
    regressed.regress_log.response.result.regressions.add(value=2.5)
    logs[1:3] = [classified.SerializeToString(), regressed.SerializeToString()]
    tfrecord.write_records(str(place / "prediction_logs-00000-of-00001.gz"), logs, compress=True)
    body = artifact_view(artifact(InferenceResult)).body
    assert "The first 10 predictions" in body
    assert "[0.75, 0.5]" in body
    assert "taxi: 0.75" in body
    assert "2.5" in body
    assert "<script>" not in body


def test_hyperparameters_are_a_table_of_their_values(artifact: Make, place: Path) -> None:
    config = {"space": [], "values": {"learning_rate": 0.01, "units<script>": 32}}
    (place / "best_hyperparameters.txt").write_text(json.dumps(config))
    body = artifact_view(artifact(HyperParameters)).body
    assert "learning_rate" in body
    assert "0.01" in body
    assert "units&lt;script&gt;" in body


@pytest.mark.parametrize(
    ("artifact_class", "value", "shown"),
    [
        (Integer, 42, "42"),
        (Float, 0.25, "0.25"),
        (Boolean, True, "True"),
        (String, "<script>", "&lt;script&gt;"),
        (JsonValue, {"rate": [1, 2]}, "&#34;rate&#34;: ["),
        (Bytes, b"\xff\x00", "ff00"),
        (Integer, None, "None"),
    ],
)
def test_values_are_shown(artifact_class: type[Any], value: object, shown: str, tmp_path: Path) -> None:
    made = artifact_class()
    made.uri = str(tmp_path / "value")
    made.write(value)
    assert shown in artifact_view(made).body


def test_a_long_value_is_cut(tmp_path: Path) -> None:
    made = String()
    made.uri = str(tmp_path / "value")
    made.write("x" * 300_000)
    body = artifact_view(made).body
    assert "The value is cut: it has 300 kB." in body
    assert len(body) < 100_000


def test_an_evaluation_shows_its_verdict_and_metrics(artifact: Make, place: Path) -> None:
    from gristmill.model_analysis.eval_config import EvalConfig, ModelSpec
    from gristmill.model_analysis.results.files import write_eval_config
    from gristmill.proto.metrics_for_slice_pb2 import MetricsForSlice
    from gristmill.proto.validation_result_pb2 import ValidationResult

    write_eval_config(str(place), EvalConfig(model_specs=[ModelSpec()]))
    record = MetricsForSlice()
    entry = record.metric_keys_and_values.add()
    entry.key.name = "auc<script>"
    entry.value.double_value.value = 0.875
    tfrecord.write_records(str(place / "metrics-00000-of-00001.tfrecord"), [record.SerializeToString()], compress=False)
    verdict = ValidationResult(validation_ok=True)
    tfrecord.write_records(str(place / "validations.tfrecord"), [verdict.SerializeToString()], compress=False)
    body = artifact_view(artifact(ModelEvaluation)).body
    assert "Validation" in body
    assert "0.875" in body
    assert "auc&lt;script&gt;" in body
