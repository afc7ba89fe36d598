"""What earlier runs left, and what was there before any run, comes into a pipeline: resolvers and importers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import gristmill.model_analysis as tfma
from gristmill.components import CsvExampleGen, Evaluator, Importer, Pusher, Resolver, StatisticsGen, Trainer
from gristmill.dsl.channel import Channel
from gristmill.dsl.experimental import LatestArtifactStrategy, LatestBlessedModelStrategy, SpanRangeStrategy
from gristmill.dsl.node import BaseNode
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.standard_artifacts import Examples, HyperParameters, Model, ModelBlessing
from gristmill.orchestration import LocalDagRunner, RunResult
from gristmill.proto import RangeConfig, RollingRange

from .steps import ThinOut

ALL = {"split_config": {"splits": [{"name": "all", "hash_buckets": 1}]}}


def run(folder: Path, *nodes: BaseNode) -> RunResult:
    return LocalDagRunner().run(Pipeline("history", str(folder / "root"), components=list(nodes), enable_cache=True))


def write_rows(folder: Path, count: int, start: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"{number},{number / 10}" for number in range(start, start + count)]
    (folder / "rows.csv").write_text("\n".join(["label,distance", *lines]) + "\n")


def test_a_rolling_range_brings_the_newest_spans(tmp_path: Path) -> None:
    def once() -> RunResult:
        generator = CsvExampleGen(
            str(tmp_path / "data"), {"splits": [{"name": "all", "pattern": "span-{SPAN}/*"}]}, ALL
        )
        newest = Resolver(
            SpanRangeStrategy,
            {"range_config": RangeConfig(rolling_range=RollingRange(num_spans=2))},
            examples=generator.outputs["examples"],
        )
        return run(tmp_path, generator, newest, ThinOut(newest.outputs["examples"], drop=1000, trap="no such file"))

    seen = []
    for span in (1, 2, 3):
        write_rows(tmp_path / "data" / f"span-{span}", 10 * span)
        result = once()
        seen.append([artifact.span for artifact in result.outputs("Resolver")["examples"]])
        assert result.nodes["ThinOut"].summary == (f"{sum(10 * each for each in seen[-1])} rows kept",)
    assert seen == [[1], [2, 1], [3, 2]]


def test_the_latest_artifact_feeds_a_pipeline_that_does_not_make_it(tmp_path: Path) -> None:
    write_rows(tmp_path / "data", 30)
    made = run(tmp_path, CsvExampleGen(str(tmp_path / "data"), output_config=ALL)).outputs("CsvExampleGen")
    latest = Resolver(LatestArtifactStrategy, examples=Channel(Examples))
    result = run(tmp_path, latest, StatisticsGen(latest.outputs["examples"]))
    assert [each.id for each in result.outputs("Resolver")["examples"]] == [made["examples"][0].id]
    assert result.nodes["StatisticsGen"].state.value == "complete"


def test_an_imported_artifact_is_an_input_like_any_other(tmp_path: Path) -> None:
    """Hyperparameters that were found elsewhere reach run_fn."""
    write_rows(tmp_path / "data", 30)
    (tmp_path / "tuned").mkdir()
    (tmp_path / "tuned" / "best_hyperparameters.txt").write_text('{"values": {"units": 3}}')
    (tmp_path / "module.py").write_text(
        "import json, pathlib\n"
        "def run_fn(fn_args):\n"
        "    pathlib.Path(fn_args.serving_model_dir).mkdir(parents=True)\n"
        "    pathlib.Path(fn_args.serving_model_dir, 'seen').write_text(json.dumps(fn_args.hyperparameters))\n"
    )

    def once() -> RunResult:
        generator = CsvExampleGen(str(tmp_path / "data"))
        tuned = Importer(str(tmp_path / "tuned"), HyperParameters)
        trainer = Trainer(
            examples=generator.outputs["examples"],
            hyperparameters=tuned.outputs["result"],
            module_file=str(tmp_path / "module.py"),
        )
        return run(tmp_path, generator, tuned, trainer)

    def units(result: RunResult) -> Any:
        [model] = result.outputs("Trainer")["model"]
        return json.loads(Path(model.uri, "Format-Serving", "seen").read_text())["values"]["units"]

    assert units(once()) == 3
    assert once().nodes["Trainer"].state.value == "cached"
    (tmp_path / "tuned" / "best_hyperparameters.txt").write_text('{"values": {"units": 4}}')
    assert units(once()) == 4


MODEL = """
import tensorflow as tf

class Model(tf.Module):
    def __init__(self):
        super().__init__()
        self.factor = tf.Variable(FACTOR)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="examples")])
    def predict(self, examples):
        spec = {"distance": tf.io.FixedLenFeature([], tf.float32)}
        return {"outputs": self.factor * tf.io.parse_example(examples, spec)["distance"]}

def run_fn(fn_args):
    model = Model()
    tf.saved_model.save(model, fn_args.serving_model_dir, signatures={"serving_default": model.predict})
"""


@pytest.mark.tensorflow
def test_each_model_is_compared_with_the_last_blessed_one(tmp_path: Path) -> None:
    """label = 10 x distance: factors closer to 10 have smaller errors."""
    write_rows(tmp_path / "data", 60)
    threshold = tfma.MetricThreshold(
        value_threshold=tfma.GenericValueThreshold(upper_bound={"value": 1e9}),
        change_threshold=tfma.GenericChangeThreshold(
            direction=tfma.MetricDirection.LOWER_IS_BETTER, absolute={"value": 0.0}
        ),
    )
    metric = tfma.MetricConfig(class_name="MeanSquaredError", threshold=threshold)
    config = tfma.EvalConfig(
        model_specs=[tfma.ModelSpec(label_key="label")], metrics_specs=[tfma.MetricsSpec(metrics=[metric])]
    )

    def once(factor: float) -> RunResult:
        (tmp_path / "module.py").write_text(MODEL.replace("FACTOR", str(factor)))
        generator = CsvExampleGen(str(tmp_path / "data"))
        trainer = Trainer(examples=generator.outputs["examples"], module_file=str(tmp_path / "module.py"))
        baseline = Resolver(
            LatestBlessedModelStrategy, model=Channel(Model), model_blessing=Channel(ModelBlessing)
        ).with_id("baseline")
        evaluator = Evaluator(
            generator.outputs["examples"],
            trainer.outputs["model"],
            baseline_model=baseline.outputs["model"],
            eval_config=config,
        )
        pusher = Pusher(
            trainer.outputs["model"],
            evaluator.outputs["blessing"],
            push_destination={"filesystem": {"base_directory": str(tmp_path / "serving")}},
        )
        return run(tmp_path, generator, trainer, baseline, evaluator, pusher)

    once(5.0)
    again = once(5.0)  # now there is a baseline: the model itself
    assert {name for name, node in again.nodes.items() if node.state.value == "complete"} == {"baseline", "Evaluator"}
    blessed, baselines, models = [], [], []
    for factor in (9.0, 2.0, 10.0):
        result = once(factor)
        [blessing] = result.outputs("Evaluator")["blessing"]
        blessed.append(blessing.get_int_custom_property("blessed"))
        baselines.append(blessing.get_int_custom_property("baseline_model_id"))
        models.append(result.outputs("Trainer")["model"][0].id)
        pushed = result.outputs("Pusher")["pushed_model"][0].get_int_custom_property("pushed")
        assert pushed == blessed[-1]
    assert blessed == [1, 0, 1]
    assert baselines == [again.outputs("Trainer")["model"][0].id, models[0], models[0]]
    assert len(list((tmp_path / "serving").iterdir())) == 3
