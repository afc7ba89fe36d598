"""A run of which everything is reused, in a store with 10,000 runs of the pipeline beside one with few.

metadata_history.py FOLDER
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median

from history import repeat_last_run
from sqlite_work import sqlite_work

from gristmill.dsl.annotations import InputArtifact, OutputArtifact
from gristmill.dsl.function_component import component
from gristmill.dsl.pipeline import Pipeline
from gristmill.dsl.standard_artifacts import Examples, Model
from gristmill.metadata import sqlite_config
from gristmill.orchestration import LocalDagRunner
from gristmill.orchestration.run_settings import RunSettings, overriding

RUNS, TURNS = 10_000, 9


@component
def read(examples: OutputArtifact[Examples]) -> None:
    Path(examples.uri, "rows").write_text("1")


@component
def train(examples: InputArtifact[Examples], model: OutputArtifact[Model]) -> None:
    Path(model.uri, "weights").write_text(Path(examples.uri, "rows").read_text())


def run(folder: Path) -> float:
    """Runs ten steps; gives the seconds."""
    examples = read()
    steps = [train(examples=examples.outputs["examples"]).with_id(f"train{number}") for number in range(9)]
    config = sqlite_config(folder / "metadata.db")
    pipeline = Pipeline(
        "history", str(folder), components=[examples, *steps], enable_cache=True, metadata_connection_config=config
    )
    started = time.perf_counter()
    with overriding(RunSettings()):
        LocalDagRunner().run(pipeline)
    return time.perf_counter() - started


def main() -> None:
    folders = [Path(sys.argv[1], name) for name in ("long", "short")]
    for folder in folders:
        folder.mkdir(parents=True)
        for _ in range(2):
            run(folder)
    repeat_last_run(folders[0] / "metadata.db", RUNS)
    turns = [[run(folder) for folder in folders] for _ in range(TURNS)]
    each = [long / short for long, short in turns]
    long, short = (median(side) for side in zip(*turns, strict=True))
    print(f"cached run: {long:.3f} s after {RUNS:,} runs, {short:.3f} s after 2: ×{median(each):.2f}", flush=True)
    works = []
    for folder in folders:
        with sqlite_work() as work:
            run(folder)
        works.append(f"{work.statements:,} statements, {work.steps:,} loops of SQLite's machine")
    print(f"in counts: {works[0]} beside {works[1]}", flush=True)


if __name__ == "__main__":
    main()
