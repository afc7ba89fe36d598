"""What the modules of ``tfx_bsl`` mean here."""

from __future__ import annotations

from gristmill.compat.family_table import FamilyTable

__all__ = ["TABLE"]

_TFXIO = ["gristmill.io.tensors"]
_CODEC = "gristmill.io.example_codec turns serialized examples into record batches and back"
_READ = "gristmill.io.tensors reads files as record batches and tensors"

_INSIDE = "it is part of the family's inner workings; tfx_bsl.public has what users are meant to import"

TABLE = FamilyTable(
    modules={
        "tfx_bsl.public.beam": ["gristmill.serving.beam"],
        "tfx_bsl.public.beam.run_inference": ["gristmill.serving.beam.run_inference"],
        "tfx_bsl.public.proto.model_spec_pb2": ["gristmill.proto.model_spec_pb2"],
        "tfx_bsl.public.tfxio": _TFXIO,
        "tfx_bsl.tfxio.csv_tfxio": ["gristmill.io.tensors: BeamRecordCsvTFXIO, CsvTFXIO"],
        "tfx_bsl.tfxio.dataset_options": ["gristmill.io.tensors: RecordBatchesOptions, TensorFlowDatasetOptions"],
        "tfx_bsl.tfxio.parquet_tfxio": ["gristmill.io.tensors: ParquetTFXIO"],
        "tfx_bsl.tfxio.raw_tf_record": ["gristmill.io.tensors: RawBeamRecordTFXIO, RawTfRecordTFXIO"],
        "tfx_bsl.tfxio.tensor_adapter": ["gristmill.io.tensors: TensorAdapter, TensorAdapterConfig"],
        "tfx_bsl.tfxio.tensor_to_arrow": ["gristmill.io.tensors: TensorsToRecordBatchConverter"],
        "tfx_bsl.tfxio.tf_example_record": ["gristmill.io.tensors: TFExampleBeamRecord, TFExampleRecord"],
        "tfx_bsl.tfxio.tf_sequence_example_record": [
            "gristmill.io.tensors: TFSequenceExampleBeamRecord, TFSequenceExampleRecord"
        ],
        "tfx_bsl.tfxio.tfxio": ["gristmill.io.tensors: TFXIO"],
    },
    absent={
        "tfx_bsl.coders.example_coder": dict.fromkeys(
            ["ExamplesToRecordBatchDecoder", "RecordBatchToExamples", "RecordBatchToExamplesEncoder"], _CODEC
        ),
        "tfx_bsl.public.tfxio": dict.fromkeys(
            ["RawRecordToRecordBatchConverter", "load_decoder", "save_decoder"], _READ
        ),
    },
    constants={name: {"__version__": "1.16.1+gristmill"} for name in ("tfx_bsl", "tfx_bsl.version")},
    out_of_scope={
        "tfx_bsl.arrow": f"{_INSIDE}; record batches are pyarrow's",
        "tfx_bsl.beam": _INSIDE,
        "tfx_bsl.cc": _INSIDE,
        "tfx_bsl.coders": _INSIDE,
        "tfx_bsl.sketches": _INSIDE,
        "tfx_bsl.statistics": _INSIDE,
        "tfx_bsl.tfxio": f"{_INSIDE}; {_READ}",
        "tfx_bsl.types": _INSIDE,
    },
)
