"""One step of the chain, timed inside its own process: ``steps.py STEP FOLDER ROWS``; prints its figures as JSON.

Libraries are loaded before the clock starts; data is not.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gristmill as tfx
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent

TAXI = Path(tfx.__file__).parent / "templates" / "taxi"


def artifact(work: Path, node: BaseComponent, key: str) -> Artifact:
    """The output of a node, at a place of its own."""
    result = node.outputs[key].type()
    result.uri = str(work / type(node).__name__ / key)
    state = Path(result.uri + ".json")
    if state.exists():
        result.splits = json.loads(state.read_text())
    return result


def execute(work: Path, node: BaseComponent, **inputs: Artifact) -> float:
    """Run a node's executor; the seconds that it took."""
    outputs = {key: [artifact(work, node, key)] for key in node.outputs}
    executor = node.executor_spec.executor_class()
    started = time.perf_counter()
    executor.Do({key: [value] for key, value in inputs.items()}, outputs, dict(node.exec_properties))
    seconds = time.perf_counter() - started
    for [output] in outputs.values():
        if getattr(output, "split_names", ""):
            Path(output.uri + ".json").write_text(json.dumps(output.splits))
    return seconds


class Chain:
    """The nodes of the taxi pipeline, and the outputs that earlier steps left in the folder."""

    def __init__(self, work: Path) -> None:
        self.work = work
        components = tfx.components
        self.gen = components.CsvExampleGen(input_base=str(work / "data"))
        examples = self.gen.outputs["examples"]
        self.stats = components.StatisticsGen(examples=examples)
        self.schema = components.SchemaGen(statistics=self.stats.outputs["statistics"], infer_feature_shape=False)
        schema = self.schema.outputs["schema"]
        self.transform = components.Transform(
            examples=examples, schema=schema, module_file=str(TAXI / "preprocessing.py")
        )
        self.trainer = components.Trainer(
            examples=self.transform.outputs["transformed_examples"],
            transform_graph=self.transform.outputs["transform_graph"],
            module_file=str(TAXI / "model.py"),
            train_args=tfx.proto.TrainArgs(num_steps=1000),
            eval_args=tfx.proto.EvalArgs(num_steps=100),
        )
        self.evaluator = components.Evaluator(
            examples=examples,
            model=self.trainer.outputs["model"],
            example_splits=["train", "eval"],
            eval_config=taxi_pipeline().eval_config(),
        )
        self.bulk_inferrer = components.BulkInferrer(examples=examples, model=self.trainer.outputs["model"])

    def made(self, node: BaseComponent, key: str) -> Artifact:
        return artifact(self.work, node, key)

    def example_gen(self) -> float:
        return execute(self.work, self.gen)

    def statistics_gen(self) -> float:
        return execute(self.work, self.stats, examples=self.made(self.gen, "examples"))

    def schema_gen(self) -> float:
        return execute(self.work, self.schema, statistics=self.made(self.stats, "statistics"))

    def transform_step(self) -> float:
        inputs = {"examples": self.made(self.gen, "examples"), "schema": self.made(self.schema, "schema")}
        return execute(self.work, self.transform, **inputs)

    def trainer_step(self) -> float:
        inputs = {
            "examples": self.made(self.transform, "transformed_examples"),
            "transform_graph": self.made(self.transform, "transform_graph"),
        }
        return execute(self.work, self.trainer, **inputs)

    def evaluator_step(self) -> float:
        inputs = {"examples": self.made(self.gen, "examples"), "model": self.made(self.trainer, "model")}
        return execute(self.work, self.evaluator, **inputs)

    def bulk_inferrer_step(self) -> float:
        inputs = {"examples": self.made(self.gen, "examples"), "model": self.made(self.trainer, "model")}
        return execute(self.work, self.bulk_inferrer, **inputs)


def taxi_pipeline() -> Any:
    """The template's pipeline module."""
    from gristmill.dsl.user_module import load_user_module

    return load_user_module(str(TAXI / "pipeline.py"))


def main() -> None:
    step, work, rows = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if step in ("transform", "trainer", "evaluator", "bulk_inferrer"):
        import gristmill.transform  # noqa: F401 - loads TensorFlow before the clock starts
    chain = Chain(work)
    steps: dict[str, Callable[[], float]] = {
        "example_gen": chain.example_gen,
        "statistics_gen": chain.statistics_gen,
        "schema_gen": chain.schema_gen,
        "transform": chain.transform_step,
        "trainer": chain.trainer_step,
        "evaluator": chain.evaluator_step,
        "bulk_inferrer": chain.bulk_inferrer_step,
    }
    seconds = steps[step]()
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts in KiB
    counted = rows if step not in ("schema_gen", "trainer") else 0
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb, "rows": counted}))


if __name__ == "__main__":
    main()
