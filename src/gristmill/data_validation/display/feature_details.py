"""What unfolds below a feature: an enlarged chart, quantiles, the most frequent values, and everything else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from tensorflow_metadata.proto.v0 import statistics_pb2
from tensorflow_metadata.proto.v0.statistics_pb2 import FeatureNameStatistics

from gristmill.data_validation.display.distributions import quantiles_of
from gristmill.data_validation.display.figures import VALUE, common_of
from gristmill.display.elements import enlarged, figures, key_values, section, side_by_side
from gristmill.display.numbers import number, percent
from gristmill.display.texts import shortened

__all__ = ["feature_details"]

_TOP = 10  # values; the chart tells the next ten on hovering

_Sides = Sequence[FeatureNameStatistics | None]


def feature_details(sides: _Sides, names: Sequence[str]) -> Markup:
    """All that is known of a feature and has no place in its row."""
    parts = [
        section("Distribution", enlarged()),
        _quantiles(sides, names),
        _top_values(sides, names),
        _facts(sides, names),
    ]
    return side_by_side(*(part for part in parts if part))


def _quantiles(sides: _Sides, names: Sequence[str]) -> Markup:
    values = [quantiles_of(side) for side in sides]
    steps = {len(one) for one in values if one}
    if len(steps) != 1:
        return Markup("").join(_own_quantiles(name, one) for name, one in zip(names, values, strict=True) if one)
    count = steps.pop() - 1
    rows = [
        (f"{100 * at / count:.4g}%", *(one[at] if one else None for one in values)) for at in range(count + 1) if count
    ]
    return section("Quantiles", figures(["Values below", *_headings(names, "Value")], rows))


def _own_quantiles(name: str, values: Sequence[float]) -> Markup:
    count = max(len(values) - 1, 1)
    rows = [(f"{100 * at / count:.4g}%", value) for at, value in enumerate(values)]
    return section(f"Quantiles of {name}", figures(["Values below", "Value"], rows))


def _top_values(sides: _Sides, names: Sequence[str]) -> Markup:
    tops: list[dict[str, float]] = [
        {} if side is None else {top.value: top.frequency for top in side.string_stats.top_values} for side in sides
    ]
    values = list(dict.fromkeys(value for top in tops for value in list(top)[:_TOP]))[:_TOP]
    if not values:
        return Markup("")
    totals = [0 if side is None else common_of(side).tot_num_values for side in sides]
    rows = [
        (
            shortened(value, VALUE) or "(empty)",
            *(figure for top, total in zip(tops, totals, strict=True) for figure in _frequency(top.get(value), total)),
        )
        for value in values
    ]
    columns = ["Value"]
    for name in names:
        columns += [name, "Share"] if len(names) > 1 else ["Count", "Share"]
    return section("Most frequent values", figures(columns, rows))


def _frequency(count: float | None, total: float) -> tuple[float | None, str | None]:
    return count, None if count is None or total <= 0 else percent(count / total)


def _facts(sides: _Sides, names: Sequence[str]) -> Markup:
    facts: list[dict[str, object]] = [{} if side is None else _facts_of(side) for side in sides]
    keys = list(dict.fromkeys(key for one in facts for key in one))
    if not keys:
        return Markup("")
    if len(names) == 1:
        return section("More", key_values((key, facts[0][key]) for key in keys))
    rows = [(key, *(one.get(key) for one in facts)) for key in keys]
    return section("More", figures(["", *names], rows))


def _facts_of(side: FeatureNameStatistics) -> dict[str, object]:
    common = common_of(side)
    facts: dict[str, object] = {
        "Values": common.tot_num_values,
        "Values per example": _range(common.min_num_values, common.max_num_values, common.avg_num_values),
    }
    undefined = math.fsum(one.num_nan for one in side.num_stats.histograms[:1])
    if undefined:
        facts["NaN values"] = undefined
    if side.string_stats.invalid_utf8_count:
        facts["Values that are not UTF-8"] = side.string_stats.invalid_utf8_count
    if common.HasField("weighted_common_stats"):
        facts["Weighted count"] = common.weighted_common_stats.num_non_missing
    for custom in side.custom_stats:
        facts[custom.name] = _custom(custom)
    return facts


def _range(low: float, high: float, mean: float) -> str:
    return number(low) if low == high else f"{number(low)} to {number(high)}, mean {number(mean)}"


def _custom(custom: statistics_pb2.CustomStatistic) -> Any:
    kind = custom.WhichOneof("val")
    if kind == "str":
        return shortened(custom.str, VALUE)
    if kind == "num":
        return custom.num
    return f"({kind or 'empty'})"


def _headings(names: Sequence[str], alone: str) -> list[str]:
    return list(names) if len(names) > 1 else [alone]
