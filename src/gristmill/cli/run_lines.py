"""The lines in which a run is shown: one per node, with a mark, its id, its time and what it did."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from gristmill.cli.wording import duration
from gristmill.engine.contract import Progress
from gristmill.orchestration.resolver_life import LOOKED_ANEW
from gristmill.orchestration.reuse import FIRST_RUN
from gristmill.orchestration.reuse_policy import NO_REUSE
from gristmill.orchestration.run_result import NodeResult, NodeState

__all__ = ["closing_line", "finished_line", "header_line", "reused_line", "running_line", "started_line"]

_MARKS = {
    NodeState.COMPLETE: ("✓", "v", "green"),
    NodeState.CACHED: ("≡", "=", "cyan"),
    NodeState.SKIPPED: ("○", "o", "dim"),
    NodeState.BLOCKED: ("○", "o", "yellow"),
    NodeState.FAILED: ("✗", "x", "bold red"),
    NodeState.CANCELED: ("■", "#", "yellow"),
}
_RUNNING_MARK = ("●", "*", "blue")
_SEVERAL_RUNS = "same inputs, parameters and code as in earlier runs"
_TIME_WIDTH = 9
_BAR_WIDTH = 20
_MARGIN = 8  # the columns of a line before the last, and the spaces between them
_NOT_WORTH_A_WORD = (FIRST_RUN, NO_REUSE, LOOKED_ANEW, "")


def header_line(pipeline_name: str, number: int, nodes: int, workers: int) -> Text:
    """``taxi · run 1 · 9 steps · 2 workers``."""
    steps = f"{nodes} step" if nodes == 1 else f"{nodes} steps"
    parts = [f"run {number}", steps, f"up to {workers} at once" if workers > 1 else "one at a time"]
    return Text.assemble((pipeline_name, "bold"), " · " + " · ".join(parts))


def started_line(console: Console, node_id: str, reason: str) -> Text:
    """A node that starts now, for where nothing is redrawn."""
    unicode_mark, plain_mark, _ = _RUNNING_MARK
    why = "" if reason in _NOT_WORTH_A_WORD else f" ({reason})"
    return Text(f"  {plain_mark if console.options.ascii_only else unicode_mark} {node_id} started{why}")


def finished_line(console: Console, result: NodeResult, width: int) -> RenderableType:
    """A node that has ended."""
    unicode_mark, plain_mark, style = _MARKS[result.state]
    return _line(
        Text(plain_mark if console.options.ascii_only else unicode_mark, style),
        Text(result.node_id),
        width,
        duration(result.seconds) if result.execution_id is not None else "",
        _what_it_did(result),
    )


def reused_line(console: Console, results: Sequence[NodeResult], width: int) -> RenderableType:
    """Nodes that were reused one after the other, in one line: ``≡ CsvExampleGen … Transform   reused (same …)``."""
    if len(results) == 1:
        return finished_line(console, results[0], width)
    unicode_mark, plain_mark, style = _MARKS[NodeState.CACHED]
    dots = " ... " if console.options.ascii_only else " … "
    if len(results) == 2:
        dots = ", "
    line = Text.assemble("  ", (plain_mark if console.options.ascii_only else unicode_mark, style), " ")
    line.append(f"{results[0].node_id}{dots}{results[-1].node_id}  ")
    reasons = {result.reason for result in results}
    return line.append_text(_reused(reasons.pop() if len(reasons) == 1 else _SEVERAL_RUNS))


def running_line(
    console: Console,
    node_id: str,
    width: int,
    seconds: float,
    reason: str,
    progress: Progress | None,
    eta: float | None,
) -> RenderableType:
    """A node that runs now, with how far it has come; what does not fit into the terminal's width is left out."""
    unicode_mark, plain_mark, style = _RUNNING_MARK
    cells = [] if progress is None else _progress_cells(progress, eta)
    if reason not in _NOT_WORTH_A_WORD:
        cells.append(Text(f"(ran: {reason})", "dim"))
    return _line(
        Text(plain_mark if console.options.ascii_only else unicode_mark, style),
        Text(node_id, "bold"),
        width,
        duration(seconds),
        _in_a_row(cells, console.width - width - _TIME_WIDTH - _MARGIN),
    )


def closing_line(state: str, seconds: float, pushed: str, next_command: str) -> Text:
    """How the run ended, where the model went, what to type next."""
    style = {"complete": "green", "failed": "bold red"}.get(state, "yellow")
    parts = Text.assemble((f"{'pushed' if pushed and state == 'complete' else state} in {duration(seconds)}", style))
    if pushed:
        parts.append(f" · {pushed}")
    return parts.append(" · next: ").append(next_command, "bold")


def _line(mark: Text, name: Text, width: int, seconds: str, what: RenderableType) -> Table:
    line = Table.grid(padding=(0, 1))
    line.add_column(width=1)
    line.add_column(width=1)
    line.add_column(width=width, no_wrap=True)
    line.add_column(width=_TIME_WIDTH, justify="right", no_wrap=True)
    line.add_column(overflow="fold")
    line.add_row("", mark, name, seconds, what)
    return line


def _what_it_did(result: NodeResult) -> Text:
    if result.state is NodeState.CACHED:
        return _reused(result.reason)
    if result.state is NodeState.COMPLETE:
        text = Text(" · ".join(result.summary))
        if result.reason not in _NOT_WORTH_A_WORD:
            text.append(("  " if text else "") + f"(ran: {result.reason})", "dim")
        return text
    if result.state is NodeState.FAILED:
        return Text(result.reason.splitlines()[0] if result.reason else "failed", "red")
    words = {NodeState.SKIPPED: "skipped", NodeState.BLOCKED: "not run", NodeState.CANCELED: "stopped"}
    return Text(f"{words[result.state]}: {result.reason}", "dim")


def _reused(reason: str) -> Text:
    return Text.assemble("reused ", (f"({reason})", "dim"))


def _progress_cells(progress: Progress, eta: float | None) -> list[RenderableType]:
    of_total = f"/{progress.total:,}" if progress.total else ""
    cells: list[RenderableType] = [Text(f"{progress.done:,}{of_total} {progress.unit}")]
    if progress.total:
        cells.append(ProgressBar(total=progress.total, completed=min(progress.done, progress.total), width=_BAR_WIDTH))
    cells.append(Text(progress.note or progress.stage))
    if eta is not None:
        cells.append(Text(f"eta {duration(eta)}"))
    return cells


def _in_a_row(cells: Sequence[RenderableType], width: int) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    shown: list[RenderableType] = []
    for cell in cells:
        width -= (_BAR_WIDTH if isinstance(cell, ProgressBar) else len(str(cell))) + 2
        if width < 0:
            break
        table.add_column(no_wrap=True)
        shown.append(cell)
    table.add_row(*shown)
    return table
