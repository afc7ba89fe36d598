"""The taxi pipeline from CSV to evaluation and predictions, on any engine, and what it made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gristmill as tfx
import gristmill.model_analysis as tfma
from gristmill.io.tfrecord import read_records
from gristmill.orchestration import RunResult
from gristmill.proto import prediction_log_pb2

TEMPLATE = Path(tfx.__file__).parent / "templates" / "taxi"
FILES = 3  # of the table: several shards, so that there is something to merge
STEPS = 20
SPLITS = ("train", "eval")


@dataclass(frozen=True)
class Made:
    """The outputs of a run."""

    result: RunResult

    def folder(self, node: str, key: str) -> Path:
        [artifact] = self.result.nodes[node].outputs[key]
        return Path(artifact.uri)

    def files(self, node: str, key: str, *below: str) -> list[str]:
        """Names relative to the artifact's folder."""
        top = self.folder(node, key)
        return sorted(str(file.relative_to(top)) for file in top.joinpath(*below).rglob("*") if file.is_file())

    def bytes_of(self, node: str, key: str, name: str) -> bytes:
        return (self.folder(node, key) / name).read_bytes()

    def rows(self, node: str, key: str, *below: str) -> list[bytes]:
        """The records of all TFRecord files there, in order. How they are cut into files is the engine's choice."""
        top = self.folder(node, key)
        return [record for name in self.files(node, key, *below) for record in read_records(str(top / name))]

    def evaluation(self) -> dict[str, dict[str, float]]:
        """All numbers of metrics and plots, by slice and by their place in the result."""
        result = tfma.load_eval_result(str(self.folder("Evaluator", "evaluation")))
        numbers = {str(key): dict(_numbers(metrics)) for key, metrics in result.slicing_metrics}
        for key, plots in result.plots:
            numbers[str(key)].update(_numbers(plots))
        return numbers

    def predictions(self) -> tuple[list[bytes], list[float]]:
        """What was asked and what the model answered, row by row."""
        asked, answered = [], []
        for record in self.rows("BulkInferrer", "inference_result"):
            log = prediction_log_pb2.PredictionLog.FromString(record).predict_log
            asked.append(log.request.SerializeToString(deterministic=True))
            [answer] = log.response.outputs["outputs"].float_val
            answered.append(answer)
        return asked, answered


def _numbers(tree: Any, place: str = "") -> Iterator[tuple[str, float]]:
    children = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for name, child in children:
        yield from _numbers(child, f"{place}/{name}")
    if isinstance(tree, int | float):
        yield place, float(tree)


def cut_table(table: Path, folder: Path) -> None:
    """The rows of a CSV file, in ``FILES`` files."""
    header, *rows = table.read_text().splitlines(keepends=True)
    folder.mkdir(parents=True)
    size = -(-len(rows) // FILES)
    for number in range(FILES):
        (folder / f"part-{number}.csv").write_text(header + "".join(rows[number * size : (number + 1) * size]))


def run_chain(data: Path, work: Path, flags: Sequence[str], model: Path | None = None) -> Made:
    """Run everything with the flags on the pipeline; trains a model where none is given."""
    result = tfx.orchestration.LocalDagRunner().run(_pipeline(data, work, flags, model))
    return Made(result)


def _pipeline(data: Path, work: Path, flags: Sequence[str], model: Path | None) -> tfx.dsl.Pipeline:
    example_gen = tfx.components.CsvExampleGen(input_base=str(data))
    examples = example_gen.outputs["examples"]
    statistics_gen = tfx.components.StatisticsGen(examples=examples)
    statistics = statistics_gen.outputs["statistics"]
    schema_gen = tfx.components.SchemaGen(statistics=statistics, infer_feature_shape=False)
    schema = schema_gen.outputs["schema"]
    validator = tfx.components.ExampleValidator(statistics=statistics, schema=schema)
    transform = tfx.components.Transform(examples, schema, module_file=str(TEMPLATE / "preprocessing.py"))
    trained: Any = _trainer(transform, schema) if model is None else _importer(model)
    [channel] = [trained.outputs[key] for key in trained.outputs if key in ("model", "result")]
    evaluator = tfx.components.Evaluator(examples=examples, model=channel, eval_config=_eval_config())
    inferrer = tfx.components.BulkInferrer(
        examples=examples,
        model=channel,
        data_spec=tfx.proto.DataSpec(example_splits=["eval"]),
    )
    return tfx.dsl.Pipeline(
        pipeline_name="conformance",
        pipeline_root=str(work / "root"),
        components=[
            example_gen, statistics_gen, schema_gen, validator, transform, trained, evaluator, inferrer,
        ],
        beam_pipeline_args=list(flags),
    )  # fmt: skip


def _trainer(transform: Any, schema: Any) -> Any:
    return tfx.components.Trainer(
        module_file=str(TEMPLATE / "model.py"),
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema,
        train_args=tfx.proto.TrainArgs(num_steps=STEPS),
        eval_args=tfx.proto.EvalArgs(num_steps=1),
    )


def _importer(model: Path) -> Any:
    return tfx.dsl.Importer(source_uri=str(model), artifact_type=tfx.types.standard_artifacts.Model)


def _eval_config() -> tfma.EvalConfig:
    enough = tfma.MetricThreshold(value_threshold=tfma.GenericValueThreshold(lower_bound={"value": 10}))
    metrics = [tfma.MetricConfig(class_name="ExampleCount", threshold=enough)]
    names = ("AUC", "BinaryAccuracy", "Calibration", "ConfusionMatrixPlot")
    metrics += [tfma.MetricConfig(class_name=name) for name in names]
    return tfma.EvalConfig(
        model_specs=[
            tfma.ModelSpec(
                signature_name="serving_default",
                label_key="big_tipper",
                preprocessing_function_names=["transform_features"],
            )
        ],
        slicing_specs=[tfma.SlicingSpec(), tfma.SlicingSpec(feature_keys=["trip_start_hour"])],
        metrics_specs=[tfma.MetricsSpec(metrics=metrics)],
    )
