"""Tells which texts are integers, numbers or neither: the grammar of ``ColumnType``, over Arrow arrays.

The fast path lets Arrow's CSV parser convert whole columns; its grammar is wider in a few corners (``0x1F`` is an
integer to it, ``nan(x)`` a number, ``1e400`` infinity), which :func:`suspicious` finds, so that those columns are
looked at value by value here.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gristmill.io.csv.options import ColumnType

__all__ = ["classify", "suspicious"]

_INTEGER = r"^-?[0-9]+$"
_SIGNED_DIGITS = r"^[+-]?[0-9]+$"
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_NOT_FINITE = r"^[+-]?(nan|inf|infinity)$"
_MAX_INT64 = 2.0**63


def suspicious(column: pa.Array) -> bool:
    """Whether a float64 column parsed by Arrow holds values that our grammar may take for text."""
    values = column if column.null_count == 0 else column.drop_null()
    magnitude = np.abs(values.to_numpy(zero_copy_only=False))
    # Written so that NaN makes it true.
    return magnitude.size > 0 and not np.max(magnitude) < _MAX_INT64


def classify(texts: pa.Array) -> npt.NDArray[np.uint8]:
    """The ``ColumnType`` of each value of a ``binary`` array; null is EMPTY."""
    # What Arrow's CSV parser trims around numbers, and no more. The view spares a check that text is UTF-8.
    trimmed = pc.ascii_trim(texts.view(pa.string()), characters=" \t")
    kinds = np.full(len(trimmed), ColumnType.STRING, np.uint8)
    number = _matches(trimmed, _NUMBER)
    if number.any():
        kinds[number] = _kinds_of_numbers(trimmed.filter(pa.array(number)))
    kinds[_matches(trimmed, _NOT_FINITE, ignore_case=True)] = ColumnType.FLOAT
    kinds[pc.is_null(trimmed).to_numpy(zero_copy_only=False)] = ColumnType.EMPTY
    return kinds


def _kinds_of_numbers(texts: pa.Array) -> npt.NDArray[np.uint8]:
    with np.errstate(over="ignore"):
        single = pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False).astype(np.float32)
    kinds = np.where(np.isinf(single), ColumnType.STRING, ColumnType.FLOAT).astype(np.uint8)
    kinds[_matches(texts, _INTEGER)] = ColumnType.INT
    # 18 digits always fit 64 bits; the few longer ones are looked at exactly.
    long = pc.greater(pc.binary_length(texts), 18).to_numpy(zero_copy_only=False)
    digits = _matches(texts, _SIGNED_DIGITS)
    for index in np.flatnonzero(long & digits):
        if not -(1 << 63) <= _integer(texts[int(index)].as_py()) < 1 << 63:
            kinds[index] = ColumnType.STRING
    return kinds


def _integer(digits: str) -> int:
    """The value, of any number of digits that Python converts without complaint; beyond, any value out of 64 bits."""
    stripped = digits.lstrip("+-0")
    return int(digits) if len(stripped) <= 20 else 1 << 64


def _matches(texts: pa.Array, pattern: str, *, ignore_case: bool = False) -> npt.NDArray[np.bool_]:
    matched = pc.match_substring_regex(texts, pattern, ignore_case=ignore_case)
    found: npt.NDArray[np.bool_] = pc.fill_null(matched, False).to_numpy(zero_copy_only=False)
    return found
