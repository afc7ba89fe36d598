"""Arrow record batches to TensorFlow tensors and back, and fast ``tf.data`` datasets of examples.

The names of ``tfx_bsl.public.tfxio`` are found here under the same names. Importing this package needs the
``tensorflow`` extra; every other room imports it before it imports ``tensorflow``, so that the hint below is what
people see when the extra is missing, and so that TensorFlow's start-up chatter stays off the terminal.
"""

from __future__ import annotations

import importlib.util

from gristmill.errors import MissingExtraError
from gristmill.io.tensors.quiet_import import load_tensorflow_quietly

if importlib.util.find_spec("tensorflow") is None:
    raise MissingExtraError("tensorflow", "tensorflow", "Turning examples into tensors")
else:
    load_tensorflow_quietly()

from gristmill.io.tensors.adapter_config import TensorAdapterConfig
from gristmill.io.tensors.dataset import record_batch_factory, tf_dataset_factory
from gristmill.io.tensors.example_encoder import RecordBatchToExamplesEncoder
from gristmill.io.tensors.example_source import TFExampleBeamRecord, TFExampleRecord
from gristmill.io.tensors.feature_spec import (
    FeatureSpec,
    domains_from_schema,
    feature_spec_from_schema,
    schema_from_feature_spec,
)
from gristmill.io.tensors.from_arrow import TensorAdapter
from gristmill.io.tensors.not_supported import (
    BeamRecordCsvTFXIO,
    CsvTFXIO,
    ParquetTFXIO,
    RawBeamRecordTFXIO,
    RawTfRecordTFXIO,
    TFGraphRecordDecoder,
    TFSequenceExampleBeamRecord,
    TFSequenceExampleRecord,
)
from gristmill.io.tensors.options import RecordBatchesOptions, TensorFlowDatasetOptions
from gristmill.io.tensors.representations import TensorRepresentations
from gristmill.io.tensors.tfxio import TFXIO
from gristmill.io.tensors.to_arrow import TensorsToRecordBatchConverter, tensors_to_batch

__all__ = [
    "TFXIO",
    "BeamRecordCsvTFXIO",
    "CsvTFXIO",
    "FeatureSpec",
    "ParquetTFXIO",
    "RawBeamRecordTFXIO",
    "RawTfRecordTFXIO",
    "RecordBatchToExamplesEncoder",
    "RecordBatchesOptions",
    "TFExampleBeamRecord",
    "TFExampleRecord",
    "TFGraphRecordDecoder",
    "TFSequenceExampleBeamRecord",
    "TFSequenceExampleRecord",
    "TensorAdapter",
    "TensorAdapterConfig",
    "TensorFlowDatasetOptions",
    "TensorRepresentations",
    "TensorsToRecordBatchConverter",
    "domains_from_schema",
    "feature_spec_from_schema",
    "record_batch_factory",
    "schema_from_feature_spec",
    "tensors_to_batch",
    "tf_dataset_factory",
]
