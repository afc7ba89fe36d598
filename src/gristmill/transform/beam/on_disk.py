"""Transform functions and metadata on disk, in the layout of ``TFTransformOutput``."""

from __future__ import annotations

import json
import secrets
from typing import Any

import apache_beam as beam
from apache_beam.pvalue import AsSingleton, PBegin

from gristmill.errors import ConfigError
from gristmill.io import filesystem
from gristmill.io.json_object import read_json_object
from gristmill.transform.beam.metadata import BeamDatasetMetadata, Metadata, deferred_parts
from gristmill.transform.layout import ASSET_MAP, TRANSFORM_FN_DIR, TRANSFORMED_METADATA_DIR
from gristmill.transform.tf_metadata.dataset_metadata import DatasetMetadata
from gristmill.transform.tf_metadata.metadata_io import read_metadata, write_metadata

__all__ = ["ReadTransformFn", "WriteMetadata", "WriteTransformFn", "asset_map_beside", "metadata_beside"]


class WriteTransformFn(beam.PTransform):  # type: ignore[misc]  # Beam has no types
    """Writes a transform function; what is there of one already is replaced.

    Args:
        path: folder that gets ``transform_fn`` and ``transformed_metadata``.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = filesystem.absolute(path)

    def expand(self, transform_fn: tuple[Any, Metadata]) -> beam.PCollection:
        """The path, once it is written."""
        saved, metadata = transform_fn
        parts = deferred_parts(metadata)
        if not parts:
            return saved | "Write" >> beam.Map(_write_transform, self._path, metadata, None)
        return saved | "Write" >> beam.Map(_write_transform, self._path, *map(AsSingleton, parts))

    def _extract_input_pvalues(self, transform_fn: tuple[Any, Metadata]) -> tuple[Any, tuple[Any, ...]]:
        return transform_fn, (transform_fn[0], *deferred_parts(transform_fn[1]))


class ReadTransformFn(beam.PTransform):  # type: ignore[misc]
    """From the begin of a pipeline to the transform function in a folder.

    Args:
        path: what :class:`WriteTransformFn` wrote, or a Transform step.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = filesystem.absolute(path)

    def expand(self, pipeline: PBegin) -> tuple[beam.PCollection, DatasetMetadata]:
        """The path of the SavedModel, and the metadata.

        Raises:
            FileNotFoundError: there is no transform function.
        """
        metadata = read_metadata(filesystem.join(self._path, TRANSFORMED_METADATA_DIR))
        saved = filesystem.join(self._path, TRANSFORM_FN_DIR)
        return pipeline | "Path" >> beam.Create([saved], reshuffle=False), metadata


class WriteMetadata(beam.PTransform):  # type: ignore[misc]
    """Writes metadata as ``schema.pbtxt``.

    Args:
        path: a folder.
        pipeline: where to write it, since metadata belongs to none.
        write_to_unique_subdirectory: write into a new folder below ``path``.
    """

    def __init__(self, path: str, pipeline: beam.Pipeline, write_to_unique_subdirectory: bool = False) -> None:
        super().__init__()
        self._path = filesystem.absolute(path)
        self._unique = write_to_unique_subdirectory
        self.pipeline = pipeline

    def expand(self, metadata: Metadata) -> beam.PCollection:
        """The folder, once it is written."""
        if isinstance(metadata, BeamDatasetMetadata):
            known = metadata.deferred_metadata
        elif isinstance(metadata, DatasetMetadata):
            known = self.pipeline | "Metadata" >> beam.Create([metadata], reshuffle=False)
        else:
            raise ConfigError(
                "WriteMetadata writes a DatasetMetadata",
                value=metadata,
                hint="give it the second of the pair (data, metadata) that TransformDataset makes",
            )
        return known | "Write" >> beam.Map(_write_metadata, self._path, self._unique)

    def _extract_input_pvalues(self, metadata: Metadata) -> tuple[Any, tuple[Any, ...]]:
        return metadata, deferred_parts(metadata)


def metadata_beside(saved: str) -> DatasetMetadata:
    """The metadata of the transform whose SavedModel this is."""
    return read_metadata(_beside(saved))


def asset_map_beside(saved: str) -> dict[str, str]:
    """The names of the transform's vocabularies and those of their files."""
    return read_json_object(filesystem.join(_beside(saved), ASSET_MAP))


def _beside(saved: str) -> str:
    return filesystem.join(saved.removesuffix(TRANSFORM_FN_DIR).rstrip("/"), TRANSFORMED_METADATA_DIR)


def _write_transform(saved: str, path: str, metadata: DatasetMetadata, asset_map: dict[str, str] | None) -> str:
    """Everything is complete before anything that was there is touched."""
    staged = filesystem.join(path, f"transform_tmp-{secrets.token_hex(8)}")
    filesystem.copy_tree(saved, filesystem.join(staged, TRANSFORM_FN_DIR))
    described = filesystem.join(staged, TRANSFORMED_METADATA_DIR)
    write_metadata(metadata, described)
    if asset_map is None and filesystem.exists(filesystem.join(_beside(saved), ASSET_MAP)):
        asset_map = asset_map_beside(saved)
    if asset_map is not None:
        filesystem.write_text(filesystem.join(described, ASSET_MAP), json.dumps(asset_map, sort_keys=True))
    for name in (TRANSFORMED_METADATA_DIR, TRANSFORM_FN_DIR):
        target = filesystem.join(path, name)
        filesystem.remove_tree(target)
        filesystem.rename(filesystem.join(staged, name), target)
    filesystem.remove_tree(staged)
    return path


def _write_metadata(metadata: DatasetMetadata, path: str, unique: bool) -> str:
    folder = filesystem.join(path, secrets.token_hex(16)) if unique else path
    write_metadata(metadata, folder)
    return folder
