"""What the modules of ``tfx_bsl`` mean here."""

from __future__ import annotations

from gristmill.compat.family_table import FamilyTable

__all__ = ["TABLE"]

_TFXIO = ["gristmill.io.tensors"]
_READ = "gristmill.io.examples and gristmill.io.csv read files as record batches, on any engine"
_INFER = "call the model's signature in a component of your own (docs/custom-components.md)"
_CODEC = "gristmill.io.example_codec turns serialized examples into record batches and back"

_INSIDE = "it is part of the family's inner workings; tfx_bsl.public has what users are meant to import"

TABLE = FamilyTable(
    modules={
        "tfx_bsl.public.tfxio": _TFXIO,
        "tfx_bsl.tfxio.dataset_options": ["gristmill.io.tensors: RecordBatchesOptions, TensorFlowDatasetOptions"],
        "tfx_bsl.tfxio.tensor_adapter": ["gristmill.io.tensors: TensorAdapter"],
        "tfx_bsl.tfxio.tensor_to_arrow": ["gristmill.io.tensors: TensorsToRecordBatchConverter"],
        "tfx_bsl.tfxio.tf_example_record": ["gristmill.io.tensors: TFExampleRecord"],
    },
    absent={
        "tfx_bsl.coders.example_coder": dict.fromkeys(
            ["ExamplesToRecordBatchDecoder", "RecordBatchToExamples", "RecordBatchToExamplesEncoder"], _CODEC
        ),
        "tfx_bsl.public.beam": dict.fromkeys(["CreateModelHandler", "RunInference", "RunInferencePerModel"], _INFER),
        "tfx_bsl.public.beam.run_inference": dict.fromkeys(
            ["CreateModelHandler", "RunInference", "RunInferencePerModel"], _INFER
        ),
        "tfx_bsl.public.tfxio": dict.fromkeys(
            [
                "BeamRecordCsvTFXIO",
                "CsvTFXIO",
                "ParquetTFXIO",
                "RawBeamRecordTFXIO",
                "RawRecordToRecordBatchConverter",
                "RawTfRecordTFXIO",
                "RecordBatchToExamplesEncoder",
                "TFExampleBeamRecord",
                "TFGraphRecordDecoder",
                "TFSequenceExampleBeamRecord",
                "TFSequenceExampleRecord",
                "TFXIO",
                "TensorAdapterConfig",
                "TensorRepresentations",
                "load_decoder",
                "save_decoder",
            ],
            _READ,
        ),
        "tfx_bsl.tfxio.csv_tfxio": dict.fromkeys(["BeamRecordCsvTFXIO", "CsvTFXIO"], _READ),
        "tfx_bsl.tfxio.parquet_tfxio": {"ParquetTFXIO": _READ},
        "tfx_bsl.tfxio.raw_tf_record": dict.fromkeys(["RawBeamRecordTFXIO", "RawTfRecordTFXIO"], _READ),
        "tfx_bsl.tfxio.tensor_adapter": {
            "TensorAdapterConfig": "TensorAdapter(arrow_schema, …) takes all that it needs"
        },
        "tfx_bsl.tfxio.tf_example_record": {"TFExampleBeamRecord": _READ},
        "tfx_bsl.tfxio.tfxio": {"TFXIO": _READ},
    },
    constants={"tfx_bsl": {"__version__": "1.16.1+gristmill"}},
    out_of_scope={
        "tfx_bsl.arrow": f"{_INSIDE}; record batches are pyarrow's",
        "tfx_bsl.beam": _INSIDE,
        "tfx_bsl.coders": _INSIDE,
        "tfx_bsl.cc": _INSIDE,
        "tfx_bsl.sketches": _INSIDE,
        "tfx_bsl.statistics": _INSIDE,
        "tfx_bsl.tfxio": f"{_INSIDE}; {_READ}",
        "tfx_bsl.types": _INSIDE,
        "tfx_bsl.public.proto": _INFER,
    },
)
