"""The lines in which a run is shown: one per node, with a mark, its id, its time and what it did."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from gristmill.cli.wording import duration, near_paths
from gristmill.engine.contract import Progress
from gristmill.orchestration.nodes.partial_run import NOT_CHOSEN
from gristmill.orchestration.nodes.resolver_life import LOOKED_ANEW
from gristmill.orchestration.observer import RunStart
from gristmill.orchestration.records.stored_result import SAME_AS
from gristmill.orchestration.reuse.policy import NO_REUSE
from gristmill.orchestration.reuse.search import FIRST_RUN
from gristmill.orchestration.run_result import NodeResult, NodeState

__all__ = [
    "closing_line",
    "finished_line",
    "header_line",
    "is_quiet",
    "quiet_lines",
    "running_line",
    "started_line",
]

_MARKS = {
    NodeState.COMPLETE: ("✓", "v", "green"),
    NodeState.CACHED: ("≡", "=", "cyan"),
    NodeState.SKIPPED: ("○", "o", "dim"),
    NodeState.BLOCKED: ("○", "o", "yellow"),
    NodeState.FAILED: ("✗", "x", "bold red"),
    NodeState.CANCELED: ("■", "#", "yellow"),
}
_RUNNING_MARK = ("●", "*", "blue")
_TIME_WIDTH = 9
_BAR_WIDTH = 20
_MARK_WIDTH = 4  # the mark and the spaces around it
_MARGIN = 8  # the columns of a line before the last, and the spaces between them
_NOT_WORTH_A_WORD = (FIRST_RUN, NO_REUSE, LOOKED_ANEW, "")


def header_line(start: RunStart) -> Text:
    """``taxi · run 4 · resumes run 3 · 9 steps · up to 2 at once``."""
    nodes = len(start.node_ids)
    parts = [f"run {start.number}"]
    if start.resumes:
        parts.append(f"resumes run {start.resumes}")
    parts.append(f"{nodes} step" if nodes == 1 else f"{nodes} steps")
    parts.append(f"up to {start.workers} at once" if start.workers > 1 else "one at a time")
    return Text.assemble((start.pipeline_name, "bold"), " · " + " · ".join(parts))


def started_line(console: Console, node_id: str, reason: str) -> Text:
    """A node that starts now, for where nothing is redrawn."""
    unicode_mark, plain_mark, _ = _RUNNING_MARK
    why = "" if reason in _NOT_WORTH_A_WORD else f" ({near_paths(reason)})"
    return Text(f"  {plain_mark if console.options.ascii_only else unicode_mark} {node_id} started{why}")


def finished_line(console: Console, result: NodeResult, width: int) -> RenderableType:
    """A node that has ended."""
    unicode_mark, plain_mark, style = _MARKS[result.state]
    return _line(
        Text(plain_mark if console.options.ascii_only else unicode_mark, style),
        Text(result.node_id),
        width,
        duration(result.seconds) if result.execution_id is not None else "",
        _what_it_did(result, _room(console, width)),
    )


def is_quiet(result: NodeResult) -> bool:
    """Whether a node did nothing in this run, so that it may share a line with others."""
    return result.state is NodeState.CACHED or (result.state is NodeState.SKIPPED and result.reason == NOT_CHOSEN)


def quiet_lines(console: Console, results: Sequence[NodeResult], width: int) -> list[RenderableType]:
    """One line for the nodes that were reused, ``≡ CsvExampleGen … Transform  reused (same …)``; one for the others."""
    by_state = {result.state: [other for other in results if other.state is result.state] for result in results}
    return [_shared_line(console, state, group, width) for state, group in by_state.items()]


def _shared_line(console: Console, state: NodeState, results: Sequence[NodeResult], width: int) -> RenderableType:
    if len(results) == 1:
        return finished_line(console, results[0], width)
    unicode_mark, plain_mark, style = _MARKS[state]
    dots = " ... " if console.options.ascii_only else " … "
    if len(results) == 2:
        dots = ", "
    line = Text(f"{results[0].node_id}{dots}{results[-1].node_id}  ")
    if state is NodeState.CACHED:
        reason = _shared_reason([result.reason for result in results])
        line.append_text(_reused(reason, console.width - line.cell_len - _MARK_WIDTH))
    else:
        line.append(f"skipped: {NOT_CHOSEN}", "dim")
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column(width=1)
    table.add_column(overflow="fold")
    table.add_row("", Text(plain_mark if console.options.ascii_only else unicode_mark, style), line)
    return table


def _shared_reason(reasons: Sequence[str]) -> str:
    if len(set(reasons)) == 1:
        return reasons[0]
    return (
        f"{SAME_AS} in earlier runs" if all(reason.startswith(SAME_AS) for reason in reasons) else "from earlier runs"
    )


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
        cells.append(Text(f"({near_paths(reason)})", "dim"))
    return _line(
        Text(plain_mark if console.options.ascii_only else unicode_mark, style),
        Text(node_id, "bold"),
        width,
        duration(seconds),
        _in_a_row(cells, _room(console, width)),
    )


def closing_line(console: Console, state: str, seconds: float, pushed: str, next_commands: Sequence[str]) -> Text:
    """How the run ended, where the model went, what to type next (on a line of its own in a narrow terminal)."""
    style = {"complete": "green", "failed": "bold red"}.get(state, "yellow")
    line = Text.assemble((f"{'pushed' if pushed and state == 'complete' else state} in {duration(seconds)}", style))
    if pushed:
        line.append(f" · {pushed}")
    following = Text("next: ") + Text(" or ").join(Text(command, "bold") for command in next_commands)
    fits = line.cell_len + following.cell_len + len(" · ") <= console.width
    return Text(" · " if fits else "\n").join([line, following])


def _line(mark: Text, name: Text, width: int, seconds: str, what: RenderableType) -> Table:
    line = Table.grid(padding=(0, 1))
    line.add_column(width=1)
    line.add_column(width=1)
    line.add_column(width=width, no_wrap=True)
    line.add_column(width=_TIME_WIDTH, justify="right", no_wrap=True)
    line.add_column(overflow="fold")
    line.add_row("", mark, name, seconds, what)
    return line


def _room(console: Console, width: int) -> int:
    """The columns of the last cell of a line."""
    return console.width - width - _TIME_WIDTH - _MARGIN


def _what_it_did(result: NodeResult, room: int) -> Text:
    if result.state is NodeState.CACHED:
        return _reused(result.reason, room)
    if result.state is NodeState.COMPLETE:
        text = Text(near_paths(" · ".join(result.summary)))
        if result.reason not in _NOT_WORTH_A_WORD:
            text.append(("  " if text else "") + f"(ran: {near_paths(result.reason)})", "dim")
        return text
    if result.state is NodeState.FAILED:
        return Text(result.reason.splitlines()[0] if result.reason else "failed", "red")
    words = {NodeState.SKIPPED: "skipped", NodeState.BLOCKED: "not run", NodeState.CANCELED: "stopped"}
    return Text(f"{words[result.state]}: {result.reason}", "dim")


def _reused(reason: str, room: int) -> Text:
    """``reused (same inputs, parameters and code as run 1)``; fewer words where these do not fit into the room."""
    if len(f"reused ({reason})") > room:
        reason = reason.replace(SAME_AS, "same as")
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
