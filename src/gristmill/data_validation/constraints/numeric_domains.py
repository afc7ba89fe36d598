"""Ranges of numbers, and texts that have to read as numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

from gristmill.data_validation.constraints.domains import clear_domain
from gristmill.data_validation.constraints.feature_data import FeatureData
from gristmill.data_validation.constraints.finding import Finding, listed, number

__all__ = ["as_int64", "check_float_domain", "check_int_domain", "reads_as_int"]

_Type = anomalies_pb2.AnomalyInfo
_RangeTypes = tuple["anomalies_pb2.AnomalyInfo.Type", "anomalies_pb2.AnomalyInfo.Type"]

_LEAST_INT, _MOST_INT = -(2**63), 2**63 - 1
_INT_DIGITS = 19  # of the longest 64-bit integer; Python itself refuses to convert some thousands of digits


def reads_as_int(text: str) -> bool:
    """Whether a text is the decimal form of a 64-bit integer, without blanks or underscores."""
    return _whole_number(text) is not None


def as_int64(value: float) -> int:
    """The whole number that a statistic stands for: 2**63 - 1, as a float, is 2**63, which no 64-bit field takes."""
    return min(max(int(value), _LEAST_INT), _MOST_INT)


def _whole_number(text: str) -> int | None:
    sign, digits = (text[0], text[1:]) if text[:1] in ("-", "+") else ("", text)
    significant = digits.lstrip("0")
    if not (digits.isascii() and digits.isdigit()) or len(significant) > _INT_DIGITS:
        return None
    value = int(f"{sign}{significant or 0}")
    return value if _LEAST_INT <= value <= _MOST_INT else None


def check_int_domain(feature: schema_pb2.Feature, data: FeatureData) -> list[Finding]:
    """The demands of ``int_domain`` on whole numbers, or on texts that stand for them."""
    types = (_Type.INT_TYPE_SMALL_INT, _Type.INT_TYPE_BIG_INT)
    if data.has_strings:
        numbers = {text: _whole_number(text) for text in data.strings}
        strange = [text for text, value in numbers.items() if value is None]
        if strange or data.has_invalid_utf8:
            clear_domain(feature)
            return [_not_a_number(_Type.INT_TYPE_NOT_INT_STRING, "Values are not whole numbers", strange)]
        values = [value for value in numbers.values() if value is not None]
        return _check_range(feature.int_domain, min(values), max(values), types, as_int64) if values else []
    if data.numbers is None:
        return []
    return _check_range(feature.int_domain, data.numbers.min, data.numbers.max, types, as_int64)


def check_float_domain(feature: schema_pb2.Feature, data: FeatureData) -> list[Finding]:
    """The demands of ``float_domain`` on numbers, or on texts that stand for them."""
    types = (_Type.FLOAT_TYPE_SMALL_FLOAT, _Type.FLOAT_TYPE_BIG_FLOAT)
    if data.has_strings:
        strange = [text for text in data.strings if _as_float(text) is None]
        if strange or data.has_invalid_utf8:
            clear_domain(feature)
            return [_not_a_number(_Type.FLOAT_TYPE_STRING_NOT_FLOAT, "Values are not numbers", strange)]
        values = [float(text) for text in data.strings]
        return _check_range(feature.float_domain, min(values), max(values), types, float) if values else []
    if data.numbers is None:
        return []
    return [
        *_check_finiteness(feature.float_domain, data),
        *_check_range(feature.float_domain, data.numbers.min, data.numbers.max, types, float),
    ]


def _as_float(text: str) -> float | None:
    if "_" in text or text != text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _not_a_number(kind: anomalies_pb2.AnomalyInfo.Type, short: str, strange: list[str]) -> Finding:
    shown = listed(strange) if strange else "bytes that are not UTF-8"
    return Finding(kind, short, f"{short}, which the feature's domain demands: {shown}.")


def _check_range(
    domain: Any, least: float, most: float, types: _RangeTypes, convert: Callable[[float], Any]
) -> list[Finding]:
    findings = []
    if domain.HasField("min") and convert(least) < domain.min:
        text = f"The smallest value is {number(least)}; the schema allows {number(domain.min)} and above."
        findings.append(Finding(types[0], "Values too small", text))
        domain.min = convert(least)
    if domain.HasField("max") and convert(most) > domain.max:
        text = f"The largest value is {number(most)}; the schema allows {number(domain.max)} and below."
        findings.append(Finding(types[1], "Values too large", text))
        domain.max = convert(most)
    return findings


def _check_finiteness(domain: schema_pb2.FloatDomain, data: FeatureData) -> list[Finding]:
    findings = []
    if domain.disallow_nan and data.num_nan:
        domain.disallow_nan = False
        text = f"{data.num_nan:,} values are NaN, which the schema forbids."
        findings.append(Finding(_Type.FLOAT_TYPE_HAS_NAN, "Values are NaN", text))
    if domain.disallow_inf and data.has_infinity:
        domain.disallow_inf = False
        text = "Some values are infinite, which the schema forbids."
        findings.append(Finding(_Type.FLOAT_TYPE_HAS_INF, "Values are infinite", text))
    return findings
