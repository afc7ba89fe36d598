"""The published readers: the same columns in every batch, whether read here or in a Beam pipeline."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2

from gristmill.errors import ConfigError, DataError, NotSupportedError
from gristmill.io import tensors as tfxio
from gristmill.io.example_codec import encode_examples
from gristmill.io.tfrecord import write_records

pytestmark = pytest.mark.tensorflow

SPEC = {
    "id": tf.io.FixedLenFeature([], tf.int64),
    "rare": tf.io.VarLenFeature(tf.float32),
    "words": tf.io.VarLenFeature(tf.string),
}
SCHEMA = tfxio.schema_from_feature_spec(SPEC)
COLUMNS = {"id": pa.list_(pa.int64()), "rare": pa.list_(pa.float32()), "words": pa.list_(pa.binary())}
ONCE = {"num_epochs": 1, "shuffle": False}


def records(start: int, stop: int) -> list[bytes]:
    """``rare`` never occurs."""
    ids = range(start, stop)
    batch = pa.RecordBatch.from_pydict(
        {
            "id": pa.array([[number] for number in ids]),
            "words": pa.array([[b"w%d" % number] * (number % 3) for number in ids]),
        }
    )
    encoded: list[bytes] = encode_examples(batch).to_pylist()
    return encoded


@pytest.fixture
def files(tmp_path: Any) -> str:
    for number, (start, stop) in enumerate([(0, 10), (10, 17)]):
        write_records(str(tmp_path / f"data-{number}.gz"), records(start, stop), compress=True)
    return str(tmp_path / "data-*")


def read(source: Any, batch_size: int = 6) -> list[pa.RecordBatch]:
    return list(source.RecordBatches(tfxio.RecordBatchesOptions(batch_size, **ONCE)))


def test_every_batch_has_the_columns_of_the_schema(files: str) -> None:
    source = tfxio.TFExampleRecord(files, schema=SCHEMA)
    assert source.ArrowSchema() == pa.schema(COLUMNS)
    batches = read(source)
    assert [batch.num_rows for batch in batches] == [6, 6, 5]
    assert all(batch.schema == source.ArrowSchema() for batch in batches)
    assert batches[0].column("rare").null_count == 6


def test_without_a_schema_batches_have_what_occurs(files: str) -> None:
    source = tfxio.TFExampleRecord(files, raw_record_column_name="raw")
    assert {tuple(batch.schema.names) for batch in read(source)} == {("id", "words", "raw")}
    for use in (source.ArrowSchema, source.TensorAdapter, source.TensorRepresentations):
        with pytest.raises(ConfigError, match="needs a schema"):
            use()


def test_raw_records_stand_in_a_column_of_their_own(files: str) -> None:
    source = tfxio.TFExampleRecord(files, schema=SCHEMA, raw_record_column_name="raw")
    assert source.raw_record_column_name == "raw"
    assert source.ArrowSchema().field("raw").type == pa.list_(pa.binary())
    [batch] = read(source, 17)
    assert batch.schema == source.ArrowSchema()
    assert batch.column("raw").to_pylist() == [[record] for record in records(0, 17)]


def test_raw_records_need_a_name_of_their_own(files: str) -> None:
    with pytest.raises(ConfigError, match="a name that no feature has"):
        tfxio.TFExampleRecord(files, schema=SCHEMA, raw_record_column_name="id")


def test_a_feature_of_another_type_is_told(files: str) -> None:
    schema = tfxio.schema_from_feature_spec({"id": tf.io.FixedLenFeature([], tf.float32)})
    with pytest.raises(DataError, match=r"the schema says list<item: float>"):
        read(tfxio.TFExampleRecord(files, schema=schema))


def test_the_adapter_makes_the_tensors_of_the_schema(files: str) -> None:
    source = tfxio.TFExampleRecord(files, schema=SCHEMA)
    [batch] = read(source, 17)
    found = source.TensorAdapter().ToBatchTensors(batch)
    assert list(found) == ["id", "rare", "words"]
    assert found["id"].numpy().tolist() == list(range(17))
    assert found["rare"].dense_shape.numpy().tolist() == [17, 0]
    assert source.TensorAdapter().OriginalTypeSpecs() == source.TensorAdapter().TypeSpecs()


def test_a_projection_reads_what_its_tensors_need(files: str) -> None:
    whole = tfxio.TFExampleRecord(files, schema=SCHEMA, raw_record_column_name="raw")
    projected = whole.Project(["words", "id"]).Project(["id"])
    assert projected.ArrowSchema().names == ["id", "raw"]
    assert read(projected, 17)[0].schema.names == ["id", "raw"]
    adapter = projected.TensorAdapter()
    assert list(adapter.TypeSpecs()) == ["id"]
    assert adapter.OriginalTypeSpecs() == whole.TensorAdapter().TypeSpecs()
    assert whole.ArrowSchema().names == ["id", "rare", "words", "raw"]
    with pytest.raises(ConfigError, match="must name tensors of the schema"):
        whole.Project(["wrods"])


def test_a_configuration_of_columns_and_representations_makes_an_adapter() -> None:
    spec = {
        "count": tf.io.FixedLenFeature([2], tf.int64),
        "gap": tf.io.FixedLenFeature([], tf.string, "none"),
        "list": tf.io.VarLenFeature(tf.float32),
        "place": tf.io.SparseFeature(["row", "column"], "value", tf.float32, [3, 4], already_sorted=True),
        "steps": tf.io.RaggedFeature(
            tf.int64, "step", [tf.io.RaggedFeature.RowLengths("lengths")], row_splits_dtype=tf.int64
        ),
    }
    config = tfxio.TensorAdapterConfig(
        pa.schema(
            {
                **dict.fromkeys(["count", "row", "column", "step", "lengths"], pa.list_(pa.int64())),
                **dict.fromkeys(["list", "value"], pa.large_list(pa.float32())),
                "gap": pa.list_(pa.binary()),
            }
        ),
        _representations(spec),
    )
    expected = tfxio.TensorAdapter(spec).TypeSpecs()
    assert tfxio.TensorAdapter(config).TypeSpecs() == expected
    gap = tfxio.TensorAdapter(config, ["gap"])
    batch = pa.RecordBatch.from_pydict({"gap": pa.array([[b"a"], None])})
    assert gap.ToBatchTensors(batch)["gap"].numpy().tolist() == [b"a", b"none"]


def _representations(spec: dict[str, Any]) -> dict[str, schema_pb2.TensorRepresentation]:
    from gristmill.io.tensors.representations import representations_of

    return representations_of(spec)


def test_a_representation_of_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match="made of a feature that the schema does not have"):
        tfxio.TensorAdapterConfig(pa.schema({}), _representations({"x": tf.io.VarLenFeature(tf.int64)}))


def test_the_encoder_writes_each_row() -> None:
    batch = pa.RecordBatch.from_pydict({"id": pa.array([[1], [2]])})
    assert tfxio.RecordBatchToExamplesEncoder(SCHEMA).encode(batch) == encode_examples(batch).to_pylist()
    ragged = tfxio.schema_from_feature_spec({"r": tf.io.RaggedFeature(tf.int64, "v", [], row_splits_dtype=tf.int64)})
    with pytest.raises(NotSupportedError, match="nested lists"):
        tfxio.RecordBatchToExamplesEncoder(ragged)


@pytest.mark.parametrize("name", ["CsvTFXIO", "BeamRecordCsvTFXIO", "TFSequenceExampleRecord", "TFGraphRecordDecoder"])
def test_names_without_a_behaviour_say_what_to_use(name: str) -> None:
    with pytest.raises(NotSupportedError) as caught:
        getattr(tfxio, name)("data*", column_names=["a"])
    assert "Hint" in str(caught.value)
