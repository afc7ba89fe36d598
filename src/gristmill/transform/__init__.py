"""Feature transformations that are the same in training and in serving: what TensorFlow Transform does.

A *preprocessing_fn* maps a dict of tensors to a dict of tensors. *Analyzers* in it are values computed by full passes
over the data; *mappers* work row by row. ``analyze`` computes the analyzers with an engine and saves the function, with
the results as constants, as a SavedModel; ``transform_function`` applies it to record batches, and
``TFTransformOutput.transform_features_layer`` inside a model.
"""

from __future__ import annotations

from importlib import metadata as _metadata

from gristmill.io import tensors as _tensors  # noqa: F401 - before all else: it loads TensorFlow quietly
from gristmill.transform import coders, experimental, tf_metadata
from gristmill.transform.analysis import TransformFunction, TransformSummary, analyze, transform_function
from gristmill.transform.analyzers.covariance import covariance, pca
from gristmill.transform.analyzers.extrema import max, min
from gristmill.transform.analyzers.histogram import histogram
from gristmill.transform.analyzers.keys import count_per_key
from gristmill.transform.analyzers.moments import mean, var
from gristmill.transform.analyzers.quantiles import quantiles
from gristmill.transform.analyzers.sums import size, sum
from gristmill.transform.analyzers.vocabulary import vocabulary
from gristmill.transform.assets import annotate_asset, make_and_track_object
from gristmill.transform.features_layer import TransformFeaturesLayer
from gristmill.transform.input_columns import get_analyze_input_columns, get_transform_input_columns
from gristmill.transform.mappers.buckets import apply_buckets, apply_buckets_with_interpolation, bucketize
from gristmill.transform.mappers.density import estimated_probability_density
from gristmill.transform.mappers.per_key import (
    bucketize_per_key,
    scale_by_min_max_per_key,
    scale_to_0_1_per_key,
    scale_to_z_score_per_key,
)
from gristmill.transform.mappers.scaling import scale_by_min_max, scale_to_0_1, scale_to_z_score
from gristmill.transform.mappers.sparse import (
    deduplicate_tensor_per_row,
    segment_indices,
    sparse_tensor_left_align,
    sparse_tensor_to_dense_with_shape,
)
from gristmill.transform.mappers.text import bag_of_words, hash_strings, ngrams, word_count
from gristmill.transform.mappers.tfidf import tfidf
from gristmill.transform.mappers.vocabulary_lookup import apply_vocabulary, compute_and_apply_vocabulary
from gristmill.transform.not_supported import (
    apply_pyfunc,
    scale_to_gaussian,
    tukey_h_params,
    tukey_location,
    tukey_scale,
)
from gristmill.transform.output import TFTransformOutput
from gristmill.transform.tf_metadata.dataset_metadata import DatasetMetadata
from gristmill.transform.transformed_buckets import get_num_buckets_for_transformed_feature

__version__ = _metadata.version("gristmill")

__all__ = [
    "DatasetMetadata",
    "TFTransformOutput",
    "TransformFeaturesLayer",
    "TransformFunction",
    "TransformSummary",
    "__version__",
    "analyze",
    "annotate_asset",
    "apply_buckets",
    "apply_buckets_with_interpolation",
    "apply_pyfunc",
    "apply_vocabulary",
    "bag_of_words",
    "bucketize",
    "bucketize_per_key",
    "coders",
    "compute_and_apply_vocabulary",
    "count_per_key",
    "covariance",
    "deduplicate_tensor_per_row",
    "estimated_probability_density",
    "experimental",
    "get_analyze_input_columns",
    "get_num_buckets_for_transformed_feature",
    "get_transform_input_columns",
    "hash_strings",
    "histogram",
    "make_and_track_object",
    "max",
    "mean",
    "min",
    "ngrams",
    "pca",
    "quantiles",
    "scale_by_min_max",
    "scale_by_min_max_per_key",
    "scale_to_0_1",
    "scale_to_0_1_per_key",
    "scale_to_gaussian",
    "scale_to_z_score",
    "scale_to_z_score_per_key",
    "segment_indices",
    "size",
    "sparse_tensor_left_align",
    "sparse_tensor_to_dense_with_shape",
    "sum",
    "tf_metadata",
    "tfidf",
    "transform_function",
    "tukey_h_params",
    "tukey_location",
    "tukey_scale",
    "var",
    "vocabulary",
    "word_count",
]
