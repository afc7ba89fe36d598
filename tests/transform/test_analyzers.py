"""Analyzers over small data whose results are known, quirks of the published functions included."""

import numpy as np
import pytest
import tensorflow as tf

import gristmill.transform as tft
from gristmill.errors import ConfigError, NotSupportedError

pytestmark = pytest.mark.tensorflow

SCALAR = tf.io.FixedLenFeature([], tf.float32)
INT = tf.io.FixedLenFeature([], tf.int64)
STRING = tf.io.FixedLenFeature([], tf.string)
PAIR = tf.io.FixedLenFeature([2], tf.float32)


def everywhere(like, value):
    """``value`` as text, in each row."""
    text = tf.strings.reduce_join(tf.strings.as_string(tf.reshape(value, [-1])), separator=",")
    return tf.fill([tf.shape(like)[0]], text)


def constants(transform, rows, spec, build, **more):
    """The values of scalars and vectors that a preprocessing_fn computes, as text, by name."""

    def preprocessing_fn(inputs):
        like = next(iter(inputs.values()))
        like = like.indices if isinstance(like, tf.SparseTensor) else like
        anchor = next(iter(inputs.values()))
        rows_like = tf.zeros([anchor.dense_shape[0]]) if isinstance(anchor, tf.SparseTensor) else like
        return {name: everywhere(rows_like, value) for name, value in build(inputs).items()}

    first = transform(preprocessing_fn, rows, spec, **more).rows[0]
    return {name: value[0].decode() for name, value in first.items()}


def floats(text):
    return [float(each) for each in text.split(",")]


def test_moments_ignore_nan_and_infinity_and_variance_is_that_of_the_population(transform):
    rows = [{"x": value} for value in [1.0, 3.0, float("nan"), float("inf")]]
    made = constants(transform, rows, {"x": SCALAR}, lambda i: {"mean": tft.mean(i["x"]), "var": tft.var(i["x"])})
    assert floats(made["mean"]) == [2.0]
    assert floats(made["var"]) == [1.0]


def test_extrema_ignore_nan_and_sizes_count_it(transform):
    rows = [{"x": value} for value in [4.0, float("nan"), 1.0]]
    made = constants(
        transform,
        rows,
        {"x": SCALAR},
        lambda i: {"min": tft.min(i["x"]), "max": tft.max(i["x"]), "size": tft.size(i["x"])},
    )
    assert (floats(made["min"]), floats(made["max"]), floats(made["size"])) == ([1.0], [4.0], [3.0])


def test_missing_sparse_values_are_not_counted(transform):
    rows = [{"x": [1.0, 2.0]}, {"x": None}, {"x": [6.0]}]
    made = constants(
        transform,
        rows,
        {"x": tf.io.VarLenFeature(tf.float32)},
        lambda i: {"mean": tft.mean(i["x"]), "size": tft.size(i["x"]), "sum": tft.sum(i["x"])},
    )
    assert (floats(made["mean"]), floats(made["size"]), floats(made["sum"])) == ([3.0], [3.0], [9.0])


def test_each_cell_can_be_reduced_by_itself(transform):
    rows = [{"x": [1.0, float("nan")]}, {"x": [3.0, 4.0]}]
    made = constants(
        transform,
        rows,
        {"x": PAIR},
        lambda i: {
            "mean": tft.mean(i["x"], reduce_instance_dims=False),
            "var": tft.var(i["x"], reduce_instance_dims=False),
            "size": tft.size(i["x"], reduce_instance_dims=False),
            "max": tft.max(i["x"], reduce_instance_dims=False),
            "quantiles": tft.quantiles(i["x"], 2, 0.01, reduce_instance_dims=False),
        },
    )
    assert floats(made["mean"]) == [2.0, 4.0]
    assert floats(made["var"]) == [1.0, 0.0]
    assert floats(made["size"]) == [2, 2]
    assert floats(made["max"]) == [3.0, 4.0]
    assert floats(made["quantiles"]) == [3.0, 4.0]


def test_cells_of_a_sparse_tensor_are_reduced_over_the_rows_that_have_them(transform):
    def build(inputs):
        sparse = inputs["x"]
        shape = tf.stack([sparse.dense_shape[0], tf.constant(2, tf.int64)])
        fixed = tf.SparseTensor(sparse.indices, sparse.values, shape)
        return {
            name: function(fixed, reduce_instance_dims=False)
            for name, function in {"mean": tft.mean, "sum": tft.sum, "size": tft.size, "min": tft.min}.items()
        }

    rows = [{"x": [1.0, 2.0]}, {"x": [3.0]}, {"x": None}]
    made = constants(transform, rows, {"x": tf.io.VarLenFeature(tf.float32)}, build, per_file=9)
    assert floats(made["mean"]) == [2.0, 2.0]
    assert floats(made["sum"]) == [4.0, 2.0]
    assert floats(made["size"]) == [2, 1]
    assert floats(made["min"]) == [1.0, 2.0]


def test_result_dtypes_follow_the_published_rules(transform):
    seen = {}

    def preprocessing_fn(inputs):
        x = inputs["x"]
        seen.update(
            mean=tft.mean(x).dtype,
            wide_mean=tft.mean(x, output_dtype=tf.float64).dtype,
            half_mean=tft.mean(tf.cast(x, tf.float16)).dtype,
            sum=tft.sum(tf.cast(x, tf.int32)).dtype,
            unsigned_sum=tft.sum(tf.cast(x, tf.uint8)).dtype,
            half_sum=tft.sum(tf.cast(x, tf.float16)).dtype,
            min=tft.min(tf.cast(x, tf.int16)).dtype,
        )
        return {"x": x}

    transform(preprocessing_fn, [{"x": 1}], {"x": INT})
    assert seen == {
        "mean": tf.float32,
        "wide_mean": tf.float64,
        "half_mean": tf.float16,
        "sum": tf.int64,
        "unsigned_sum": tf.uint64,
        "half_sum": tf.float32,
        "min": tf.int16,
    }


@pytest.mark.parametrize("function", [tft.min, tft.max, tft.mean, tft.sum])
def test_numbers_are_asked_for_with_a_type_error(transform, function):
    with pytest.raises(TypeError, match="string"):
        transform(lambda inputs: {"x": function(inputs["x"])}, [{"x": "a"}], {"x": STRING})


@pytest.mark.parametrize(
    ("values", "buckets", "boundaries"),
    [
        (range(1, 10), 3, [4, 7]),
        (range(1, 101), 10, [11, 21, 31, 41, 51, 61, 71, 81, 91]),
        (range(1, 100), 2, [50]),
        (range(1, 100, 2), 4, [25, 51, 75]),
        ([1, 1, 1, 1, 5], 4, [1, 1, 1]),
        ([3], 3, [3, 3]),
        (range(1, 101), 100, list(range(2, 101))),
    ],
)
def test_boundaries_belong_to_the_upper_bucket_and_leave_out_the_extremes(transform, values, buckets, boundaries):
    rows = [{"x": float(value)} for value in values]
    made = constants(transform, rows, {"x": SCALAR}, lambda i: {"q": tft.quantiles(i["x"], buckets, 0.001)}, per_file=7)
    assert floats(made["q"]) == boundaries


def test_weights_move_boundaries(transform):
    rows = [{"x": 1.0, "w": 8.0}, {"x": 2.0, "w": 1.0}, {"x": 3.0, "w": 1.0}]
    made = constants(
        transform,
        rows,
        {"x": SCALAR, "w": SCALAR},
        lambda i: {"q": tft.quantiles(i["x"], 5, 0.01, weights=i["w"])},
    )
    assert floats(made["q"]) == [1, 1, 1, 2]


def test_covariance_is_divided_by_n_and_principal_components_come_by_variance(transform):
    rows = [{"x": [0.0, 0.0]}, {"x": [4.0, 1.0]}, {"x": [2.0, 3.0]}]
    made = constants(
        transform,
        rows,
        {"x": PAIR},
        lambda i: {"c": tft.covariance(i["x"], tf.float64), "p": tft.pca(i["x"], 1, tf.float32)},
    )
    matrix = np.cov(np.array([row["x"] for row in rows]).T, bias=True)
    assert floats(made["c"]) == pytest.approx(matrix.reshape(-1).tolist(), abs=1e-5)
    vector = np.array(floats(made["p"]))
    assert matrix @ vector == pytest.approx(np.linalg.eigvalsh(matrix)[-1] * vector, abs=1e-5)


@pytest.mark.parametrize(
    ("boundaries", "points", "counts"),
    [
        ([2.0, 4.0, 8.0], [1.9999, 3.9999, 7.9999], [3, 3]),
        (3, [-5.0001, 47.4999, 99.9999], [5, 1]),
        (None, [value / 10 - 0.0001 for value in range(11)], [1, 0, 0, 0, 0, 0, 0, 0, 0, 5]),
    ],
)
def test_a_histogram_counts_between_points_and_clips_what_lies_outside(transform, boundaries, points, counts):
    rows = [{"x": value} for value in [-5.0, 2.0, 3.0, 5.0, 100.0, 8.0]]

    def build(inputs):
        made, edges = tft.histogram(inputs["x"], boundaries)
        return {"counts": made, "points": edges}

    made = constants(transform, rows, {"x": SCALAR}, build)
    assert floats(made["counts"]) == counts
    assert floats(made["points"]) == pytest.approx(points, abs=1e-4)


def test_categories_are_counted_sorted_as_text(transform):
    def build(inputs):
        counts, values = tft.histogram(inputs["x"], categorical=True)
        return {"counts": counts, "values": values}

    made = constants(transform, [{"x": value} for value in [10, 2, 2, 1]], {"x": INT}, build)
    assert (made["values"], made["counts"]) == ("1,10,2", "1,1,2")


def test_keys_are_counted_in_lexicographic_order(transform):
    def build(inputs):
        keys, counts = tft.count_per_key(inputs["k"])
        return {"keys": keys, "counts": counts}

    made = constants(transform, [{"k": key} for key in ["b", "a", "b"]], {"k": STRING}, build)
    assert made == {"keys": "a,b", "counts": "1,2"}


def test_values_per_key_in_a_file_are_not_supported(transform):
    with pytest.raises(NotSupportedError, match="key_vocabulary_filename"):
        transform(lambda i: {"k": tft.count_per_key(i["k"], "keys")}, [{"k": "a"}], {"k": STRING})


def test_without_any_row_everything_still_has_a_value(transform):
    def preprocessing_fn(inputs):
        return {
            "z": tft.scale_to_z_score(inputs["x"]),
            "b": tft.bucketize(inputs["x"], 3),
            "r": tft.scale_to_0_1(inputs["x"]),
            "v": tft.compute_and_apply_vocabulary(inputs["s"]),
        }

    made = transform(preprocessing_fn, [], {"x": SCALAR, "s": STRING}, apply_to=[{"x": 0.5, "s": "a"}])
    assert made.rows == [{"b": [2], "r": [pytest.approx(0.62245935)], "v": [-1], "z": [0.5]}]


@pytest.mark.parametrize("arguments", [{"num_buckets": 0}, {"num_buckets": 3, "epsilon": 0.0}])
def test_impossible_quantiles_are_refused(transform, arguments):
    settings = {"epsilon": 0.1, **arguments}
    with pytest.raises(ConfigError, match="num_buckets >= 1"):
        transform(lambda i: {"x": tft.quantiles(i["x"], **settings)}, [{"x": 1.0}], {"x": SCALAR})
