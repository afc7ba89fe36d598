"""Mappers on small data whose results are known."""

import pytest
import tensorflow as tf

import gristmill.transform as tft
from gristmill.errors import ConfigError

pytestmark = pytest.mark.tensorflow

SCALAR = {"x": tf.io.FixedLenFeature([], tf.float32)}
PAIR = {"x": tf.io.FixedLenFeature([2], tf.float32)}
WORDS = {"s": tf.io.VarLenFeature(tf.string)}
NAN = float("nan")


def numbers(*values):
    return [{"x": value} for value in values]


def one(function):
    return lambda inputs: {"o": function(inputs["x"])}


def test_scores_have_mean_0_and_variance_1(transform):
    assert transform(one(tft.scale_to_z_score), numbers(1.0, 3.0, 5.0), SCALAR).column("o") == pytest.approx(
        [-1.2247449, 0.0, 1.2247449]
    )


def test_without_variance_a_score_is_the_distance_from_the_mean(transform):
    made = transform(one(tft.scale_to_z_score), numbers(2.0, 2.0), SCALAR, apply_to=numbers(5.0))
    assert made.column("o") == [3.0]


def test_ranges_are_mapped_linearly(transform):
    made = transform(one(lambda x: tft.scale_by_min_max(x, -1, 3)), numbers(0.0, 5.0, 10.0), SCALAR)
    assert made.column("o") == [-1.0, 1.0, 3.0]


def test_equal_values_are_mapped_by_a_sigmoid(transform):
    made = transform(one(lambda x: tft.scale_by_min_max(x, -1, 3)), numbers(2.0, 2.0), SCALAR)
    assert made.column("o") == pytest.approx([2.5231884] * 2)


def test_an_empty_range_is_refused(transform):
    with pytest.raises(ConfigError, match=r"(?s)output_min must be less.*\(1, 1\)"):
        transform(one(lambda x: tft.scale_by_min_max(x, 1, 1)), numbers(1.0), SCALAR)


def test_cells_can_be_scaled_and_bucketized_by_themselves(transform):
    def preprocessing_fn(inputs):
        x = inputs["x"]
        return {
            "b": tft.bucketize(x, 2, elementwise=True),
            "z": tft.scale_to_z_score(x, elementwise=True),
            "r": tft.scale_to_0_1(x, elementwise=True),
        }

    made = transform(preprocessing_fn, [{"x": [1.0, 10.0]}, {"x": [3.0, 4.0]}, {"x": [5.0, 4.0]}], PAIR).rows
    assert [row["b"] for row in made] == [[0, 1], [1, 1], [1, 1]]
    assert [row["r"] for row in made] == [[0.0, 1.0], [0.5, 0.0], [1.0, 0.0]]
    assert made[0]["z"] == pytest.approx([-1.2247449, 1.4142135])


def test_sparse_values_are_scaled_where_they_are(transform):
    def preprocessing_fn(inputs):
        return {"z": tft.scale_to_z_score(inputs["x"]), "b": tft.bucketize(inputs["x"], 2)}

    rows = [{"x": [1.0, 3.0]}, {"x": None}]
    made = transform(preprocessing_fn, rows, {"x": tf.io.VarLenFeature(tf.float32)}).rows
    assert made == [{"b": [0, 1], "z": [-1.0, 1.0]}, {"b": [], "z": []}]


def test_ragged_values_are_scaled_where_they_are(transform):
    spec = {"x": tf.io.RaggedFeature(tf.float32, "x", [], row_splits_dtype=tf.int64)}
    made = transform(one(tft.scale_to_0_1), [{"x": [1.0, 3.0]}, {"x": []}, {"x": [2.0]}], spec).rows
    assert [row["o$ragged_values"] for row in made] == [[0.0, 1.0], [], [0.5]]


def test_a_value_equal_to_a_boundary_goes_to_the_upper_bucket_and_nan_to_the_last(transform):
    made = transform(one(lambda x: tft.apply_buckets(x, [1.0, 3.0])), numbers(0.0, 1.0, 2.0, 3.0, NAN), SCALAR)
    assert made.column("o") == [0, 1, 1, 2, 2]
    assert made.summary.schema.feature[0].int_domain.max == 2


def test_computed_boundaries_work_like_constant_ones(transform):
    def preprocessing_fn(inputs):
        x = inputs["x"]
        boundaries = tf.sort(tf.stack([tft.mean(x), tft.max(x)]) * 1.0)[tf.newaxis]
        return {"o": tft.apply_buckets(x, boundaries)}

    made = transform(preprocessing_fn, numbers(1.0, 2.0, 9.0), SCALAR)
    assert made.column("o") == [0, 0, 2]
    assert made.summary.schema.feature[0].int_domain.max == 2


def test_interpolation_gives_the_place_between_boundaries(transform):
    values = numbers(0.0, 1.0, 1.5, 2.0, 4.0, 8.0, 9.0, NAN)
    made = transform(one(lambda x: tft.apply_buckets_with_interpolation(x, [[1.0, 2.0, 8.0]])), values, SCALAR)
    assert made.column("o") == pytest.approx([0.0, 0.0, 0.25, 0.5, 2 / 3, 1.0, 1.0, 0.5])


def test_interpolation_at_a_single_boundary_is_a_step(transform):
    made = transform(
        one(lambda x: tft.apply_buckets_with_interpolation(x, [[1.0, 1.0]])), numbers(0.0, 1.0, 2.0), SCALAR
    )
    assert made.column("o") == [0.0, 1.0, 1.0]


@pytest.mark.parametrize(("buckets", "error"), [(0, ValueError), (2.5, TypeError), ("3", TypeError)])
def test_a_number_of_buckets_is_a_positive_integer(transform, buckets, error):
    with pytest.raises(error):
        transform(one(lambda x: tft.bucketize(x, buckets)), numbers(1.0), SCALAR)


def test_rows_are_scaled_by_the_statistics_of_their_key(transform):
    def preprocessing_fn(inputs):
        x, key = inputs["x"], inputs["k"]
        return {
            "z": tft.scale_to_z_score_per_key(x, key),
            "r": tft.scale_to_0_1_per_key(x, key),
            "b": tft.bucketize_per_key(x, key, 2),
        }

    spec = {**SCALAR, "k": tf.io.FixedLenFeature([], tf.string)}
    rows = [{"x": x, "k": k} for x, k in [(1.0, "a"), (3.0, "a"), (5.0, "b"), (7.0, "b")]]
    made = transform(preprocessing_fn, rows, spec, apply_to=[*rows, {"x": 2.0, "k": "new"}])
    assert made.column("z") == [-1.0, 1.0, -1.0, 1.0, 2.0]
    assert made.column("r") == pytest.approx([0.0, 1.0, 0.0, 1.0, 0.880797])
    assert made.column("b") == [0, 1, 0, 1, -1]


def test_a_key_per_row_serves_all_values_of_the_row(transform):
    spec = {"x": tf.io.VarLenFeature(tf.float32), "k": tf.io.FixedLenFeature([], tf.string)}
    rows = [{"x": [1.0, 3.0], "k": "a"}, {"x": [10.0], "k": "b"}, {"x": [20.0], "k": "b"}]
    made = transform(lambda i: {"z": tft.scale_to_z_score_per_key(i["x"], i["k"])}, rows, spec).rows
    assert [row["z"] for row in made] == [[-1.0, 1.0], [-1.0], [1.0]]


def test_tokens_become_ngrams_bags_counts_and_hashes(transform):
    def preprocessing_fn(inputs):
        words = inputs["s"]
        return {
            "ngrams": tft.ngrams(words, (1, 2), " "),
            "bag": tft.bag_of_words(words, (1, 2), " "),
            "count": tft.word_count(words),
            "hash": tft.hash_strings(words, 10),
            "keyed": tft.hash_strings(words, 10, key=[1, 2]),
            "distinct": tft.deduplicate_tensor_per_row(words),
        }

    made = transform(preprocessing_fn, [{"s": ["a", "b", "a"]}, {"s": ["b", "c"]}, {"s": None}], WORDS).rows
    assert made[0] == {
        "bag": [b"a", b"a b", b"b", b"b a"],
        "count": [3],
        "distinct": [b"a", b"b"],
        "hash": [9, 2, 9],
        "keyed": [6, 4, 6],
        "ngrams": [b"a", b"a b", b"b", b"b a", b"a"],
    }
    assert made[2] == {"bag": [], "count": [0], "distinct": [], "hash": [], "keyed": [], "ngrams": []}


@pytest.mark.parametrize(
    ("smooth", "idf", "weights"),
    [
        (True, [1.6931472, 1.287682, 1.6931472], [1.1287649, 0.42922735]),
        (False, [2.0986123, 1.4054651, 2.0986123], [1.3990749, 0.4684884]),
    ],
)
def test_rare_tokens_weigh_more(transform, smooth, idf, weights):
    def preprocessing_fn(inputs):
        tokens, weight = tft.tfidf(inputs["s"], 3, smooth=smooth)
        return {
            "tokens": tokens,
            "weight": weight,
            "idf": tft.experimental.idf(inputs["s"], 3, smooth=smooth),
            "df": tft.experimental.document_frequency(inputs["s"], 3),
        }

    rows = [{"s": [0, 1, 0]}, {"s": [1, 2]}, {"s": [5]}]
    made = transform(preprocessing_fn, rows, {"s": tf.io.VarLenFeature(tf.int64)}).rows
    assert made[0]["tokens"] == [0, 1]
    assert made[0]["weight"] == pytest.approx(weights)
    assert made[0]["idf"] == pytest.approx(idf)
    assert made[0]["df"] == [1, 2, 1]
    assert made[2]["tokens"] == [2]


def test_density_is_the_share_of_a_bucket_over_its_width(transform):
    made = transform(
        one(lambda x: tft.estimated_probability_density(x, boundaries=4)), numbers(*map(float, range(11))), SCALAR
    )
    assert made.column("o") == pytest.approx([0.1090909] * 4 + [0.0818182] * 3 + [0.1090909] * 4, rel=1e-4)


def test_sparse_tensors_change_their_shape():
    sparse = tf.SparseTensor([[0, 2], [1, 1], [1, 3]], [1, 2, 3], [2, 4])
    assert tft.sparse_tensor_left_align(sparse).indices.numpy().tolist() == [[0, 0], [1, 0], [1, 1]]
    dense = tft.sparse_tensor_to_dense_with_shape(sparse, [None, 5], -1)
    assert dense.numpy().tolist() == [[-1, -1, 1, -1, -1], [-1, 2, -1, 3, -1]]
    assert tft.segment_indices(tf.constant([0, 0, 1, 3, 3, 3])).numpy().tolist() == [0, 1, 0, 0, 1, 2]


def test_a_range_of_ngrams_begins_at_one():
    with pytest.raises(ConfigError, match="1 <= shortest <= longest"):
        tft.ngrams(tf.SparseTensor([[0, 0]], ["a"], [1, 1]), (0, 1), " ")
