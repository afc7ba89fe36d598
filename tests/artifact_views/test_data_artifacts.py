"""Views of examples, statistics, schemas, anomalies and transform graphs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from google.protobuf import any_pb2
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from gristmill.artifact_views import artifact_view
from gristmill.data_validation import write_schema_text, write_stats_binary
from gristmill.dsl.standard_artifacts import ExampleAnomalies, Examples, ExampleStatistics, Schema, TransformGraph
from gristmill.io import filesystem, tfrecord
from gristmill.io.example_codec import encode_examples
from gristmill.proto.transform_annotations_pb2 import BucketBoundaries, VocabularyMetadata

Make = Callable[[type[Any]], Any]

ANNOTATIONS = "type.googleapis.com/tensorflow.transform.annotations."


def batch(rows: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict(
        {
            "city": pa.array([[b"K\xc3\xb6ln"]] * rows, pa.list_(pa.binary())),
            "fare": pa.array([[12.1]] * (rows - 1) + [None], pa.list_(pa.float32())),
            "<script>": pa.array([list(range(50))] * rows, pa.list_(pa.int64())),
            "raw": pa.array([[b"\xff\xfe"]] * rows, pa.list_(pa.binary())),
            "empty": pa.array([[]] * rows, pa.list_(pa.int64())),
        }
    )


def write_split(place: Path, split: str, rows: int = 3) -> str:
    uri = str(place / f"Split-{split}" / "data_tfrecord-00000-of-00001.gz")
    tfrecord.write_records(uri, encode_examples(batch(rows)).to_pylist(), compress=True)
    return uri


def test_examples_show_the_first_rows_of_each_split(artifact: Make, place: Path) -> None:
    for split in ("train", "eval"):
        write_split(place, split)
    made = artifact(Examples)
    made.splits = ["train", "eval"]
    body = artifact_view(made).body
    assert body.index("Split train") < body.index("Split eval")
    assert "Köln" in body
    assert "12.1" in body  # a float32, without the digits that it does not have
    assert "0xfffe" in body
    assert "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, … (50 values)" in body
    assert "&lt;script&gt;" in body
    assert ">—<" in body
    assert ">[]<" in body


def test_no_more_than_the_beginning_of_examples_is_read(artifact: Make, place: Path) -> None:
    path = place / "Split-train" / "data_tfrecord-00000-of-00001"
    tfrecord.write_records(str(path), encode_examples(batch(40_000)).to_pylist(), compress=False)
    size = path.stat().st_size
    with path.open("r+b") as file:  # what lies behind the first pieces is damaged, and nobody notices
        file.seek(size // 3)
        file.write(b"\xff" * (size // 3))
    made = artifact(Examples)
    made.splits = ["train"]
    body = artifact_view(made).body
    assert "Köln" in body
    assert "cannot be shown" not in body


def test_examples_in_parquet_are_shown(artifact: Make, place: Path) -> None:
    (place / "Split-train").mkdir()
    pq.write_table(pa.Table.from_batches([batch(3)]), place / "Split-train" / "data-00000-of-00001.parquet")
    made = artifact(Examples)
    made.splits = ["train"]
    assert "Köln" in artifact_view(made).body


def test_a_damaged_split_does_not_hide_the_others(artifact: Make, place: Path) -> None:
    write_split(place, "train")
    (place / "Split-eval").mkdir()
    (place / "Split-eval" / "data.gz").write_bytes(b"no records")
    made = artifact(Examples)
    made.splits = ["train", "eval", "gone"]
    body = artifact_view(made).body
    assert "Köln" in body
    assert body.count("The payload cannot be shown") == 2


def test_three_hundred_features_are_one_line_each(artifact: Make, place: Path) -> None:
    wide = pa.RecordBatch.from_pydict(
        {f"f{number:04}": pa.array([[number]] * 5, pa.list_(pa.int64())) for number in range(1200)}
    )
    tfrecord.write_records(str(place / "Split-train" / "d.gz"), encode_examples(wide).to_pylist(), compress=True)
    made = artifact(Examples)
    made.splits = ["train"]
    body = artifact_view(made).body
    assert "f0999" in body
    assert "200 more features are not shown" in body


def statistics(name: str, rows: int) -> statistics_pb2.DatasetFeatureStatisticsList:
    found = statistics_pb2.DatasetFeatureStatisticsList()
    dataset = found.datasets.add(name=name, num_examples=rows)
    feature = dataset.features.add(type=statistics_pb2.FeatureNameStatistics.INT)
    feature.path.step.append("<script>")
    feature.num_stats.mean = 4.25
    feature.num_stats.common_stats.num_non_missing = rows
    feature.num_stats.common_stats.tot_num_values = rows
    return found


def test_statistics_show_train_against_eval_and_each_split(artifact: Make, place: Path) -> None:
    for split, rows in (("eval", 20), ("train", 100)):
        (place / f"Split-{split}").mkdir()
        write_stats_binary(statistics(split, rows), str(place / f"Split-{split}" / "FeatureStats.pb"))
    made = artifact(ExampleStatistics)
    made.splits = ["eval", "train"]
    body = artifact_view(made).body
    assert 'data-name="train against eval"' in body
    assert 'data-name="Split train"' in body
    assert 'data-name="Split eval"' in body
    assert "<script>" not in body


def test_statistics_without_splits_are_shown(artifact: Make, place: Path) -> None:
    write_stats_binary(statistics("", 100), str(place / "FeatureStats.pb"))
    assert "4.25" in artifact_view(artifact(ExampleStatistics)).body


def test_a_schema_is_shown_as_a_folder_or_a_file(artifact: Make, place: Path) -> None:
    schema = schema_pb2.Schema()
    schema.feature.add(name="fare<script>", type=schema_pb2.FLOAT)
    write_schema_text(schema, str(place / "schema.pbtxt"))
    made = artifact(Schema)
    assert "fare&lt;script&gt;" in artifact_view(made).body
    made.uri = str(place / "schema.pbtxt")
    assert "fare&lt;script&gt;" in artifact_view(made).body


def test_anomalies_are_shown_by_split(artifact: Make, place: Path) -> None:
    found = anomalies_pb2.Anomalies()
    found.anomaly_info["fare"].short_description = "Out-of-range <script>"
    for split, anomalies in (("train", anomalies_pb2.Anomalies()), ("eval", found)):
        filesystem.write_bytes(str(place / f"Split-{split}" / "SchemaDiff.pb"), anomalies.SerializeToString())
    made = artifact(ExampleAnomalies)
    made.splits = ["train", "eval"]
    body = artifact_view(made).body
    assert "No anomalies found" in body
    assert "Out-of-range &lt;script&gt;" in body


def packed(message: Any) -> any_pb2.Any:
    return any_pb2.Any(type_url=ANNOTATIONS + message.DESCRIPTOR.name, value=message.SerializeToString())


def test_a_transform_graph_shows_schemas_vocabularies_and_buckets(artifact: Make, place: Path) -> None:
    transformed = schema_pb2.Schema()
    feature = transformed.feature.add(name="fare_bucket", type=schema_pb2.INT)
    feature.annotation.extra_metadata.append(packed(BucketBoundaries(boundaries=[1.5, 20.0])))
    facts = VocabularyMetadata(file_name="vocab_a", unfiltered_vocabulary_size=9, filtered_vocabulary_size=7)
    transformed.annotation.extra_metadata.append(packed(facts))
    raw = schema_pb2.Schema()
    raw.feature.add(name="fare_raw", type=schema_pb2.FLOAT)
    for folder, schema in (("transformed_metadata", transformed), ("metadata", raw)):
        write_schema_text(schema, str(place / folder / "schema.pbtxt"))
    filesystem.write_text(str(place / "transform_fn/assets/vocab_a"), "Taxi <script>\nOther\n")
    tfrecord.write_records(str(place / "transform_fn/assets/b.tfrecord.gz"), [b"x", b"y"], compress=True)
    filesystem.write_text(str(place / "transformed_metadata/asset_map"), json.dumps({"company": "vocab_a"}))
    body = artifact_view(artifact(TransformGraph)).body
    assert "Taxi &lt;script&gt;, Other" in body
    assert ">company<" in body
    assert ">7<" in body  # the size that the transform recorded
    assert "1.5, 20" in body
    assert "fare_bucket" in body
    assert "fare_raw" in body


def test_a_file_that_is_too_large_to_be_read_whole_is_not_read(place: Path, artifact: Make) -> None:
    with open(place / "schema.pbtxt", "wb") as file:
        file.truncate(1 << 30)
    assert "too large to be shown" in artifact_view(artifact(Schema)).html()


def test_of_a_vocabulary_without_line_breaks_only_the_beginning_is_read(place: Path, artifact: Make) -> None:
    (place / "transform_fn" / "assets").mkdir(parents=True)
    write_schema_text(schema_pb2.Schema(), str(place / "transformed_metadata" / "schema.pbtxt"))
    with open(place / "transform_fn" / "assets" / "words", "wb") as file:
        file.write(b"w" * 100)
        file.truncate(1 << 30)
    assert "w" * 39 + "…" in artifact_view(artifact(TransformGraph)).html()
