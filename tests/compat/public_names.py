"""The names of the family's public API, by namespace below ``tfx.v1``."""

from __future__ import annotations

__all__ = ["PUBLIC_NAMES"]

PUBLIC_NAMES = {
    "components": """BulkInferrer CsvExampleGen DataAccessor Evaluator ExampleDiff ExampleValidator FnArgs
        ImportExampleGen ImportSchemaGen InfraValidator Pusher SchemaGen StatisticsGen Trainer Transform Tuner
        TunerFnResult""",
    "dsl": """Artifact Channel Cond ExecutionMode Importer Pipeline Resolver components experimental io placeholders
        standard_annotations""",
    "dsl.components": """AsyncOutputArtifact BeamComponentParameter InputArtifact OutputArtifact OutputDict Parameter
        component""",
    "dsl.experimental": """LatestArtifactStrategy LatestBlessedModelStrategy ResolverStrategy RuntimeParameter
        SpanRangeStrategy create_container_component""",
    "dsl.placeholders": "exec_property execution_invocation input output",
    "dsl.io": "fileio",
    "dsl.io.fileio": """NotFoundError PathType copy exists glob isdir listdir makedirs mkdir open remove rename rmtree
        stat walk""",
    "dsl.standard_annotations": "Dataset Deploy Evaluate Metrics Model Process Statistics Train Transform",
    "types": """BaseBeamComponent BaseChannel BaseComponent BaseFunctionalComponent BaseFunctionalComponentFactory
        BaseNode standard_artifacts""",
    "types.standard_artifacts": """Boolean Bytes ExampleAnomalies ExampleStatistics Examples Float HyperParameters
        InferenceResult InfraBlessing Integer JsonValue Model ModelBlessing ModelEvaluation ModelRun PushedModel Schema
        String TransformCache TransformGraph TunerResults""",
    "orchestration": "LocalDagRunner experimental metadata",
    "orchestration.experimental": "FinalStatusStr KubeflowV2DagRunner KubeflowV2DagRunnerConfig exit_handler",
    "orchestration.metadata": """ConnectionConfigType mysql_metadata_connection_config
        sqlite_metadata_connection_config""",
    "proto": """ClassifyOutput CustomConfig DataSpec DistributionValidatorConfig EnvVar EnvVarSource EvalArgs
        ExampleDiffConfig FeatureComparator FeatureSlicingSpec Input KubernetesConfig LocalDockerConfig ModelSpec Output
        OutputColumnsSpec OutputExampleSpec PairedExampleSkew PayloadFormat PodOverrides PredictOutput PredictOutputCol
        PushDestination RangeConfig RegressOutput RequestSpec RollingRange SecretKeySelector ServingSpec
        SingleSlicingSpec SplitConfig SplitsConfig StaticRange TensorFlowServing TensorFlowServingRequestSpec TrainArgs
        TuneArgs ValidationSpec Versioning orchestration""",
    "proto.orchestration": "RunState",
    "testing": "Channel",
    "utils": "JsonableType parse_pbtxt_file",
    "extensions": "google_cloud_ai_platform google_cloud_big_query",
    "extensions.google_cloud_ai_platform": """BulkInferrer ENABLE_UCAIP_KEY ENABLE_VERTEX_KEY JOB_ID_KEY LABELS_KEY
        Pusher SERVING_ARGS_KEY TRAINING_ARGS_KEY Trainer Tuner UCAIP_REGION_KEY VERTEX_CONTAINER_IMAGE_URI_KEY
        VERTEX_REGION_KEY experimental""",
    "extensions.google_cloud_ai_platform.experimental": """BULK_INFERRER_SERVING_ARGS_KEY ENDPOINT_ARGS_KEY
        PUSHER_SERVING_ARGS_KEY REMOTE_TRIALS_WORKING_DIR_KEY TUNING_ARGS_KEY""",
    "extensions.google_cloud_big_query": "BigQueryExampleGen PUSHER_SERVING_ARGS_KEY Pusher",
}
