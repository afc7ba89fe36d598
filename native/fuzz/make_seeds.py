"""Write a starting corpus for the fuzzers: ``make_seeds.py FOLDER``. Needs the package installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa

from gristmill.io.example_codec import encode_examples
from gristmill.io.tfrecord import frame_records

_BATCH = pa.record_batch(
    {
        "ints": pa.array([[1, -1, 2**40], [], None, [0]]),
        "floats": pa.array([[1.5], None, [], [2.0, -0.0]], pa.list_(pa.float32())),
        "bytes": pa.array([[b"x", b""], [b"\xff" * 40], [], None], pa.list_(pa.binary())),
        "no kind": pa.nulls(4),
    }
)


def main(folder: Path) -> None:
    records = encode_examples(_BATCH)
    for name in ("decode", "encode", "frames", "digest"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number, record in enumerate(records.to_pylist()):
        (folder / "decode" / f"record{number}").write_bytes(b"\0" + record)
    (folder / "decode" / "two").write_bytes(b"\1" + records[0].as_py() * 2)
    (folder / "encode" / "columns").write_bytes(bytes(range(256)))
    (folder / "digest" / "record").write_bytes(b"\2\0\0\0\7" + records[0].as_py() * 3)
    (folder / "frames" / "frames").write_bytes(b"\x07\x02" + frame_records(records))


main(Path(sys.argv[1]))
