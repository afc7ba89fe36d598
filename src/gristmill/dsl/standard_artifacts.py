"""The artifact types of the standard components, with the names and properties that the TFX family stores."""

from __future__ import annotations

from collections.abc import Sequence

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.artifact_property import Property, PropertyType
from gristmill.dsl.splits import decode_split_names, encode_split_names, split_uri
from gristmill.dsl.system_artifacts import Dataset, Statistics
from gristmill.dsl.system_artifacts import Model as SystemModel
from gristmill.dsl.value_artifacts import Boolean, Bytes, Float, Integer, JsonValue, String

__all__ = [
    "Boolean",
    "Bytes",
    "Config",
    "DataView",
    "ExampleAnomalies",
    "ExampleStatistics",
    "ExampleValidationMetrics",
    "Examples",
    "ExamplesDiff",
    "ExternalArtifact",
    "Float",
    "HyperParameters",
    "InferenceResult",
    "InfraBlessing",
    "Integer",
    "JsonValue",
    "Model",
    "ModelBlessing",
    "ModelEvaluation",
    "ModelRun",
    "PushedModel",
    "Schema",
    "String",
    "TransformCache",
    "TransformGraph",
    "TunerResults",
]

_SPAN_SPLITS = {"span": Property(PropertyType.INT), "split_names": Property(PropertyType.STRING)}
_SPAN_VERSION_SPLITS = {**_SPAN_SPLITS, "version": Property(PropertyType.INT)}


class _SplitArtifact(Artifact):
    """An artifact whose payload has one directory per split."""

    span: int
    split_names: str

    @property
    def splits(self) -> list[str]:
        """The names of the splits."""
        return decode_split_names(self.split_names)

    @splits.setter
    def splits(self, names: Sequence[str]) -> None:
        self.split_names = encode_split_names(names)

    def path(self, *, split: str) -> str:
        """The directory of the named split; ConfigError where there is none of that name."""
        return split_uri(self, split)


class Examples(_SplitArtifact):
    """Examples: record files in ``Split-<name>/``."""

    TYPE_NAME = "Examples"
    TYPE_ANNOTATION = Dataset
    PROPERTIES = _SPAN_VERSION_SPLITS
    PROVENANCE = frozenset({"input_fingerprint"})  # times and sizes of the files that the examples were made of

    version: int


class ExampleAnomalies(_SplitArtifact):
    """What contradicts the schema: ``Split-<name>/SchemaDiff.pb``."""

    TYPE_NAME = "ExampleAnomalies"
    PROPERTIES = _SPAN_SPLITS


class ExampleValidationMetrics(_SplitArtifact):
    """Figures of a validation of examples."""

    TYPE_NAME = "ExampleValidationMetrics"
    PROPERTIES = _SPAN_SPLITS


class ExampleStatistics(_SplitArtifact):
    """Statistics of examples: ``Split-<name>/FeatureStats.pb``."""

    TYPE_NAME = "ExampleStatistics"
    TYPE_ANNOTATION = Statistics
    PROPERTIES = _SPAN_SPLITS


class ExamplesDiff(Artifact):
    """Differences between two sets of examples: ``SplitPair-<test>_<base>/``."""

    TYPE_NAME = "ExamplesDiff"


class Schema(Artifact):
    """A schema: ``schema.pbtxt``."""

    TYPE_NAME = "Schema"


class TransformGraph(Artifact):
    """A transform: ``transform_fn/``, ``transformed_metadata/`` and ``metadata/``."""

    TYPE_NAME = "TransformGraph"


class TransformCache(Artifact):
    """Results of analyzers, kept for the next run."""

    TYPE_NAME = "TransformCache"


class Model(Artifact):
    """A trained model: ``Format-Serving/`` and, where the trainer wrote one, ``Format-TFMA/``."""

    TYPE_NAME = "Model"
    TYPE_ANNOTATION = SystemModel


class ModelRun(Artifact):
    """What a training left besides the model: logs for TensorBoard, checkpoints."""

    TYPE_NAME = "ModelRun"


class ModelEvaluation(Artifact):
    """Metrics, plots and validations of a model by slice."""

    TYPE_NAME = "ModelEvaluation"


class ModelBlessing(Artifact):
    """Whether a model passed its evaluation: a file ``BLESSED`` or ``NOT_BLESSED``."""

    TYPE_NAME = "ModelBlessing"
    # A verdict is the same verdict, whatever model it was held against: the Pusher does not push a second time.
    PROVENANCE = frozenset({"baseline_model", "baseline_model_id"})


class InfraBlessing(Artifact):
    """Whether a model can be served: a file ``INFRA_BLESSED`` or ``INFRA_NOT_BLESSED``."""

    TYPE_NAME = "InfraBlessing"


class PushedModel(Artifact):
    """A model as it was pushed."""

    TYPE_NAME = "PushedModel"
    TYPE_ANNOTATION = SystemModel


class InferenceResult(Artifact):
    """Predictions: ``prediction_logs-*.gz``."""

    TYPE_NAME = "InferenceResult"


class HyperParameters(Artifact):
    """The best hyperparameters that a tuner found."""

    TYPE_NAME = "HyperParameters"


class TunerResults(Artifact):
    """All trials of a tuner."""

    TYPE_NAME = "TunerResults"


class DataView(Artifact):
    """How records of another format are read as examples."""

    TYPE_NAME = "DataView"


class Config(Artifact):
    """A configuration file."""

    TYPE_NAME = "Config"


class ExternalArtifact(Artifact):
    """Something outside the pipeline, of no further type."""

    TYPE_NAME = "ExternalArtifact"
