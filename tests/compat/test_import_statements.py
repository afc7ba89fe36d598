"""Import statements as existing projects have them, each in the same fresh interpreter, with nothing else loaded."""

from __future__ import annotations

import pytest

from .fresh import fresh

# Nothing here touches a name that needs TensorFlow: TFX's own import takes 15 seconds, these must not load anything.
PIPELINES = """
import tfx
import tfx.v1 as tfx_v1
from tfx import v1 as tfx
from tfx import types
from tfx.components import BulkInferrer, CsvExampleGen, Evaluator, ExampleValidator, ImporterNode, ImportExampleGen
from tfx.components import InfraValidator, Pusher, ResolverNode, SchemaGen, StatisticsGen, Trainer, Transform, Tuner
from tfx.components.base import base_component, base_executor, executor_spec
from tfx.components.common_nodes.importer_node import ImporterNode
from tfx.components.evaluator.component import Evaluator
from tfx.components.example_gen.base_example_gen_executor import BaseExampleGenExecutor
from tfx.components.example_gen.component import FileBasedExampleGen
from tfx.components.example_gen.csv_example_gen.component import CsvExampleGen
from tfx.components.example_gen.custom_executors import avro_executor, parquet_executor
from tfx.components.example_gen.import_example_gen.component import ImportExampleGen
from tfx.components.schema_gen.import_schema_gen.component import ImportSchemaGen
from tfx.components.trainer import executor as trainer_executor
from tfx.components.trainer.component import Trainer
from tfx.components.trainer.executor import GenericExecutor, TrainerFnArgs
from tfx.components.trainer.fn_args_utils import DataAccessor, FnArgs
from tfx.components.transform.component import Transform
from tfx.components.tuner.component import Tuner, TunerFnResult
from tfx.components.util import model_utils, tfxio_utils, udf_utils
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, OutputDict, Parameter
from tfx.dsl.component.experimental.container_component import create_container_component
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.component.experimental.placeholders import ConcatPlaceholder, InputUriPlaceholder, InputValuePlaceholder
from tfx.dsl.component.experimental.placeholders import OutputUriPlaceholder
from tfx.dsl.components.base import base_beam_component, base_component, base_executor, base_node, executor_spec
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec, ExecutorClassSpec
from tfx.dsl.components.common import importer, resolver
from tfx.dsl.components.common.importer import Importer
from tfx.dsl.components.common.resolver import Resolver, ResolverStrategy
from tfx.dsl.experimental import latest_artifacts_resolver, latest_blessed_model_resolver
from tfx.dsl.experimental.conditionals import conditional
from tfx.dsl.input_resolution.strategies.latest_artifact_strategy import LatestArtifactStrategy
from tfx.dsl.input_resolution.strategies.latest_blessed_model_strategy import LatestBlessedModelStrategy
from tfx.dsl.io import fileio
from tfx.dsl.placeholder import placeholder as ph
from tfx.extensions.google_cloud_ai_platform import constants
from tfx.extensions.google_cloud_ai_platform.pusher import executor as ai_platform_pusher_executor
from tfx.extensions.google_cloud_ai_platform.trainer import executor as ai_platform_trainer_executor
from tfx.extensions.google_cloud_big_query.example_gen.component import BigQueryExampleGen
from tfx.extensions.google_cloud_big_query.pusher import executor as bigquery_pusher_executor
from tfx.orchestration import data_types, metadata, pipeline
from tfx.orchestration.beam.beam_dag_runner import BeamDagRunner
from tfx.orchestration.data_types import RuntimeParameter
from tfx.orchestration.experimental import KubeflowV2DagRunner, KubeflowV2DagRunnerConfig
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner
from tfx.orchestration.local.local_dag_runner import LocalDagRunner
from tfx.orchestration.metadata import Metadata, sqlite_metadata_connection_config
from tfx.orchestration.pipeline import Pipeline
from tfx.proto import bulk_inferrer_pb2, evaluator_pb2, example_gen_pb2, infra_validator_pb2, pusher_pb2
from tfx.proto import range_config_pb2, trainer_pb2, transform_pb2, tuner_pb2
from tfx.types import Artifact, Channel, ComponentSpec, artifact, artifact_utils, channel, channel_utils
from tfx.types import standard_artifacts, standard_component_specs
from tfx.types.artifact import Property, PropertyType
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter
from tfx.types.experimental.simple_artifacts import Dataset, Metrics
from tfx.types.standard_artifacts import Examples, HyperParameters, Model, ModelBlessing, String
from tfx.types.value_artifact import ValueArtifact
from tfx.utils import io_utils, json_utils, path_utils, proto_utils
from tfx.utils.dsl_utils import external_input
from tfx.v1.components import CsvExampleGen
from tfx.v1.dsl import Importer
from tfx.v1.orchestration.metadata import sqlite_metadata_connection_config
from tfx.v1.types import standard_artifacts
import ml_metadata
import ml_metadata as mlmd
from ml_metadata import errors, metadata_store, proto
from ml_metadata.metadata_store import metadata_store
from ml_metadata.metadata_store.metadata_store import MetadataStore
from ml_metadata.proto import Context, metadata_store_pb2
import tensorflow_data_validation as tfdv
from tensorflow_data_validation import StatsOptions
from tensorflow_data_validation.statistics import stats_options
from tensorflow_data_validation.utils import io_util, schema_util, stats_util
from tensorflow_data_validation.utils.slicing_util import get_feature_value_slicer
from tensorflow_data_validation.utils.display_util import get_anomalies_dataframe, get_statistics_html
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis import EvalConfig, MetricsSpec, ModelSpec, SlicingSpec
from tensorflow_model_analysis.metrics import metric_specs, metric_types, metric_util
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.proto.config_pb2 import MetricConfig
from tensorflow_model_analysis.slicer import slicer_lib
import tensorflow_transform
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
import tfx_bsl
from tfx_bsl.public import tfxio
from tfx_bsl.tfxio import dataset_options, tensor_adapter
"""

LIBRARIES = """
from tfx.components.transform.stats_options_util import StatsType
import tensorflow as tf
import tensorflow_transform as tft
from tensorflow_transform import TFTransformOutput, coders, experimental
from tensorflow_transform.beam.impl import AnalyzeAndTransformDataset
from tensorflow_transform.coders import csv_coder, example_proto_coder
from tensorflow_transform.output_wrapper import TransformFeaturesLayer
from tensorflow_transform.tf_metadata import dataset_metadata, dataset_schema, metadata_io, schema_utils
from tensorflow_transform.tf_metadata.dataset_schema import from_feature_spec
from tensorflow_transform.tf_metadata.schema_utils import schema_as_feature_spec, schema_from_feature_spec
from tfx_bsl.public.tfxio import RecordBatchesOptions, TensorFlowDatasetOptions, TFExampleRecord
from tfx_bsl.tfxio.dataset_options import TensorFlowDatasetOptions
from tfx_bsl.tfxio.tensor_adapter import TensorAdapter, TensorAdapterConfig
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder
"""

HEAVY = "print(sorted({'tensorflow', 'apache_beam', 'pandas'} & set(__import__('sys').modules)))"
INSTALL = "import gristmill.compat\ngristmill.compat.install()\n"


def test_pipelines_import_what_they_always_did_and_nothing_heavy_is_loaded() -> None:
    assert fresh(f"{INSTALL}{PIPELINES}\n{HEAVY}") == "[]\n"


@pytest.mark.tensorflow
def test_modules_of_users_import_what_they_always_did() -> None:
    script = f"{INSTALL}{LIBRARIES}\nprint(tft.scale_to_z_score.__module__, tf.keras.Model.__module__)"
    assert fresh(script) == "gristmill.transform.mappers.scaling tf_keras.src.engine.training\n"


def test_star_imports_bring_the_public_names() -> None:
    script = (
        f"{INSTALL}from tfx.components import *\nfrom tfx.proto.pusher_pb2 import *\nprint(Pusher, PushDestination)"
    )
    assert fresh(script) == (
        "<class 'gristmill.components.pusher.Pusher'> <class 'gristmill.proto.pusher_pb2.PushDestination'>\n"
    )


def test_absl_comes_along_as_existing_pipelines_expect() -> None:
    script = f"{INSTALL}import absl\nfrom tfx import types\nabsl.logging.set_verbosity(absl.logging.INFO)"
    assert fresh(f"{script}\nprint(absl.flags.FLAGS.is_parsed())") == "False\n"


def test_versions_are_told_as_tutorials_ask_for_them() -> None:
    script = "import tensorflow_data_validation as tfdv, tensorflow_model_analysis as tfma, tensorflow_transform as tft"
    told = "tfdv.version.__version__, tfma.version.VERSION_STRING, tft.version.__version__"
    assert fresh(f"{INSTALL}{script}\nprint({told})") == "1.16.1+gristmill 0.47.0+gristmill 1.16.0+gristmill\n"
