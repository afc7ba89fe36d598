"""Analyzers that depend on others are computed in as few passes as that takes."""

import pytest
import tensorflow as tf

import gristmill.transform as tft
from gristmill.engine.contract import Accumulator
from gristmill.engine.local import LocalEngine
from gristmill.errors import ConfigError
from gristmill.io.tensors import schema_from_feature_spec

pytestmark = pytest.mark.tensorflow

SPEC = {"x": tf.io.FixedLenFeature([], tf.float32), "y": tf.io.FixedLenFeature([], tf.float32)}
ROWS = [{"x": float(x), "y": float(x * x)} for x in range(6)]


def test_independent_analyzers_share_one_pass(transform):
    def preprocessing_fn(inputs):
        return {
            "a": tft.scale_to_z_score(inputs["x"]),
            "b": tft.bucketize(inputs["y"], 3),
            "c": tft.scale_to_0_1(inputs["y"]),
        }

    summary = transform(preprocessing_fn, ROWS, SPEC).summary
    assert (summary.phases, summary.analyzers, summary.rows) == (1, 3, 6)
    assert str(summary) == "3 analyzers in 1 pass"


def test_an_analyzer_of_an_analyzers_result_waits_for_it(transform):
    def preprocessing_fn(inputs):
        centred = inputs["x"] - tft.mean(inputs["x"])
        spread = centred / tft.max(tf.abs(centred))
        return {"o": spread, "largest": tf.zeros_like(spread) + tft.max(spread) + 0 * tft.min(inputs["y"])}

    made = transform(preprocessing_fn, ROWS, SPEC)
    assert made.summary.phases == 3
    assert made.column("o") == pytest.approx([-1.0, -0.6, -0.2, 0.2, 0.6, 1.0])
    assert set(made.column("largest")) == {1.0}


def test_without_analyzers_the_data_is_not_read(transform):
    summary = transform(lambda inputs: {"o": inputs["x"] + 1}, ROWS, SPEC).summary
    assert (summary.phases, summary.rows) == (0, 0)


def test_how_rows_are_cut_into_files_does_not_matter(transform):
    def preprocessing_fn(inputs):
        return {"z": tft.scale_to_z_score(inputs["x"]), "b": tft.bucketize(inputs["y"], 3)}

    first = transform(preprocessing_fn, ROWS, SPEC, per_file=1)
    second = transform(preprocessing_fn, ROWS, SPEC, per_file=100)
    assert first.column("b") == second.column("b")
    assert first.column("z") == pytest.approx(second.column("z"))


def test_only_the_features_that_analyzers_need_are_read(tmp_path, write_shards):
    class Watching(LocalEngine):
        columns: list[list[str]] = []

        def aggregate(self, shards, accumulator: Accumulator, *, reader=None, stage=""):
            self.columns.append(next(iter(reader(shards[0]))).schema.names)
            return super().aggregate(shards, accumulator, reader=reader, stage=stage)

    engine = Watching()
    tft.analyze(
        lambda i: {"o": i["x"] + tft.mean(i["y"])},
        schema_from_feature_spec(SPEC),
        write_shards(ROWS, SPEC),
        engine=engine,
        output_dir=str(tmp_path / "out"),
    )
    assert engine.columns == [["y"]]


def test_an_analyzer_inside_a_branch_is_refused(transform):
    def preprocessing_fn(inputs):
        x = inputs["x"]
        return {"o": tf.cond(tf.size(x) > 1, lambda: x - tft.mean(x), lambda: x)}

    with pytest.raises(ConfigError, match=r"(?s)not inside tf.cond.*Hint"):
        transform(preprocessing_fn, ROWS, SPEC)


def test_a_function_that_changes_from_trace_to_trace_is_refused(transform):
    calls = []

    def preprocessing_fn(inputs):
        calls.append(1)
        function = tft.mean if len(calls) == 1 else tft.min
        return {"o": inputs["x"] + function(inputs["x"])}

    with pytest.raises(ConfigError, match=r"(?s)same analyzers, in the same order.*Hint"):
        transform(preprocessing_fn, ROWS, SPEC)


@pytest.mark.parametrize("function", [tft.mean, tft.vocabulary, tft.count_per_key])
def test_analyzers_outside_a_preprocessing_fn_say_so(function):
    with pytest.raises(ConfigError, match="only be called inside a preprocessing_fn"):
        function(tf.constant([1, 2]))


def test_control_flow_and_functions_work_between_analyzers(transform):
    @tf.function
    def doubled(x):
        return tf.while_loop(lambda i, _: i < 1, lambda i, y: (i + 1, y * 2), [0, x])[1]

    def preprocessing_fn(inputs):
        x = doubled(inputs["x"])
        return {"o": tf.zeros_like(x) + tft.max(x - tft.mean(x))}

    made = transform(preprocessing_fn, ROWS, SPEC)
    assert set(made.column("o")) == {5.0}
    assert made.summary.phases == 2
