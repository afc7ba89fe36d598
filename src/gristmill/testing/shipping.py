"""Checks that what runs on workers can be shipped to them: accumulators, map functions and readers, ours and users'.

    def test_my_accumulator_can_be_shipped():
        check_shippable(MyAccumulator(), [batch_a, batch_b])

Each check starts a process of its own, in another folder, which unpacks the object as a worker does and uses it. Needs
the ``beam`` extra.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa

from gristmill.dsl.user_sources import sources_named_in
from gristmill.engine import state_codec
from gristmill.engine.contract import Accumulator, MapFunction
from gristmill.io.shard import BatchReader, Shard

__all__ = ["check_reader_shippable", "check_shippable"]

_CARGO = "cargo"
_INPUT = "input"
_OUTPUT = "output"


def check_shippable(
    shipped: Accumulator[Any, Any] | MapFunction,
    batches: Sequence[pa.RecordBatch],
    *,
    same: Callable[[Any, Any], bool] | None = None,
) -> None:
    """Use an accumulator or a map function here and in another process, on the same rows.

    Args:
        shipped: what is checked.
        batches: the rows.
        same: whether two results (of a map function: the outputs of a batch) are equal; equal bytes of the states (of
            the outputs) by default.

    Raises:
        AssertionError: it cannot be shipped, or gives another result there.
        ConfigError: it cannot be packed.
    """
    found = _elsewhere(shipped, list(batches))
    if isinstance(shipped, Accumulator):
        state = _state(shipped, batches)
        _require(same, shipped.extract(state) if same else state, shipped.extract(found) if same else found)
    else:
        for batch, outputs in zip(batches, found, strict=True):
            _require(same, dict(shipped(batch)), outputs)


def check_reader_shippable(reader: BatchReader, shards: Sequence[Shard]) -> None:
    """Read shards here and in another process.

    Args:
        reader: what is checked.
        shards: files by absolute paths, or whatever else the reader makes of a uri.

    Raises:
        AssertionError: it cannot be shipped, or reads something else there.
        ConfigError: it cannot be packed.
    """
    found = _elsewhere(reader, [[shard.uri, shard.format, shard.start, shard.stop, shard.rows] for shard in shards])
    for shard, batches in zip(shards, found, strict=True):
        _require(None, list(reader(shard)), batches)


def _elsewhere(shipped: object, inputs: list[Any]) -> Any:
    """What another process makes of the inputs: a state, or a result for each of them."""
    from gristmill.engine.beam.shipping import digest_of, pack  # loads Beam

    with tempfile.TemporaryDirectory(prefix="gristmill-shipping-") as name:
        folder = Path(name)
        packed = pack(shipped, sources_named_in)
        (folder / _CARGO).write_bytes(packed)
        (folder / _INPUT).write_bytes(state_codec.dumps(inputs))
        call = f"shipping._use('.', {digest_of(packed)!r})"
        command = [sys.executable, "-c", f"from gristmill.testing import shipping; {call}"]
        ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise AssertionError(f"{type(shipped).__name__} cannot be used by another process:\n{ended.stderr}")
        return state_codec.loads((folder / _OUTPUT).read_bytes())


def _use(name: str, digest: str) -> None:
    """The other process: unpack, use, and keep what came out."""
    from gristmill.engine.beam.shipping import unpack  # loads Beam

    folder = Path(name)
    shipped = unpack((folder / _CARGO).read_bytes(), digest)
    inputs = state_codec.loads((folder / _INPUT).read_bytes())
    (folder / _OUTPUT).write_bytes(state_codec.dumps(_used(shipped, inputs)))


def _used(shipped: Any, inputs: list[Any]) -> Any:
    if isinstance(shipped, Accumulator):
        return _state(shipped, inputs)
    if inputs and isinstance(inputs[0], pa.RecordBatch):
        return [dict(shipped(batch)) for batch in inputs]
    return [list(shipped(Shard(*fields))) for fields in inputs]


def _state(accumulator: Accumulator[Any, Any], batches: Sequence[pa.RecordBatch]) -> Any:
    return reduce(accumulator.add, batches, accumulator.create())


def _require(same: Callable[[Any, Any], bool] | None, expected: Any, found: Any) -> None:
    if not (same or _equal)(expected, found):
        raise AssertionError(f"another process finds something else\n  here  {expected!r}\n  there {found!r}")


def _equal(a: Any, b: Any) -> bool:
    return state_codec.dumps(a) == state_codec.dumps(b)
