"""The figures as text, as Markdown for the documentation, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from statistics import median

from harness.measurement import Measurement, ratios
from harness.scenarios import Aim

__all__ = ["HEADER", "as_json", "comparison", "growth", "line", "markdown"]

COLUMNS = ("seconds", "min", "max", "CPU s", "rows/s", "MB/s", "peak MB")
COMPARED = {"seconds": "seconds", "CPU s": "cpu_seconds", "peak MB": "peak_mb"}
HEADER = f"{'scenario':16}{'rows':>11}" + "".join(f"{name:>11}" for name in COLUMNS)


def line(measured: Measurement) -> str:
    """A row of the table that stands under ``HEADER``."""
    return _named(measured) + "".join(f"{cell:>11}" for cell in _cells(measured)) + f"  {measured.label}"


def comparison(these: Measurement, those: Measurement) -> str:
    """Ratios of these to those, run by run: below 1 is less than before."""
    cells = []
    for name, figure in COMPARED.items():
        each = ratios(these, those, figure)
        cells.append(f"{name} ×{median(each):.2f} ({min(each):.2f} to {max(each):.2f})")
    return _named(these) + "  ratio: " + ", ".join(cells)


def growth(measurements: Sequence[Measurement]) -> Iterator[str]:
    """How peak memory and seconds grow from a scenario's smallest size to its largest."""
    by_scenario = attrgetter("label", "name")
    for (label, name), group in groupby(sorted(measurements, key=by_scenario), key=by_scenario):
        sizes = sorted(group, key=attrgetter("rows"))
        if len(sizes) > 1:
            least, most = sizes[0], sizes[-1]
            yield (
                f"{name:16}{least.rows:>11,} to {most.rows:,} rows: "
                f"peak {least.peak_mb:,.0f} to {most.peak_mb:,.0f} MB (×{most.peak_mb / least.peak_mb:.2f}), "
                f"seconds ×{most.seconds / least.seconds:.2f}, rows ×{most.rows / least.rows:.2f}  {label}"
            )


def markdown(measurements: Sequence[Measurement]) -> str:
    """The table of docs/performance.md."""
    spread = "seconds, median (min to max)"
    columns = ["what", "rows", "TFX 1.16", "bound", "goal", spread, "CPU s", "rows/s", "MB/s", "peak MB"]
    rows = [columns, ["---"] * len(columns), *map(_markdown_cells, measurements)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def as_json(measurements: Sequence[Measurement]) -> str:
    return json.dumps([measured.as_json() for measured in measurements], indent=2)


def _named(measured: Measurement) -> str:
    return f"{measured.name:16}{_count(measured.rows):>11}"


def _cells(measured: Measurement) -> list[str]:
    seconds = (measured.seconds, measured.fastest, measured.slowest, measured.cpu_seconds)
    rates = (_optional(measured.rows_per_second, ",.0f"), _optional(measured.mb_per_second, ",.1f"))
    return [*(f"{each:.2f}" for each in seconds), *rates, f"{measured.peak_mb:,.0f}"]


def _markdown_cells(measured: Measurement) -> list[str]:
    aim: Aim = measured.aim
    median_seconds, fastest, slowest, *others = _cells(measured)
    aims = [aim.tfx, _optional(aim.bound, "g", " s"), _optional(aim.goal, "g", " s")]
    spread = f"**{median_seconds}** ({fastest} to {slowest})"
    return [measured.scenario.title, _count(measured.rows), *aims, spread, *others]


def _count(rows: int) -> str:
    return f"{rows:,}" if rows else ""


def _optional(value: float | None, form: str, unit: str = "") -> str:
    return "" if value is None else format(value, form) + unit
