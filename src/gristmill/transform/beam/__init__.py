"""Transforms inside Beam pipelines that people write themselves: the names of ``tensorflow_transform.beam``.

Importing this package needs the ``beam`` extra. A pipeline of gristmill needs none of these names:
:class:`~gristmill.components.Transform` runs on any engine.
"""

from __future__ import annotations

import importlib.util

from gristmill.errors import MissingExtraError

if importlib.util.find_spec("apache_beam") is None:
    raise MissingExtraError("apache-beam", "beam", "Transforming inside a Beam pipeline")

from gristmill.transform.beam.context import Context
from gristmill.transform.beam.encoding import EncodeTransformedDataset
from gristmill.transform.beam.metadata import BeamDatasetMetadata
from gristmill.transform.beam.not_supported import AnalyzeDatasetWithCache
from gristmill.transform.beam.on_disk import ReadTransformFn, WriteMetadata, WriteTransformFn
from gristmill.transform.beam.transforms import AnalyzeAndTransformDataset, AnalyzeDataset, TransformDataset

__all__ = [
    "AnalyzeAndTransformDataset",
    "AnalyzeDataset",
    "AnalyzeDatasetWithCache",
    "BeamDatasetMetadata",
    "Context",
    "EncodeTransformedDataset",
    "ReadTransformFn",
    "TransformDataset",
    "WriteMetadata",
    "WriteTransformFn",
]
