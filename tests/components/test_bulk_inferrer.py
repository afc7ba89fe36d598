"""BulkInferrer: predictions for every example of the splits, unless the model is not blessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import gristmill as tfx
from gristmill.components import BulkInferrer
from gristmill.dsl.standard_artifacts import Examples, Model, ModelBlessing
from gristmill.errors import ConfigError, DataError
from gristmill.io.tfrecord import read_records, write_records
from gristmill.proto.prediction_log_pb2 import PredictionLog

from .journeys import Chain, Executed, channel_of, execute, rows_of, stored

PREDICTED = {
    "output_columns_spec": [
        {"predict_output": {"output_columns": [{"output_key": "outputs", "output_column": "probability"}]}}
    ]
}


def infer(folder: Path, examples: Any, model: Any, **options: Any) -> Executed:
    inputs = {"examples": examples, "model": model}
    if "model_blessing" in options:
        inputs["model_blessing"] = options.pop("model_blessing")
    several = {key: value[0] if isinstance(value, list) else value for key, value in inputs.items()}
    component = BulkInferrer(**{key: channel_of(value) for key, value in several.items()}, **options)
    return execute(component, folder, **inputs)


def logs_of(made: Executed) -> list[Any]:
    files = sorted(made.path("inference_result").iterdir())
    return [PredictionLog.FromString(record) for file in files for record in read_records(str(file))]


def blessing(folder: Path, blessed: int) -> Any:
    artifact = stored(ModelBlessing, folder)
    artifact.set_int_custom_property("blessed", blessed)
    return artifact


def examples_of(folder: Path, splits: list[str]) -> Any:
    artifact = stored(Examples, folder)
    artifact.splits = splits
    return artifact


@pytest.mark.tensorflow
def test_a_keras_3_model_predicts_all_splits_in_their_order(chain: Chain, tmp_path: Path) -> None:
    import tensorflow as tf

    made = infer(tmp_path, chain.examples, chain.trainer["model"])
    assert [file.name for file in made.path("inference_result").iterdir()] == ["prediction_logs-00000-of-00001.gz"]
    rows = [*rows_of(chain.examples, "eval"), *rows_of(chain.examples, "train")]
    logs = logs_of(made)
    assert len(logs) == len(rows) == 240
    asked = [tf.train.Example.FromString(log.predict_log.request.inputs["examples"].string_val[0]) for log in logs]
    assert [each.features.feature["number"].int64_list.value[0] for each in asked] == [row["number"] for row in rows]
    serve = tf.saved_model.load(str(chain.trainer.path("model", "Format-Serving"))).signatures["serving_default"]
    expected = serve(tf.constant([each.SerializeToString() for each in asked]))["outputs"].numpy()
    found = [log.predict_log.response.outputs["outputs"].float_val[0] for log in logs]
    assert found == pytest.approx(expected.reshape(-1).tolist(), abs=1e-6)
    assert made.summary == ["240 prediction logs of eval, train by serving_default"]


@pytest.mark.tensorflow
def test_predictions_become_a_feature_of_each_split(chain: Chain, tmp_path: Path) -> None:
    made = infer(tmp_path, chain.examples, chain.trainer["model"], output_example_spec=PREDICTED)
    assert list(made.outputs) == ["output_examples"]
    output = made["output_examples"]
    assert output.splits == ["eval", "train"]
    assert made.path("output_examples", "Split-eval", "examples-00000-of-00001.gz").is_file()
    for split in output.splits:
        rows = rows_of(output, split)
        kept = [{name: value for name, value in row.items() if name != "probability"} for row in rows]
        assert kept == rows_of(chain.examples, split)
        assert all(0 <= row["probability"] <= 1 for row in rows)
    assert made.summary == ["240 examples with predictions of eval, train by serving_default"]


@pytest.mark.tensorflow
def test_only_the_named_splits_are_predicted(chain: Chain, tmp_path: Path) -> None:
    made = infer(tmp_path, chain.examples, chain.trainer["model"], data_spec={"example_splits": ["eval"]})
    assert len(logs_of(made)) == len(rows_of(chain.examples, "eval"))


@pytest.mark.tensorflow
def test_rows_of_all_artifacts_are_predicted(chain: Chain, tmp_path: Path) -> None:
    twice = [chain.examples, chain.examples]
    made = infer(tmp_path, twice, chain.trainer["model"], data_spec={"example_splits": ["eval"]})
    assert len(logs_of(made)) == 2 * len(rows_of(chain.examples, "eval"))


@pytest.mark.tensorflow
def test_the_signatures_of_the_specification_are_called(chain: Chain, tmp_path: Path) -> None:
    spec = {"model_signature_name": ["transform_features", "serving_default"], "tag": ["serve"]}
    made = infer(tmp_path, chain.examples, chain.trainer["model"], model_spec=spec)
    names = [log.predict_log.request.model_spec.signature_name for log in logs_of(made)]
    assert names == ["transform_features", "serving_default"] * 240


@pytest.mark.tensorflow
def test_an_unknown_signature_ends_the_step_before_it_reads_examples(chain: Chain, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no signature 'serve'") as caught:
        infer(tmp_path, chain.examples, chain.trainer["model"], model_spec={"model_signature_name": ["serve"]})
    assert "it has: serving_default, transform_features" in str(caught.value)


@pytest.mark.tensorflow
def test_what_the_model_cannot_read_is_named(chain: Chain, tmp_path: Path) -> None:
    file = tmp_path / "examples" / "Split-eval" / "data.gz"
    write_records(str(file), [b"no example"], compress=True)
    with pytest.raises(DataError, match="the model's signature 'serving_default' failed") as caught:
        infer(tmp_path, examples_of(tmp_path / "examples", ["eval"]), chain.trainer["model"])
    assert f"{file}, record 0" in str(caught.value)
    assert not list((tmp_path / "BulkInferrer" / "inference_result").rglob("prediction_logs*"))


@pytest.mark.parametrize("spec", [None, PREDICTED])
@pytest.mark.parametrize("blessed", [0, None])
def test_a_model_that_is_not_blessed_leaves_empty_outputs(blessed: int | None, spec: Any, tmp_path: Path) -> None:
    found = stored(ModelBlessing, tmp_path) if blessed is None else blessing(tmp_path, blessed)
    examples, model = examples_of(tmp_path, ["eval"]), stored(Model, tmp_path)
    made = infer(tmp_path, examples, model, model_blessing=found, output_example_spec=spec)
    [output] = made.outputs
    assert list(made.path(output).iterdir()) == []
    assert made.summary == ["nothing inferred: the model blessing does not bless the model"]


def test_a_blessing_that_is_not_there_is_no_blessing(tmp_path: Path) -> None:
    examples, model = examples_of(tmp_path, ["eval"]), stored(Model, tmp_path)
    component = BulkInferrer(channel_of(examples), channel_of(model), channel_of(stored(ModelBlessing, tmp_path)))
    made = execute(component, tmp_path, examples=examples, model=model, model_blessing=[])
    assert made.summary == ["nothing inferred: there is no model blessing"]


@pytest.mark.tensorflow
def test_a_blessed_model_predicts(chain: Chain, tmp_path: Path) -> None:
    made = infer(tmp_path, chain.examples, chain.trainer["model"], model_blessing=blessing(tmp_path, 1))
    assert len(logs_of(made)) == 240


def test_a_split_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="a split that is named must exist"):
        infer(
            tmp_path,
            examples_of(tmp_path, ["eval"]),
            stored(Model, tmp_path),
            data_spec={"example_splits": ["test"]},
        )


def test_a_model_is_needed(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="needs the input 'model'"):
        BulkInferrer(channel_of(examples_of(tmp_path, ["eval"])))


def test_one_of_the_two_outputs_is_there(tmp_path: Path) -> None:
    examples, model = channel_of(examples_of(tmp_path, ["eval"])), channel_of(stored(Model, tmp_path))
    assert list(BulkInferrer(examples, model).outputs) == ["inference_result"]
    assert list(BulkInferrer(examples, model, output_example_spec=PREDICTED).outputs) == ["output_examples"]


@pytest.mark.tensorflow
@pytest.mark.parametrize("flags", [[], pytest.param(["--runner=FnApiRunner"], marks=pytest.mark.beam)])
def test_behind_a_trainer_in_a_pipeline(flags: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("data/rows.csv").write_text("x,y\n" + "".join(f"{x},{2 * x}\n" for x in range(300)))
    Path("model.py").write_text(_MODEL)
    gen = tfx.components.CsvExampleGen(input_base=str(tmp_path / "data"))
    trainer = tfx.components.Trainer(
        examples=gen.outputs["examples"],
        module_file="model.py",
        train_args=tfx.proto.TrainArgs(num_steps=1),
        eval_args=tfx.proto.EvalArgs(num_steps=1),
    )
    column = {"value_column": "doubled"}
    bulk = tfx.components.BulkInferrer(
        examples=gen.outputs["examples"],
        model=trainer.outputs["model"],
        output_example_spec={"output_columns_spec": [{"signature_name": "double", "regress_output": column}]},
    )
    statistics = tfx.components.StatisticsGen(examples=bulk.outputs["output_examples"])
    pipeline = tfx.dsl.Pipeline(
        "doubling", pipeline_root="runs", components=[gen, trainer, bulk, statistics], beam_pipeline_args=flags
    )
    result = tfx.orchestration.LocalDagRunner().run(pipeline)
    [output] = result.nodes["BulkInferrer"].outputs["output_examples"]
    assert output.splits == ["eval", "train"]
    rows = [row for split in output.splits for row in rows_of(output, split)]
    assert len(rows) == 300
    assert all(row["doubled"] == row["y"] for row in rows)


_MODEL = """
import tensorflow as tf


def run_fn(fn_args):
    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def double(examples):
        return {"doubled": 2 * tf.io.parse_example(examples, {"x": tf.io.FixedLenFeature([], tf.int64)})["x"]}

    model = tf.Module()
    model.double = double
    tf.saved_model.save(model, fn_args.serving_model_dir, signatures={"double": double})
"""
