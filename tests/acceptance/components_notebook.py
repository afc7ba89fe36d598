"""The notebook of TFX's tutorial about its components, as a Chinese article of 2021 tells it, for the taxi data.

Only the first cell knows of gristmill. The user's three modules are written by ``%%writefile``, word for word.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

__all__ = ["MODULES", "components_notebook"]

MODULES = ("taxi_constants", "taxi_transform", "taxi_trainer")

_IMPORTS = """
import os
import pprint
import tempfile

import absl
import tensorflow as tf
import tensorflow_model_analysis as tfma
tf.get_logger().propagate = False
pp = pprint.PrettyPrinter()

from tfx import v1 as tfx
from tfx.orchestration.experimental.interactive.interactive_context import InteractiveContext

%load_ext tfx.orchestration.experimental.interactive.notebook_extensions.skip
"""
_PATHS = """
_tfx_root = tfx.__path__[0]
_taxi_root = os.path.join(_tfx_root, 'examples/chicago_taxi_pipeline')
_serving_model_dir = os.path.join({work!r}, 'serving_model/taxi_simple')
_data_root = {data!r}
_data_filepath = os.path.join(_data_root, 'data.csv')
absl.logging.set_verbosity(absl.logging.INFO)
"""
_FIRST_RECORDS = """
train_uri = os.path.join(example_gen.outputs['examples'].get()[0].uri, 'Split-train')
tfrecord_filenames = [os.path.join(train_uri, name) for name in os.listdir(train_uri)]
dataset = tf.data.TFRecordDataset(tfrecord_filenames, compression_type='GZIP')
for tfrecord in dataset.take(1):
  serialized_example = tfrecord.numpy()
  example = tf.train.Example()
  example.ParseFromString(serialized_example)
  pp.pprint(example)
"""
_TRANSFORM = """
transform = tfx.components.Transform(
    examples=example_gen.outputs['examples'],
    schema=schema_gen.outputs['schema'],
    module_file=os.path.abspath(_taxi_transform_module_file))
context.run(transform)
"""
_TRAINER = """
trainer = tfx.components.Trainer(
    module_file=os.path.abspath(_taxi_trainer_module_file),
    examples=transform.outputs['transformed_examples'],
    transform_graph=transform.outputs['transform_graph'],
    schema=schema_gen.outputs['schema'],
    train_args=tfx.proto.TrainArgs(num_steps={train_steps}),
    eval_args=tfx.proto.EvalArgs(num_steps={eval_steps}))
context.run(trainer)
"""
_EVAL_CONFIG = """
eval_config = tfma.EvalConfig(
    model_specs=[tfma.ModelSpec(signature_name='serving_default', label_key='tips')],
    metrics_specs=[
        tfma.MetricsSpec(
            metrics=[
                tfma.MetricConfig(class_name='ExampleCount'),
                tfma.MetricConfig(
                    class_name='BinaryAccuracy',
                    threshold=tfma.MetricThreshold(
                        value_threshold=tfma.GenericValueThreshold(lower_bound={'value': 0.5}),
                        change_threshold=tfma.GenericChangeThreshold(
                            direction=tfma.MetricDirection.HIGHER_IS_BETTER,
                            absolute={'value': -1e-10}))),
            ])
    ],
    slicing_specs=[
        tfma.SlicingSpec(),
        tfma.SlicingSpec(feature_keys=['trip_start_hour']),
    ])
"""
_RESOLVER = """
model_resolver = tfx.dsl.Resolver(
    strategy_class=tfx.dsl.experimental.LatestBlessedModelStrategy,
    model=tfx.dsl.Channel(type=tfx.types.standard_artifacts.Model),
    model_blessing=tfx.dsl.Channel(type=tfx.types.standard_artifacts.ModelBlessing)).with_id(
        'latest_blessed_model_resolver')
context.run(model_resolver)
"""
_EVALUATOR = """
evaluator = tfx.components.Evaluator(
    examples=example_gen.outputs['examples'],
    model=trainer.outputs['model'],
    baseline_model=model_resolver.outputs['model'],
    eval_config=eval_config)
context.run(evaluator)
"""
_SLICES = """
PATH_TO_RESULT = evaluator.outputs['evaluation'].get()[0].uri
tfma_result = tfma.load_eval_result(PATH_TO_RESULT)
tfma.view.render_slicing_metrics(tfma_result, slicing_column='trip_start_hour')
"""
_PUSHER = """
pusher = tfx.components.Pusher(
    model=trainer.outputs['model'],
    model_blessing=evaluator.outputs['blessing'],
    push_destination=tfx.proto.PushDestination(
        filesystem=tfx.proto.PushDestination.Filesystem(base_directory=_serving_model_dir)))
context.run(pusher)
"""
_PUSHED = """
push_uri = pusher.outputs['pushed_model'].get()[0].uri
model = tf.saved_model.load(push_uri)
for item in model.signatures.items():
  pp.pprint(item)
"""


def components_notebook(modules: Path, data: Path, work: Path, *, train_steps: int, eval_steps: int) -> Any:
    """The notebook, not yet executed; cells are found by their ids.

    Args:
        modules: the folder of the user's modules.
        data: the folder of the CSV.
        work: where the notebook runs, and the model is pushed.
        train_steps: number of training steps.
        eval_steps: number of evaluation steps during training.
    """
    steps = {"train_steps": train_steps, "eval_steps": eval_steps}
    cells = [*_beginning(data, work), *_data_cells(), *_model_cells(modules, steps), *_serving_cells()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def _code(cell_id: str, source: str) -> Any:
    return nbformat.v4.new_code_cell(source.strip("\n"), id=cell_id)


def _text(source: str) -> Any:
    return nbformat.v4.new_markdown_cell(source)


def _beginning(data: Path, work: Path) -> Iterator[Any]:
    yield _text("# TFX 組件筆記本互動實作")
    yield _code("compat", "%load_ext gristmill.compat")
    yield _code("imports", _IMPORTS)
    yield _code("versions", "print('TensorFlow', tf.__version__, 'TFX', tfx.__version__)")
    yield _code("paths", _PATHS.format(work=str(work), data=str(data)))
    yield _code("head", "!head -n 3 {_data_filepath}")
    yield _code("context", "context = InteractiveContext()")


def _data_cells() -> Iterator[Any]:
    yield _text("## 1. ExampleGen")
    yield _code(
        "example_gen", "example_gen = tfx.components.CsvExampleGen(input_base=_data_root)\ncontext.run(example_gen)"
    )
    yield _code(
        "splits",
        "artifact = example_gen.outputs['examples'].get()[0]\nprint(artifact.split_names, artifact.uri)",
    )
    yield _code("show_examples", "context.show(example_gen.outputs['examples'])")
    yield _code("records", _FIRST_RECORDS)
    yield _text("## 2. StatisticsGen")
    yield _code(
        "statistics_gen",
        "statistics_gen = tfx.components.StatisticsGen(\n    examples = example_gen.outputs['examples']\n    )\n"
        "context.run(statistics_gen)",
    )
    yield _code("show_statistics", "context.show(statistics_gen.outputs['statistics'])")
    yield _text("## 3. SchemaGen")
    yield _code(
        "schema_gen",
        "schema_gen = tfx.components.SchemaGen(\n    statistics=statistics_gen.outputs['statistics'],\n"
        "    infer_feature_shape=False)\ncontext.run(schema_gen)",
    )
    yield _code("show_schema", "context.show(schema_gen.outputs['schema'])")
    yield _text("## 4. ExampleValidator")
    yield _code(
        "example_validator",
        "example_validator = tfx.components.ExampleValidator(\n"
        "    statistics = statistics_gen.outputs['statistics'],\n    schema = schema_gen.outputs['schema'])\n"
        "context.run(example_validator)",
    )
    yield _code("show_anomalies", "context.show(example_validator.outputs['anomalies'])")


def _model_cells(modules: Path, steps: dict[str, int]) -> Iterator[Any]:
    yield _text("## 5. Transform")
    for name in MODULES:
        source = (modules / f"{name}.py").read_text(encoding="utf-8")
        yield _code(f"name_{name}", f"_{name}_module_file = '{name}.py'")
        yield nbformat.v4.new_code_cell(f"%%writefile {{_{name}_module_file}}\n{source}", id=name)
    yield _code("transform", _TRANSFORM)
    yield _code("transform_outputs", "transform.outputs")
    yield _code("graph", "train_uri = transform.outputs['transform_graph'].get()[0].uri\nsorted(os.listdir(train_uri))")
    yield _code("show_graph", "context.show(transform.outputs['transform_graph'])")
    yield _code("show_transformed", "context.show(transform.outputs['transformed_examples'])")
    yield _text("## 6. Trainer")
    yield _code("trainer", _TRAINER.format(**steps))
    yield _code(
        "logs",
        "model_run_artifact_dir = trainer.outputs['model_run'].get()[0].uri\n"
        "pp.pprint(os.listdir(model_run_artifact_dir))",
    )
    yield _code("show_model", "context.show(trainer.outputs['model'])")
    yield _text("## 7. Evaluator")
    yield _code("eval_config", _EVAL_CONFIG)
    yield _code("resolver", _RESOLVER)
    yield _code("evaluator", _EVALUATOR)
    yield _code("show_evaluation", "context.show(evaluator.outputs['evaluation'])")
    yield _code("slices", _SLICES)


def _serving_cells() -> Iterator[Any]:
    yield _code("blessing", "blessing_uri = evaluator.outputs['blessing'].get()[0].uri\n!ls -l {blessing_uri}")
    yield _code("show_blessing", "context.show(evaluator.outputs['blessing'])")
    yield _code("validation", "print(tfma.load_validation_result(PATH_TO_RESULT))")
    yield _text("## 8. Pusher")
    yield _code("pusher", _PUSHER)
    yield _code("show_pushed", "context.show(pusher.outputs['pushed_model'])")
    yield _code("signatures", _PUSHED)
