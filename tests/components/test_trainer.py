"""Trainer: what run_fn is given, and what it must leave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gristmill.components import Trainer
from gristmill.dsl.standard_artifacts import HyperParameters, Model, TransformGraph
from gristmill.errors import ConfigError, UserCodeError

from .journeys import USER_CODE, Chain, Executed, channel_of, execute, stored, trainer_inputs, trainer_of


def trainer(raw: Chain, module: Path, **options: Any) -> Trainer:
    """A Trainer over the raw journeys."""
    return Trainer(examples=channel_of(raw.examples), module_file=str(module), **options)


def seen_by(made: Executed) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(made.path("model", "Format-Serving", "seen.json").read_text())
    return content


def test_run_fn_is_given_everything(raw: Chain, tmp_path: Path) -> None:
    (tmp_path / "tuned").mkdir()
    (tmp_path / "tuned" / "best_hyperparameters.txt").write_text('{"values": {"units": 3}}')
    (tmp_path / "base" / "Format-Serving").mkdir(parents=True)
    (tmp_path / "graph").mkdir()
    inputs = {
        "examples": raw.examples,
        "schema": raw.schema,
        "statistics": raw.statistics,
        "transform_graph": stored(TransformGraph, tmp_path / "graph"),
        "base_model": stored(Model, tmp_path / "base"),
        "hyperparameters": stored(HyperParameters, tmp_path / "tuned"),
    }
    component = Trainer(
        **{key: channel_of(artifact) for key, artifact in inputs.items()},
        module_file=str(USER_CODE / "seen_arguments.py"),
        train_args={"num_steps": 7, "splits": ["train", "eval"]},
        eval_args={"num_steps": 3},
        custom_config={"rate": 0.5, "names": ["a"]},
    )
    made = execute(component, tmp_path, **inputs)
    counts = {"train": 0, "eval": 0}
    counts.update(seen_by(made)["num_examples"])
    assert sum(counts.values()) == 240
    assert seen_by(made) == {
        "working_dir": True,
        "train_files": [f"{raw.examples.uri}/Split-train/*", f"{raw.examples.uri}/Split-eval/*"],
        "eval_files": [f"{raw.examples.uri}/Split-eval/*"],
        "train_steps": 7,
        "eval_steps": 3,
        "schema_path": f"{raw.schema.uri}/schema.pbtxt",
        "schema_file": f"{raw.schema.uri}/schema.pbtxt",
        "transform_graph_path": str(tmp_path / "graph"),
        "transform_output": str(tmp_path / "graph"),
        "data_accessor": "DataAccessor",
        "serving_model_dir": str(made.path("model", "Format-Serving")),
        "eval_model_dir": str(made.path("model", "Format-TFMA")),
        "model_run_dir": str(made.path("model_run")),
        "base_model": str(tmp_path / "base" / "Format-Serving"),
        "hyperparameters": {"values": {"units": 3}},
        "custom_config": {"rate": 0.5, "names": ["a"]},
        "num_examples": counts,
    }
    assert made.summary == ["7 steps"]


def test_what_is_not_given_is_none(raw: Chain, tmp_path: Path) -> None:
    made = execute(trainer(raw, USER_CODE / "seen_arguments.py"), tmp_path, examples=raw.examples)
    absent = {key for key, value in seen_by(made).items() if value is None}
    assert absent == {
        "train_steps", "eval_steps", "schema_path", "schema_file", "transform_graph_path", "transform_output",
        "base_model", "hyperparameters", "custom_config", "num_examples",
    }  # fmt: skip
    assert made.summary == []


def test_run_fn_may_be_named_by_a_dotted_path(raw: Chain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(USER_CODE))
    component = Trainer(examples=channel_of(raw.examples), run_fn="seen_arguments.run_fn")
    assert seen_by(execute(component, tmp_path, examples=raw.examples))["working_dir"] is True


def test_a_run_fn_that_writes_no_model_fails_with_a_hint(raw: Chain, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("def run_fn(fn_args):\n    pass\n")
    with pytest.raises(UserCodeError, match=r"must write a model into fn_args\.serving_model_dir"):
        execute(trainer(raw, tmp_path / "module.py"), tmp_path, examples=raw.examples)


def test_a_module_without_run_fn_is_told_what_it_has(raw: Chain, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("def run_function(fn_args):\n    pass\n")
    with pytest.raises(ConfigError, match=r"(?s)no function 'run_fn'.*run_function"):
        execute(trainer(raw, tmp_path / "module.py"), tmp_path, examples=raw.examples)


def test_what_run_fn_raises_is_shown_as_the_users(raw: Chain, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("def run_fn(fn_args):\n    raise RuntimeError('no luck')\n")
    with pytest.raises(UserCodeError, match="run_fn failed: RuntimeError: no luck"):
        execute(trainer(raw, tmp_path / "module.py"), tmp_path, examples=raw.examples)


def test_a_split_that_does_not_exist_is_refused(raw: Chain, tmp_path: Path) -> None:
    component = trainer(raw, USER_CODE / "seen_arguments.py", eval_args={"splits": ["test"]})
    with pytest.raises(ConfigError, match="'test'"):
        execute(component, tmp_path, examples=raw.examples)


def test_a_dataset_without_a_schema_is_refused_with_a_hint(raw: Chain, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(
        "from gristmill.io.tensors.options import TensorFlowDatasetOptions\n"
        "def run_fn(fn_args):\n"
        "    fn_args.data_accessor.tf_dataset_factory(fn_args.train_files, TensorFlowDatasetOptions(batch_size=2))\n"
    )
    with pytest.raises(ConfigError, match="schema"):
        execute(trainer(raw, tmp_path / "module.py"), tmp_path, examples=raw.examples)


def test_record_batches_can_be_read_instead_of_tensors(raw: Chain, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(
        "import pathlib\n"
        "from gristmill.io.tensors.options import RecordBatchesOptions\n"
        "def run_fn(fn_args):\n"
        "    options = RecordBatchesOptions(batch_size=50, num_epochs=1)\n"
        "    batches = fn_args.data_accessor.record_batch_factory(fn_args.train_files, options)\n"
        "    rows = [row for batch in batches for row in batch.to_pylist()]\n"
        "    pathlib.Path(fn_args.serving_model_dir).mkdir(parents=True)\n"
        "    pathlib.Path(fn_args.serving_model_dir, 'seen.json').write_text(str(len(rows)))\n"
    )
    component = trainer(raw, tmp_path / "module.py", train_args={"splits": ["train", "eval"]})
    made = execute(component, tmp_path, examples=raw.examples)
    assert seen_by(made) == 240


@pytest.mark.parametrize(
    "options",
    [
        {"examples": True},
        {"examples": True, "module_file": "a.py", "run_fn": "a.run_fn"},
        {"module_file": "a.py"},
        {"examples": True, "transformed_examples": True, "module_file": "a.py"},
        {"transformed_examples": True, "module_file": "a.py"},
    ],
)
def test_arguments_that_do_not_go_together_are_refused(raw: Chain, options: dict[str, Any]) -> None:
    given = {key: channel_of(raw.examples) if value is True else value for key, value in options.items()}
    with pytest.raises(ConfigError):
        Trainer(**given)


@pytest.mark.tensorflow
def test_a_keras_3_model_trains_and_logs(chain: Chain) -> None:
    assert chain.trainer.path("model", "Format-Serving", "saved_model.pb").is_file()
    logs = [path.name for path in chain.trainer.path("model_run").rglob("events.out.tfevents*")]
    assert len(logs) >= 2  # training and validation
    assert chain.trainer.summary == ["60 steps"]


@pytest.mark.tensorflow
def test_a_keras_2_model_trains_and_a_second_one_starts_from_it(chain: Chain, tmp_path: Path) -> None:
    first = execute(trainer_of(chain.transform, "keras2_model.py", 40), tmp_path, **trainer_inputs(chain.transform))
    component = trainer_of(chain.transform, "keras2_model.py", 0, base_model=channel_of(first["model"]))
    again = execute(component, tmp_path, **trainer_inputs(chain.transform, base_model=first["model"]))
    np.testing.assert_allclose(predictions(again, chain), predictions(first, chain), rtol=1e-6)


@pytest.mark.tensorflow
def test_a_plain_module_takes_hyperparameters_and_writes_an_eval_model(raw: Chain, tmp_path: Path) -> None:
    (tmp_path / "tuned").mkdir()
    (tmp_path / "tuned" / "best_hyperparameters.txt").write_text('{"values": {"distance": 3.5}}')
    tuned = stored(HyperParameters, tmp_path / "tuned")
    component = trainer(raw, USER_CODE / "plain_model.py", hyperparameters=channel_of(tuned), custom_config={"a": 1})
    made = execute(component, tmp_path, examples=raw.examples, hyperparameters=tuned)
    assert made.path("model_run", "seen.json").read_text() == '{"a": 1}'
    import tensorflow as tf

    for form, distance in (("Format-Serving", 3.5), ("Format-TFMA", 4.5)):
        model = tf.saved_model.load(str(made.path("model", form)))
        [value] = model.signatures["serving_default"](examples=tf.constant([b""]))["outputs"].numpy()
        assert value == pytest.approx(1 / (1 + np.exp(distance)))


def predictions(made: Executed, chain: Chain) -> Any:
    import tensorflow as tf

    from gristmill.io.tfrecord import read_records

    [file] = Path(chain.examples.path(split="eval")).iterdir()
    model = tf.saved_model.load(str(made.path("model", "Format-Serving")))
    return model.signatures["serving_default"](examples=tf.constant(list(read_records(str(file)))))["outputs"].numpy()
