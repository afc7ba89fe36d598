"""``steps.py STEP FOLDER DATA ROWS`` times a step of the taxi pipeline on what the steps before it left in the folder.

DATA is the folder of CSV files. Libraries are loaded before the clock starts; data is not.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
from timing import timed

import gristmill as tfx
import gristmill.data_validation.generation  # these two load the libraries before the clock starts
import gristmill.engine.local
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.user_module import load_user_module

TAXI = Path(tfx.__file__).parent / "templates" / "taxi"
WITH_TENSORFLOW = ("transform", "trainer", "evaluator", "bulk_inferrer")


def nodes(data: Path) -> dict[str, list[BaseComponent]]:
    """The components that each step runs."""
    components = tfx.components
    gen = components.CsvExampleGen(input_base=str(data))
    examples = gen.outputs["examples"]
    stats = components.StatisticsGen(examples=examples)
    statistics = stats.outputs["statistics"]
    schema_gen = components.SchemaGen(statistics=statistics, infer_feature_shape=False)
    schema = schema_gen.outputs["schema"]
    transform = components.Transform(examples=examples, schema=schema, module_file=str(TAXI / "preprocessing.py"))
    trainer = components.Trainer(
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        module_file=str(TAXI / "model.py"),
        train_args=tfx.proto.TrainArgs(num_steps=1000),
        eval_args=tfx.proto.EvalArgs(num_steps=100),
    )
    model = trainer.outputs["model"]
    return {
        "example_gen": [gen],
        "statistics_gen": [stats],
        "schema_gen": [schema_gen, components.ExampleValidator(statistics=statistics, schema=schema)],
        "transform": [transform],
        "trainer": [trainer],
        "evaluator": [
            components.Evaluator(
                examples=examples, model=model, example_splits=["train", "eval"], eval_config=eval_config()
            )
        ],
        "bulk_inferrer": [components.BulkInferrer(examples=examples, model=model)],
    }


def eval_config() -> Any:
    """The template's: over all rows, and on the slice of each hour."""
    return load_user_module(str(TAXI / "pipeline.py")).eval_config()


class Folder:
    """Where each component's outputs lie."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def artifact(self, channel: Any) -> Any:
        """That of an output channel, with the splits that its component gave it."""
        artifact = channel.type()
        artifact.uri = str(self._path / channel.producer_component_id / channel.output_key)
        state = self._state(artifact)
        if state.exists():
            artifact.splits = json.loads(state.read_text())
        return artifact

    def keep(self, artifact: Any) -> None:
        if getattr(artifact, "split_names", ""):
            self._state(artifact).write_text(json.dumps(artifact.splits))

    def _state(self, artifact: Any) -> Path:
        return Path(artifact.uri + ".splits")

    def clear(self, component: BaseComponent) -> None:
        shutil.rmtree(self._path / component.id, ignore_errors=True)


def main() -> None:
    step, folder, data = sys.argv[1], Folder(Path(sys.argv[2])), Path(sys.argv[3])
    pa.array([])  # makes pyarrow load pandas, where that is installed
    if step in WITH_TENSORFLOW:
        import gristmill.transform  # noqa: F401 - loads TensorFlow before the clock starts
    components = nodes(data)[step]
    for component in components:
        folder.clear(component)
    read = {key: channel for component in components for key, channel in component.inputs.items()}
    inputs = [Path(folder.artifact(channel).uri) for channel in read.values()] or [data]

    def execute() -> None:
        for component in components:
            given = {key: [folder.artifact(channel)] for key, channel in component.inputs.items()}
            made = {key: [folder.artifact(channel)] for key, channel in component.outputs.items()}
            spec: Any = component.executor_spec
            spec.executor_class().Do(given, made, dict(component.exec_properties))
            for [artifact] in made.values():
                folder.keep(artifact)

    timed(execute, inputs)


if __name__ == "__main__":
    main()
