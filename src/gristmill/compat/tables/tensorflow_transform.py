"""What the modules of ``tensorflow_transform`` mean here."""

from __future__ import annotations

from gristmill.compat.family_table import FamilyTable

__all__ = ["TABLE"]

_ALL = ["gristmill.transform"]

MODULES = {
    "tensorflow_transform": _ALL,
    "tensorflow_transform.analyzers": _ALL,
    "tensorflow_transform.annotators": _ALL,
    "tensorflow_transform.beam": ["gristmill.transform.beam"],
    "tensorflow_transform.beam.context": ["gristmill.transform.beam: Context"],
    "tensorflow_transform.beam.impl": ["gristmill.transform.beam"],
    "tensorflow_transform.beam.tft_beam_io.beam_metadata_io": [
        "gristmill.transform.beam: BeamDatasetMetadata, WriteMetadata"
    ],
    "tensorflow_transform.beam.tft_beam_io.transform_fn_io": [
        "gristmill.transform.beam: ReadTransformFn, WriteTransformFn"
    ],
    "tensorflow_transform.coders": ["gristmill.transform.coders"],
    "tensorflow_transform.coders.csv_coder": ["gristmill.transform.coders: CsvCoder"],
    "tensorflow_transform.coders.example_proto_coder": ["gristmill.transform.coders: ExampleProtoCoder"],
    "tensorflow_transform.experimental": ["gristmill.transform.experimental"],
    "tensorflow_transform.inspect_preprocessing_fn": [
        "gristmill.transform: get_analyze_input_columns, get_transform_input_columns"
    ],
    "tensorflow_transform.mappers": _ALL,
    "tensorflow_transform.output_wrapper": ["gristmill.transform: TFTransformOutput, TransformFeaturesLayer"],
    "tensorflow_transform.py_func.api": ["gristmill.transform: apply_pyfunc"],
    "tensorflow_transform.tf_metadata": ["gristmill.transform.tf_metadata"],
    "tensorflow_transform.tf_metadata.dataset_metadata": ["gristmill.transform.tf_metadata.dataset_metadata"],
    "tensorflow_transform.tf_metadata.dataset_schema": [
        "gristmill.transform.tf_metadata.schema_utils: schema_from_feature_spec as from_feature_spec"
    ],
    "tensorflow_transform.tf_metadata.metadata_io": ["gristmill.transform.tf_metadata.metadata_io"],
    "tensorflow_transform.tf_metadata.schema_utils": ["gristmill.transform.tf_metadata.schema_utils"],
}

_SPECS = "build the schema from a feature spec: schema_utils.schema_from_feature_spec"

ABSENT = {
    "tensorflow_transform.beam.experimental": {"PTransformAnalyzer": "the analyzers that exist"},
    "tensorflow_transform.tf_metadata.dataset_schema": dict.fromkeys(
        ["ColumnSchema", "FixedColumnRepresentation", "ListColumnRepresentation", "Schema"], _SPECS
    ),
}

_INSIDE = (
    "tensorflow_transform.beam has the transforms; a preprocessing_fn is tested by applying them to lists, and "
    "results of analyzers are not cached"
)

TABLE = FamilyTable(
    modules=MODULES,
    absent=ABSENT,
    constants={
        name: {"__version__": "1.16.0+gristmill"} for name in ("tensorflow_transform", "tensorflow_transform.version")
    },
    out_of_scope={
        "tensorflow_transform.beam": _INSIDE,
        "tensorflow_transform.pretrained_models": "load the model in the preprocessing_fn, by make_and_track_object",
        "tensorflow_transform.saved": "TFTransformOutput(path).transform_features_layer() loads a saved transform",
        "tensorflow_transform.test_case": "call the preprocessing_fn through gristmill.transform.analyze in a test",
    },
)
