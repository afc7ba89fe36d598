"""Pebbles: three kinds of stone from four measurements, no Transform step. `gristmill run pipeline.py` runs it."""

from pathlib import Path

import gristmill as tfx
import gristmill.model_analysis as tfma

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
TRAIN_STEPS, EVAL_STEPS = 200, 10


def create_pipeline() -> tfx.dsl.Pipeline:
    if not any(DATA.glob("*.csv")):
        import make_data  # loads numpy

        make_data.write_pebbles(DATA / "pebbles.csv")

    example_gen = tfx.components.CsvExampleGen(input_base=str(DATA))
    statistics_gen = tfx.components.StatisticsGen(examples=example_gen.outputs["examples"])
    schema_gen = tfx.components.SchemaGen(statistics=statistics_gen.outputs["statistics"])
    validator = tfx.components.ExampleValidator(
        statistics=statistics_gen.outputs["statistics"], schema=schema_gen.outputs["schema"]
    )
    trainer = tfx.components.Trainer(
        module_file=str(HERE / "model.py"),
        examples=example_gen.outputs["examples"],
        schema=schema_gen.outputs["schema"],
        train_args=tfx.proto.TrainArgs(num_steps=TRAIN_STEPS),
        eval_args=tfx.proto.EvalArgs(num_steps=EVAL_STEPS),
    )
    evaluator = tfx.components.Evaluator(
        examples=example_gen.outputs["examples"], model=trainer.outputs["model"], eval_config=eval_config()
    )
    pusher = tfx.components.Pusher(
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        push_destination=tfx.proto.PushDestination(
            filesystem=tfx.proto.PushDestination.Filesystem(base_directory=str(HERE / "serving" / "pebbles"))
        ),
    )
    return tfx.dsl.Pipeline(
        pipeline_name="pebbles",
        pipeline_root=str(HERE / "pipeline_root"),
        metadata_connection_config=tfx.orchestration.metadata.sqlite_metadata_connection_config(
            str(HERE / "metadata.sqlite")
        ),
        components=[example_gen, statistics_gen, schema_gen, validator, trainer, evaluator, pusher],
        enable_cache=True,
    )


def eval_config() -> tfma.EvalConfig:
    """Bless a model that names four of five pebbles rightly, over all rows."""
    threshold = tfma.MetricThreshold(value_threshold=tfma.GenericValueThreshold(lower_bound={"value": 0.8}))
    return tfma.EvalConfig(
        model_specs=[tfma.ModelSpec(label_key="kind")],
        slicing_specs=[tfma.SlicingSpec(), tfma.SlicingSpec(feature_keys=["kind"])],
        metrics_specs=[
            tfma.MetricsSpec(
                metrics=[
                    tfma.MetricConfig(class_name="ExampleCount"),
                    tfma.MetricConfig(
                        class_name="SparseCategoricalAccuracy",
                        per_slice_thresholds=[
                            tfma.PerSliceMetricThreshold(slicing_specs=[tfma.SlicingSpec()], threshold=threshold)
                        ],
                    ),
                ]
            )
        ],
    )


if __name__ == "__main__":
    tfx.orchestration.LocalDagRunner().run(create_pipeline())
