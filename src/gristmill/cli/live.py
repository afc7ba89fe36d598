"""Shows a run while it goes on: finished nodes as lines that stay, running ones in a region that is redrawn."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rich.console import Console, Group, RenderableType
from rich.live import Live

from gristmill.cli.recovered import tell_recovered
from gristmill.cli.run_lines import (
    closing_line,
    finished_line,
    header_line,
    is_quiet,
    quiet_lines,
    running_line,
    started_line,
)
from gristmill.cli.store_location import remember_store
from gristmill.cli.wording import near_path
from gristmill.engine.contract import Progress
from gristmill.orchestration.observer import RunObserver, RunStart
from gristmill.orchestration.run_result import NodeResult, NodeState, RunResult

__all__ = ["LiveRun"]

_REDRAWS_PER_SECOND = 8  # smooth for the eye, next to nothing for the machine
_PUSHED_DESTINATION = "pushed_destination"  # the published name of the custom property of a pushed model


@dataclass
class _Running:
    """What is known of a node that runs."""

    since: float = field(default_factory=time.monotonic)
    reason: str = ""
    progress: Progress | None = None
    stage_since: float = field(default_factory=time.monotonic)

    def report(self, progress: Progress) -> None:
        if self.progress is None or progress.stage != self.progress.stage:
            self.stage_since = time.monotonic()
        self.progress = progress

    def eta(self) -> float | None:
        """Seconds to the end of the stage, if it goes on as it did so far; None where nothing is left or known."""
        progress = self.progress
        if progress is None or not progress.total or not 0 < progress.done < progress.total:
            return None
        spent = time.monotonic() - self.stage_since
        return spent * (progress.total - progress.done) / progress.done


class LiveRun(RunObserver):
    """Draws on a terminal; writes plain lines elsewhere. Keeps the results of the runs that it saw.

    Attributes:
        results: the runs that have ended.
        start: the run that was started last.
    """

    def __init__(self, console: Console) -> None:
        self.results: list[RunResult] = []
        self.start: RunStart | None = None
        self._console = console
        self._lock = threading.Lock()
        self._running: dict[str, _Running] = {}
        self._quiet: list[NodeResult] = []
        self._width = 0
        self._live = Live(get_renderable=self._region, console=console, refresh_per_second=_REDRAWS_PER_SECOND,
                          transient=True)  # fmt: skip

    def recovered(self, closed: Sequence[str]) -> None:
        tell_recovered(closed)

    def run_started(self, start: RunStart) -> None:
        if self.start is None or self.start.store_url != start.store_url:
            remember_store(start.store_url)  # now, so that commands find it behind a run that is killed
        self.start = start
        self._width = max((len(node_id) for node_id in start.node_ids), default=0)
        self._console.print(header_line(start))
        if self._console.is_terminal:
            self._live.start()

    def node_started(self, node_id: str) -> None:
        with self._lock:
            self._running[node_id] = _Running()

    def node_decided(self, node_id: str, reason: str) -> None:
        with self._lock:
            self._running.setdefault(node_id, _Running()).reason = reason
        if not self._console.is_terminal:
            self._console.print(started_line(self._console, node_id, reason))

    def node_progress(self, node_id: str, progress: Progress) -> None:
        with self._lock:
            self._running.setdefault(node_id, _Running()).report(progress)

    def node_finished(self, result: NodeResult) -> None:
        with self._lock:
            self._running.pop(result.node_id, None)
        if is_quiet(result):
            self._quiet.append(result)
        else:
            self._print_quiet()
            self._print(finished_line(self._console, result, self._width))

    def run_finished(self, result: RunResult) -> None:
        self._print_quiet()
        self._live.stop()
        # An InteractiveContext ends its one run with each node, and goes on with it.
        before = next((each for each in self.results if each.run_id == result.run_id), None)
        if before is not None:
            self.results.remove(before)
            result = replace(result, seconds=before.seconds + result.seconds)
        self.results.append(result)

    def close(self) -> None:
        """Leave the terminal as it was, however the run ended."""
        self._live.stop()

    def print_closing(self, result: RunResult) -> None:
        """The last line: how it ended, where the model went, what to type next."""
        pushed = _pushed_to(result)
        following = _next_commands(result, pushed)
        self._console.print(
            closing_line(self._console, result.state, result.seconds, pushed, following), soft_wrap=True
        )

    def _print_quiet(self) -> None:
        lines, self._quiet = quiet_lines(self._console, self._quiet, self._width), []
        for line in lines:
            self._print(line)

    def _print(self, line: RenderableType) -> None:
        """A line that stays, above the region that is redrawn."""
        if self._live.is_started:
            self._live.refresh()  # without what the line now tells
        self._console.print(line)

    def _region(self) -> RenderableType:
        with self._lock:
            running = list(self._running.items())
        now = time.monotonic()
        lines = quiet_lines(self._console, self._quiet, self._width)
        lines += [
            running_line(self._console, node_id, self._width, now - node.since, node.reason, node.progress, node.eta())
            for node_id, node in running
        ]
        return Group(*lines)


def _pushed_to(result: RunResult) -> str:
    """Where a model was pushed in this run; empty when none was."""
    for node in result.nodes.values():
        if node.state is not NodeState.COMPLETE:
            continue
        for artifacts in node.outputs.values():
            for artifact in artifacts:
                if destination := artifact.get_string_custom_property(_PUSHED_DESTINATION):
                    return near_path(destination)
    return ""


def _next_commands(result: RunResult, pushed: str) -> list[str]:
    if result.failed:
        return [f"gristmill why {result.number} {result.failed[0]}"]
    report = f"gristmill report {result.number}"
    return [report, f"gristmill lineage {pushed}"] if pushed else [report]
