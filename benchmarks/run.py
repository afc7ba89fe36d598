"""Measures each heavy step in a process of its own, several times, on made-up taxi trips.

    python benchmarks/run.py [--rows 1000000] [--runs 3] [--data FOLDER] [STEP …]

Prints, per step, the median of the wall-clock seconds, rows per second and the peak memory of the process. ``import``
is a whole process that imports gristmill and nothing else. The steps share the outputs of the steps before them, which
are made once. Believe ratios measured side by side: machines are noisy.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
STEPS = ["import", "example_gen", "statistics_gen", "schema_gen", "transform", "trainer", "evaluator", "bulk_inferrer"]
TRIPS = 15_000  # rows that are really made; more rows are repetitions of these


def make_csv(folder: Path, rows: int) -> None:
    """Write ``rows`` trips: the template's generator, repeated."""
    from gristmill.templates.taxi.make_data import write_trips

    folder.mkdir(parents=True, exist_ok=True)
    once = folder.parent / "once.csv"
    write_trips(once, min(rows, TRIPS))
    header, _, body = once.read_bytes().partition(b"\n")
    with (folder / "trips.csv").open("wb") as file:
        file.write(header + b"\n")
        for _ in range(rows // TRIPS):
            file.write(body)
        file.write(b"".join(body.splitlines(keepends=True)[: rows % TRIPS]))


def measure(step: str, work: Path, rows: int) -> dict[str, float]:
    """Run one step in a fresh process."""
    if step == "import":
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import gristmill"], check=True)
        return {"seconds": time.perf_counter() - started, "peak_mb": 0.0, "rows": 0}
    command = [sys.executable, str(HERE / "steps.py"), step, str(work), str(rows)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    figures: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"which to measure: {', '.join(STEPS)}")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--data", type=Path, help="a folder of CSV files instead of made-up rows")
    arguments = parser.parse_args()
    work = Path(tempfile.mkdtemp(prefix="gristmill-bench-"))
    try:
        if arguments.data:
            (work / "data").symlink_to(arguments.data.resolve())
        else:
            make_csv(work / "data", arguments.rows)
        print(f"{arguments.rows:,} rows, {os.cpu_count()} cores, {arguments.runs} runs each")
        print(f"{'step':16}{'seconds':>10}{'min':>8}{'max':>8}{'rows/s':>14}{'peak MB':>10}")
        wanted = arguments.steps or STEPS
        for step in STEPS[: max(map(STEPS.index, wanted)) + 1]:
            figures = [measure(step, work, arguments.rows) for _ in range(arguments.runs if step in wanted else 1)]
            if step in wanted:
                print_row(step, figures)
    finally:
        shutil.rmtree(work)


def print_row(step: str, figures: list[dict[str, float]]) -> None:
    seconds = [figure["seconds"] for figure in figures]
    median = statistics.median(seconds)
    rows = figures[0]["rows"]
    rate = f"{rows / median:,.0f}" if rows else ""
    peak = max(figure["peak_mb"] for figure in figures)
    print(f"{step:16}{median:>10.2f}{min(seconds):>8.2f}{max(seconds):>8.2f}{rate:>14}{peak:>10,.0f}", flush=True)


if __name__ == "__main__":
    main()
