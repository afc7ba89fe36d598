"""Every published name is there; those without behaviour say so."""

import pytest

import gristmill.transform as tft
from gristmill.errors import NotSupportedError
from gristmill.transform import not_supported

pytestmark = pytest.mark.tensorflow

PUBLISHED = [
    "annotate_asset",
    "apply_buckets",
    "apply_buckets_with_interpolation",
    "apply_pyfunc",
    "apply_vocabulary",
    "bag_of_words",
    "bucketize",
    "bucketize_per_key",
    "compute_and_apply_vocabulary",
    "count_per_key",
    "covariance",
    "DatasetMetadata",
    "deduplicate_tensor_per_row",
    "estimated_probability_density",
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
    "tfidf",
    "TFTransformOutput",
    "TransformFeaturesLayer",
    "tukey_h_params",
    "tukey_location",
    "tukey_scale",
    "var",
    "vocabulary",
    "word_count",
    "__version__",
    "coders",
    "experimental",
]
EXPERIMENTAL = [
    "annotate_sparse_output_shape",
    "annotate_true_sparse_output",
    "approximate_vocabulary",
    "CacheablePTransformAnalyzer",
    "compute_and_apply_approximate_vocabulary",
    "document_frequency",
    "get_vocabulary_size_by_name",
    "idf",
    "PTransformAnalyzerCacheCoder",
    "ptransform_analyzer",
    "SimpleJsonPTransformAnalyzerCacheCoder",
]


def test_every_published_name_exists():
    assert set(PUBLISHED) <= set(tft.__all__)
    assert set(tft.experimental.__all__) == set(EXPERIMENTAL)
    for name in tft.__all__:
        assert getattr(tft, name) is not None


@pytest.mark.parametrize("name", not_supported.__all__)
def test_a_name_without_behaviour_says_what_to_do_instead(name):
    with pytest.raises(NotSupportedError, match=rf"(?s){name} does not exist.*Hint: "):
        getattr(not_supported, name)(1, more=2)
