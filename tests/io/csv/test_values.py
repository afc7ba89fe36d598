"""The grammar of numbers agrees with the parser that reads them, and with Python."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gristmill.io.csv.options import ColumnType, CsvOptions
from gristmill.io.csv.parsing import parse_block
from gristmill.io.csv.values import classify

INT, FLOAT, STRING = ColumnType.INT, ColumnType.FLOAT, ColumnType.STRING


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("0", INT),
        ("-12", INT),
        ("007", INT),
        (" 5\t", INT),
        ("9223372036854775807", INT),
        ("-9223372036854775808", INT),
        ("000000000000000000000000000012", INT),
        ("9223372036854775808", STRING),
        ("-9223372036854775809", STRING),
        ("9" * 5000, STRING),
        ("+12", FLOAT),
        ("1.5", FLOAT),
        ("1.", FLOAT),
        (".5", FLOAT),
        ("-1e5", FLOAT),
        ("1E+5", FLOAT),
        ("nan", FLOAT),
        ("-Inf", FLOAT),
        ("Infinity", FLOAT),
        ("3.4e38", FLOAT),
        ("1e39", STRING),
        ("1e400", STRING),
        ("0x1F", STRING),
        ("nan(x)", STRING),
        ("1_000", STRING),
        ("1,5", STRING),
        ("12 34", STRING),
        ("1e", STRING),
        (".", STRING),
        ("-", STRING),
        ("true", STRING),
        ("2026-01-01", STRING),
        (" ", STRING),
        ("٣", STRING),
    ],
)
def test_texts_have_the_narrowest_type_that_holds_them(text: str, kind: ColumnType) -> None:
    assert ColumnType(classify(pa.array([text.encode()]))[0]) is kind


def test_missing_values_are_of_no_type_and_bytes_that_are_no_text_are_strings() -> None:
    assert classify(pa.array([None, b"\xff", b"1"], pa.binary())).tolist() == [0, 3, 1]
    assert classify(pa.array([], pa.binary())).tolist() == []


NUMBERISH = st.text("0123456789+-.eE xnaif", min_size=1, max_size=24) | st.floats().map(repr) | st.integers().map(str)


@given(NUMBERISH)
@example("-0")
@example("1e-400")
def test_what_is_called_a_number_is_read_as_that_number(text: str) -> None:
    kind = ColumnType(classify(pa.array([text.encode()]))[0])
    for wanted, arrow_type, parse in ((INT, pa.int64(), int), (FLOAT, pa.float64(), float)):
        if kind <= wanted:
            table = parse_block(text.encode() + b",\n", ["a", "b"], {"a": arrow_type}, CsvOptions())
            value, expected = table["a"][0].as_py(), parse(text)
            assert value == expected or (math.isnan(value) and math.isnan(expected))
    if kind is FLOAT and "inf" not in text.lower():
        with np.errstate(over="raise"):
            np.float32(float(text))
