"""What the modules of ``tfx`` mean here."""

from __future__ import annotations

from gristmill.compat.family_table import FamilyTable

__all__ = ["TABLE"]

_KIT = "gristmill.compat.executor_kit"

# Each standard component's folder, with the class that `component.py` has and where its executor is.
_COMPONENTS = {
    "bulk_inferrer": ("BulkInferrer", "bulk_inferrer: BulkInferrerExecutor"),
    "distribution_validator": ("DistributionValidator", None),
    "evaluator": ("Evaluator", "evaluator: EvaluatorExecutor"),
    "example_diff": ("ExampleDiff", None),
    "example_gen.csv_example_gen": ("CsvExampleGen", "csv_example_gen: CsvExampleGenExecutor"),
    "example_gen.import_example_gen": ("ImportExampleGen", "import_example_gen: ImportExampleGenExecutor"),
    "example_validator": ("ExampleValidator", "example_validator: ExampleValidatorExecutor"),
    "infra_validator": ("InfraValidator", None),
    "model_validator": ("ModelValidator", "model_validator: ModelValidatorExecutor"),
    "pusher": ("Pusher", "pusher: PusherExecutor"),
    "schema_gen": ("SchemaGen", "schema_gen: SchemaGenExecutor"),
    "schema_gen.import_schema_gen": ("ImportSchemaGen", "import_schema_gen: ImportSchemaGenExecutor"),
    "statistics_gen": ("StatisticsGen", "statistics_gen: StatisticsGenExecutor"),
    "trainer": ("Trainer", None),
    "transform": ("Transform", "transform: TransformExecutor"),
    "tuner": ("Tuner, TunerFnResult", None),
}
_MODULES_OF_COMPONENTS = {
    f"tfx.components.{folder}.component": [f"gristmill.components: {names}"]
    for folder, (names, _) in _COMPONENTS.items()
} | {
    f"tfx.components.{folder}.executor": [f"gristmill.components.{executor} as Executor"]
    for folder, (_, executor) in _COMPONENTS.items()
    if executor
}

_MESSAGES = [
    "bulk_inferrer_pb2",
    "distribution_validator_pb2",
    "evaluator_pb2",
    "example_diff_pb2",
    "example_gen_pb2",
    "infra_validator_pb2",
    "pusher_pb2",
    "range_config_pb2",
    "trainer_pb2",
    "transform_pb2",
    "tuner_pb2",
]

# The public API. Its parts are also found without `v1`, as `tfx.components` and so on.
_V1 = {
    "components": ["gristmill.components"],
    "dsl": ["gristmill.dsl"],
    "dsl.components": ["gristmill.dsl.components"],
    "dsl.experimental": ["gristmill.dsl.experimental"],
    "dsl.io": ["gristmill.dsl.io"],
    "dsl.io.fileio": ["gristmill.dsl.io.fileio"],
    "dsl.placeholders": ["gristmill.dsl.placeholders"],
    "dsl.standard_annotations": ["gristmill.dsl.standard_annotations"],
    "extensions": ["gristmill.extensions"],
    "extensions.google_cloud_ai_platform": ["gristmill.extensions.google_cloud_ai_platform"],
    "extensions.google_cloud_ai_platform.experimental": ["gristmill.extensions.google_cloud_ai_platform.experimental"],
    "extensions.google_cloud_big_query": ["gristmill.extensions.google_cloud_big_query"],
    "orchestration": ["gristmill.orchestration"],
    "orchestration.experimental": ["gristmill.orchestration.experimental"],
    "orchestration.metadata": ["gristmill.orchestration.metadata"],
    "proto": ["gristmill.proto"],
    "proto.orchestration": ["gristmill.proto.orchestration"],
    "testing": ["gristmill.testing"],
    "types": ["gristmill.types"],
    "types.standard_artifacts": ["gristmill.types.standard_artifacts"],
    "utils": ["gristmill.utils"],
}

_BASE_MODULES = {
    "base_beam_component": ["gristmill.dsl.base_component: BaseBeamComponent"],
    "base_beam_executor": ["gristmill.dsl.executor: BaseBeamExecutor"],
    "base_component": ["gristmill.dsl.base_component: BaseComponent"],
    "base_executor": ["gristmill.dsl.executor: BaseExecutor, BaseBeamExecutor"],
    "base_node": ["gristmill.dsl.node"],
    "executor_spec": ["gristmill.dsl.executor_spec"],
}

MODULES: dict[str, list[str]] = {
    "tfx.v1": ["gristmill: components, dsl, orchestration, proto, testing, types, utils, extensions"],
    **{f"tfx.v1.{name}": sources for name, sources in _V1.items()},
    **{f"tfx.{name}": sources for name, sources in _V1.items()},
    # components
    "tfx.components": [
        "gristmill.components",
        "gristmill.components.example_gen: FileBasedExampleGen",
        "gristmill.dsl.importer: Importer as ImporterNode",
    ],
    **_MODULES_OF_COMPONENTS,
    "tfx.components.common_nodes.importer_node": ["gristmill.dsl.importer: Importer as ImporterNode"],
    "tfx.components.example_gen.component": ["gristmill.components.example_gen: FileBasedExampleGen"],
    "tfx.components.trainer.executor": [
        "gristmill.components.trainer: TrainerExecutor as GenericExecutor",
        "gristmill.components: FnArgs as TrainerFnArgs",
    ],
    "tfx.components.trainer.fn_args_utils": ["gristmill.components: FnArgs, DataAccessor"],
    **{f"tfx.components.base.{name}": sources for name, sources in _BASE_MODULES.items()},
    # the pipeline language
    "tfx.dsl.component.experimental.annotations": ["gristmill.dsl.components"],
    "tfx.dsl.component.experimental.container_component": ["gristmill.dsl.experimental: create_container_component"],
    "tfx.dsl.component.experimental.decorators": [
        "gristmill.dsl.components: component",
        "gristmill.types: BaseFunctionalComponent, BaseFunctionalComponentFactory",
    ],
    "tfx.dsl.component.experimental.executor_specs": [
        "gristmill.dsl.container_component: TemplatedExecutorContainerSpec"
    ],
    "tfx.dsl.component.experimental.placeholders": [
        "gristmill.dsl.container_component: InputValuePlaceholder, InputUriPlaceholder, OutputUriPlaceholder, "
        "ConcatPlaceholder"
    ],
    **{f"tfx.dsl.components.base.{name}": sources for name, sources in _BASE_MODULES.items()},
    "tfx.dsl.components.common.importer": ["gristmill.dsl.importer"],
    "tfx.dsl.components.common.resolver": [
        "gristmill.dsl.resolver",
        "gristmill.dsl.strategies: ResolverStrategy",
    ],
    "tfx.dsl.experimental.conditionals.conditional": ["gristmill.dsl: Cond"],
    "tfx.dsl.experimental.latest_artifacts_resolver": [
        "gristmill.dsl.strategies: LatestArtifactStrategy as LatestArtifactsResolver"
    ],
    "tfx.dsl.experimental.latest_blessed_model_resolver": [
        "gristmill.dsl.strategies: LatestBlessedModelStrategy as LatestBlessedModelResolver"
    ],
    "tfx.dsl.experimental.node_execution_options.utils": ["gristmill.dsl.node_options"],
    "tfx.dsl.experimental.spans_resolver": ["gristmill.dsl.strategies: SpanRangeStrategy as SpansResolver"],
    "tfx.dsl.input_resolution.resolver_op": [],
    "tfx.dsl.input_resolution.strategies.latest_artifact_strategy": [
        "gristmill.dsl.strategies: LatestArtifactStrategy"
    ],
    "tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy": [
        "gristmill.dsl.strategies: LatestBlessedModelStrategy"
    ],
    "tfx.dsl.input_resolution.strategies.span_range_strategy": ["gristmill.dsl.strategies: SpanRangeStrategy"],
    "tfx.dsl.placeholder.placeholder": [
        "gristmill.dsl.placeholders",
        "gristmill.dsl.placeholder: Placeholder, Predicate",
    ],
    "tfx.dsl.standard_annotations.artifacts": ["gristmill.dsl.system_artifacts"],
    "tfx.dsl.standard_annotations.executions": ["gristmill.dsl.system_executions"],
    # Google Cloud
    "tfx.extensions.google_cloud_ai_platform.constants": ["gristmill.extensions.google_cloud_ai_platform.keys"],
    "tfx.extensions.google_cloud_ai_platform.bulk_inferrer.component": [
        "gristmill.extensions.google_cloud_ai_platform: BulkInferrer as CloudAIBulkInferrerComponent"
    ],
    "tfx.extensions.google_cloud_ai_platform.bulk_inferrer.executor": [
        "gristmill.extensions.google_cloud_ai_platform.keys: SERVING_ARGS_KEY"
    ],
    "tfx.extensions.google_cloud_ai_platform.pusher.component": [
        "gristmill.extensions.google_cloud_ai_platform: Pusher"
    ],
    "tfx.extensions.google_cloud_ai_platform.pusher.executor": [
        "gristmill.extensions.google_cloud_ai_platform.keys: SERVING_ARGS_KEY, ENABLE_VERTEX_KEY, VERTEX_REGION_KEY, "
        "VERTEX_CONTAINER_IMAGE_URI_KEY, ENDPOINT_ARGS_KEY"
    ],
    "tfx.extensions.google_cloud_ai_platform.trainer.component": [
        "gristmill.extensions.google_cloud_ai_platform: Trainer"
    ],
    "tfx.extensions.google_cloud_ai_platform.trainer.executor": [
        "gristmill.extensions.google_cloud_ai_platform.keys: TRAINING_ARGS_KEY, JOB_ID_KEY, LABELS_KEY, "
        "ENABLE_UCAIP_KEY, UCAIP_REGION_KEY, ENABLE_VERTEX_KEY, VERTEX_REGION_KEY, VERTEX_CONTAINER_IMAGE_URI_KEY"
    ],
    "tfx.extensions.google_cloud_ai_platform.tuner.component": ["gristmill.extensions.google_cloud_ai_platform: Tuner"],
    "tfx.extensions.google_cloud_ai_platform.tuner.executor": [
        "gristmill.extensions.google_cloud_ai_platform.keys: TUNING_ARGS_KEY, REMOTE_TRIALS_WORKING_DIR_KEY"
    ],
    "tfx.extensions.google_cloud_big_query.example_gen.component": [
        "gristmill.extensions.google_cloud_big_query: BigQueryExampleGen"
    ],
    "tfx.extensions.google_cloud_big_query.pusher.component": ["gristmill.extensions.google_cloud_big_query: Pusher"],
    "tfx.extensions.google_cloud_big_query.pusher.executor": [
        "gristmill.extensions.google_cloud_big_query: PUSHER_SERVING_ARGS_KEY as SERVING_ARGS_KEY"
    ],
    # running
    "tfx.orchestration.beam.beam_dag_runner": ["gristmill.orchestration: LocalDagRunner as BeamDagRunner"],
    "tfx.orchestration.data_types": ["gristmill.dsl.experimental: RuntimeParameter"],
    "tfx.orchestration.experimental.interactive.interactive_context": [
        "gristmill.orchestration.experimental: InteractiveContext"
    ],
    "tfx.orchestration.experimental.interactive.notebook_extensions.skip": [
        "gristmill.orchestration.interactive: load_ipython_extension, unload_ipython_extension"
    ],
    "tfx.orchestration.kubeflow.v2.kubeflow_v2_dag_runner": [
        "gristmill.orchestration.experimental: KubeflowV2DagRunner, KubeflowV2DagRunnerConfig"
    ],
    "tfx.orchestration.local.local_dag_runner": ["gristmill.orchestration: LocalDagRunner"],
    "tfx.orchestration.pipeline": [
        "gristmill.dsl.pipeline",
        "gristmill.orchestration: RunOptions",
    ],
    # messages
    **{f"tfx.proto.{name}": [f"gristmill.proto.{name}"] for name in _MESSAGES},
    "tfx.proto.orchestration.run_state_pb2": ["gristmill.proto.run_state_pb2"],
    # types
    "tfx.types": [
        "gristmill.types",
        "gristmill.dsl: Artifact, Channel",
        "gristmill.dsl.channel: OutputChannel",
        "gristmill.dsl.artifact: Property, PropertyType",
        "gristmill.dsl.component_spec: ComponentSpec",
        "gristmill.dsl.value_artifacts: ValueArtifact",
    ],
    "tfx.types.artifact": ["gristmill.dsl.artifact"],
    "tfx.types.artifact_utils": [f"{_KIT}.artifacts"],
    "tfx.types.channel": ["gristmill.dsl.channel: BaseChannel, Channel, OutputChannel, UnionChannel"],
    "tfx.types.channel_utils": [f"{_KIT}.channels"],
    "tfx.types.component_spec": ["gristmill.dsl.component_spec"],
    "tfx.types.experimental.simple_artifacts": [f"{_KIT}.simple_artifacts"],
    "tfx.types.standard_component_specs": [
        f"{_KIT}.spec_keys",
        "gristmill.components.bulk_inferrer: BulkInferrerSpec",
        "gristmill.components.evaluator: EvaluatorSpec",
        "gristmill.components.example_gen: ExampleGenSpec as FileBasedExampleGenSpec",
        "gristmill.components.example_validator: ExampleValidatorSpec",
        "gristmill.components.import_schema_gen: ImportSchemaGenSpec",
        "gristmill.components.model_validator: ModelValidatorSpec",
        "gristmill.components.pusher: PusherSpec",
        "gristmill.components.schema_gen: SchemaGenSpec",
        "gristmill.components.statistics_gen: StatisticsGenSpec",
        "gristmill.components.trainer: TrainerSpec",
        "gristmill.components.transform: TransformSpec",
    ],
    "tfx.types.system_artifacts": ["gristmill.dsl.system_artifacts"],
    "tfx.types.system_executions": ["gristmill.dsl.system_executions"],
    "tfx.types.value_artifact": ["gristmill.dsl.value_artifacts: ValueArtifact"],
    # what executors call
    "tfx.components.transform.stats_options_util": ["gristmill.components.transform_statistics: StatsType"],
    "tfx.components.util.model_utils": [f"{_KIT}.blessings"],
    "tfx.components.util.udf_utils": [f"{_KIT}.functions: get_fn"],
    "tfx.utils.import_utils": [f"{_KIT}.functions: import_class_by_path, import_func_from_module"],
    "tfx.utils.io_utils": [f"{_KIT}.files"],
    "tfx.utils.json_utils": [f"{_KIT}.json_values", "gristmill.utils: JsonableType"],
    "tfx.utils.path_utils": [f"{_KIT}.model_paths"],
    "tfx.utils.proto_utils": [f"{_KIT}.messages"],
}

_ENGINE = "read and write data with self.context.engine in the executor (docs/custom-components.md)"
_EXAMPLE_GEN = (
    "write a component that makes Examples (docs/custom-components.md), or export to CSV, Parquet or TFRecord"
)
_GOOGLE = "run the pipeline with LocalDagRunner; gristmill does not talk to Google Cloud's services"
_ESTIMATOR = "estimators are gone from TensorFlow: write run_fn(fn_args), for the Trainer's own executor"
_INPUT_BASE = "give the folder itself: CsvExampleGen(input_base=path)"
_RESOLVER = "Resolver(strategy_class=LatestBlessedModelStrategy, model=…, model_blessing=…).with_id(…)"
_STORE = "gristmill.metadata.MetadataStore(path) opens the store"

ABSENT = {
    "tfx.components": {
        "BigQueryExampleGen": _GOOGLE,
        "QueryBasedExampleGen": _EXAMPLE_GEN,
        "ResolverNode": _RESOLVER,
    },
    "tfx.components.common_nodes.resolver_node": {"ResolverNode": _RESOLVER},
    "tfx.components.base.base_driver": {"BaseDriver": "put a Resolver in front of the component"},
    "tfx.components.base.executor_spec": {"ExecutorContainerSpec": "create_container_component(name, image, command)"},
    "tfx.components.example_gen.base_example_gen_executor": {"BaseExampleGenExecutor": _EXAMPLE_GEN},
    "tfx.components.example_gen.component": {"QueryBasedExampleGen": _EXAMPLE_GEN},
    "tfx.components.example_gen.custom_executors.avro_executor": {
        "Executor": "convert the files to Parquet or TFRecord"
    },
    "tfx.components.example_gen.custom_executors.parquet_executor": {
        "Executor": "ImportExampleGen(input_base=…, payload_format=FORMAT_PARQUET)"
    },
    "tfx.components.example_gen.utils": {
        "dict_to_example": "write records with tf.train.Example, or Parquet files for ImportExampleGen",
        "make_default_input_config": "proto.Input(splits=[proto.Input.Split(name=…, pattern=…)])",
        "make_default_output_config": "proto.Output(split_config=…)",
    },
    "tfx.components.trainer.executor": {"Executor": _ESTIMATOR},
    "tfx.components.tuner.executor": {"Executor": "search inside run_fn"},
    "tfx.components.util.tfxio_utils": dict.fromkeys(
        (
            "get_data_view_decode_fn_from_artifact",
            "get_tf_dataset_factory_from_artifact",
            "get_tfxio_factory_from_artifact",
            "make_tfxio",
            "resolve_payload_format_and_data_view_uri",
        ),
        _ENGINE,
    ),
    "tfx.dsl.components.base.base_driver": {"BaseDriver": "put a Resolver in front of the component"},
    "tfx.dsl.components.base.base_executor": {
        "EmptyExecutor": "an executor whose Do does nothing",
        "FuseableBeamExecutor": _ENGINE,
    },
    "tfx.dsl.components.base.executor_spec": {
        "ExecutorContainerSpec": "create_container_component(name, image, command)"
    },
    "tfx.dsl.components.common.manual_node": {"ManualNode": "run the rest with `gristmill run --from NODE`"},
    "tfx.dsl.control_flow.for_each": {"ForEach": "one node per item, made in a Python loop"},
    "tfx.dsl.input_resolution.resolver_function": {"resolver_function": "write a ResolverStrategy"},
    "tfx.extensions.google_cloud_ai_platform.bulk_inferrer.executor": {"Executor": _GOOGLE},
    "tfx.extensions.google_cloud_ai_platform.pusher.executor": {"Executor": _GOOGLE},
    "tfx.extensions.google_cloud_ai_platform.trainer.executor": {"GenericExecutor": _GOOGLE, "Executor": _GOOGLE},
    "tfx.extensions.google_cloud_ai_platform.tuner.executor": {"Executor": _GOOGLE},
    "tfx.extensions.google_cloud_big_query.example_gen.executor": {"Executor": _GOOGLE},
    "tfx.extensions.google_cloud_big_query.pusher.executor": {"Executor": _GOOGLE},
    "tfx.orchestration.config.pipeline_config": {"PipelineConfig": "leave it out: LocalDagRunner() takes no config"},
    "tfx.orchestration.data_types": dict.fromkeys(
        ("DriverArgs", "ExecutionDecision", "ExecutionInfo", "PipelineInfo"), "executors read self.context"
    ),
    "tfx.orchestration.metadata": {"Metadata": _STORE},
    "tfx.orchestration.pipeline": {"PipelineInputs": "list the inner nodes in the outer pipeline"},
    "tfx.utils.dsl_utils": dict.fromkeys(("csv_input", "external_input", "tfrecord_input"), _INPUT_BASE),
    "tfx.utils.import_utils": {"import_func_from_source": "import the function"},
    "tfx.utils.json_utils": {"Jsonable": "keep plain JSON values, or messages"},
}

_NO_CLUSTER = "it needs a cluster or a cloud service; run the pipeline with LocalDagRunner"
_INSIDE = "it is part of TFX's inner workings"

OUT_OF_SCOPE = {
    "tfx.benchmarks": _INSIDE,
    "tfx.components.experimental": "decode payloads before ImportExampleGen reads them",
    "tfx.components.trainer.rewriting": "convert the model in run_fn with tf.lite.TFLiteConverter",
    "tfx.dsl.compiler": f"{_INSIDE}; LocalDagRunner runs pipelines without compiling them",
    "tfx.dsl.context_managers": _INSIDE,
    "tfx.dsl.input_resolution": f"{_INSIDE}; a Resolver with a strategy chooses artifacts",
    "tfx.examples": "examples are not part of the package; copy the file that you use beside yours, and import that",
    "tfx.experimental.pipeline_testing": _INSIDE,
    "tfx.experimental.templates": "`gristmill template copy taxi my-pipeline` makes a project",
    "tfx.extensions.experimental": _NO_CLUSTER,
    "tfx.extensions.google_cloud_ai_platform": _NO_CLUSTER,
    "tfx.extensions.google_cloud_big_query": _NO_CLUSTER,
    "tfx.extensions.google_cloud_big_query_ml": _NO_CLUSTER,
    "tfx.extensions.google_cloud_kubernetes": _NO_CLUSTER,
    "tfx.orchestration.airflow": "pipelines are not exported to Airflow; call `gristmill run pipeline.py` from a task",
    "tfx.orchestration.experimental": _INSIDE,
    "tfx.orchestration.kubeflow": _NO_CLUSTER,
    "tfx.orchestration.launcher": _INSIDE,
    "tfx.orchestration.portable": _INSIDE,
    "tfx.proto.orchestration": _INSIDE,
    "tfx.scripts": _INSIDE,
    "tfx.orchestration.test_utils": _INSIDE,
    "tfx.tools": "the command line is `gristmill`",
    "tfx.utils": f"{_INSIDE}; parse_pbtxt_file, io_utils, json_utils, path_utils and proto_utils are there",
}

VERSION = "1.16.0+gristmill"  # the release whose names and formats these are

TABLE = FamilyTable(
    modules=MODULES,
    absent=ABSENT,
    constants={
        "tfx": {"__version__": VERSION},
        "tfx.v1": {"__version__": VERSION},
        "tfx.version": {"__version__": VERSION},
        "tfx.components.example_gen.utils": {
            "FINGERPRINT_PROPERTY_NAME": "input_fingerprint",
            "FILE_FORMAT_PROPERTY_NAME": "file_format",
            "PAYLOAD_FORMAT_PROPERTY_NAME": "payload_format",
            "SPAN_PROPERTY_NAME": "span",
            "VERSION_PROPERTY_NAME": "version",
        },
    },
    out_of_scope=OUT_OF_SCOPE,
    brings=["absl.app", "absl.flags", "absl.logging"],  # most of TFX's examples say `import absl`, then `absl.logging`
)
