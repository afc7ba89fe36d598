"""Analysis and transformation of PCollections and of lists: the same as with the local engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.testing.util import assert_that, equal_to
from tensorflow_metadata.proto.v0 import schema_pb2

import gristmill.transform as tft
import gristmill.transform.beam as tft_beam
from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.io.tensors import TensorAdapterConfig
from gristmill.io.tensors.adapter_config import arrow_schema_of
from gristmill.transform.beam.plan import plan_analysis

import tensorflow as tf  # isort: skip

pytestmark = [pytest.mark.tensorflow, pytest.mark.beam]

SPEC = {"x": tf.io.FixedLenFeature([], tf.float32), "s": tf.io.VarLenFeature(tf.string)}
ROWS = [{"x": 1.0, "s": ["a", "b"]}, {"x": np.float32(2.0), "s": "b"}, {"x": 6, "s": None}]
METADATA = tft.DatasetMetadata.from_feature_spec(SPEC)


def two_passes(inputs: dict[str, Any]) -> dict[str, Any]:
    z = tft.scale_to_z_score(inputs["x"])
    return {
        "z": z,
        "share": tft.scale_to_0_1(z),
        "bucket": tft.bucketize(inputs["x"], 3),
        "word": tft.compute_and_apply_vocabulary(inputs["s"], vocab_filename="words", num_oov_buckets=1),
    }


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with their arrays as lists."""
    return [
        {name: each.tolist() if isinstance(each, np.ndarray) else each for name, each in row.items()} for row in rows
    ]


def record_batches() -> tuple[list[pa.RecordBatch], TensorAdapterConfig]:
    schema = arrow_schema_of(SPEC).append(pa.field("id", pa.list_(pa.int64())))
    columns = {"x": [[1.0], [2.0], [6.0]], "s": [[b"a", b"b"], [b"b"], None], "id": [[7], None, [9]]}
    whole = pa.RecordBatch.from_pydict({name: columns[name] for name in schema.names}, schema=schema)
    scalar = schema_pb2.TensorRepresentation(dense_tensor={"column_name": "x", "shape": {}})
    words = schema_pb2.TensorRepresentation(varlen_sparse_tensor={"column_name": "s"})
    return [whole.slice(0, 2), whole.slice(2)], TensorAdapterConfig(schema, {"x": scalar, "s": words})


@pytest.mark.usefixtures("in_context")
def test_lists_are_transformed_as_the_local_engine_transforms_files(transform: Callable[..., Any]) -> None:
    (data, metadata), (saved, _) = (ROWS, METADATA) | tft_beam.AnalyzeAndTransformDataset(two_passes)
    local = transform(two_passes, [{**row, "x": float(row["x"])} for row in ROWS], SPEC)
    for name in ("z", "share", "bucket"):
        assert [row[name] for row in data] == local.column(name)
    assert [row["word"].tolist() for row in data] == [row["word"] for row in local.rows]
    assert metadata.schema == local.summary.schema
    assert tft.TFTransformOutput(str(Path(saved[0]).parent)).vocabulary_by_name("words") == local.lines("words")


@pytest.mark.usefixtures("in_context")
def test_a_pcollection_is_analyzed_written_read_and_applied(run: Callable[..., None], tmp_path: Path) -> None:
    out = str(tmp_path / "out")

    def analyze(pipeline: beam.Pipeline) -> None:
        rows = pipeline | beam.Create(ROWS)
        transform_fn = (rows, METADATA) | tft_beam.AnalyzeDataset(two_passes)
        transform_fn | "Write" >> tft_beam.WriteTransformFn(out)
        transform_fn[1] | "Describe" >> tft_beam.WriteMetadata(out + "/described", pipeline)
        METADATA | "Raw" >> tft_beam.WriteMetadata(out + "/metadata", pipeline)

    run(analyze)
    output = tft.TFTransformOutput(out)
    assert sorted(path.name for path in Path(out).iterdir()) == [
        "described",
        "metadata",
        "transform_fn",
        "transformed_metadata",
    ]
    assert json.loads(Path(out, "transformed_metadata", "asset_map").read_text()) == {"words": "words"}
    assert output.vocabulary_by_name("words") == [b"b", b"a"]
    assert output.num_buckets_for_transformed_feature("bucket") == 3
    described = Path(out, "described", "schema.pbtxt").read_text()
    assert described == Path(out, "transformed_metadata", "schema.pbtxt").read_text()

    def apply(pipeline: beam.Pipeline) -> None:
        transform_fn = pipeline | tft_beam.ReadTransformFn(out)
        rows = pipeline | "Rows" >> beam.Create([{"x": 6.0, "s": ["zzz", "a"], "unknown": 1}])
        transformed = ((rows, METADATA), transform_fn) | tft_beam.TransformDataset(exclude_outputs=["z", "share"])
        examples = transformed | tft_beam.EncodeTransformedDataset()
        assert sorted(feature.name for feature in transformed[1].schema.feature) == ["bucket", "word"]
        assert_that(transformed[0] | beam.Map(lambda row: plain([row])[0]), equal_to([{"bucket": 2, "word": [2, 1]}]))
        parsed = examples | beam.Map(lambda data: sorted(tf.train.Example.FromString(data).features.feature))
        assert_that(parsed, equal_to([["bucket", "word"]]), label="encoded")

    run(apply)
    assert tft.transform_function(out)(record_batches()[0][0]).column("bucket").to_pylist() == [[0], [1]]


def test_record_batches_stay_record_batches_and_carry_what_is_passed_through(tmp_path: Path) -> None:
    batches, config = record_batches()
    with tft_beam.Context(temp_dir=str(tmp_path), passthrough_keys=["id"]):
        transform = tft_beam.AnalyzeAndTransformDataset(two_passes, output_record_batches=True)
        (data, metadata), transform_fn = (batches, config) | transform
        rows, _ = ((batches, config), transform_fn) | tft_beam.TransformDataset(exclude_outputs=["z", "share"])
        examples = (data, metadata) | tft_beam.EncodeTransformedDataset()
    assert [batch.num_rows for batch, _ in data] == [2, 1]
    assert [rest for _, rest in data] == [{}, {}]
    assert data[0][0].schema.names == ["bucket", "share", "word", "z", "id"]
    assert plain(rows) == [
        {"bucket": 0, "word": [1, 0], "id": [7]},
        {"bucket": 1, "word": [0], "id": None},
        {"bucket": 2, "word": [], "id": [9]},
    ]
    assert len(examples) == 3
    assert tf.train.Example.FromString(examples[0]).features.feature["id"].int64_list.value == [7]


@pytest.mark.usefixtures("in_context")
def test_shapes_and_ragged_tensors_come_out_as_arrays_and_columns() -> None:
    spec = {"m": tf.io.FixedLenFeature([2], tf.int64), "s": tf.io.VarLenFeature(tf.string)}

    def reshape(inputs: dict[str, Any]) -> dict[str, Any]:
        return {
            "square": tf.reshape(inputs["m"], [-1, 2, 1]),
            "ragged": tf.RaggedTensor.from_sparse(inputs["s"]),
            "word": tf.strings.as_string(inputs["m"][:, 0]),
        }

    rows = [{"m": np.array([1, 2]), "s": [b"a"]}, {"m": [3, 4], "s": []}]
    dataset = (rows, tft.DatasetMetadata.from_feature_spec(spec))
    (data, _), _ = dataset | tft_beam.AnalyzeAndTransformDataset(reshape)
    assert plain(data) == [
        {"ragged$ragged_values": [b"a"], "square": [[1], [2]], "word": b"1"},
        {"ragged$ragged_values": [], "square": [[3], [4]], "word": b"3"},
    ]


@pytest.mark.usefixtures("in_context")
def test_a_data_set_without_rows_gives_a_transform(run: Callable[..., None], tmp_path: Path) -> None:
    def analyze(pipeline: beam.Pipeline) -> None:
        rows = pipeline | beam.Create([], reshuffle=False)
        (rows, METADATA) | tft_beam.AnalyzeDataset(two_passes) | tft_beam.WriteTransformFn(str(tmp_path))

    run(analyze)
    assert tft.TFTransformOutput(str(tmp_path)).vocabulary_size_by_name("words") == 1


@pytest.mark.usefixtures("in_context")
def test_many_small_batches_give_what_one_gives(tmp_path: Path) -> None:
    rows = [{"x": float(number % 17), "s": [f"w{number % 5}"] * (number % 3)} for number in range(200)]
    with tft_beam.Context(desired_batch_size=7):
        (small, _), (saved, _) = (rows, METADATA) | tft_beam.AnalyzeAndTransformDataset(two_passes)
    (large, _), _ = (rows, METADATA) | tft_beam.AnalyzeAndTransformDataset(two_passes)
    assert saved[0].startswith(str(tmp_path / "temporary" / "tftransform_tmp"))
    assert [row["bucket"] for row in small] == [row["bucket"] for row in large]
    assert [row["word"].tolist() for row in small] == [row["word"].tolist() for row in large]
    np.testing.assert_allclose([row["z"] for row in small], [row["z"] for row in large], rtol=1e-6)


def every_analyzer(inputs: dict[str, Any]) -> dict[str, Any]:
    x, key = inputs["x"], inputs["k"]
    pair = tf.stack([x, x * x], axis=1)
    columns = {
        "sum": tft.sum(x),
        "count": tft.size(x),
        "var": tft.var(x),
        "first": tft.quantiles(x, 4, 0.1)[0, 0],
        "covariance": tft.covariance(pair, tf.float32)[0, 0],
        "max": tft.max(x),
    }
    outputs = {name: tf.fill(tf.shape(x), tf.cast(value, tf.float32)) for name, value in columns.items()}
    return outputs | {
        "pca": tf.matmul(pair, tft.pca(pair, 1, tf.float32)),
        "per_key": tft.scale_to_z_score_per_key(x, key),
        "per_key_range": tft.scale_to_0_1_per_key(x, key),
        "bucket_per_key": tft.bucketize_per_key(x, key, 2),
    }


def test_every_kind_of_analyzer_is_planned_without_rows() -> None:
    spec = {"x": tf.io.FixedLenFeature([], tf.float32), "k": tf.io.FixedLenFeature([], tf.string)}
    plan = plan_analysis(every_analyzer, tft.DatasetMetadata.from_feature_spec(spec).schema)
    assert plan.passes == 1
    assert "pca" in {feature.name for feature in plan.metadata.schema.feature}
    assert plan_analysis(two_passes, METADATA.schema).passes == 2
    assert plan_analysis(lambda inputs: {"x": inputs["x"]}, METADATA.schema).passes == 0


def test_contexts_nest_and_are_left_again(tmp_path: Path) -> None:
    with tft_beam.Context(temp_dir=str(tmp_path)):
        with tft_beam.Context(desired_batch_size=3):
            assert tft_beam.Context.settings().temp_dir == str(tmp_path)
            assert tft_beam.Context.settings().desired_batch_size == 3
        assert tft_beam.Context.settings().desired_batch_size is None
    assert tft_beam.Context.settings().temp_dir is None


def test_what_a_context_cannot_do_is_refused() -> None:
    with pytest.raises(NotSupportedError, match="force_tf_compat_v1"):
        tft_beam.Context(force_tf_compat_v1=True)
    with pytest.raises(NotSupportedError, match="use_deep_copy_optimization"):
        tft_beam.Context(use_deep_copy_optimization=True)
    with pytest.raises(ConfigError, match="desired_batch_size"):
        tft_beam.Context(desired_batch_size=0)
    with pytest.raises(NotSupportedError, match="flatten the data sets"):
        tft_beam.AnalyzeDatasetWithCache(two_passes)


def test_an_analysis_without_a_folder_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"Context\(temp_dir=\.\.\.\)"):
        (ROWS, METADATA) | tft_beam.AnalyzeDataset(two_passes)


@pytest.mark.usefixtures("in_context")
def test_mistakes_are_told_when_the_pipeline_is_built() -> None:
    def broken(inputs: dict[str, Any]) -> dict[str, Any]:
        return {"y": inputs["y"]}

    with pytest.raises(ConfigError, match="no input feature 'y'"):
        (ROWS, METADATA) | tft_beam.AnalyzeDataset(broken)
    with pytest.raises(ConfigError, match="a data set is a pair"):
        (ROWS, {"x": 1}) | tft_beam.AnalyzeDataset(two_passes)
    transform_fn = (ROWS, METADATA) | tft_beam.AnalyzeDataset(lambda inputs: {"x": inputs["x"]})
    with pytest.raises(ConfigError, match="nope"):
        ((ROWS, METADATA), transform_fn) | tft_beam.TransformDataset(exclude_outputs=["nope"])
    with tft_beam.Context(passthrough_keys=["x"]), pytest.raises(ConfigError, match="must not be a transformed"):
        (record_batches(), transform_fn) | tft_beam.TransformDataset()
    with tft_beam.Context(passthrough_keys=["id"]), pytest.raises(ConfigError, match="only columns of record batches"):
        ((ROWS, METADATA), transform_fn) | tft_beam.TransformDataset()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"x": 1.0}, "must have every feature"),
        ({"x": "text", "s": []}, "another type"),
        (["x"], "must be a dict"),
        ({"x": [1.0, 2.0], "s": []}, "fixed shape"),
    ],
)
@pytest.mark.usefixtures("in_context")
def test_an_instance_that_contradicts_the_schema_is_refused(row: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        ([row], METADATA) | tft_beam.AnalyzeDataset(two_passes)


@pytest.mark.usefixtures("in_context")
def test_objects_made_at_random_are_refused_and_those_made_alike_are_not() -> None:
    def scaled(initial: Callable[[], float]) -> Callable[..., dict[str, Any]]:
        class Scale(tf.Module):
            def __init__(self) -> None:
                super().__init__(name="scale")
                self.factor = tf.Variable(initial(), trainable=False)

        def preprocess(inputs: dict[str, Any]) -> dict[str, Any]:
            scale = tft.make_and_track_object(Scale, name="scale")
            return {"y": tft.scale_to_0_1(inputs["x"] * scale.factor)}

        return preprocess

    (data, _), _ = (ROWS, METADATA) | tft_beam.AnalyzeAndTransformDataset(scaled(lambda: 2.0))
    assert [row["y"] for row in data] == pytest.approx([0.0, 0.2, 1.0])
    with pytest.raises(ConfigError, match="must make the same object"):
        (ROWS, METADATA) | tft_beam.AnalyzeDataset(scaled(lambda: float(np.random.default_rng().uniform())))
