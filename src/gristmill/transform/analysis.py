"""From a preprocessing_fn and raw examples to a saved transform, and from there to transformed examples."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.engine.contract import Accumulator, Engine
from gristmill.engine.loaded_once import keep, loaded_once
from gristmill.errors import ConfigError
from gristmill.io import filesystem
from gristmill.io.examples import examples_reader
from gristmill.io.shard import Shard
from gristmill.io.tensors.feature_spec import FeatureSpec, feature_spec_from_schema
from gristmill.transform.batch_transform import BatchTransform
from gristmill.transform.layout import ASSET_MAP, RAW_METADATA_DIR, TRANSFORM_FN_DIR, TRANSFORMED_METADATA_DIR
from gristmill.transform.output_schema import output_schema
from gristmill.transform.phases import EnginePasses, PassRunner, ReaderOf, Resolved, resolve_analyzers
from gristmill.transform.preprocessing import PreprocessingFn, bind_custom_config
from gristmill.transform.saved_graph import save_transform
from gristmill.transform.tf_metadata.dataset_metadata import DatasetMetadata
from gristmill.transform.tf_metadata.metadata_io import read_metadata, write_metadata

__all__ = [
    "TransformFunction",
    "TransformSummary",
    "analyze",
    "raw_feature_spec",
    "transform_function",
    "write_transform",
]


@dataclass(frozen=True)
class TransformSummary:
    """What an analysis did.

    Attributes:
        rows: rows analyzed (0 when no analyzer needed data).
        phases: passes over the data.
        analyzers: how many were computed.
        vocabularies: file name to number of tokens.
        outputs: names of the transformed features, sorted.
        schema: of the transformed features.
        companion: what the companion of the analysis found, if it had one.
    """

    rows: int
    phases: int
    analyzers: int
    vocabularies: dict[str, int]
    outputs: list[str]
    schema: schema_pb2.Schema
    companion: Any = None

    def __str__(self) -> str:
        parts = [_counted(len(self.vocabularies), "vocabulary", "vocabularies")] if self.vocabularies else []
        passes = _counted(self.phases, "pass", "passes")
        return ", ".join([*parts, f"{_counted(self.analyzers, 'analyzer', 'analyzers')} in {passes}"])


def analyze(
    preprocessing_fn: Callable[..., Mapping[str, Any]],
    schema: schema_pb2.Schema,
    shards: Sequence[Shard],
    *,
    engine: Engine,
    output_dir: str,
    custom_config: Mapping[str, Any] | None = None,
    reader_of: ReaderOf = examples_reader,
    save_options: tf.saved_model.SaveOptions | None = None,
    companion: Accumulator[Any, Any] | None = None,
) -> TransformSummary:
    """Compute the analyzers of a preprocessing_fn over raw examples, and write the transform.

    Args:
        preprocessing_fn: from a dict of tensors to a dict of tensors; may take ``custom_config``.
        schema: of the raw examples; every feature is an input.
        shards: the examples to analyze.
        engine: runs the passes.
        output_dir: gets ``transform_fn`` (SavedModel), ``transformed_metadata`` and ``metadata``; a transform that is
            there is replaced.
        custom_config: handed to the function.
        reader_of: makes the reader of a pass, from the features that it needs, or None for all.
        save_options: for ``tf.saved_model.save``.
        companion: one more accumulator for the same rows, with all their features: it shares the first pass.

    Raises:
        UserCodeError: the function raised.
        ConfigError: what it returned, or how it used analyzers, is not allowed; names the output.
        DataError: the data contradicts the schema.
    """
    function = bind_custom_config(preprocessing_fn, custom_config)
    passes = EnginePasses(engine, shards, reader_of, companion)
    summary = write_transform(function, schema, passes, output_dir=output_dir, save_options=save_options)
    return replace(summary, companion=passes.companions_result())


def write_transform(
    preprocessing_fn: PreprocessingFn,
    schema: schema_pb2.Schema,
    run_pass: PassRunner,
    *,
    output_dir: str,
    save_options: tf.saved_model.SaveOptions | None = None,
) -> TransformSummary:
    """The same, with passes over the data of whatever kind; see :func:`analyze`."""
    feature_spec = raw_feature_spec(schema)
    with tempfile.TemporaryDirectory(prefix="gristmill-transform-") as work_dir:
        resolved = resolve_analyzers(preprocessing_fn, feature_spec, run_pass, asset_dir=work_dir)
        transformed = output_schema(resolved.graph)
        with tempfile.TemporaryDirectory(prefix="gristmill-export-") as export_dir:
            save_transform(resolved.graph, feature_spec, export_dir=export_dir, save_options=save_options)
            target = filesystem.join(output_dir, TRANSFORM_FN_DIR)
            filesystem.remove_tree(target)
            filesystem.copy_tree(export_dir, target)
    metadata_dir = filesystem.join(output_dir, TRANSFORMED_METADATA_DIR)
    write_metadata(DatasetMetadata(transformed), metadata_dir)
    filesystem.write_text(
        filesystem.join(metadata_dir, ASSET_MAP), json.dumps(resolved.graph.trace.asset_map, sort_keys=True)
    )
    write_metadata(DatasetMetadata(schema), filesystem.join(output_dir, RAW_METADATA_DIR))
    return _summary(resolved, transformed)


def raw_feature_spec(schema: schema_pb2.Schema) -> dict[str, FeatureSpec]:
    """The inputs of a preprocessing_fn over examples of this schema.

    Raises:
        ConfigError: there are none.
    """
    feature_spec = feature_spec_from_schema(schema)
    if not feature_spec:
        raise ConfigError("the schema of the raw examples has no feature", hint="run SchemaGen on the examples")
    return feature_spec


class TransformFunction:
    """Applies a saved transform to record batches of raw examples. May be called from several threads at once, and be
    shipped to processes that reach the same folder, each of which loads it once.

    Args:
        transform_output_dir: what :func:`analyze` wrote.
        outputs: the transformed features to make; all by default.

    Raises:
        ConfigError: an output is asked for that the transform does not have.
    """

    def __init__(self, transform_output_dir: str, outputs: Iterable[str] | None = None) -> None:
        wanted = None if outputs is None else sorted(set(outputs))
        self._origin = (filesystem.absolute(transform_output_dir), wanted)
        self._token = secrets.token_hex(16)
        self._apply = BatchTransform(
            filesystem.join(transform_output_dir, TRANSFORM_FN_DIR),
            read_metadata(filesystem.join(transform_output_dir, RAW_METADATA_DIR)).schema,
            read_metadata(filesystem.join(transform_output_dir, TRANSFORMED_METADATA_DIR)).schema,
            wanted,
        )
        keep(self._token, self)

    def __reduce__(self) -> tuple[Any, ...]:
        # Other processes load the transform themselves, from the same folder.
        return _arrived, (self._token, *self._origin)

    @property
    def columns(self) -> list[str]:
        """The raw features that are needed, sorted."""
        return self._apply.columns

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The transformed features of each row.

        Raises:
            DataError: the data contradicts the schema, or an operation of the transform failed.
            ConfigError: an output does not have one row per example.
        """
        return self._apply(batch)


def _arrived(token: str, transform_output_dir: str, outputs: list[str] | None) -> TransformFunction:
    return loaded_once(token, lambda: TransformFunction(transform_output_dir, outputs))


def transform_function(transform_output_dir: str, outputs: Iterable[str] | None = None) -> TransformFunction:
    """A callable from raw record batches to transformed ones; see :class:`TransformFunction`."""
    return TransformFunction(transform_output_dir, outputs)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _summary(resolved: Resolved, schema: schema_pb2.Schema) -> TransformSummary:
    facts = resolved.graph.trace.annotations.vocabularies
    return TransformSummary(
        rows=resolved.rows,
        phases=resolved.phases,
        analyzers=len(resolved.results),
        vocabularies={each.file_name: each.filtered_size for each in facts},
        outputs=sorted(resolved.graph.outputs),
        schema=schema,
    )
