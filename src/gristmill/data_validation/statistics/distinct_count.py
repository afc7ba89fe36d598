"""How many distinct byte strings were seen, estimated from the smallest of their hashes.

Source: Z. Bar-Yossef et al., "Counting distinct elements in a data stream", 2002: when the k-th smallest of uniform
64-bit hashes is ``h``, about ``(k - 1) * 2**64 / h`` distinct values were hashed, with a relative standard error of
``1 / sqrt(k - 2)`` (0.8 % here). Fewer than ``k`` hashes are an exact count.

The hash is multilinear over the bytes, modulo 2**64 (D. Lemire, O. Kaser, "Strongly universal string hashing is fast",
2014), then mixed by splitmix64's finaliser; it needs no per-value Python.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

__all__ = ["KEPT_HASHES", "Hashes", "estimate", "hashes_of", "merge_hashes"]

Hashes = NDArray[np.uint64]

KEPT_HASHES = 16_384

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SECOND_MIX = np.uint64(0x94D049BB133111EB)


def hashes_of(values: pa.Array) -> Hashes:
    """The smallest hashes of a binary array, ascending and distinct; at most ``KEPT_HASHES``."""
    return np.unique(_hash(values))[:KEPT_HASHES]


def merge_hashes(a: Hashes, b: Hashes) -> Hashes:
    """The smallest hashes of both."""
    return np.union1d(a, b)[:KEPT_HASHES]


def estimate(hashes: Hashes) -> int:
    """The number of distinct values behind the hashes."""
    if len(hashes) < KEPT_HASHES:
        return len(hashes)
    return round((KEPT_HASHES - 1) * 2.0**64 / float(hashes[-1]))


def _hash(values: pa.Array) -> Hashes:
    if not len(values):
        return np.empty(0, np.uint64)
    offsets = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
    offsets = offsets.astype(np.int64)
    lengths = np.diff(offsets)
    data = values.buffers()[2]
    content = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    content = content[offsets[0] : offsets[-1]]
    places = np.arange(len(content)) - np.repeat(offsets[:-1] - offsets[0], lengths)
    terms = (content.astype(np.uint64) + np.uint64(1)) * _mixed(places.astype(np.uint64))
    # Sums modulo 2**64 by differences of the running sum: empty strings come out as zero without a special case.
    running = np.concatenate((np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)))
    bounds = offsets - offsets[0]
    return _mixed(running[bounds[1:]] - running[bounds[:-1]] + lengths.astype(np.uint64))


def _mixed(numbers: Hashes) -> Hashes:
    numbers = (numbers + np.uint64(1)) * _GOLDEN
    numbers = (numbers ^ (numbers >> np.uint64(30))) * _FIRST_MIX
    numbers = (numbers ^ (numbers >> np.uint64(27))) * _SECOND_MIX
    return numbers ^ (numbers >> np.uint64(31))
