"""PredictionLogs: what a serving log of the same calls would say."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gristmill.engine import LocalEngine
from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.io.examples import ExamplesSink, read_raw_records
from gristmill.io.shard import RAW_RECORD_COLUMN, Shard
from gristmill.io.tfrecord import read_records, write_records
from gristmill.proto.prediction_log_pb2 import PredictionLog
from gristmill.serving.inference import NumberedRecords, PredictionLogs, ServedModel

from .conftest import assert_rows, records_of

pytestmark = pytest.mark.tensorflow


def logs_of(batch: pa.RecordBatch, uri: str, *signatures: str) -> list[Any]:
    model = ServedModel(uri, signatures) if signatures else ServedModel(uri)
    serialized = PredictionLogs(model)(batch)["prediction_logs"].column(0).to_pylist()
    return [PredictionLog.FromString(each) for each in serialized]


def test_a_predict_log_holds_what_went_in_and_what_came_out(records: pa.RecordBatch, plain_model: str) -> None:
    import tensorflow as tf

    logs = logs_of(records, plain_model, "many")
    assert [log.WhichOneof("log_type") for log in logs] == ["predict_log"] * 3
    asked, answered = logs[1].predict_log.request, logs[1].predict_log.response
    assert asked.model_spec.signature_name == answered.model_spec.signature_name == "many"
    assert list(asked.inputs) == ["examples"]
    assert list(asked.inputs["examples"].string_val) == [records.column(0)[1].as_py()]
    outputs = {name: tf.make_ndarray(tensor) for name, tensor in answered.outputs.items()}
    assert_rows(outputs["probability"], [[0.85, 0.15]])
    assert outputs["words"].tolist() == [[b"tram", b"TRAM"]]
    assert {name: value.tolist() for name, value in outputs.items() if name not in ("probability", "words")} == {
        "doubled": [4],
        "small": [2],
        "exact": [3.0],
        "far": [False],
        "kind": [b"tram"],
        "half": [3.0],
    }


def test_single_values_are_in_the_field_of_their_dtype(records: pa.RecordBatch, plain_model: str) -> None:
    outputs = [log.predict_log.response.outputs for log in logs_of(records, plain_model, "many")]
    assert [list(each["doubled"].int64_val) for each in outputs] == [[-2], [4], [600]]
    assert [list(each["small"].int_val) for each in outputs] == [[-1], [2], [300]]
    assert [list(each["exact"].double_val) for each in outputs] == [[0.0], [3.0], [12.0]]
    assert [list(each["far"].bool_val) for each in outputs] == [[False], [False], [True]]


def test_logs_are_byte_for_byte_what_protobuf_writes(
    records: pa.RecordBatch, plain_model: str, served_with_methods: str
) -> None:
    for uri, signatures in ((plain_model, ("many", "raw")), (served_with_methods, ("predict",))):
        found = PredictionLogs(ServedModel(uri, signatures))(records)["prediction_logs"].column(0).to_pylist()
        assert [PredictionLog.FromString(each).SerializeToString(deterministic=True) for each in found] == found


def test_a_signature_that_classifies_makes_a_classify_log(records: pa.RecordBatch, served_with_methods: str) -> None:
    log = logs_of(records, served_with_methods)[1].classify_log
    [example] = log.request.input.example_list.examples
    assert list(example.features.feature["kind"].bytes_list.value) == [b"tram"]
    [found] = log.response.result.classifications
    assert [each.label for each in found.classes] == ["near", "far"]
    assert_rows([each.score for each in found.classes], [0.85, 0.15])


def test_a_signature_that_regresses_makes_a_regress_log(records: pa.RecordBatch, served_with_methods: str) -> None:
    logs = logs_of(records, served_with_methods, "regress")
    assert [log.WhichOneof("log_type") for log in logs] == ["regress_log"] * 3
    assert_rows([log.regress_log.response.result.regressions[0].value for log in logs], [0.0, 30.0, 120.0])


def test_several_of_these_make_one_multi_inference_log(records: pa.RecordBatch, served_with_methods: str) -> None:
    logs = logs_of(records, served_with_methods, "serving_default", "regress")
    assert len(logs) == 3
    log = logs[2].multi_inference_log
    assert [task.model_spec.signature_name for task in log.request.tasks] == ["serving_default", "regress"]
    assert len(log.request.input.example_list.examples) == 1
    classified, regressed = log.response.results
    assert_rows([each.score for each in classified.classification_result.classifications[0].classes], [0.4, 0.6])
    assert_rows(regressed.regression_result.regressions[0].value, 120.0)
    assert regressed.model_spec.signature_name == "regress"


def test_several_that_predict_make_a_log_each_row_by_row(records: pa.RecordBatch, plain_model: str) -> None:
    logs = logs_of(records, plain_model, "raw", "value")
    names = [log.predict_log.request.model_spec.signature_name for log in logs]
    assert names == ["raw", "value"] * 3
    assert [logs[place].predict_log.response.outputs["sum"].float_val[0] for place in (0, 2, 4)] == [-1.0, 5.0, 312.0]


def test_inputs_by_name_are_fed_from_the_features(records: pa.RecordBatch, plain_model: str) -> None:
    inputs = logs_of(records, plain_model, "raw")[2].predict_log.request.inputs
    assert list(inputs["distance"].float_val) == [12.0]
    assert [each.size for each in inputs["distance"].tensor_shape.dim] == [1, 1]
    assert list(inputs["seats"].int64_val) == [300]


def test_a_keras_archive_is_called_on_features(records: pa.RecordBatch, keras_archive: str) -> None:
    for uri in (keras_archive, f"{keras_archive}/model.keras"):
        logs = logs_of(records, uri)
        assert [log.predict_log.response.outputs["output_0"].float_val[0] for log in logs] == [-1.0, 5.0, 312.0]


def test_a_model_on_a_file_system_that_tensorflow_does_not_know(records: pa.RecordBatch, plain_model: str) -> None:
    from gristmill.io import filesystem

    filesystem.copy_tree(plain_model, "memory://served/plain")
    try:
        logs = logs_of(records, "memory://served/plain")
        assert [log.predict_log.response.outputs["outputs"].float_val[0] for log in logs] == [0.0, 30.0, 120.0]
    finally:
        filesystem.remove_tree("memory://served")


def test_no_rows_give_no_logs(plain_model: str) -> None:
    empty = pa.RecordBatch.from_arrays([pa.array([], pa.binary())], names=[RAW_RECORD_COLUMN])
    assert logs_of(empty, plain_model) == []


def test_the_function_travels_without_the_model(records: pa.RecordBatch, plain_model: str) -> None:
    function = PredictionLogs(ServedModel(plain_model))
    function.load()
    state = pickle.dumps(function)
    assert len(state) < 1000
    assert pickle.loads(state)(records) == function(records)  # noqa: S301 - written just above


def test_threads_may_call_one_function_at_once(plain_model: str) -> None:
    function = PredictionLogs(ServedModel(plain_model, ("many", "raw")))
    batches = [records_of(distance=[float(first + row) for row in range(50)], seats=[first] * 50, kind=[b"bus"] * 50)
               for first in range(16)]  # fmt: skip
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(function, batches))
    assert found == [function(batch) for batch in batches]


def test_one_model_is_loaded_once_per_process_until_its_files_change(plain_model: str, tmp_path: Path) -> None:
    import shutil

    model = ServedModel(plain_model)
    assert model.load() is ServedModel(plain_model, ("many",)).load()
    copy = ServedModel(str(tmp_path / "copy"))
    shutil.copytree(plain_model, copy.uri)
    before = copy.load()
    (tmp_path / "copy" / "saved_model.pb").touch()
    assert copy.load() is not before


def test_over_files_the_logs_are_in_the_order_of_the_records(plain_model: str, tmp_path: Path) -> None:
    shards = []
    for number, rows in enumerate([5, 1, 4]):
        uri = str(tmp_path / f"examples-{number}.gz")
        values = [float(number * 10 + row) for row in range(rows)]
        write_records(uri, records_of(distance=values).column(0).to_pylist(), compress=True)
        shards.append(Shard(uri, "tfrecord"))
    sink = ExamplesSink({"prediction_logs": str(tmp_path / "out")}, prefix="prediction_logs")
    function = PredictionLogs(ServedModel(plain_model))
    [written] = LocalEngine(workers=2).map(shards, function, sink, reader=NumberedRecords(2))["prediction_logs"]
    assert written.rows == 10
    logs = [PredictionLog.FromString(record) for record in read_records(written.uri)]
    values = [log.predict_log.response.outputs["outputs"].float_val[0] for log in logs]
    assert values == [0.0, 10.0, 20.0, 30.0, 40.0, 100.0, 200.0, 210.0, 220.0, 230.0]


def test_an_unknown_signature_names_those_that_there_are(plain_model: str) -> None:
    with pytest.raises(ConfigError, match="the model has no signature 'serve'") as caught:
        ServedModel(plain_model, ("serve",)).load()
    assert "serving_default, value" in str(caught.value)
    assert plain_model in str(caught.value)


def test_a_model_without_signatures_is_told(tmp_path: Path) -> None:
    import tensorflow as tf

    tf.saved_model.save(tf.Module(), str(tmp_path / "model"))
    with pytest.raises(ConfigError, match="has no signatures"):
        ServedModel(str(tmp_path / "model")).load()


@pytest.mark.parametrize("content", [{}, {"a.keras": b"", "b.keras": b""}])
def test_a_directory_without_one_model_is_told(content: dict[str, bytes], tmp_path: Path) -> None:
    for name, text in content.items():
        (tmp_path / name).write_bytes(text)
    with pytest.raises(ConfigError, match=r"must hold a saved_model.pb, or one .keras file"):
        ServedModel(str(tmp_path)).load()


def test_a_place_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no model at this path"):
        ServedModel(str(tmp_path / "nothing")).load()


def test_wrong_tags_are_told(plain_model: str) -> None:
    with pytest.raises(DataError, match="cannot be restored") as caught:
        ServedModel(plain_model, tags=("train",)).load()
    assert "check the tags" in str(caught.value)


def test_signatures_must_differ(plain_model: str) -> None:
    with pytest.raises(ConfigError, match="different signatures"):
        ServedModel(plain_model, ("value", "value"))


def test_an_input_that_is_no_feature_is_named(plain_model: str) -> None:
    with pytest.raises(DataError, match="needs each of its inputs") as caught:
        logs_of(records_of(seats=[1]), plain_model, "raw")
    assert "distance" in str(caught.value)


def test_an_input_that_some_examples_lack_is_named(plain_model: str) -> None:
    with pytest.raises(DataError, match="needs each of its inputs from every example") as caught:
        logs_of(records_of(distance=[1.0, 2.0, None], seats=[1, 2, 3]), plain_model, "raw")
    assert "record 2: ['distance']" in str(caught.value)


def test_a_batch_of_one_size_is_refused(plain_model: str) -> None:
    with pytest.raises(NotSupportedError, match="batches of exactly 2 rows"):
        ServedModel(plain_model, ("pairs",)).load()


def test_an_output_without_rows_is_named(records: pa.RecordBatch, plain_model: str) -> None:
    with pytest.raises(ConfigError, match="one row for each example") as caught:
        logs_of(records, plain_model, "mean")
    assert "column 'mean': 'shape () for 3 examples'" in str(caught.value)


def test_a_failing_operation_names_file_and_record(plain_model: str, tmp_path: Path) -> None:
    uri = str(tmp_path / "Split-eval" / "examples.gz")
    distances = [*np.zeros(37).tolist(), 12.0, *np.zeros(10).tolist()]
    write_records(uri, records_of(distance=distances).column(0).to_pylist(), compress=True)
    sink = ExamplesSink({"prediction_logs": str(tmp_path / "out")}, prefix="prediction_logs")
    function = PredictionLogs(ServedModel(plain_model, ("positive",)))
    with pytest.raises(DataError, match="too far") as caught:
        LocalEngine(workers=2).map([Shard(uri, "tfrecord")], function, sink, reader=NumberedRecords(16))
    assert caught.value.place is not None
    assert (caught.value.place.uri, caught.value.place.record) == (uri, 37)


def test_what_is_no_example_is_told_by_the_model_s_parser(plain_model: str, tmp_path: Path) -> None:
    uri = str(tmp_path / "examples.gz")
    good = records_of(distance=[1.0]).column(0)[0].as_py()
    write_records(uri, [good, good, b"\xff\xff"], compress=False)
    [batch] = NumberedRecords()(Shard(uri, "tfrecord"))
    assert batch.num_rows == next(iter(read_raw_records(Shard(uri, "tfrecord")))).num_rows
    with pytest.raises(DataError, match="failed") as caught:
        PredictionLogs(ServedModel(plain_model))(batch)
    assert f"{uri}, record 2" in str(caught.value)
