"""Vocabularies: order, filters, files, and lookups in them."""

import pytest
import tensorflow as tf

import gristmill.transform as tft
from gristmill.errors import ConfigError, NotSupportedError

pytestmark = pytest.mark.tensorflow

STRING = {"s": tf.io.FixedLenFeature([], tf.string)}
TOKENS = [{"s": token} for token in ["a", "b", "a b", "a b", "c", "c", "", "x\ny"]]
DEFAULT_NAME = "vocab_compute_and_apply_vocabulary_vocabulary"
FREQUENCY_NAME = "vocab_frequency_compute_and_apply_vocabulary_vocabulary"


def looked_up(**options):
    return lambda inputs: {"o": tft.compute_and_apply_vocabulary(inputs["s"], **options)}


def test_tokens_come_by_frequency_with_ties_in_reverse_lexicographic_order(transform):
    made = transform(looked_up(), TOKENS, STRING)
    assert made.lines(DEFAULT_NAME) == [b"c", b"a b", b"b", b"a"]
    assert made.column("o") == [3, 2, 1, 1, 0, 0, -1, -1]


def test_top_k_and_thresholds_keep_the_most_frequent(transform):
    assert transform(looked_up(top_k=3), TOKENS, STRING).lines(DEFAULT_NAME) == [b"c", b"a b", b"b"]
    assert transform(looked_up(frequency_threshold=2), TOKENS, STRING).lines(DEFAULT_NAME) == [b"c", b"a b"]


def test_unknown_tokens_go_to_buckets_behind_the_vocabulary(transform):
    made = transform(looked_up(top_k=1, num_oov_buckets=2), TOKENS, STRING)
    assert made.column("o")[4:6] == [0, 0]
    assert set(made.column("o")) <= {0, 1, 2}
    domain = made.summary.schema.feature[0].int_domain
    assert (domain.min, domain.max, domain.is_categorical) == (0, 2, True)


def test_stored_frequencies_stand_before_tokens_whose_spaces_are_escaped(transform):
    made = transform(looked_up(store_frequency=True, reserved_tokens=["R", "c"], top_k=3), TOKENS, STRING)
    assert made.lines(FREQUENCY_NAME) == [b"-1 R", b"-1 c", b"2 a__SPACE__b", b"1 b"]
    assert made.column("o") == [-1, 3, 2, 2, 1, 1, -1, -1]


def test_weights_are_added_up(transform):
    def preprocessing_fn(inputs):
        weights = tf.where(inputs["s"] == "b", 7.0, 0.5)
        return {"o": tft.compute_and_apply_vocabulary(inputs["s"], weights=weights, store_frequency=True)}

    made = transform(preprocessing_fn, TOKENS, STRING)
    assert made.lines(FREQUENCY_NAME) == [b"7.0 b", b"1.0 c", b"1.0 a__SPACE__b", b"0.5 a"]


def test_an_empty_vocabulary_has_one_line_that_no_data_holds(transform):
    made = transform(looked_up(frequency_threshold=10, num_oov_buckets=2), TOKENS, STRING)
    assert made.lines(DEFAULT_NAME) == [b"49d0cd50-04bb-48c0-bc6f-5b575dce351a"]
    assert tft.TFTransformOutput(made.dir).vocabulary_size_by_name(DEFAULT_NAME) == 1
    assert made.summary.schema.feature[0].int_domain.max == 2


def test_integers_are_written_in_decimal(transform):
    rows = [{"s": value} for value in [1, 11, 11, 2, 10]]
    spec = {"s": tf.io.FixedLenFeature([], tf.int64)}
    made = transform(looked_up(), rows, spec)
    assert made.lines(DEFAULT_NAME) == [b"11", b"2", b"10", b"1"]
    assert made.column("o") == [3, 0, 0, 1, 2]
    assert transform(looked_up(frequency_threshold=10), rows, spec).lines(DEFAULT_NAME) == [b"-1"]


def test_tokens_can_be_ordered_by_their_fingerprint_and_the_file_named(transform):
    made = transform(looked_up(fingerprint_shuffle=True, vocab_filename="my vocab!"), TOKENS, STRING)
    assert made.lines("my vocab!") == [b"a b", b"c", b"a", b"b"]
    assert tft.TFTransformOutput(made.dir).vocabulary_file_by_name("my vocab!").endswith("assets/my-vocab_")


@pytest.mark.parametrize("store_frequency", [False, True])
def test_a_vocabulary_can_be_records(transform, store_frequency):
    made = transform(
        looked_up(file_format="tfrecord_gzip", vocab_filename="v", store_frequency=store_frequency), TOKENS, STRING
    )
    tokens = [b"c", b"a b", b"x\ny", b"b", b"a"]
    counts = [b"2 ", b"2 ", b"1 ", b"1 ", b"1 "] if store_frequency else [b""] * 5
    assert made.lines("v") == [count + token for count, token in zip(counts, tokens, strict=True)]
    assert made.column("o") == [4, 3, 1, 1, 0, 0, -1, 2]


def test_a_vocabulary_of_several_features_is_applied_to_each(transform):
    def preprocessing_fn(inputs):
        path = tft.vocabulary(tf.concat([inputs["s"], inputs["t"]], axis=0), vocab_filename="both")
        return {name: tft.apply_vocabulary(inputs[name], path, default_value=-7) for name in ("s", "t")}

    spec = {name: tf.io.FixedLenFeature([], tf.string) for name in ("s", "t")}
    made = transform(preprocessing_fn, [{"s": "a", "t": "b"}, {"s": "b", "t": ""}], spec)
    assert made.rows == [{"s": [1], "t": [0]}, {"s": [0], "t": [-7]}]
    assert made.summary.schema.feature[0].int_domain.min == -7


def test_sparse_tokens_stay_sparse(transform):
    rows = [{"s": ["a", "b"]}, {"s": None}, {"s": ["b"]}]
    made = transform(looked_up(), rows, {"s": tf.io.VarLenFeature(tf.string)})
    assert made.rows == [{"o": [1, 0]}, {"o": []}, {"o": [0]}]
    assert made.summary.schema.feature[0].int_domain.max == 1


def test_a_lookup_of_ones_own_gets_the_path(transform):
    def lookup(x, path):
        index = tf.lookup.TextFileIndex
        with tf.init_scope():
            initializer = tf.lookup.TextFileInitializer(path, tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER)
            table = tf.lookup.StaticHashTable(initializer, -9)
        return table.lookup(x) * 10, table.size() * 10

    def preprocessing_fn(inputs):
        return {"o": tft.apply_vocabulary(inputs["s"], tft.vocabulary(inputs["s"]), lookup_fn=lookup)}

    made = transform(preprocessing_fn, TOKENS[:3], STRING)
    assert made.lines("vocab_vocabulary") == [b"b", b"a b", b"a"]
    assert made.column("o") == [20, 0, 10]
    assert made.summary.schema.feature[0].int_domain.max == 29


def test_a_table_of_ones_own_may_feed_an_analyzer(transform):
    def preprocessing_fn(inputs):
        path = tft.vocabulary(inputs["s"])
        index = tf.lookup.TextFileIndex
        with tf.init_scope():
            initializer = tf.lookup.TextFileInitializer(path, tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER)
            table = tf.lookup.StaticHashTable(initializer, -1)
        numbers = table.lookup(inputs["s"])
        return {"o": numbers, "most": tf.zeros_like(numbers) + tft.max(numbers)}

    made = transform(preprocessing_fn, TOKENS, STRING)
    assert set(made.column("most")) == {3}
    assert made.summary.phases == 2


def test_the_size_of_a_vocabulary_is_known_in_the_graph(transform):
    def preprocessing_fn(inputs):
        found = tft.compute_and_apply_vocabulary(inputs["s"], vocab_filename="v", num_oov_buckets=1)
        size = tft.experimental.get_vocabulary_size_by_name("v")
        return {
            "depth": tf.zeros_like(found) + size,
            "n": tft.get_num_buckets_for_transformed_feature(found) + found * 0,
        }

    made = transform(preprocessing_fn, TOKENS, STRING)
    assert set(made.column("depth")) == {4}
    assert set(made.column("n")) == {5}


def test_an_approximate_vocabulary_is_exact_here(transform):
    def preprocessing_fn(inputs):
        return {"o": tft.experimental.compute_and_apply_approximate_vocabulary(inputs["s"], top_k=2)}

    made = transform(preprocessing_fn, TOKENS, STRING)
    name = "approx_vocab_compute_and_apply_approximate_vocabulary_approximate_vocabulary"
    assert made.lines(name) == [b"c", b"a b"]


def test_files_keep_apart(transform):
    def preprocessing_fn(inputs):
        return {name: tft.compute_and_apply_vocabulary(inputs["s"], vocab_filename="same") for name in ("a", "b")}

    with pytest.raises(ConfigError, match=r"(?s)same file name.*'same'.*Hint"):
        transform(preprocessing_fn, TOKENS, STRING)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"top_k": -1}, ConfigError),
        ({"frequency_threshold": -1}, ConfigError),
        ({"file_format": "csv"}, ConfigError),
        ({"reserved_tokens": "abc"}, TypeError),
        ({"labels": 1}, NotSupportedError),
        ({"coverage_top_k": 3}, NotSupportedError),
    ],
)
def test_what_cannot_be_is_refused(transform, options, error):
    with pytest.raises(error):
        transform(looked_up(**options), TOKENS, STRING)


def test_floats_have_no_vocabulary(transform):
    with pytest.raises(ValueError, match="strings or integers"):
        transform(looked_up(), [{"s": 1.0}], {"s": tf.io.FixedLenFeature([], tf.float32)})
