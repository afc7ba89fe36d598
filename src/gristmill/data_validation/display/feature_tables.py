"""The tables of a statistics view, one per kind of statistics: a row per feature, a line per dataset in each cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape
from tensorflow_metadata.proto.v0 import statistics_pb2

from gristmill.data_validation.display import figures
from gristmill.data_validation.display.datasets import Feature, kind_of
from gristmill.data_validation.display.distributions import charts_of, difference, non_uniformity
from gristmill.data_validation.display.feature_details import feature_details
from gristmill.data_validation.display.figures import Figure, Reading, common_of, missing_share, zero_share
from gristmill.display import Cell, Column, Row, elements
from gristmill.display.numbers import number

__all__ = ["FeatureTable", "feature_tables", "swatch"]

# The kinds of statistics, with the heading and the figures of their table.
_KINDS: Mapping[str, tuple[str, Sequence[Figure]]] = {
    "num_stats": ("Numeric features", figures.NUMERIC),
    "string_stats": ("Categorical features", figures.CATEGORICAL),
    "bytes_stats": ("Features of bytes", figures.BYTES),
    "struct_stats": ("Structured features", figures.STRUCT),
    "": ("Features without statistics", ()),
}
_WITH_CHARTS = ("num_stats", "string_stats")
_DIFFERENCE = Column(
    "Difference",
    numeric=True,
    hint="from 0 (equal) to 1. Numbers: the largest difference of the cumulative distributions that the histograms "
    "prove; texts: half the sum of the differences of shares",
)

_Sides = Sequence[statistics_pb2.FeatureNameStatistics | None]


@dataclass(frozen=True)
class FeatureTable:
    """A table of features of one kind, with the kinds of charts that are in it."""

    heading: str
    body: Markup
    size: int
    charts: frozenset[str]


def feature_tables(features: Sequence[Feature], names: Sequence[str]) -> list[FeatureTable]:
    """One table per kind of statistics that any feature has in any of the datasets called ``names``."""
    return [
        _table(kind, chosen, names)
        for kind in _KINDS
        if (chosen := [feature for feature in features if _has(feature, kind)])
    ]


def swatch(place: int, name: str) -> Markup:
    """The colour of a dataset with its name."""
    return Markup('<span class="gm-key"><i class="gm-swatch gm-s{}"></i>{}</span>').format(place, name)


def _has(feature: Feature, kind: str) -> bool:
    return any(side is not None and kind_of(side) == kind for side in feature.sides)


def _table(kind: str, features: Sequence[Feature], names: Sequence[str]) -> FeatureTable:
    heading, told = _KINDS[kind]
    charts = [charts_of(feature.of_kind(kind), names, feature.name) for feature in features]
    rows = [_row(feature, kind, one, names) for feature, one in zip(features, charts, strict=True)]
    body = elements.table(_columns(kind, told, names), rows, searchable=False, label=heading)
    return FeatureTable(heading, body, len(features), frozenset(key for one in charts for key in one))


def _columns(kind: str, told: Sequence[Figure], names: Sequence[str]) -> list[Column]:
    columns = [Column("Feature")]
    columns += [Column("Distribution", hint="sorts by non-uniformity")] if kind in _WITH_CHARTS else []
    columns += [_DIFFERENCE] if len(names) > 1 and kind in _WITH_CHARTS else []
    columns += [Column("Dataset")] if len(names) > 1 else []
    return columns + [figure.column for figure in told]


def _row(feature: Feature, kind: str, charts: Mapping[str, Markup], names: Sequence[str]) -> Row:
    sides = feature.of_kind(kind)
    apart = difference(sides) if len(names) > 1 and kind in _WITH_CHARTS else None
    cells = [_name(feature, sides)]
    if kind in _WITH_CHARTS:
        cells.append(Cell(elements.alternatives("chart", charts) if charts else None, non_uniformity(sides)))
    if len(names) > 1:
        if kind in _WITH_CHARTS:
            cells.append(Cell(None if apart is None else f"{apart:.3f}", apart))
        cells.append(Cell(_lines([swatch(place, name) for place, name in enumerate(names)]), names[0]))
    cells += [_figure(figure, sides) for figure in _KINDS[kind][1]]
    return Row(cells, feature_details(sides, names), _keys(feature, sides, apart), label=feature.name)


def _keys(feature: Feature, sides: _Sides, apart: float | None) -> dict[str, float | str]:
    there = [side for side in sides if side is not None]
    keys: dict[str, float | str] = {
        "order": feature.order,
        "name": feature.name,
        "nonuniform": non_uniformity(sides),
        "missing": max(missing_share(common_of(side)) for side in there),
        "zeros": max(zero_share(side) for side in there),
    }
    return keys | ({} if apart is None else {"difference": apart})


def _name(feature: Feature, sides: _Sides) -> Cell:
    kinds = dict.fromkeys(
        statistics_pb2.FeatureNameStatistics.Type.Name(side.type) for side in sides if side is not None
    )
    # Between the name and the kind a space, for readers without styles; names break behind their parts.
    name = Markup("_<wbr>").join(feature.name.split("_"))
    text = Markup('<span class="gm-cut" title="{}">{}</span> <span class="gm-kind">{}</span>').format(
        feature.name, name, " / ".join(kinds)
    )
    return Cell(text, feature.name)


def _figure(figure: Figure, sides: _Sides) -> Cell:
    readings = [None if side is None else figure.read(side) for side in sides]
    shown = _lines([_line(reading) for reading in readings])
    if figure.read_weighted is not None:
        weighted = [None if side is None else figure.read_weighted(side) for side in sides]
        if any(reading is not None for reading in weighted):
            shown = elements.alternatives(
                "figures", {"plain": shown, "weighted": _lines([_line(reading) for reading in weighted])}
            )
    keys = (reading.sort_key if isinstance(reading, Cell) else reading for reading in readings)
    return Cell(shown, next((key for key in keys if key is not None), ""))


def _lines(lines: Sequence[Markup]) -> Markup:
    if len(lines) == 1:
        return lines[0]
    return Markup("").join(Markup("<p>{}</p>").format(line) for line in lines)


def _line(reading: Reading) -> Markup:
    if reading is None:
        return Markup('<span class="gm-muted">–</span>')
    if not isinstance(reading, Cell):
        return escape(reading if isinstance(reading, str) else number(reading))
    if not reading.kind and not reading.title:
        return escape(reading.value)
    return Markup('<span class="gm-value{}"{}>{}</span>').format(
        f" gm-{reading.kind}" if reading.kind else "",
        Markup(' title="{}"').format(reading.title) if reading.title else "",
        reading.value,
    )
