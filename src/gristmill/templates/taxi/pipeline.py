"""Taxi tips: from a CSV to a pushed model. Run it with `gristmill run pipeline.py`."""

import os
from pathlib import Path

import gristmill as tfx
import gristmill.model_analysis as tfma

HERE = Path(__file__).resolve().parent
DATA = Path(os.environ.get("TAXI_DATA", HERE / "data"))  # a folder of CSV files of your own can go here
TRAIN_STEPS, EVAL_STEPS = 1000, 100
# Over all rows: good enough, and no worse than the last blessed model.
THRESHOLD = tfma.MetricThreshold(
    value_threshold=tfma.GenericValueThreshold(lower_bound={"value": 0.6}),
    change_threshold=tfma.GenericChangeThreshold(
        direction=tfma.MetricDirection.HIGHER_IS_BETTER, absolute={"value": -0.01}
    ),
)


def create_pipeline() -> tfx.dsl.Pipeline:
    if not any(DATA.glob("*.csv")):
        import make_data  # loads numpy

        make_data.write_trips(DATA / "trips.csv")

    example_gen = tfx.components.CsvExampleGen(input_base=str(DATA))
    examples = example_gen.outputs["examples"]
    statistics_gen = tfx.components.StatisticsGen(examples=examples)
    schema_gen = tfx.components.SchemaGen(statistics=statistics_gen.outputs["statistics"], infer_feature_shape=False)
    schema = schema_gen.outputs["schema"]
    validator = tfx.components.ExampleValidator(statistics=statistics_gen.outputs["statistics"], schema=schema)

    transform = tfx.components.Transform(examples=examples, schema=schema, module_file=str(HERE / "preprocessing.py"))
    trainer = tfx.components.Trainer(
        module_file=str(HERE / "model.py"),
        examples=transform.outputs["transformed_examples"],
        transform_graph=transform.outputs["transform_graph"],
        schema=schema,
        train_args=tfx.proto.TrainArgs(num_steps=TRAIN_STEPS),
        eval_args=tfx.proto.EvalArgs(num_steps=EVAL_STEPS),
    )

    baseline = tfx.dsl.Resolver(
        strategy_class=tfx.dsl.experimental.LatestBlessedModelStrategy,
        model=tfx.dsl.Channel(type=tfx.types.standard_artifacts.Model),
        model_blessing=tfx.dsl.Channel(type=tfx.types.standard_artifacts.ModelBlessing),
    ).with_id("latest_blessed_model")
    evaluator = tfx.components.Evaluator(
        examples=examples,
        model=trainer.outputs["model"],
        baseline_model=baseline.outputs["model"],
        eval_config=eval_config(),
    )
    pusher = tfx.components.Pusher(
        model=trainer.outputs["model"],
        model_blessing=evaluator.outputs["blessing"],
        push_destination=tfx.proto.PushDestination(
            filesystem=tfx.proto.PushDestination.Filesystem(base_directory=str(HERE / "serving" / "taxi"))
        ),
    )
    return tfx.dsl.Pipeline(
        pipeline_name="taxi",
        pipeline_root=str(HERE / "pipeline_root"),
        metadata_connection_config=tfx.orchestration.metadata.sqlite_metadata_connection_config(
            str(HERE / "metadata.sqlite")
        ),
        components=[
            example_gen, statistics_gen, schema_gen, validator, transform, trainer, baseline, evaluator, pusher
        ],
        enable_cache=True,
    )  # fmt: skip


def eval_config() -> tfma.EvalConfig:
    """What is measured, on which slices, and what blesses a model."""
    return tfma.EvalConfig(
        model_specs=[
            tfma.ModelSpec(
                signature_name="serving_default",
                label_key="big_tipper",
                preprocessing_function_names=["transform_features"],
            )
        ],
        slicing_specs=[tfma.SlicingSpec(), tfma.SlicingSpec(feature_keys=["trip_start_hour"])],
        metrics_specs=[
            tfma.MetricsSpec(
                metrics=[
                    tfma.MetricConfig(class_name="ExampleCount"),
                    tfma.MetricConfig(class_name="AUC"),
                    tfma.MetricConfig(
                        class_name="BinaryAccuracy",
                        per_slice_thresholds=[
                            tfma.PerSliceMetricThreshold(slicing_specs=[tfma.SlicingSpec()], threshold=THRESHOLD)
                        ],
                    ),
                ]
            )
        ],
    )


if __name__ == "__main__":
    tfx.orchestration.LocalDagRunner().run(create_pipeline())
