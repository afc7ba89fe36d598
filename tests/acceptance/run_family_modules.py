"""Runs users' modules that import the TFX family, unmodified, in a pipeline that is written for it as well.

    python run_family_modules.py MODULES DATA WORK EVAL_CONFIG STEPS

MODULES is the folder of the modules, DATA that of the CSV, WORK gets everything that is made. EVAL_CONFIG is the
evaluation as JSON, STEPS the number of training steps. The URIs of all outputs are printed as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import gristmill.compat

gristmill.compat.install()

import tensorflow_model_analysis as tfma  # noqa: E402 - known from here on
from google.protobuf import json_format  # noqa: E402
from tfx import v1 as tfx  # noqa: E402


def create_pipeline(modules: Path, data: Path, work: Path, eval_config: str, steps: int) -> tfx.dsl.Pipeline:
    examples = tfx.components.CsvExampleGen(input_base=str(data))
    statistics = tfx.components.StatisticsGen(examples=examples.outputs["examples"])
    schema = tfx.components.SchemaGen(statistics=statistics.outputs["statistics"], infer_feature_shape=False)
    validator = tfx.components.ExampleValidator(
        statistics=statistics.outputs["statistics"], schema=schema.outputs["schema"]
    )
    transform = tfx.components.Transform(
        examples=examples.outputs["examples"],
        schema=schema.outputs["schema"],
        module_file=str(modules / "taxi_transform.py"),
    )
    trainer = tfx.components.Trainer(
        module_file=str(modules / "taxi_trainer.py"),
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema.outputs["schema"],
        train_args=tfx.proto.TrainArgs(num_steps=steps),
        eval_args=tfx.proto.EvalArgs(num_steps=5),
    )
    baseline = tfx.dsl.Resolver(
        strategy_class=tfx.dsl.experimental.LatestBlessedModelStrategy,
        model=tfx.dsl.Channel(type=tfx.types.standard_artifacts.Model),
        model_blessing=tfx.dsl.Channel(type=tfx.types.standard_artifacts.ModelBlessing),
    ).with_id("latest_blessed_model_resolver")
    evaluator = tfx.components.Evaluator(
        examples=examples.outputs["examples"],
        model=trainer.outputs["model"],
        baseline_model=baseline.outputs["model"],
        eval_config=json_format.Parse(eval_config, tfma.EvalConfig()),
    )
    filesystem = tfx.proto.PushDestination.Filesystem(base_directory=str(work / "serving"))
    pusher = tfx.components.Pusher(
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        push_destination=tfx.proto.PushDestination(filesystem=filesystem),
    )
    return tfx.dsl.Pipeline(
        pipeline_name="seed",
        pipeline_root=str(work / "root"),
        components=[examples, statistics, schema, validator, transform, trainer, baseline, evaluator, pusher],
        enable_cache=True,
    )


def main() -> None:
    modules, data, work, eval_config, steps = sys.argv[1:]
    pipeline = create_pipeline(Path(modules), Path(data), Path(work), eval_config, int(steps))
    result = tfx.orchestration.LocalDagRunner().run(pipeline)
    outputs = {
        node: {key: [artifact.uri for artifact in artifacts] for key, artifacts in found.outputs.items()}
        for node, found in result.nodes.items()
    }
    sys.stdout.write(json.dumps(outputs) + "\n")


if __name__ == "__main__":
    main()
