"""A temporary place where the scenarios of one revision run, each on the outputs of those that it needs."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from harness import process
from harness.measurement import Run
from harness.revisions import Revision
from harness.scenarios import SCENARIOS

__all__ = ["Rows", "Workspace"]

MEASURED = Path(__file__).resolve().parent.parent / "measured"


class Rows:
    """CSV files of a size: made-up taxi trips, or a folder of the user's own."""

    def __init__(self, root: Path, own: Path | None, python: str) -> None:
        self._root, self._own, self._python = root, own, python

    def folder(self, rows: int) -> Path:
        """With that many trips, made when first asked for."""
        if self._own:
            return self._own
        folder = self._root / str(rows)
        if not folder.exists():
            folder.mkdir(parents=True)
            process.run([self._python, str(MEASURED / "make_rows.py"), str(folder / "trips.csv"), str(rows)])
        return folder


class Workspace:
    """Runs scenarios with the interpreter of a revision."""

    def __init__(self, root: Path, revision: Revision, rows: Rows) -> None:
        self.revision = revision
        self._root, self._rows = root, rows
        self._done: set[tuple[str, int]] = set()

    def prepare(self, name: str, rows: int) -> None:
        """Run what the scenario needs, as far as that was not run yet."""
        scenario = SCENARIOS[name]
        if scenario.needs and (scenario.needs, rows) not in self._done:
            self.prepare(scenario.needs, rows)
            self.run(scenario.needs, rows)
        if scenario.warm_up:
            self.run(name, rows)

    def run(self, name: str, rows: int, through: Sequence[str] = ()) -> Run:
        """Run a prepared scenario once; ``through`` is a command, a profiler's for example, that runs the command."""
        scenario, folder = SCENARIOS[name], self._folder(rows)
        data = self._rows.folder(rows) if scenario.csv else folder
        if scenario.in_process:
            run = self._step(scenario.timed, folder, data, rows, through)
        else:
            run = self._whole(name, folder, data, through)
        self._done.add((name, rows))
        return run

    def _folder(self, rows: int) -> Path:
        folder = self._root / str(rows)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _step(self, timed: str, folder: Path, data: Path, rows: int, through: Sequence[str]) -> Run:
        """It tells its own figures; the peak memory is that of the whole process."""
        script, *step = timed.split()
        command = [self.revision.python, str(MEASURED / script), *step, str(folder), str(data), str(rows)]
        finished = process.run([*through, *command])
        figures = finished.figures()
        return Run(figures["seconds"], figures["cpu_seconds"], finished.peak_mb, int(figures["input_bytes"]))

    def _whole(self, name: str, folder: Path, data: Path, through: Sequence[str]) -> Run:
        """From the shell; a pipeline starts in a project of its own, what needs it in the one that is there."""
        project = folder / "project"
        if name == "pipeline":
            shutil.rmtree(project, ignore_errors=True)
            process.run([self.revision.cli, "template", "copy", "taxi", str(project)])
        places = {"python": self.revision.python, "cli": self.revision.cli}
        command = [part.format(**places) for part in shlex.split(SCENARIOS[name].timed)]
        finished = process.run([*through, *command], project if project.exists() else None, TAXI_DATA=str(data))
        return Run(finished.seconds, finished.cpu_seconds, finished.peak_mb)
