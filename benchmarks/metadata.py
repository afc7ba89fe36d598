"""Measures the metadata store: beside the original, under a crowd of writers, and after many runs.

    python benchmarks/metadata.py [SCENARIO …] [--runs 9] [--markdown]

    GRISTMILL_MLMD_PYTHON   a Python that has ml-metadata, as `make peers` makes one: .venv-peers/old/bin/python;
                            without it the store is measured alone

Both packages work in turns on copies of one SQLite file, and the ratios are those of turns that lay side by side: below
1 gristmill is the faster. `crowd` has 32 processes store 60 executions each in one database that does not exist yet,
and once more; it fails where one is missing. The database is a file; with --url it is on a server, whose URL
`make postgresql` or `make mysql` prints: put a name at its end. `history` runs a pipeline of which everything is reused
in a store with 10,000 runs beside one without, and counts what SQLite does.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent
MEASURED = ROOT / "measured"
sys.path.insert(0, str(MEASURED))

from metadata_store import FILLED, WORKS, fill  # noqa: E402

ORIGINAL = "GRISTMILL_MLMD_PYTHON"
ALONE = ("crowd", "history")


@dataclass(frozen=True)
class Turn:
    """What a piece of work took once."""

    seconds: float
    cpu_seconds: float
    found: int


class Side:
    """A process that works through one package's store, on a copy of the filled file."""

    def __init__(self, label: str, python: str, package: str, folder: Path) -> None:
        self.label = label
        folder.mkdir()
        shutil.copy(folder.parent / FILLED, folder / FILLED)
        command = [python, str(MEASURED / "metadata_store.py"), package, str(folder)]
        pipe = subprocess.PIPE
        # The original logs to standard error.
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True)

    def does(self, work: str) -> Turn:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(work, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.label} ended in {work}")
        return Turn(**json.loads(line))

    def close(self) -> None:
        self.process.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join([*WORKS, *ALONE])}; default: all"
    )
    parser.add_argument("--runs", type=int, default=9, help="turns of each side (9)")
    parser.add_argument("--url", help="of a server's database for the crowd, which may be absent and stays")
    parser.add_argument("--markdown", action="store_true", help="print the tables of docs/performance.md")
    given = parser.parse_args()
    if unknown := set(given.scenarios) - {*WORKS, *ALONE}:
        parser.error(f"there is no scenario {', '.join(sorted(unknown))}")
    chosen = given.scenarios or [*WORKS, *ALONE]
    with tempfile.TemporaryDirectory(prefix="gristmill-bench-") as root:
        if compared := [work for work in WORKS if work in chosen]:
            compare(Path(root), compared, given)
        if "crowd" in chosen:
            for name in ("cold", "warm"):
                measured("metadata_crowd", given.url or f"{root}/crowd.db", "--name", name)
        if "history" in chosen:
            measured("metadata_history", f"{root}/history")


def measured(script: str, *arguments: str) -> None:
    """Runs a script that prints what it measured; ends with it where it found something wrong."""
    if code := subprocess.run([sys.executable, str(MEASURED / f"{script}.py"), *arguments]).returncode:
        sys.exit(code)


def compare(root: Path, works: list[str], given: argparse.Namespace) -> None:
    """Prints a line for each piece of work."""
    fill("gristmill.metadata", root / FILLED)
    sides = [Side("gristmill", sys.executable, "gristmill.metadata", root / "ours")]
    if python := os.environ.get(ORIGINAL):
        sides.append(Side("ml-metadata", python, "ml_metadata", root / "theirs"))
    columns = ["work", *(side.label for side in sides), *(["ratio", "ratio of CPU"] if len(sides) > 1 else [])]
    show(columns, given.markdown)
    if given.markdown:
        show(["---"] * len(columns), True)
    for work in works:
        turns = [[side.does(work) for side in sides] for _ in range(given.runs)]
        if len({turn.found for pair in turns for turn in pair}) > 1:
            sys.exit(f"{work}: the sides found different numbers: {turns[0]}")
        show([WORKS[work] if given.markdown else work, *cells(turns)], given.markdown)
    for side in sides:
        side.close()


def cells(turns: list[list[Turn]]) -> list[str]:
    sides = [f"{median(turn.seconds for turn in side) * 1000:.1f} ms" for side in zip(*turns, strict=True)]
    if len(sides) == 1:
        return sides
    return [*sides, *(ratio(turns, figure) for figure in ("seconds", "cpu_seconds"))]


def ratio(turns: list[list[Turn]], figure: str) -> str:
    each = [getattr(ours, figure) / getattr(theirs, figure) for ours, theirs in turns]
    return f"×{median(each):.2f} ({min(each):.2f} to {max(each):.2f})"


def show(row: list[Any], markdown: bool) -> None:
    print(f"| {' | '.join(row)} |" if markdown else "".join(f"{cell:24}" for cell in row), flush=True)


if __name__ == "__main__":
    main()
