"""Datasets of examples: every row once an epoch, in batches."""

import itertools

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf

from gristmill.errors import ConfigError, DataError
from gristmill.io.example_codec import encode_examples
from gristmill.io.tensors import (
    RecordBatchesOptions,
    TensorFlowDatasetOptions,
    TFExampleRecord,
    record_batch_factory,
    row_blocks,
    schema_from_feature_spec,
    tf_dataset_factory,
)
from gristmill.io.tfrecord import write_records

pytestmark = pytest.mark.tensorflow

SCHEMA = schema_from_feature_spec(
    {
        "id": tf.io.FixedLenFeature([], tf.int64),
        "pair": tf.io.FixedLenFeature([2], tf.float32),
        "words": tf.io.VarLenFeature(tf.string),
        "steps": tf.io.RaggedFeature(tf.int64, "step_values", [], row_splits_dtype=tf.int64),
    }
)


def rows(start, stop):
    ids = range(start, stop)
    return pa.RecordBatch.from_pydict(
        {
            "id": pa.array([[i] for i in ids], pa.list_(pa.int64())),
            "pair": pa.array([[i, -i] for i in ids], pa.list_(pa.float32())),
            "words": pa.array([[b"w%d" % i] * (i % 3) for i in ids], pa.list_(pa.binary())),
            "step_values": pa.array([list(range(i % 4)) for i in ids], pa.list_(pa.int64())),
        }
    )


@pytest.fixture
def files(tmp_path):
    for number, (start, stop) in enumerate([(0, 10), (10, 17), (17, 23)]):
        records = encode_examples(rows(start, stop)).to_pylist()
        write_records(str(tmp_path / f"data-{number}.gz"), records, compress=True)
    return str(tmp_path / "data-*")


def options(batch_size, **more):
    return TensorFlowDatasetOptions(batch_size, **{"num_epochs": 1, "shuffle": False, **more})


def ids(dataset):
    return [batch["id"].numpy().tolist() for batch in dataset]


def test_rows_come_in_order_with_a_last_batch_that_is_not_full(files):
    assert ids(tf_dataset_factory(files, options(6), SCHEMA)) == [
        [0, 1, 2, 3, 4, 5],
        [6, 7, 8, 9, 10, 11],
        [12, 13, 14, 15, 16, 17],
        [18, 19, 20, 21, 22],
    ]


def test_each_kind_of_tensor_belongs_to_its_row(files):
    for batch in tf_dataset_factory(files, options(5, shuffle=True, shuffle_seed=3), SCHEMA):
        dense_words = tf.sparse.to_dense(batch["words"], "").numpy()
        for row, number in enumerate(batch["id"].numpy().tolist()):
            assert batch["pair"][row].numpy().tolist() == [number, -number]
            assert [word for word in dense_words[row] if word] == [b"w%d" % number] * (number % 3)
            assert batch["steps"][row].numpy().tolist() == list(range(number % 4))


def test_a_sparse_tensor_is_as_wide_as_the_longest_row_of_its_batch(files):
    first, second, *_ = tf_dataset_factory(files, options(2), SCHEMA)
    assert first["words"].dense_shape.numpy().tolist() == [2, 1]
    assert second["words"].dense_shape.numpy().tolist() == [2, 2]


def test_the_final_batch_can_be_dropped_and_then_shapes_are_known(files):
    dataset = tf_dataset_factory(files, options(6, drop_final_batch=True), SCHEMA)
    assert [len(batch) for batch in ids(dataset)] == [6, 6, 6]
    assert dataset.element_spec["pair"].shape.as_list() == [6, 2]


def test_batches_run_across_the_border_of_epochs(files):
    batches = ids(tf_dataset_factory(files, options(20, num_epochs=2), SCHEMA))
    assert [len(batch) for batch in batches] == [20, 20, 6]
    assert sorted(itertools.chain(*batches)) == sorted([*range(23), *range(23)])


def test_without_a_number_of_epochs_the_data_repeats_for_ever(files):
    dataset = tf_dataset_factory(files, options(10, num_epochs=None), SCHEMA)
    assert [len(batch["id"]) for batch in dataset.take(8)] == [10] * 8


def test_shuffling_gives_every_row_once_in_another_order_each_epoch(files):
    dataset = tf_dataset_factory(files, options(23, num_epochs=2, shuffle=True, shuffle_seed=1), SCHEMA)
    first, second = ids(dataset)
    assert sorted(first) == sorted(second) == list(range(23))
    assert first != list(range(23))
    assert first != second


def test_a_seed_repeats_the_order(files):
    asked = options(23, shuffle=True, shuffle_seed=5)
    assert ids(tf_dataset_factory(files, asked, SCHEMA)) == ids(tf_dataset_factory(files, asked, SCHEMA))


def test_data_that_does_not_stay_in_memory_is_shuffled_by_blocks_and_complete(files, monkeypatch):
    monkeypatch.setattr(row_blocks, "_RESIDENT_BYTES", 0)
    for epochs in (1, 2):
        dataset = tf_dataset_factory(files, options(4, num_epochs=epochs, shuffle=True), SCHEMA)
        assert sorted(itertools.chain(*ids(dataset))) == sorted([*range(23)] * epochs)


def test_the_label_comes_apart_from_the_features(files):
    features, label = next(iter(tf_dataset_factory(files, options(3, label_key="id"), SCHEMA)))
    assert "id" not in features
    assert label.numpy().tolist() == [0, 1, 2]


def test_a_label_that_is_no_feature_is_refused(files):
    with pytest.raises(ConfigError, match=r"(?s)label must be one of the features.*'tips'"):
        tf_dataset_factory(files, options(3, label_key="tips"), SCHEMA)


def test_a_pattern_without_files_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="at least one file"):
        tf_dataset_factory(str(tmp_path / "none-*"), options(3), SCHEMA)


def test_files_without_rows_do_not_hang_an_endless_dataset(tmp_path):
    write_records(str(tmp_path / "empty.gz"), [], compress=True)
    blocks = row_blocks.RowBlocks.of(str(tmp_path / "*"), ["id"], shuffle=False, options=options(3, num_epochs=None))
    with pytest.raises(DataError, match="at least one example"):
        next(row_blocks.whole_batches(blocks, 3, epochs=None, drop_rest=True))


def test_parquet_examples_are_read_the_same(tmp_path):
    pq.write_table(pa.Table.from_batches([rows(0, 4)]), tmp_path / "data.parquet")
    assert ids(tf_dataset_factory(str(tmp_path / "*.parquet"), options(4), SCHEMA)) == [[0, 1, 2, 3]]


def test_record_batches_have_the_size_asked_for(files):
    batches = list(record_batch_factory(files, RecordBatchesOptions(8, num_epochs=1, shuffle=False), SCHEMA))
    assert [batch.num_rows for batch in batches] == [8, 8, 7]
    assert batches[2]["id"].to_pylist()[-1] == [22]


def test_a_batch_larger_than_the_data_is_one_batch(files):
    assert [len(batch) for batch in ids(tf_dataset_factory(files, options(100), SCHEMA))] == [23]


def test_the_published_reader_gives_the_same_rows(files):
    source = TFExampleRecord(files, schema=SCHEMA)
    assert ids(source.TensorFlowDataset(options(30))) == [list(range(23))]
    assert next(source.RecordBatches(RecordBatchesOptions(30, num_epochs=1))).num_rows == 23
