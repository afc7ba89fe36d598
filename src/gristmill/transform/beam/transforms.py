"""AnalyzeDataset, TransformDataset, and both together.

A data set is a pair (data, metadata). Its data is a PCollection, or a list, of

- instance dicts, where the metadata is a :class:`~gristmill.transform.DatasetMetadata`: a row each, values by feature;
- ``pyarrow.RecordBatch``es, where it is a :class:`~gristmill.io.tensors.TensorAdapterConfig`.

A *transform function* is a pair (PCollection of the path of a SavedModel, metadata of what it makes).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.pvalue import AsSingleton
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.did_you_mean import did_you_mean
from gristmill.engine.loaded_once import loaded_once
from gristmill.errors import ConfigError
from gristmill.io.tensors.adapter_config import TensorAdapterConfig
from gristmill.io.tensors.feature_spec import feature_spec_from_schema, schema_from_feature_spec
from gristmill.transform.batch_transform import BatchTransform
from gristmill.transform.beam.context import Context
from gristmill.transform.beam.instance_dicts import BatchesOfInstances, InstancesOfBatches
from gristmill.transform.beam.metadata import BeamDatasetMetadata, Metadata, deferred_parts, without_features
from gristmill.transform.beam.on_disk import asset_map_beside, metadata_beside
from gristmill.transform.beam.passes import analysis_passes
from gristmill.transform.beam.plan import plan_analysis
from gristmill.transform.preprocessing import PreprocessingFn
from gristmill.transform.tf_metadata.dataset_metadata import DatasetMetadata

__all__ = ["AnalyzeAndTransformDataset", "AnalyzeDataset", "TransformDataset"]

Dataset = tuple[Any, Any]
TransformFn = tuple[Any, Metadata]


class AnalyzeDataset(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """From a data set to its transform function.

    Args:
        preprocessing_fn: from a dict of tensors to a dict of tensors. It is traced when the pipeline is built, and
            again on workers, where it must be importable or picklable.
        pipeline: of the data, which tells by itself.
    """

    def __init__(self, preprocessing_fn: PreprocessingFn, pipeline: beam.Pipeline | None = None) -> None:
        super().__init__()
        self._preprocessing_fn = preprocessing_fn
        self.pipeline = pipeline

    def expand(self, dataset: Dataset) -> TransformFn:
        """The transform function.

        Raises:
            UserCodeError: the preprocessing_fn raised.
            ConfigError: no context names a ``temp_dir``; or what the function returned is not allowed.
        """
        folder = Context.create_base_temp_dir()
        plan = plan_analysis(self._preprocessing_fn, _schema(dataset))
        saved = analysis_passes(_batches(dataset), plan, folder, Context.settings().save_options)
        metadata = BeamDatasetMetadata(
            plan.metadata,
            saved | "Metadata" >> beam.Map(metadata_beside),
            saved | "Asset map" >> beam.Map(asset_map_beside),
        )
        return saved, metadata

    def _extract_input_pvalues(self, dataset: Dataset) -> tuple[Dataset, tuple[Any, ...]]:
        return dataset, (dataset[0],)


class TransformDataset(beam.PTransform):  # type: ignore[misc]
    """From (data set, transform function) to the transformed data set.

    Args:
        exclude_outputs: transformed features that are not made.
        output_record_batches: give pairs (record batch, empty dict) instead of instance dicts; the batch has the
            transformed features, and the columns that the context passes through.
    """

    def __init__(self, exclude_outputs: Iterable[str] | None = None, output_record_batches: bool = False) -> None:
        super().__init__()
        self._excluded = frozenset(exclude_outputs or ())
        self._output_record_batches = output_record_batches

    def expand(self, inputs: tuple[Dataset, TransformFn]) -> Dataset:
        """The transformed data set.

        Raises:
            ConfigError: a feature is excluded that the transform does not make, or is to be passed through although
                that is made, too.
        """
        dataset, (saved, metadata) = inputs
        known = frozenset(feature_spec_from_schema(metadata.schema))
        _check_excluded(self._excluded, known)
        kept = known - self._excluded
        passed = Context.settings().passthrough_keys or frozenset()
        _check_passed(passed, kept)
        apply = _Apply(_schema(dataset), metadata.schema, sorted(kept) if self._excluded else None, sorted(passed))
        made = _batches(dataset) | "Apply" >> beam.ParDo(apply, AsSingleton(saved))
        without = _without(metadata, self._excluded)
        if not self._output_record_batches:
            made = made | "Instances" >> beam.FlatMap(InstancesOfBatches(feature_spec_from_schema(without.schema)))
        return made, without

    def _extract_input_pvalues(self, inputs: tuple[Dataset, TransformFn]) -> tuple[Any, tuple[Any, ...]]:
        return inputs, (inputs[0][0], inputs[1][0], *deferred_parts(inputs[1][1]))


class AnalyzeAndTransformDataset(beam.PTransform):  # type: ignore[misc]
    """From a data set to (the transformed data set, its transform function).

    Args:
        preprocessing_fn: see :class:`AnalyzeDataset`.
        output_record_batches: see :class:`TransformDataset`.
    """

    def __init__(self, preprocessing_fn: PreprocessingFn, output_record_batches: bool = False) -> None:
        super().__init__()
        self._preprocessing_fn = preprocessing_fn
        self._output_record_batches = output_record_batches

    def expand(self, dataset: Dataset) -> tuple[Dataset, TransformFn]:
        """The transformed data set, and the transform function."""
        function = dataset | "AnalyzeDataset" >> AnalyzeDataset(self._preprocessing_fn)
        transform = TransformDataset(output_record_batches=self._output_record_batches)
        transformed = (dataset, function) | "TransformDataset" >> transform
        return transformed, function

    def _extract_input_pvalues(self, dataset: Dataset) -> tuple[Dataset, tuple[Any, ...]]:
        return dataset, (dataset[0],)


class _Apply(beam.DoFn):  # type: ignore[misc]
    """Applies the saved transform, loaded once per process."""

    def __init__(
        self, raw: schema_pb2.Schema, transformed: schema_pb2.Schema, outputs: list[str] | None, passed: list[str]
    ) -> None:
        super().__init__()
        self._raw = raw
        self._transformed = transformed
        self._outputs = outputs
        self._passed = passed
        self._loaded: BatchTransform | None = None

    def process(self, batch: pa.RecordBatch, path: str) -> Iterator[tuple[pa.RecordBatch, dict[str, Any]]]:
        """The transformed batch, with the columns that are passed through."""
        if self._loaded is None:
            key = f"{path}\n{self._outputs}\n{self._raw.SerializeToString(deterministic=True).hex()}"
            self._loaded = loaded_once(key, lambda: BatchTransform(path, self._raw, self._transformed, self._outputs))
        made = self._loaded(batch)
        for name in self._passed:
            if name in batch.schema.names:
                made = made.append_column(name, batch.column(name))
        yield made, {}


def _schema(dataset: Dataset) -> schema_pb2.Schema:
    metadata = dataset[1]
    if isinstance(metadata, TensorAdapterConfig):
        return schema_from_feature_spec(metadata.feature_spec)
    if isinstance(metadata, DatasetMetadata | BeamDatasetMetadata):
        return metadata.schema
    raise ConfigError(
        "a data set is a pair (data, metadata)",
        value=metadata,
        hint="instance dicts have a DatasetMetadata, record batches a TensorAdapterConfig",
    )


def _batches(dataset: Dataset) -> beam.PCollection:
    data, metadata = dataset
    settings = Context.settings()
    if isinstance(metadata, TensorAdapterConfig):
        return data
    if settings.passthrough_keys:
        raise ConfigError(
            "only columns of record batches can be passed through",
            value=sorted(settings.passthrough_keys),
            hint="give record batches with a TensorAdapterConfig, or return the feature from the preprocessing_fn",
        )
    return data | "Batch" >> BatchesOfInstances(_schema(dataset), settings.desired_batch_size)


def _check_excluded(excluded: frozenset[str], known: frozenset[str]) -> None:
    if excluded - known:
        raise ConfigError(
            "exclude_outputs names what the transform does not make",
            value=sorted(excluded - known),
            hint=did_you_mean(min(excluded - known), known, "it makes"),
        )


def _check_passed(passed: frozenset[str], kept: frozenset[str]) -> None:
    if passed & kept:
        raise ConfigError(
            "what is passed through must not be a transformed feature, too",
            value=sorted(passed & kept),
            hint="leave it out of passthrough_keys, or name it in exclude_outputs",
        )


def _without(metadata: Metadata, excluded: frozenset[str]) -> Metadata:
    if not excluded:
        return metadata
    if isinstance(metadata, DatasetMetadata):
        return without_features(metadata, excluded)
    return BeamDatasetMetadata(
        without_features(metadata.dataset_metadata, excluded),
        metadata.deferred_metadata | "Exclude" >> beam.Map(without_features, excluded),
        metadata.asset_map,
    )
