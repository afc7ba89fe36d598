"""Measures each scenario in a process of its own, several times.

    python benchmarks/run.py [SCENARIO …] [--rows 1000000,5000000] [--runs 3] [--against REVISION] [--profile]

The table has the median, least and most wall-clock seconds, the seconds of all cores, rows and megabytes of input per
second, and the peak memory of the process. A scenario's inputs are made by those that it needs, and not measured again.
Machines are noisy: believe ratios measured side by side.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harness import profiling, revisions, tables
from harness.measurement import Measurement
from harness.scenarios import SCENARIOS
from harness.workspace import Rows, Workspace


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(SCENARIOS)}; default: all")
    parser.add_argument("--rows", type=sizes, default=[1_000_000], metavar="N,N", help="sizes to measure (1000000)")
    parser.add_argument("--runs", type=int, default=3, help="of each scenario and size (3)")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="CSV files of taxi trips instead of made-up ones")
    parser.add_argument("--against", metavar="REVISION", help="compare the working tree with another git revision")
    parser.add_argument("--profile", action="store_true", help="run once more and tell where the time goes")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print all figures as JSON")
    form.add_argument("--markdown", action="store_true", help="print the table of docs/performance.md")
    given = parser.parse_args()
    if unknown := set(given.scenarios) - set(SCENARIOS):
        parser.error(f"there is no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    if given.runs < 1:
        parser.error("at least one run is needed")
    return given


def sizes(text: str) -> list[int]:
    """``15002,1_000_000``: numbers of rows."""
    numbers = [int(part) for part in text.split(",")]
    if min(numbers) < 1:
        raise argparse.ArgumentTypeError("rows are counted from 1")
    return numbers


def main() -> None:
    given = arguments()
    say = sys.stderr if given.json or given.markdown else sys.stdout
    with tempfile.TemporaryDirectory(prefix="gristmill-bench-", ignore_cleanup_errors=True) as root:
        spaces = workspaces(given, Path(root))
        print(f"{os.cpu_count()} cores, {given.runs} runs each", tables.HEADER, sep="\n", file=say, flush=True)
        measured = []
        for name, rows in plan(given):
            results = measure(spaces, name, rows, given.runs)
            measured += results
            print(*map(tables.line, results), sep="\n", file=say, flush=True)
            if given.against:
                print(tables.comparison(*results), file=say, flush=True)
            if given.profile:
                print(profile(spaces[0], name, rows, Path(root)), file=say, flush=True)
        for told in tables.growth(measured):
            print(told, file=say)
    if given.json or given.markdown:
        print(tables.as_json(measured) if given.json else tables.markdown(measured))


def workspaces(given: argparse.Namespace, root: Path) -> list[Workspace]:
    """One of what is measured, and one of what it is compared with."""
    found = [revisions.installed()]
    if given.against:
        found = [
            revisions.built("working tree", revisions.ROOT, root / "these"),
            revisions.built(given.against, revisions.checked_out(given.against, root / "source"), root / "those"),
        ]
    rows = Rows(root / "rows", given.data, found[0].python)
    return [Workspace(root / f"work-{index}", revision, rows) for index, revision in enumerate(found)]


def plan(given: argparse.Namespace) -> Iterator[tuple[str, int]]:
    """Each scenario that is asked for, at each of its sizes."""
    asked = [sum(map(count_rows, given.data.glob("*.csv")))] if given.data else given.rows
    for name, scenario in SCENARIOS.items():
        if name in (given.scenarios or SCENARIOS):
            yield from ((name, rows) for rows in (asked if scenario.rows is None else [scenario.rows]))


def count_rows(path: Path) -> int:
    """Lines but the header."""
    with path.open("rb") as file:
        return sum(1 for _ in file) - 1


def measure(spaces: list[Workspace], name: str, rows: int, runs: int) -> list[Measurement]:
    """By revision; the revisions take turns."""
    for space in spaces:
        space.prepare(name, rows)
    results = [Measurement(space.revision.label, name, rows) for space in spaces]
    for _ in range(runs):
        for space, result in zip(spaces, results, strict=True):
            result.runs.append(space.run(name, rows))
    return results


def profile(space: Workspace, name: str, rows: int, root: Path) -> str:
    """Where the time of one more run goes."""
    if name == "import":
        return "  too short to be sampled; python -X importtime -c 'import gristmill' tells more"
    stacks = root / "stacks.txt"
    space.run(name, rows, through=profiling.sampler(sys.executable, stacks))
    with stacks.open() as file:
        return profiling.lists(file, step=SCENARIOS[name].in_process)


if __name__ == "__main__":
    main()
