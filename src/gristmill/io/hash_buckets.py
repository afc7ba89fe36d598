"""Hash buckets: which split a row belongs to, from its bytes alone, whatever the order, the file or the machine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gristmill.errors import ConfigError
from gristmill.io import _native
from gristmill.io.codec_fault import data_error

__all__ = ["hash_buckets"]

_MOST_BUCKETS = 2**32 - 1  # buckets are uint32


def hash_buckets(records: pa.BinaryArray, total: int) -> npt.NDArray[np.uint32]:
    """The bucket of each record: ``int(sha256(record).hexdigest(), 16) % total``, as TFX splits examples.

    Args:
        records: the bytes to hash, no nulls; where a feature decides, its serialized ``Feature``.
        total: number of buckets, 1 to 2**32 - 1.

    Returns:
        uint32, one per record, each below ``total``.

    Raises:
        ConfigError: ``total`` is out of range.
        DataError: a record is null, or the array is not of type binary.
    """
    if not 1 <= total <= _MOST_BUCKETS:
        raise ConfigError(f"the number of hash buckets must be between 1 and {_MOST_BUCKETS}", value=total)
    try:
        return np.frombuffer(_native.hash_buckets(records, total), dtype=np.uint32)
    except _native.CodecError as fault:
        raise data_error(fault) from None
