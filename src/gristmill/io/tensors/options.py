"""What a caller may ask of a dataset of examples: the published names, order and defaults."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["AUTOTUNE", "RecordBatchesOptions", "TensorFlowDatasetOptions"]

AUTOTUNE = -1  # the value of tf.data.AUTOTUNE: TensorFlow chooses


class TensorFlowDatasetOptions(NamedTuple):
    """Options of ``tf_dataset_factory``.

    Attributes:
        batch_size: rows per batch.
        drop_final_batch: leave out a last batch that is not full. An endless dataset never has one.
        num_epochs: passes over the data; None repeats for ever. Batches run across the border of two passes.
        shuffle: give the rows in random order, a new one in each pass.
        shuffle_buffer_size: rows that are shuffled together at least, where the data has that many.
        shuffle_seed: makes the order repeatable.
        prefetch_buffer_size: batches made ahead of the consumer; -1 lets TensorFlow choose.
        reader_num_threads: files that may be read at once; -1 chooses. Examples are decoded in large blocks by
            native code, one reader thread ahead of the consumer; more readers bring nothing and change nothing.
        parser_num_threads: as above, for parsing.
        sloppy_ordering: allows an order that is not repeatable; ours always is, which satisfies it.
        label_key: the feature to be given apart, as ``(features, label)``.
    """

    batch_size: int
    drop_final_batch: bool = False
    num_epochs: int | None = None
    shuffle: bool = True
    shuffle_buffer_size: int = 10000
    shuffle_seed: int | None = None
    prefetch_buffer_size: int = AUTOTUNE
    reader_num_threads: int = AUTOTUNE
    parser_num_threads: int = AUTOTUNE
    sloppy_ordering: bool = False
    label_key: str | None = None


class RecordBatchesOptions(NamedTuple):
    """Options of ``record_batch_factory``; the attributes mean the same as in :class:`TensorFlowDatasetOptions`."""

    batch_size: int
    drop_final_batch: bool = False
    num_epochs: int | None = None
    shuffle: bool = True
    shuffle_buffer_size: int = 10000
    shuffle_seed: int | None = None
