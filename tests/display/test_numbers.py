"""Numbers are written as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gristmill.display.numbers import number, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (-3.0, "−3"),
        (41.90234, "41.902"),
        (0.123456, "0.1235"),
        (1234.56, "1,234.6"),
        (17031346402.9, "17,031,346,403"),
        (1.5e-7, "1.5e-07"),
        (1e300, "1e+300"),
        (float("nan"), "NaN"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
    ],
)
def test_numbers_have_as_many_digits_as_are_read(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0%"), (1, "100%"), (0.2252, "22.5%"), (0.01234, "1.23%"), (1e-9, "<0.01%"), (0.99999, ">99.9%")],
)
def test_shares_never_round_to_none_or_all(share: float, text: str) -> None:
    assert percent(share) == text


@given(st.floats())
def test_every_number_has_a_text(value: float) -> None:
    assert number(value)
    assert percent(value)
