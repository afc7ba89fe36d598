"""The published names of ``tft.experimental``."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

from gristmill.errors import ConfigError
from gristmill.transform.approximate_vocabulary import (
    approximate_vocabulary,
    compute_and_apply_approximate_vocabulary,
)
from gristmill.transform.mappers.tfidf import document_frequency, idf
from gristmill.transform.mappers.vocabulary_size import get_vocabulary_size_by_name
from gristmill.transform.not_supported import (
    CacheablePTransformAnalyzer,
    PTransformAnalyzerCacheCoder,
    SimpleJsonPTransformAnalyzerCacheCoder,
    ptransform_analyzer,
)
from gristmill.transform.trace import current_trace

__all__ = [
    "CacheablePTransformAnalyzer",
    "PTransformAnalyzerCacheCoder",
    "SimpleJsonPTransformAnalyzerCacheCoder",
    "annotate_sparse_output_shape",
    "annotate_true_sparse_output",
    "approximate_vocabulary",
    "compute_and_apply_approximate_vocabulary",
    "document_frequency",
    "get_vocabulary_size_by_name",
    "idf",
    "ptransform_analyzer",
]


def annotate_sparse_output_shape(tensor: tf.SparseTensor, shape: Sequence[int] | tf.Tensor) -> None:
    """Tell the fixed shape of a sparse output's rows; it is then written as a SparseFeature, with its indices.

    Args:
        tensor: an output of the preprocessing_fn.
        shape: of a row, without the batch dimension: known numbers.
    """
    sizes = tf.get_static_value(tf.convert_to_tensor(shape, tf.int64))
    if sizes is None:
        raise ConfigError(
            "the shape of a sparse output must be known numbers",
            value=shape,
            hint="write them down, for example [10] for rows of ten cells",
        )
    annotations = current_trace("annotate_sparse_output_shape").annotations
    annotations.kept.append(tensor.values)
    annotations.sparse_shapes[id(tensor.values)] = [int(size) for size in sizes.reshape(-1)]


def annotate_true_sparse_output(tensor: tf.SparseTensor) -> None:
    """Write a sparse output of rank 2 as a SparseFeature, with its indices, instead of values alone.

    Args:
        tensor: an output of the preprocessing_fn; the width of a row must be known, or told by
            :func:`annotate_sparse_output_shape`.
    """
    annotations = current_trace("annotate_true_sparse_output").annotations
    annotations.kept.append(tensor.values)
    annotations.true_sparse.add(id(tensor.values))
