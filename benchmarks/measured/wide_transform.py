"""``wide_transform.py FOLDER DATA ROWS`` times the analysis of a wide preprocessing_fn: trace, analyze, save.

The examples are Parquet files, so that decoding them is a small part of it.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from timing import timed

import gristmill.transform as tft
from gristmill.engine.local import LocalEngine
from gristmill.io.examples import split_shards

NUMBERS = [f"number_{each:03}" for each in range(500)]
WORDS = [f"word_{each:03}" for each in range(100)]
WORDS_EACH = 1_000  # different words of a feature
BATCH_ROWS = 10_000


def preprocessing_fn(inputs: dict[str, Any]) -> dict[str, Any]:
    """A z-score of each number, a vocabulary of each text."""
    numbers = {name: tft.scale_to_z_score(inputs[name]) for name in NUMBERS}
    words = {name: tft.compute_and_apply_vocabulary(inputs[name], top_k=100, num_oov_buckets=1) for name in WORDS}
    return numbers | words


def schema() -> schema_pb2.Schema:
    """One value of each feature in each row."""
    one = "presence {{ min_fraction: 1 }} shape {{ dim {{ size: 1 }} }}"
    feature = f'feature {{{{ name: "{{}}" type: {{}} {one} }}}}'
    lines = [feature.format(name, kind) for kind, names in (("FLOAT", NUMBERS), ("BYTES", WORDS)) for name in names]
    return text_format.Parse("\n".join(lines), schema_pb2.Schema())


def batches(rows: int) -> Iterator[pa.RecordBatch]:
    """Normal numbers; words of which few are frequent and many are rare. The same rows every time."""
    rng = np.random.default_rng(7)
    vocabulary = pa.array([f"word {each}".encode() for each in range(WORDS_EACH)])
    for start in range(0, rows, BATCH_ROWS):
        size = min(BATCH_ROWS, rows - start)
        columns = {name: pa.array(rng.normal(size=size).astype(np.float32)) for name in NUMBERS}
        for name in WORDS:
            columns[name] = vocabulary.take(pa.array(np.minimum(rng.zipf(1.3, size), WORDS_EACH) - 1))
        offsets = pa.array(np.arange(size + 1, dtype=np.int32))
        lists = [pa.ListArray.from_arrays(offsets, values) for values in columns.values()]
        yield pa.RecordBatch.from_arrays(lists, names=list(columns))


def write_examples(folder: Path, rows: int) -> None:
    folder.mkdir(parents=True)
    made = batches(rows)
    first = next(made)
    with pq.ParquetWriter(folder / "wide-00000-of-00001.parquet", first.schema) as writer:
        for batch in chain([first], made):
            writer.write_batch(batch)


def main() -> None:
    folder, rows = Path(sys.argv[1]), int(sys.argv[3])
    examples, output = folder / "examples", folder / "graph"
    if not examples.exists():
        write_examples(examples / "Split-train", rows)
    shutil.rmtree(output, ignore_errors=True)
    shards, described, engine = split_shards(str(examples), "train"), schema(), LocalEngine()
    timed(
        lambda: tft.analyze(preprocessing_fn, described, shards, engine=engine, output_dir=str(output)),
        inputs=[examples],
    )


if __name__ == "__main__":
    main()
